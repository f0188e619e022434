/* suite_sample: a suite all of whose runs are VALID, as if it had been carried out. A test then
 * changes what happened. Fails the running test when memory is short. */
#ifndef SUITE_SAMPLE_H
#define SUITE_SAMPLE_H

#include "suite.h"

/* rps[block][workload][model]. The models are base, second, third, ...; the base model is the
 * first. Runs are in the order of rps, whatever the plan. */
struct suite *suite_sample(size_t blocks, size_t workloads, size_t models, const double *rps);
void suite_sample_free(struct suite *suite);

/* A VALID run's place in the suite, and its result. */
void suite_sample_fill(struct run *run, size_t block, size_t workload, size_t model, double rps);

/* Of a suite of one workload. */
struct run *suite_sample_run(struct suite *suite, size_t block, size_t model);

void suite_sample_verdict(struct run *run, const char *verdict);

/* The run ended so, without a result. */
void suite_sample_lose(struct run *run, enum run_outcome outcome);

#endif
