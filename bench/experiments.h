/* experiments: those there are, and which kind of suite (--suite) has which. */
#ifndef EXPERIMENTS_H
#define EXPERIMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "suite.h"

/* The kinds of suite: "default" has the workloads only, "full" everything. */
bool experiments_is_suite(const char *name);

/* "default, full, ...": all of them. Static. */
const char *experiments_suites(void);

/* False for a kind of suite that has only experiments. */
bool experiments_with_workloads(const char *suite);

/* False with one line in error if --experiments names one that the suite does not have. */
bool experiments_check(const struct suite *suite, char error[CATALOGUE_ERROR_BYTES]);

/* A line for each that the suite has: its name and question. */
void experiments_list(const struct suite *suite, FILE *to);

/* What the experiments of this suite take, about. */
int64_t experiments_expected_ns(const struct suite *suite);

/* Carries them out one after another, shows each, and keeps what follows from it in the fields
 * experiments* of the suite. Ends early at an interrupt. False when memory is short. */
bool experiments_carry_out(struct suite *suite, const char *client, const char *result_path);

#endif
