/* reference: servers that are none of ours, in the same tables (--against). "redis" is a
 * redis-server that the suite starts; HOST:PORT one that runs already, is neither started nor
 * stopped, and of which only the client's figures are known.
 *
 * A reference takes part in blocks and ratios like a model, but is never called the best, nor does
 * it keep a model from being that. It is asked beforehand what it knows: a workload with a command
 * unknown to it is left out for it, which suite_not_available tells. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "process.h"
#include "suite.h"

enum { REFERENCE_ERROR_BYTES = 512 };

/* Reads one value of --against. False unless it is "redis", or HOST:PORT with a port from 1 to
 * 65535, as in 127.0.0.1:6379 or [::1]:6379. */
bool reference_parse(struct catalogue_model *model, const char *text);

/* Appends those of the options to the catalogue, and asks each once for all workloads that were
 * chosen, with the program `client`. False with one line in error: one is not installed, does not
 * answer, or there are too many models. */
bool reference_prepare(struct suite *suite, const char *client, char error[REFERENCE_ERROR_BYTES]);

/* Takes the pairs that are not available out of the plan. */
void reference_leave_out(struct suite *suite);

/* How many commands a redis-server on that port has carried out since its start, this question not
 * included; -1 when it does not tell. */
int64_t reference_redis_commands(const char *client, uint16_t port);

#endif
