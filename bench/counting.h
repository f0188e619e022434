/* counting: the runs that count instead of timing, after all others: one for each model and
 * workload of which some run was measured.
 *
 * What they count (system calls above all) slows the server down, so nothing else is taken from
 * them. One that fails fails nothing: its ledger says that nothing is known. */
#ifndef COUNTING_H
#define COUNTING_H

#include <stdint.h>

#include "suite.h"

/* How long all of them take; 0 when the suite has none. Each has the suite's counting_ns for its
 * measured time, and more where clients that are idle may have a process each to be read. */
int64_t counting_expected_ns(const struct suite *suite);

/* Carries them out, or those before an interrupt; client and result_path as in run.h. False when
 * memory is short. */
bool counting_carry_out(struct suite *suite, const char *client, const char *result_path);

/* The run of a model under a workload; NULL when there was none. */
const struct run *counting_run(const struct suite *suite, size_t workload, size_t model);

void counting_free(struct suite *suite);

#endif
