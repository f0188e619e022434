/* result_json: parts of a result as JSON, for whoever writes one in the same schema.
 *
 * The objects belong to the caller; NULL when memory is short. */
#ifndef RESULT_JSON_H
#define RESULT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "counter.h"
#include "figure.h"
#include "independence.h"
#include "measure.h"
#include "series.h"

/* {"count", "mean", "min", "p50", ..., "max"} in microseconds; what is not known is null. */
json_t *result_time_json(struct figure_source source);

/* "latency_us": one such object for each kind of time. */
json_t *result_latency_json(const struct tally *total, const struct measure *m);

/* "precision" of the response times. */
json_t *result_precision_json(const struct latency *response, struct independence independence);

/* What is in "counter" of the values that INCR told. */
json_t *result_counter_json(const struct counter *c);

/* "series": one object for each interval; "t_s" is when it begins. */
json_t *result_series_json(const struct series *s);

/* Writes a whole result. False with errno, or when memory was short. */
bool result_put(FILE *file, const json_t *root);

#endif
