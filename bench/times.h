/* times: how often and how long a suite measures, as far as the command line leaves it open. */
#ifndef TIMES_H
#define TIMES_H

#include <stdint.h>

#include "suite.h"

/* When models, references and workloads are chosen: sets blocks and the times of a run. With
 * --quick all runs, those that count included, fit into a minute, unless --seconds or --blocks says
 * more. */
void times_choose(struct suite *suite);

/* What one run takes, start and end of the programs included. */
int64_t times_of_run_ns(const struct suite *suite);

#endif
