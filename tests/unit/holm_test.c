#include <criterion/criterion.h>
#include <math.h>

#include "holm.h"

static void expect(double p[], const double expected[], size_t count)
{
    holm_adjust(p, count);
    for (size_t i = 0; i < count; i++)
        cr_expect(fabs(p[i] - expected[i]) < 1e-12 || (isnan(p[i]) && isnan(expected[i])),
                  "%zu: %g, not %g", i, p[i], expected[i]);
}

/* The example that textbooks and statistics programs use: at 0.05 only the first and last hold. */
Test(holm, four_tests)
{
    expect((double[]){0.01, 0.04, 0.03, 0.005}, (double[]){0.03, 0.06, 0.06, 0.02}, 4);
}

Test(holm, one_test_stays_as_it_is)
{
    expect((double[]){0.04}, (double[]){0.04}, 1);
}

Test(holm, nothing_exceeds_1_and_the_unknown_do_not_count)
{
    expect((double[]){0.6, NAN, 0.7, 0.001}, (double[]){1, NAN, 1, 0.003}, 4);
    expect((double[]){NAN}, (double[]){NAN}, 1);
    holm_adjust(NULL, 0);
}

Test(holm, equal_values_stay_equal)
{
    expect((double[]){0.02, 0.02, 0.02}, (double[]){0.06, 0.06, 0.06}, 3);
}
