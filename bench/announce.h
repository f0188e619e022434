/* announce: what a suite can have, and what it is going to do, on standard output. */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include <stdint.h>

#include "suite.h"

/* The models, workloads and experiments of the catalogue. */
void announce_choice(const struct suite *suite);

/* How many runs there will be and how long they take, one of the plan run_ns; sets suite->later_ns.
 */
void announce_plan(struct suite *suite, int64_t run_ns);

#endif
