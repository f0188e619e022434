/* curves: how the models change along one quantity. Each function defines one experiment. */
#ifndef CURVES_H
#define CURVES_H

#include <stdbool.h>

#include "experiment.h"

/* Throughput and response time against the number of clients that stay connected. */
bool curves_clients(struct experiment *e, const struct suite *suite);

#endif
