/* steal: how much of the CPU time that this machine wanted went to others. A virtual machine that
 * is ready to run waits while its host runs another; its kernel counts that as stolen. To programs
 * it looks like work: what takes CPU time takes longer, now more and now less. */
#ifndef STEAL_H
#define STEAL_H

#include <stdbool.h>

/* CPU time of all processors, in seconds. */
struct steal {
    double wanted_s; /* that somebody was ready to use: what was had, and what was stolen */
    double stolen_s;
};

/* Since the machine was started; zeros when the system does not tell. */
struct steal steal_now(void);

/* From the first line of /proc/stat (proc_stat(5)), in so many ticks a second. False, and *s is
 * zero, when it is not one. */
bool steal_parse(struct steal *s, const char *line, double ticks_per_s);

/* Adds to *sum what came from *mark on until now; *mark is now, then. */
void steal_collect(struct steal *sum, struct steal *mark, struct steal now);

/* The stolen part, from 0 to 100; NaN when nothing was wanted, or is known. */
double steal_percent(struct steal s);

/* From here on, in percent, figures suffer by it, and it is told. */
#define STEAL_TOLD_PERCENT 1.0

#endif
