#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "blocks.h"
#include "precision.h"
#include "suite_sample.h"

enum { MODELS = 3, BLOCKS = 3 };

/* The third varies by more than the second, in relation to the base. */
static const double rps[BLOCKS][MODELS] = {{100, 200, 300}, {110, 221, 290}, {90, 180, 310}};

static struct precision precision_with(struct suite *s)
{
    struct summary *all = summary_make(s);
    struct precision p = precision_of(s, all);
    free(all);
    suite_sample_free(s);
    return p;
}

static void spoil(struct suite *s, size_t model)
{
    for (size_t b = 0; b < BLOCKS; b++)
        suite_sample_verdict(suite_sample_run(s, b, model), "STARVED");
}

Test(precision, is_that_of_the_widest_ratio)
{
    struct precision p = precision_with(suite_sample(BLOCKS, 1, MODELS, &rps[0][0]));
    cr_assert(p.of_ratio && p.model == 2 && p.count == 3);
    cr_assert_float_eq(p.half_width, blocks_half_width(p.sd, 3), 1e-12);
    double d[] = {log(3), log(290.0 / 110), log(310.0 / 90)}, mean = (d[0] + d[1] + d[2]) / 3;
    double squares = 0;
    for (int i = 0; i < 3; i++)
        squares += (d[i] - mean) * (d[i] - mean);
    cr_assert_float_eq(p.sd, sqrt(squares / 2), 1e-12);
}

Test(precision, leaves_out_a_model_that_is_never_valid)
{
    struct suite *s = suite_sample(BLOCKS, 1, MODELS, &rps[0][0]);
    spoil(s, 2);
    struct precision p = precision_with(s);
    cr_assert(p.of_ratio && p.model == 1);
}

Test(precision, is_that_of_the_throughputs_without_a_valid_base)
{
    struct suite *s = suite_sample(BLOCKS, 1, MODELS, &rps[0][0]);
    spoil(s, 0);
    struct precision p = precision_with(s);
    cr_assert(!p.of_ratio && p.model == 1 && p.count == 3, "the second drifts by 20 %%");
}

Test(precision, of_a_single_pair_is_the_least_of_all)
{
    struct suite *s = suite_sample(BLOCKS, 1, MODELS, &rps[0][0]);
    suite_sample_verdict(suite_sample_run(s, 0, 1), "STARVED");
    suite_sample_verdict(suite_sample_run(s, 2, 1), "STARVED");
    struct precision p = precision_with(s);
    cr_assert(p.of_ratio && p.model == 1 && p.count == 1 && isnan(p.half_width));
}

Test(precision, is_not_known_where_nothing_is_valid)
{
    struct suite *s = suite_sample(BLOCKS, 1, MODELS, &rps[0][0]);
    for (size_t m = 0; m < MODELS; m++)
        spoil(s, m);
    struct precision p = precision_with(s);
    cr_assert(p.count == 0 && isnan(p.half_width));
}
