/* table: the comparison as text, at most 100 columns wide. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* The conditions, then for each workload its question and a line for each model, then what the
 * columns mean. Of a suite without workloads the conditions only. Colour repeats what the text
 * says. */
void table_write(FILE *to, const struct suite *suite, const struct summary *summaries, bool colour);

#endif
