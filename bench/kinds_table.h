/* kinds_table: of a workload that mixes several kinds of requests, the response times of each. */
#ifndef KINDS_TABLE_H
#define KINDS_TABLE_H

#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* A line for each kind, below the row of a model and in the columns of the table: medians over the
 * VALID runs. Nothing when there are none, or there is one kind only. */
void kinds_table_write(FILE *to, const struct suite *suite, const struct summary *s);

/* The same as a file for other programs: a line for each workload that mixes requests, model and
 * kind, below a header that always stands. `runs` are the VALID ones, `requests` those planned of
 * that kind in all of them; p50 and p99 are medians over the runs with their 95 % intervals
 * (..._low, ..._high). A field that is not known is empty. */
void kinds_table_write_csv(FILE *to, const struct suite *suite, const struct summary *summaries);

#endif
