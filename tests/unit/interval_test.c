#include <criterion/criterion.h>

#include "interval.h"

static void expect(struct interval i, double low, double high, double tolerance)
{
    cr_expect(fabs(i.low - low) <= tolerance && fabs(i.high - high) <= tolerance,
              "%.9g to %.9g, not %.9g to %.9g", i.low, i.high, low, high);
}

/* The tables of Student's t, 0.975. */
Test(interval, t_is_that_of_the_tables)
{
    cr_expect_float_eq(interval_t(2), 12.706, 0.0005);
    cr_expect_float_eq(interval_t(3), 4.303, 0.0005);
    cr_expect_float_eq(interval_t(5), 2.776, 0.0005);
    cr_expect_float_eq(interval_t(10), 2.262, 0.0005);
    cr_expect_float_eq(interval_t(31), 2.042, 0.0005);
}

/* Student, The probable error of a mean, 1908: hours of sleep gained by ten patients. */
Test(interval, of_students_own_example)
{
    const double gained[] = {1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4};
    expect(interval_of_mean(gained, 10), 0.7001142, 2.4598858, 5e-8);
}

Test(interval, needs_two_values)
{
    cr_expect_not(interval_is_known(interval_of_mean((double[]){1}, 1)));
    cr_expect_not(interval_is_known(interval_of_median((double[]){1}, 1)));
    cr_expect_not(interval_is_known(interval_of_median(NULL, 0)));
}

/* The weights of the inner ranks as exact fractions: of 6, 5/14; of 10, 0.6576576... */
Test(interval, of_a_median_lies_between_ranks)
{
    double values[25];
    for (int i = 0; i < 25; i++)
        values[i] = i + 1;
    expect(interval_of_median(values, 6), 1 + 5.0 / 14, 6 - 5.0 / 14, 1e-12);
    expect(interval_of_median(values, 10), 2.6576576576577, 8.3423423423423, 1e-12);
    expect(interval_of_median(values, 15), 4.3735060873452, 11.6264939126548, 1e-12);
    expect(interval_of_median(values, 25), 8.1981206173093, 17.8018793826907, 1e-12);
}

/* logs 0, 1, 2: mean 1, s 1, t 4.302653 / sqrt(3) = 2.484138. */
Test(interval, of_a_median_of_few_values_is_that_of_their_logarithms)
{
    expect(interval_of_median((double[]){1, exp(1), exp(2)}, 3), exp(1 - 2.484138),
           exp(1 + 2.484138), 1e-4);
    cr_expect_not(interval_is_known(interval_of_median((double[]){0, 1, 2}, 3)));
}

Test(interval, of_equal_values_is_one_point)
{
    const double same[] = {50, 50, 50, 50, 50, 50, 50};
    expect(interval_of_median(same, 3), 50, 50, 1e-12);
    expect(interval_of_median(same, 7), 50, 50, 0);
}
