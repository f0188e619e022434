/* elsewhere: what a suite whose servers and clients run on other hosts cannot have. */
#ifndef ELSEWHERE_H
#define ELSEWHERE_H

#include <stdbool.h>

#include "suite.h"

/* Why such a suite cannot be of this kind (--suite); NULL when it can. */
const char *elsewhere_refuses(const char *suite);

/* When the workloads are chosen: companions are threads of the suite, which may have no way to the
 * server, and what they do to its processes they can do on this machine only. A workload with
 * companions is left out of such a suite, with a line on standard output, or where the command line
 * names it refused: false, with one line in error. */
bool elsewhere_choose(struct suite *suite, char error[CATALOGUE_ERROR_BYTES]);

#endif
