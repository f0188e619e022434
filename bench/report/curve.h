/* curve: the diagrams of an experiment whose points lie along x. */
#ifndef CURVE_H
#define CURVE_H

#include <stdbool.h>
#include <stdio.h>

#include "labels.h"
#include "plot.h"

/* One diagram, a <figure>; or, where figure is NULL, one for each of them. Nothing where no point
 * has the figure. The figures: requests (requests/s), mean, p50 and p99 (of the response time), cpu
 * (CPU time of the server for each request). False when one could not be drawn, with the reason in
 * error. */
bool curve_write(FILE *to, const json_t *experiment, const char *figure,
                 const struct labels *labels, char error[PLOT_ERROR_BYTES]);

/* What stands under that diagram; NULL when there is no such figure. */
const char *curve_caption(const char *figure);

#endif
