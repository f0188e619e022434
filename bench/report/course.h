/* course: the replies of a workload over the time of a run. */
#ifndef COURSE_H
#define COURSE_H

#include <stdbool.h>
#include <stdio.h>

#include "data.h"
#include "plot.h"

/* A <figure> with a line for each model, of one run of it; nothing for a workload whose file has no
 * key `course`, or whose runs are too short for it. The moments at which a companion was to crash a
 * handler or to stop a worker are marked. False when gnuplot failed, with the reason in error. */
bool course_write(FILE *to, const struct data *data, size_t workload, char error[PLOT_ERROR_BYTES]);

#endif
