/* curves: how the models change along one quantity. Each function defines one experiment, with the
 * runs of one block point by point; false when memory is short. */
#ifndef CURVES_H
#define CURVES_H

#include <stdbool.h>

#include "experiment.h"

/* Throughput and response time against the number of clients who always ask, each request on a
 * connection of its own. The request computes for long enough that the client is not the
 * bottleneck. */
bool curves_clients(struct experiment *e, const struct suite *suite);

/* Response time against the offered rate, from an idle server to one that has too much to do; with
 * the predictions of prediction.h. */
bool curves_rate(struct experiment *e, const struct suite *suite);

/* The same where handlers wait instead of computing, for an exponential and for a constant time. */
bool curves_waiting(struct experiment *e, const struct suite *suite);
bool curves_waiting_evenly(struct experiment *e, const struct suite *suite);

/* What a client costs against the memory of the process that forks, and beside it one that makes a
 * thread instead. */
bool curves_memory(struct experiment *e, const struct suite *suite);

/* What a client costs against the stack size of its thread. */
bool curves_stack(struct experiment *e, const struct suite *suite);

#endif
