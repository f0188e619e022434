#include "plan.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>

bool plan_add_block(struct plan *plan, size_t models, const size_t workloads[],
                    size_t workloads_count)
{
    size_t more = models * workloads_count;
    struct plan_step *steps = realloc(plan->steps, (plan->count + more + 1) * sizeof *steps);
    if (steps == NULL)
        return false;
    plan->steps = steps;
    struct plan_step *block = steps + plan->count, *step = block;
    for (size_t w = 0; w < workloads_count; w++)
        for (size_t m = 0; m < models; m++)
            *step++ =
                (struct plan_step){.block = plan->blocks, .model = m, .workload = workloads[w]};
    if (more > 0) /* GSL cannot shuffle nothing */
        gsl_ran_shuffle(plan->rng, block, more, sizeof *block);
    plan->count += more;
    plan->blocks++;
    return true;
}

static bool add_whole_blocks(struct plan *plan, size_t blocks, size_t models, size_t workloads)
{
    size_t *all = calloc(workloads + 1, sizeof *all);
    bool added = all != NULL;
    for (size_t w = 0; added && w < workloads; w++)
        all[w] = w;
    for (size_t b = 0; added && b < blocks; b++)
        added = plan_add_block(plan, models, all, workloads);
    free(all);
    return added;
}

bool plan_make(struct plan *plan, size_t blocks, size_t models, size_t workloads, uint32_t seed)
{
    *plan = (struct plan){.rng = gsl_rng_alloc(gsl_rng_mt19937)};
    if (plan->rng != NULL) {
        gsl_rng_set(plan->rng, seed);
        if (add_whole_blocks(plan, blocks, models, workloads))
            return true;
    }
    plan_free(plan);
    return false;
}

void plan_leave_out(struct plan *plan,
                    bool (*is_out)(const struct plan_step *step, const void *context),
                    const void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (!is_out(&plan->steps[i], context))
            plan->steps[kept++] = plan->steps[i];
    plan->count = kept;
}

void plan_free(struct plan *plan)
{
    if (plan->rng != NULL)
        gsl_rng_free(plan->rng);
    free(plan->steps);
    *plan = (struct plan){0};
}
