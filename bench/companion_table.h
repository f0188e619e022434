/* companion_table: what the companions of a workload did or saw, below the row of a model. */
#ifndef COMPANION_TABLE_H
#define COMPANION_TABLE_H

#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* A line for each companion, for all runs of the summary in which it was there. */
void companion_table_write(FILE *to, const struct suite *suite, const struct summary *s);

/* What these lines mean; nothing where there are none. */
void companion_table_write_legend(FILE *to, const struct suite *suite);

#endif
