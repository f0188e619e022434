/* plan: in which order the runs of a suite take place.
 *
 * A suite is made of blocks. Each block runs every pair of a model and a workload once, in a random
 * order of its own: whatever drifts while the suite runs (heat, other work on the machine) then
 * falls on all models alike, and two runs of one block can be compared with each other. */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_step {
    size_t block, model, workload; /* indexes from 0 */
};

struct plan {
    size_t count; /* blocks x models x workloads */
    struct plan_step *steps;
};

/* The same seed gives the same order on every machine. False when memory is short; else the plan
 * must be given back with plan_free. */
bool plan_make(struct plan *plan, size_t blocks, size_t models, size_t workloads, uint32_t seed);
void plan_free(struct plan *plan);

#endif
