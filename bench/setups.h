/* setups: on which CPUs server and client of a run are (--cpus).
 *
 *     apart    the server on the first half of those allowed, the client on the rest
 *     shared   both on all of them
 *     both     each workload twice, once in either set-up, as two workloads "NAME (apart)" and
 *              "NAME (shared)": every block has each model in both, so that they can be compared
 *              in pairs
 *
 * Without a choice they are apart where there are two CPUs, unless lists say otherwise. */
#ifndef SETUPS_H
#define SETUPS_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

#include "suite.h"

/* One of the names; false for any other text. */
bool setups_parse(enum options_cpus *cpus, const char *text);

/* The name; NULL for no choice. */
const char *setups_name(enum options_cpus cpus);

/* When the workloads are chosen: divides the CPUs as told, and doubles the workloads for "both".
 * server and client are lists from the command line, NULL for none, and only without a choice.
 * False with one line in error: they cannot be apart, or there are too many workloads. */
bool setups_choose(struct suite *suite, const cpu_set_t *allowed, const cpu_set_t *server,
                   const cpu_set_t *client, char error[CATALOGUE_ERROR_BYTES]);

/* "server on 0, client on 1 (pinned apart)"; of both set-ups, one after the other. */
void setups_describe(FILE *to, const struct suite *suite);

/* What to bear in mind of the figures. False, and it wrote nothing, when the servers ran elsewhere
 * or had several CPUs of their own. */
bool setups_write_caveats(FILE *to, const struct suite *suite);

#endif
