/* kinds: of a workload that mixes several kinds of requests, the response times of each. */
#ifndef KINDS_H
#define KINDS_H

#include <stdio.h>

#include "data.h"

/* A table: a row for each model with VALID runs and each kind, with the medians over these runs of
 * p50 and p99. Nothing when there are no such runs, or there is one kind only. */
void kinds_write(FILE *to, const struct data *data, size_t workload);

#endif
