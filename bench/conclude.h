/* conclude: what is shown and stored when the runs are over or were ended. */
#ifndef CONCLUDE_H
#define CONCLUDE_H

#include "results.h"
#include "suite.h"

/* Sets suite->finished, shows the table on standard output, writes the files of the folder and,
 * where it is wanted, the page, and says how an unfinished suite is gone on with. What fails is
 * reported. Returns the exit status. */
int conclude(struct suite *suite, const struct results *results);

#endif
