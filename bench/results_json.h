/* results_json: a suite as JSON, complete enough to compute every figure of the table again. */
#ifndef RESULTS_JSON_H
#define RESULTS_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* What follows from the runs, beside them:
 *
 *     "workloads": [{"judged_by": "requests/s" or "p99" (comparison.h), ...}, ...]
 *     "summaries": [{"workload", "model", "runs", "measured", "valid",
 *                    "best",                              by requests/s (comparison.h)
 *                    "throughput_rps": INTERVAL,          the median
 *                    "ratio", "ratio_bootstrap": INTERVAL, "ratio_p_holm",   to the base
 *                    "p50_us", "p99_us": INTERVAL,        medians of VALID runs
 *                    "best_p99",                          by p99 (soonest.h)
 *                    "p99_ratio": INTERVAL, "p99_p_holm", to the first by p99
 *                    "outliers": [...]}, ...]
 *     "precision": [{"workload", "blocks", "half_width", "model", "of": "ratio" or "mean"}, ...]
 *                                            the widest interval of the workload (precision.h)
 *
 * INTERVAL is {"value", "low", "high"}, of 95 %. What is not known is null: p99_ratio and
 * p99_p_holm are where the workload is judged by requests/s, for the first itself, and where too
 * few blocks are VALID for both. */

/* Writes the document. False when memory is short or the file cannot be written. */
bool results_write_json(FILE *to, const struct suite *suite, const struct summary *summaries);

#endif
