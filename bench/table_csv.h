/* table_csv: the comparison as a file for other programs. */
#ifndef TABLE_CSV_H
#define TABLE_CSV_H

#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* One line for each workload and model; a field that is not known is empty. What ends in _low and
 * _high are 95 % intervals; ratio_p_holm is the p of "as fast as the base model". */
void table_write_csv(FILE *to, const struct suite *suite, const struct summary *summaries);

#endif
