/* points: the runs behind the claims: which model, under which load, and at which rate. */
#ifndef POINTS_H
#define POINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "experiment.h"

/* All of them, as gather.h names them, of the models that were chosen. False when memory is short.
 */
bool points_add(struct experiment *e, const struct suite *suite);

/* How many runs points_find_rates takes. */
size_t points_pilots(const struct experiment *e);

/* Rates follow from what a machine can do: a run in a closed loop for each point that is offered
 * one. Points that are to be compared are offered the same: a share of what the slowest of them can
 * do. In overload each is offered more than its own capacity. A run that fails is told to the
 * experiment, and its point is left out, as points_offer says. */
void points_find_rates(struct experiment *e, const struct suite *suite, const char *client,
                       const char *result_path);

/* What stands for the verdict of a point that is left out for want of a rate. */
#define POINTS_NO_RATE "without a rate"

/* The rates, from requests/s in the closed loop by point. One whose own are not known (NaN) is left
 * out: what it can do may be less than the others of its group, or anything in overload. Those of
 * points that are offered no rate do not matter. Pure. */
void points_offer(struct experiment *e, const double rps[]);

#endif
