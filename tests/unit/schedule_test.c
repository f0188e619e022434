/* How the number of blocks follows from what was measured. */
#include <criterion/criterion.h>
#include <math.h>

#include "clock.h"
#include "schedule.h"
#include "suite_sample.h"

enum { MODELS = 2, WORKLOADS = 3, BLOCKS = 4 };

/* The logarithms of the ratios are -spread and spread in turn: their s is spread * sqrt(4/3). */
static double rps_of(size_t block, size_t model, double spread)
{
    return model == 0 ? 1000 : 2000 * exp(block % 2 == 0 ? -spread : spread);
}

/* The ratio varies little under the first workload, by s = 5 % under the second. Under the third no
 * run is VALID. */
static const double spreads[WORKLOADS] = {0.001, 0.0433, 0.05};

static struct suite *after_pilot(void)
{
    double rps[BLOCKS][WORKLOADS][MODELS];
    for (size_t b = 0; b < BLOCKS; b++)
        for (size_t w = 0; w < WORKLOADS; w++)
            for (size_t m = 0; m < MODELS; m++)
                rps[b][w][m] = rps_of(b, m, spreads[w]);
    struct suite *s = suite_sample(BLOCKS, WORKLOADS, MODELS, &rps[0][0][0]);
    for (size_t i = 0; i < s->runs_count; i++)
        if (s->runs[i].workload == 2)
            suite_sample_verdict(&s->runs[i], "STARVED");
    s->options.blocks_auto = true;
    s->options.half_width = 0.03;
    s->options.budget_ns = 3600 * CLOCK_S;
    return s;
}

/* As if what was added to the plan had been carried out. */
static void carry_out(struct suite *s)
{
    for (; s->runs_count < s->plan.count; s->runs_count++) {
        const struct plan_step *step = &s->plan.steps[s->runs_count];
        suite_sample_fill(&s->runs[s->runs_count], step->block, step->workload, step->model,
                          rps_of(step->block, step->model, spreads[step->workload]));
    }
}

/* s = 5 % takes 14 blocks (blocks_test.c): 10 more, of that workload alone. */
Test(schedule, a_workload_gets_the_blocks_it_lacks)
{
    struct suite *s = after_pilot();
    size_t before = s->plan.count;
    cr_assert_eq(schedule_more(s, 24 * CLOCK_S), SCHEDULE_MORE);
    cr_assert_eq(s->blocks, 14);
    cr_assert_eq(s->plan.count, before + 10 * MODELS);
    for (size_t i = before; i < s->plan.count; i++) {
        cr_assert_eq(s->plan.steps[i].workload, 1);
        cr_assert_eq(s->plan.steps[i].block, BLOCKS + (i - before) / MODELS);
    }
    carry_out(s);
    cr_assert_eq(schedule_more(s, 44 * CLOCK_S), SCHEDULE_DONE, "14 do: with them s is smaller");
    suite_sample_free(s);
}

/* 24 runs took 24 s; a block of the second workload takes 2 s, and 7 s are left. */
Test(schedule, the_budget_limits_what_is_added)
{
    struct suite *s = after_pilot();
    s->options.budget_ns = 31 * CLOCK_S;
    cr_assert_eq(schedule_more(s, 24 * CLOCK_S), SCHEDULE_MORE);
    cr_assert_eq(s->blocks, BLOCKS + 3);
    carry_out(s);
    cr_assert_eq(schedule_more(s, 30 * CLOCK_S), SCHEDULE_DONE, "one second is no block");
    suite_sample_free(s);
}

Test(schedule, nothing_is_added_when_all_is_as_narrow_as_wanted)
{
    struct suite *s = after_pilot();
    s->options.half_width = 0.5;
    cr_assert_eq(schedule_more(s, 24 * CLOCK_S), SCHEDULE_DONE);
    cr_assert_eq(s->blocks, BLOCKS);
    suite_sample_free(s);
}

Test(schedule, a_fixed_number_of_blocks_stays)
{
    struct suite *s = after_pilot();
    s->options.blocks_auto = false;
    cr_assert_eq(schedule_more(s, 24 * CLOCK_S), SCHEDULE_DONE);
    suite_sample_free(s);
}

/* A block of six runs takes 6 s. */
Test(schedule, the_pilot_fits_the_budget)
{
    struct suite *s = after_pilot();
    cr_assert_eq(schedule_pilot(s, CLOCK_S), SCHEDULE_PILOT);
    s->options.budget_ns = 20 * CLOCK_S;
    cr_assert_eq(schedule_pilot(s, CLOCK_S), 3);
    s->options.budget_ns = CLOCK_S;
    cr_assert_eq(schedule_pilot(s, CLOCK_S), 1);
    suite_sample_free(s);
}
