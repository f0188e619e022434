/* points_csv: the experiments as files for other programs. */
#ifndef POINTS_CSV_H
#define POINTS_CSV_H

#include <stdbool.h>
#include <stdio.h>

#include "suite.h"

/* There is something to write: a point of an experiment, a claim. */
bool points_csv_has_points(const struct suite *suite);
bool points_csv_has_claims(const struct suite *suite);

/* One line for each point of each experiment, with what experiment.h says of a point in JSON: the
 * place, medians over the blocks, rps_low and rps_high the 95 % interval. Not known is empty. */
void points_csv_write(FILE *to, const struct suite *suite);

/* One line for each claim, numbered from 1, with what literature/claim.h says of it in JSON. */
void points_csv_write_claims(FILE *to, const struct suite *suite);

#endif
