#include <criterion/criterion.h>
#include <string.h>

#include "plan.h"

enum { BLOCKS = 5, MODELS = 3, WORKLOADS = 7 };

static struct plan make(uint32_t seed)
{
    struct plan plan;
    cr_assert(plan_make(&plan, BLOCKS, MODELS, WORKLOADS, seed));
    cr_assert_eq(plan.count, BLOCKS * MODELS * WORKLOADS);
    return plan;
}

static bool same_order(const struct plan *a, const struct plan *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->steps[i].block != b->steps[i].block || a->steps[i].model != b->steps[i].model ||
            a->steps[i].workload != b->steps[i].workload)
            return false;
    return true;
}

Test(plan, every_pair_comes_once_in_each_block)
{
    struct plan plan = make(1);
    int times[BLOCKS][MODELS][WORKLOADS] = {0};
    for (size_t i = 0; i < plan.count; i++) {
        const struct plan_step *step = &plan.steps[i];
        cr_assert_eq(step->block, i / (MODELS * WORKLOADS), "blocks come one after another");
        cr_assert(step->model < MODELS && step->workload < WORKLOADS);
        times[step->block][step->model][step->workload]++;
    }
    for (size_t b = 0; b < BLOCKS; b++)
        for (size_t m = 0; m < MODELS; m++)
            for (size_t w = 0; w < WORKLOADS; w++)
                cr_assert_eq(times[b][m][w], 1);
    plan_free(&plan);
}

Test(plan, the_same_seed_gives_the_same_order)
{
    struct plan a = make(4711), b = make(4711);
    cr_assert(same_order(&a, &b));
    plan_free(&a);
    plan_free(&b);
}

Test(plan, another_seed_gives_another_order)
{
    struct plan a = make(1), b = make(2);
    cr_assert_not(same_order(&a, &b));
    plan_free(&a);
    plan_free(&b);
}

Test(plan, blocks_differ_in_their_order)
{
    struct plan plan = make(1);
    size_t pairs = MODELS * WORKLOADS, same = 0;
    for (size_t i = 0; i < pairs; i++)
        same += plan.steps[i].model == plan.steps[pairs + i].model &&
                plan.steps[i].workload == plan.steps[pairs + i].workload;
    cr_assert_lt(same, pairs);
    plan_free(&plan);
}

Test(plan, each_model_comes_first_sometimes)
{
    int first[MODELS] = {0};
    for (uint32_t seed = 1; seed <= 300; seed++) {
        struct plan plan;
        cr_assert(plan_make(&plan, 1, MODELS, 1, seed));
        first[plan.steps[0].model]++;
        plan_free(&plan);
    }
    for (size_t m = 0; m < MODELS; m++) /* 100 expected, standard deviation 8 */
        cr_assert(first[m] > 60 && first[m] < 140, "model %zu: %d of 300", m, first[m]);
}

Test(plan, a_block_may_be_added_with_some_of_the_workloads)
{
    struct plan plan = make(1), same = make(1);
    const size_t chosen[] = {2, 5};
    int times[MODELS][WORKLOADS] = {0};
    size_t before = plan.count;
    cr_assert(plan_add_block(&plan, MODELS, chosen, 2) && plan_add_block(&same, MODELS, chosen, 2));
    cr_assert(plan.count == before + 2 * MODELS && plan.blocks == BLOCKS + 1);
    for (size_t i = before; i < plan.count; i++) {
        cr_assert_eq(plan.steps[i].block, BLOCKS);
        times[plan.steps[i].model][plan.steps[i].workload]++;
    }
    for (size_t m = 0; m < MODELS; m++)
        cr_assert(times[m][2] == 1 && times[m][5] == 1);
    cr_assert(same_order(&plan, &same));
    plan_free(&plan);
    plan_free(&same);
}
