#include "plan.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

static void fill_block(struct plan_step *steps, size_t block, size_t models, size_t workloads)
{
    for (size_t w = 0; w < workloads; w++)
        for (size_t m = 0; m < models; m++)
            *steps++ = (struct plan_step){.block = block, .model = m, .workload = w};
}

bool plan_make(struct plan *plan, size_t blocks, size_t models, size_t workloads, uint32_t seed)
{
    size_t block_steps = models * workloads;
    *plan = (struct plan){.count = blocks * block_steps};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    plan->steps = calloc(plan->count > 0 ? plan->count : 1, sizeof *plan->steps);
    if (rng == NULL || plan->steps == NULL) {
        if (rng != NULL)
            gsl_rng_free(rng);
        plan_free(plan);
        return false;
    }
    gsl_rng_set(rng, seed);
    for (size_t b = 0; b < blocks; b++) {
        struct plan_step *steps = plan->steps + b * block_steps;
        fill_block(steps, b, models, workloads);
        gsl_ran_shuffle(rng, steps, block_steps, sizeof *steps);
    }
    gsl_rng_free(rng);
    return true;
}

void plan_free(struct plan *plan)
{
    free(plan->steps);
    *plan = (struct plan){0};
}
