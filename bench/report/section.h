/* section: the part of a report on one workload: its question, what the runs say to it, diagrams
 * and the table. */
#ifndef SECTION_H
#define SECTION_H

#include <stdbool.h>
#include <stdio.h>

#include "data.h"
#include "plot.h"

/* False when a diagram could not be drawn, with the reason in error; the rest is there. */
bool section_write(FILE *to, const struct data *data, size_t workload,
                   char error[PLOT_ERROR_BYTES]);

#endif
