/* pairs: what two suites measured of the same model under the same workload, side by side. */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdio.h>

#include "report/data.h"

/* Workloads and models that both list, at least one of which both ran; 0: nothing to compare. */
size_t pairs_count(const struct data *a, const struct data *b);

/* For each workload in both a row for each model in both: medians over the VALID runs of either,
 * and B over A with its interval (welch.h), of requests/s and of the server's CPU time for a
 * request. Then what only one of them has, and what the columns mean. */
void pairs_write(FILE *to, const struct data *a, const struct data *b);

#endif
