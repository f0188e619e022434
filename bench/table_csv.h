/* table_csv: the comparison as a file for other programs. */
#ifndef TABLE_CSV_H
#define TABLE_CSV_H

#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* One line for each workload and model; a field that is not known is empty. What ends in _low and
 * _high are 95 % intervals; ratio_p_holm is the p of "as fast as the base model". best_p99 (0 or
 * 1), p99_ratio and p99_p_holm tell who answers soonest where the workload gives the rate
 * (soonest.h).
 */
void table_write_csv(FILE *to, const struct suite *suite, const struct summary *summaries);

/* Parts of such a line, for other tables. A number has its comma before it, and an interval one
 * before each end; what is not known is empty. The text may hold commas and quotes. */
void table_csv_number(FILE *to, double value);
void table_csv_interval(FILE *to, struct interval interval);
void table_csv_quoted(FILE *to, const char *text);

#endif
