/* plan: in which order the runs of a suite take place.
 *
 * A suite is made of blocks. Each block runs every pair of a model and a workload once, in a random
 * order of its own: whatever drifts while the suite runs (heat, other work on the machine) then
 * falls on all models alike, and two runs of one block can be compared with each other. Blocks that
 * are added later may leave workloads out. */
#ifndef PLAN_H
#define PLAN_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_step {
    size_t block, model, workload; /* indexes from 0 */
};

struct plan {
    size_t count, blocks;
    struct plan_step *steps; /* count of them, block by block */
    gsl_rng *rng;
};

/* blocks x models x workloads steps. The same seed gives the same order on every machine. False
 * when memory is short; else the plan must be given back with plan_free. */
bool plan_make(struct plan *plan, size_t blocks, size_t models, size_t workloads, uint32_t seed);

/* One block more, of all models under the workloads with these indexes: what is drawn goes on from
 * the blocks before. False, and the plan is as it was, when memory is short. */
bool plan_add_block(struct plan *plan, size_t models, const size_t workloads[],
                    size_t workloads_count);

/* Takes out the steps of which is_out says so, and leaves the others as they are. */
void plan_leave_out(struct plan *plan,
                    bool (*is_out)(const struct plan_step *step, const void *context),
                    const void *context);

void plan_free(struct plan *plan);

#endif
