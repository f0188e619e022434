/* times: how often and how long a suite measures, as far as the command line leaves it open. */
#ifndef TIMES_H
#define TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "suite.h"

/* When models, references and workloads are chosen: sets blocks and the times of a run. With
 * --quick all runs, those that count included, fit into a minute, unless --seconds or --blocks says
 * more. */
void times_choose(struct suite *suite);

/* False with one line in error when --seconds is so long that the client cannot keep the course of
 * a chosen workload in the steps that its file asks for. */
bool times_fit_courses(const struct suite *suite, char error[CATALOGUE_ERROR_BYTES]);

/* What one run takes, start and end of the programs included. */
int64_t times_of_run_ns(const struct suite *suite);

#endif
