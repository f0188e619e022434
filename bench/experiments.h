/* experiments: those there are, and which kind of suite (--suite) has which. */
#ifndef EXPERIMENTS_H
#define EXPERIMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "suite.h"

/* The kinds of suite: "default" has the workloads only, "full" everything. */
bool experiments_is_suite(const char *name);

/* "default, full, ...": all of them. Static. */
const char *experiments_suites(void);

/* False for a kind of suite that has only experiments. */
bool experiments_with_workloads(const char *suite);

/* What the experiments of this suite take, about. */
int64_t experiments_expected_ns(const struct suite *suite);

/* Carries them out one after another, shows each, and keeps its JSON in suite->experiments. Ends
 * early at an interrupt. False when memory is short. */
bool experiments_carry_out(struct suite *suite, const char *client, const char *result_path);

#endif
