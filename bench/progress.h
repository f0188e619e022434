/* progress: tells the person who waits how far the suite is, on standard error. On a terminal one
 * line that is rewritten before each run, of the plan, counting or of an experiment: which it is, a
 * bar where there is room, the time gone and left; elsewhere one line for each block, and one for
 * all counting runs and for each experiment. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "suite.h"

/* Before run `index` of the plan, of a suite that began at started_ns of clock_now_ns. */
void progress_show(const struct suite *suite, size_t index, int64_t started_ns);

/* Before counting run `index`, see counting.h. */
void progress_show_counting(const struct suite *suite, size_t index);

/* Before run `index` of `count` of the experiment of this name. */
void progress_show_experiment(const char *name, size_t index, size_t count, int64_t started_ns);

/* Before anything else is printed: takes the line off the terminal. */
void progress_clear(void);

#endif
