/* beside: of a workload with companions (bench/companion.h), what became of these, for each model,
 * in the words of the suite's own table. */
#ifndef BESIDE_H
#define BESIDE_H

#include <stdio.h>

#include "data.h"

/* A table: a row for each model and each of its companions, for all its runs in which they were
 * there, whatever the verdict on the client: that nobody is served is an answer too. Nothing when
 * no run has any. */
void beside_write(FILE *to, const struct data *data, size_t workload);

#endif
