/* ledger_section: what the runs of a workload have cost, as a part of its section on the page. */
#ifndef LEDGER_SECTION_H
#define LEDGER_SECTION_H

#include <stdio.h>

#include "data.h"

/* The last columns of the table of a workload: their headings, and what a model has in them. */
void ledger_section_headings(FILE *to);
void ledger_section_cells(FILE *to, const struct cell *cell);

/* What these columns mean, and the source that each figure is from, or why there is none. */
void ledger_section_legend(FILE *to, const struct data *data);

/* What is in the ledger and in no other table, folded up: a row for each model that was run. */
void ledger_section_more(FILE *to, const struct data *data, size_t workload);

#endif
