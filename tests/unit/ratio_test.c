#include <criterion/criterion.h>
#include <math.h>

#include "ratio.h"

static const double ones[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* Student's ten patients: t 4.0621, p 0.002833, interval of the mean 0.7001142 to 2.4598858. */
Test(ratio, is_the_paired_t_test_of_the_logarithms)
{
    const double gained[] = {1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4};
    double above[10];
    for (int i = 0; i < 10; i++)
        above[i] = exp(gained[i]);
    struct ratio r = ratio_paired(above, ones, 10);
    cr_expect_eq(r.count, 10);
    cr_expect_float_eq(log(r.value), 1.58, 1e-12);
    cr_expect_float_eq(r.sd, 1.229995, 1e-6);
    cr_expect_float_eq(log(r.interval.low), 0.7001142, 1e-7);
    cr_expect_float_eq(log(r.interval.high), 2.4598858, 1e-7);
    cr_expect_float_eq(r.p, 0.00283289, 1e-8);
    cr_expect(ratio_shows_difference(&r));
}

Test(ratio, pairs_the_values_of_a_block)
{
    /* Every block is slower than the one before, for both; in pairs one is always twice as fast. */
    struct ratio r = ratio_paired((double[]){400, 200, 100}, (double[]){200, 100, 50}, 3);
    cr_expect_float_eq(r.value, 2, 1e-12);
    cr_expect(r.interval.low > 1.999999 && r.interval.high < 2.000001);
    cr_expect_lt(r.p, 1e-9);
}

Test(ratio, turned_around_is_its_inverse)
{
    const double a[] = {3, 5, 4, 4}, b[] = {2, 2, 3, 2};
    struct ratio r = ratio_paired(a, b, 4), inverse = ratio_paired(b, a, 4);
    cr_expect_float_eq(r.value * inverse.value, 1, 1e-12);
    cr_expect_float_eq(r.interval.low * inverse.interval.high, 1, 1e-12);
    cr_expect_float_eq(r.p, inverse.p, 1e-12);
}

Test(ratio, of_pairs_that_scatter_around_1_shows_no_difference)
{
    struct ratio r = ratio_paired((double[]){1.1, 0.9, 1.02, 1}, ones, 4);
    cr_expect(r.interval.low < 1 && r.interval.high > 1);
    cr_expect_not(ratio_shows_difference(&r));
    cr_expect_gt(r.p, 0.5);
}

Test(ratio, to_itself_is_1)
{
    struct ratio r = ratio_paired(ones, ones, 5);
    cr_expect(r.value == 1 && r.sd == 0 && r.p == 1);
    cr_expect_not(ratio_shows_difference(&r));
}

Test(ratio, leaves_out_pairs_that_lack_a_side)
{
    struct ratio r = ratio_paired((double[]){2, NAN, 2, 9}, (double[]){1, 1, 1, NAN}, 4);
    cr_expect(r.count == 2 && r.value == 2);
}

Test(ratio, of_one_pair_has_no_interval)
{
    struct ratio r = ratio_paired((double[]){3}, ones, 1);
    cr_expect(r.count == 1 && fabs(r.value - 3) < 1e-12);
    cr_expect(isnan(r.sd) && isnan(r.p) && !interval_is_known(r.interval));
    cr_expect_not(ratio_shows_difference(&r));
}

Test(ratio, is_not_known_beside_a_zero)
{
    struct ratio r = ratio_paired((double[]){3, 0, 3}, ones, 3);
    cr_expect(r.count == 0 && isnan(r.value));
    cr_expect_eq(ratio_paired(ones, (double[]){3, 0, 3}, 3).count, 0);
    cr_expect_eq(ratio_paired(NULL, NULL, 0).count, 0);
}

/* Quantiles of Student's t with 4 degrees of freedom, from a table: 2.776 and 4.604. */
Test(ratio, of_several_is_widened)
{
    struct ratio r = {.count = 5, .value = 2, .interval = {2 * exp(-0.2776), 2 * exp(0.2776)}};
    struct interval alone = ratio_widened(&r, 1), of_five = ratio_widened(&r, 5);
    cr_expect_float_eq(alone.low, r.interval.low, 1e-12);
    cr_expect_float_eq(alone.high, r.interval.high, 1e-12);
    cr_expect_float_eq(of_five.low, 2 * exp(-0.4604), 1e-3);
    cr_expect_float_eq(of_five.high, 2 * exp(0.4604), 1e-3);
    r.interval = interval_unknown();
    cr_expect(!interval_is_known(ratio_widened(&r, 5)));
}
