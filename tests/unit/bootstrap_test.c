#include <criterion/criterion.h>
#include <math.h>

#include "bootstrap.h"

static const double gained[] = {1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4};

/* Student's ten patients, resampled 300,000 times by another program, in another language: 1.06 to
 * 2.64 (the plain percentiles would be 0.95 and 2.38: the correction is most of it). */
Test(bootstrap, agrees_with_another_computation)
{
    struct interval i = bootstrap_of_mean(gained, 10, BOOTSTRAP_RESAMPLES, 1);
    cr_expect_float_eq(i.low, 1.06, 0.025, "%g", i.low);
    cr_expect_float_eq(i.high, 2.64, 0.06, "%g", i.high);
}

Test(bootstrap, of_values_without_skew_is_symmetric)
{
    double values[21];
    for (int i = 0; i < 21; i++)
        values[i] = i - 10;
    struct interval i = bootstrap_of_mean(values, 21, BOOTSTRAP_RESAMPLES, 7);
    double error = sqrt(770.0 / 21 / 21); /* sum of squares 770: standard error of a resample */
    cr_expect_float_eq(i.low, -1.96 * error, 0.15, "%g", i.low);
    cr_expect_float_eq(i.high, 1.96 * error, 0.15, "%g", i.high);
}

Test(bootstrap, the_same_seed_gives_the_same_interval)
{
    struct interval a = bootstrap_of_mean(gained, 10, 500, 3),
                    b = bootstrap_of_mean(gained, 10, 500, 3),
                    c = bootstrap_of_mean(gained, 10, 500, 4);
    cr_expect(a.low == b.low && a.high == b.high);
    cr_expect(a.low != c.low || a.high != c.high);
}

Test(bootstrap, of_equal_values_is_one_point)
{
    const double same[10] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    struct interval i = bootstrap_of_mean(same, 10, 100, 1);
    cr_expect(i.low == 2 && i.high == 2);
}

Test(bootstrap, needs_ten_values)
{
    cr_expect_not(interval_is_known(bootstrap_of_mean(gained, 9, 100, 1)));
    cr_expect_not(interval_is_known(bootstrap_of_mean(NULL, 0, 100, 1)));
}
