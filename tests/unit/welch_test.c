#include <criterion/criterion.h>
#include <math.h>

#include "welch.h"

static const double before[] = {1200, 1180, 1250, 1225, 1190}, after[] = {1390, 1310, 1480, 1405};

/* Expected values from Student's density, integrated by Simpson's rule and inverted by bisection:
 * t of 4.0439 degrees of freedom is 2.764607 (of 4 it is 2.776445). */
Test(welch, interval_of_two_samples)
{
    struct welch w = welch_ratio(before, 5, after, 4);
    cr_expect(w.a == 5 && w.b == 4);
    cr_expect_float_eq(w.ratio, 1.154050386, 1e-9);
    cr_expect_float_eq(w.df, 4.043867296, 1e-8);
    cr_expect_float_eq(w.interval.low, 1.070700328, 1e-8);
    cr_expect_float_eq(w.interval.high, 1.243888937, 1e-8);
}

/* Likewise, t of 3.6936 degrees of freedom 2.869691: the interval holds 1. */
Test(welch, interval_of_samples_that_overlap)
{
    struct welch w = welch_ratio((double[]){50, 51, 49}, 3, (double[]){52, 47, 55, 50}, 4);
    cr_expect_float_eq(w.ratio, 1.018465652, 1e-9);
    cr_expect_float_eq(w.interval.low, 0.921041682, 1e-8);
    cr_expect_float_eq(w.interval.high, 1.126194726, 1e-8);
}

Test(welch, turned_around_is_its_inverse)
{
    struct welch w = welch_ratio(before, 5, after, 4), inverse = welch_ratio(after, 4, before, 5);
    cr_expect_float_eq(w.ratio * inverse.ratio, 1, 1e-12);
    cr_expect_float_eq(w.interval.low * inverse.interval.high, 1, 1e-12);
    cr_expect_float_eq(w.df, inverse.df, 1e-9);
}

/* A sample without variance leaves the degrees of freedom of the other. */
Test(welch, one_sample_that_does_not_vary)
{
    struct welch w = welch_ratio((double[]){2, 2, 2}, 3, after, 4);
    cr_expect_float_eq(w.df, 3, 1e-9);
    cr_expect(w.interval.low < w.ratio && w.interval.high > w.ratio);
}

Test(welch, nothing_varies)
{
    struct welch w = welch_ratio((double[]){2, 2}, 2, (double[]){3, 3}, 2);
    cr_expect_float_eq(w.ratio, 1.5, 1e-12);
    cr_expect(w.interval.low == w.ratio && w.interval.high == w.ratio && isinf(w.df));
}

Test(welch, values_that_are_not_known_are_left_out)
{
    struct welch w = welch_ratio((double[]){NAN, 1200, NAN, 1180, 1250, 1225, 1190}, 7, after, 4);
    cr_expect(w.a == 5);
    cr_expect_float_eq(w.interval.low, 1.070700328, 1e-8);
}

Test(welch, a_single_value_has_no_interval)
{
    struct welch w = welch_ratio((double[]){2}, 1, (double[]){3, 3}, 2);
    cr_expect_float_eq(w.ratio, 1.5, 1e-12);
    cr_expect(!interval_is_known(w.interval) && isnan(w.df));
}

Test(welch, what_has_no_logarithm_leaves_nothing)
{
    cr_expect(isnan(welch_ratio((double[]){2, 0, 2}, 3, after, 4).ratio));
    cr_expect(isnan(welch_ratio(before, 5, (double[]){-1, 1}, 2).ratio));
    cr_expect(isnan(welch_ratio(before, 0, after, 4).ratio));
    struct welch w = welch_ratio(before, 5, (double[]){1400, INFINITY}, 2);
    cr_expect(isnan(w.ratio) && isnan(w.df) && !interval_is_known(w.interval));
}
