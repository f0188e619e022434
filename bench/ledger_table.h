/* ledger_table: the ledger of a suite as text, at most 100 columns wide. */
#ifndef LEDGER_TABLE_H
#define LEDGER_TABLE_H

#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* One line for each model of a workload, below one that names the columns; row holds their
 * summaries. Nothing when no run has been measured. */
void ledger_table_write(FILE *to, const struct suite *suite, const struct summary row[]);

/* What the columns mean, and from which sources the figures are or why there are none. */
void ledger_table_write_legend(FILE *to, const struct suite *suite);

#endif
