/* creation: what it takes to make a process or a thread and to see its end, by itself, in a process
 * that has touched more or less memory. */
#ifndef CREATION_H
#define CREATION_H

#include <sched.h>
#include <stdbool.h>

enum { CREATION_SIZES = 4, CREATION_REPEATS = 5 };

/* What the parent has touched. */
extern const int creation_mib[CREATION_SIZES];

/* In us, each the mean of many in a row. The child of touch_us writes to each page of 1 MiB of the
 * parent's memory, as far as that has so much. */
struct creation {
    double own_mib; /* what the process has touched besides, as a copy of this program */
    double fork_us[CREATION_SIZES][CREATION_REPEATS];
    double touch_us[CREATION_SIZES][CREATION_REPEATS];
    double thread_us[CREATION_SIZES][CREATION_REPEATS];
};

#define CREATION_EXPECTED_NS (2 * CLOCK_S) /* clock.h */

/* In a process of its own, on these CPUs, which has ended when this returns: the memory and the
 * threads never are this program's. False when it could not be made or did not come to its
 * end, as at an interrupt. */
bool creation_measure(struct creation *creation, const cpu_set_t *cpus);

#endif
