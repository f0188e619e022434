/* table: the comparison as text, at most 100 columns wide. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* The conditions, then for each workload its question and a line for each model, then what the
 * columns mean. Colour repeats what the text says. */
void table_write(FILE *to, const struct suite *suite, const struct summary *summaries, bool colour);

/* One line for each workload and model; a field that is not known is empty. */
void table_write_csv(FILE *to, const struct suite *suite, const struct summary *summaries);

#endif
