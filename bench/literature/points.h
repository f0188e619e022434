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
 * experiment, and the point keeps a rate that any machine can do. */
void points_find_rates(struct experiment *e, const struct suite *suite, const char *client,
                       const char *result_path);

#endif
