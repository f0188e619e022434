/* kinds_table: of a workload that mixes several kinds of requests, the response times of each,
 * below the row of a model. */
#ifndef KINDS_TABLE_H
#define KINDS_TABLE_H

#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* A line for each kind, in the columns of the table: medians over the VALID runs. Nothing when
 * there are none, or there is one kind only. */
void kinds_table_write(FILE *to, const struct suite *suite, const struct summary *s);

#endif
