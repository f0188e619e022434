/* curve: the diagrams of an experiment whose points lie along x. */
#ifndef CURVE_H
#define CURVE_H

#include <stdbool.h>
#include <stdio.h>

#include "labels.h"
#include "plot.h"

/* A diagram for requests/s, mean, p50 and p99 of the response time each, as far as they are known.
 * False when one could not be drawn, with the reason in error. */
bool curve_write(FILE *to, const json_t *experiment, const struct labels *labels,
                 char error[PLOT_ERROR_BYTES]);

#endif
