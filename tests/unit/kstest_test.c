/* Whether values follow a law, and how sure that is. */
#include <criterion/criterion.h>
#include <math.h>

#include "draw.h"
#include "kstest.h"

enum { MOST = 2000, SAMPLES = 1000 };

static double even(double x)
{
    return fmin(fmax(x, 0), 1);
}

static void expect_p(double p, double expected, double tolerance)
{
    cr_expect(fabs(p - expected) <= tolerance, "p is %.12g, not %.12g", p, expected);
}

/* ---- the laws ---- */

Test(kstest, the_laws_have_mean_1)
{
    cr_expect(kstest_exponential(-1) == 0 && kstest_exponential(0) == 0);
    cr_expect_float_eq(kstest_exponential(log(2)), 0.5, 1e-15);
    cr_expect_float_eq(kstest_exponential(1e-20), 1e-20, 1e-35);
    cr_expect_eq(kstest_exponential(800), 1);
    cr_expect(kstest_uniform(-1) == 0 && kstest_uniform(0) == 0 && kstest_uniform(0.5) == 0.25 &&
              kstest_uniform(2) == 1 && kstest_uniform(7) == 1);
}

/* ---- known values ---- */

/* Computed with the other series of the limiting law, that of theta functions. */
Test(kstest, small_samples_have_the_p_of_another_computation)
{
    double first[] = {1.2, 0.1, 3.0, 0.4, 0.7}; /* D = 0.150212931632 */
    expect_p(kstest_p(first, 5, kstest_exponential, 0), 0.999454529105969, 1e-12);
    double second[] = {1.1, 1.3, 0.9, 1.5, 1.2, 1.9, 1.7, 1.0}; /* D = 0.45 */
    expect_p(kstest_p(second, 8, kstest_uniform, 0), 0.0538733025937188, 1e-12);
    expect_p(kstest_p(second, 8, kstest_exponential, 0), 0.00372665109027304, 1e-12);
}

Test(kstest, the_values_are_sorted)
{
    double values[] = {3, 1, 2};
    kstest_p(values, 3, kstest_exponential, 0);
    cr_expect(values[0] == 1 && values[1] == 2 && values[2] == 3);
}

/* The exact critical values of D in the tables. */
Test(kstest, is_near_the_exact_tables)
{
    static const struct {
        size_t n;
        double d, p, off;
    } table[] = {
        {5, 0.50945, 0.10, 0.15},  {5, 0.56328, 0.05, 0.15},  {5, 0.66853, 0.01, 0.15},
        {10, 0.36866, 0.10, 0.05}, {10, 0.40925, 0.05, 0.05}, {10, 0.48893, 0.01, 0.05},
        {20, 0.26473, 0.10, 0.02}, {20, 0.29408, 0.05, 0.02}, {20, 0.35241, 0.01, 0.02},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double values[20]; /* each d above its place */
        for (size_t k = 0; k < table[i].n; k++)
            values[k] = fmin((double)k / (double)table[i].n + table[i].d, 1);
        double p = kstest_p(values, table[i].n, even, 0);
        expect_p(p, table[i].p, table[i].p * table[i].off);
    }
}

Test(kstest, both_sides_count)
{
    double low[] = {0.02, 0.04, 0.06, 0.08, 0.1}, high[] = {0.9, 0.92, 0.94, 0.96, 0.98};
    double p = kstest_p(low, 5, even, 0);
    cr_expect_lt(p, 0.001);
    expect_p(kstest_p(high, 5, even, 0), p, 1e-12);
}

Test(kstest, the_least_distance_and_the_greatest)
{
    double middle = 0.5, zeros[5] = {0};
    expect_p(kstest_p(NULL, 0, even, 0), 1, 0);
    cr_expect_gt(kstest_p(&middle, 1, even, 0), 0.8);
    cr_expect_lt(kstest_p(zeros, 5, even, 0), 1e-4);
    static double many[MOST];
    for (int i = 0; i < MOST; i++)
        many[i] = (i + 0.5) / MOST;
    expect_p(kstest_p(many, MOST, even, 0), 1, 0);
    for (int i = 0; i < MOST; i++)
        many[i] = 0;
    expect_p(kstest_p(many, MOST, even, 0), 0, 0);
}

/* ---- how often it is wrong ---- */

static void draw_sample(uint64_t sample, size_t n, double *values)
{
    for (size_t i = 0; i < n; i++)
        values[i] = draw_exponential(draw_bits((struct draw_point){11, sample, i}, 0), 1);
}

static int count_below(double p, size_t n, double tolerance)
{
    int below = 0;
    for (uint64_t sample = 0; sample < SAMPLES; sample++) {
        double values[MOST];
        draw_sample(sample, n, values);
        below += kstest_p(values, n, kstest_exponential, tolerance) < p;
    }
    return below;
}

Test(kstest, values_of_the_law_are_rejected_as_often_as_promised)
{
    int hundredth = count_below(0.01, 200, 0), half = count_below(0.5, 200, 0);
    cr_expect(hundredth >= 2 && hundredth <= 20, "%d", hundredth);
    cr_expect(half >= 440 && half <= 560, "%d", half);
}

Test(kstest, values_of_another_law_are_rejected)
{
    double values[MOST];
    for (size_t i = 0; i < MOST; i++)
        values[i] = 2 * (double)draw_bits((struct draw_point){11, 0, i}, 0) * 0x1p-64;
    cr_expect_gt(kstest_p(values, MOST, kstest_uniform, 0), 0.01);
    cr_expect_lt(kstest_p(values, MOST, kstest_exponential, 0), 1e-9);
}

/* ---- tolerance ---- */

Test(kstest, an_error_within_the_tolerance_does_not_count)
{
    enum { N = 1000 };
    double exact[N], shifted[N];
    draw_sample(3, N, exact);
    for (int i = 0; i < N; i++)
        shifted[i] = exact[i] + (i % 2 ? 0.2 : 0.1);
    double p = kstest_p(exact, N, kstest_exponential, 0);
    cr_expect_gt(p, 0.01);
    cr_expect_lt(kstest_p(shifted, N, kstest_exponential, 0), 1e-6);
    cr_expect_lt(kstest_p(shifted, N, kstest_exponential, 0.02), 1e-6);
    cr_expect_geq(kstest_p(shifted, N, kstest_exponential, 0.2), p);
}

/* Half of [0, 1] from its middle: D = 0.5 at x = 0.5, of which a tolerance of 0.2 explains 0.2. */
Test(kstest, the_tolerance_shortens_the_distance_on_both_sides)
{
    enum { N = 100 };
    double upper[N], lower[N];
    for (int i = 0; i < N; i++) {
        upper[i] = 0.5 + 0.5 * (i + 1) / N;
        lower[i] = 0.5 - 0.5 * (i + 1) / N;
    }
    for (int tenths = 0; tenths <= 5; tenths++) {
        double d = 0.505 - tenths / 10.0, values[N];
        for (int i = 0; i < N; i++)
            values[i] = fmin((double)i / N + d, 1);
        double expected = kstest_p(values, N, even, 0);
        expect_p(kstest_p(upper, N, even, tenths / 10.0), expected, 1e-9);
        expect_p(kstest_p(lower, N, even, tenths / 10.0), expected, 1e-9);
    }
}

Test(kstest, a_tolerance_that_explains_everything_leaves_no_distance)
{
    double values[] = {5, 5, 5};
    cr_expect_lt(kstest_p(values, 3, kstest_exponential, 0), 0.01);
    expect_p(kstest_p(values, 3, kstest_exponential, 50), 1, 0);
}

Test(kstest, values_of_the_law_are_rejected_less_often_with_a_tolerance)
{
    cr_expect_leq(count_below(0.05, 200, 0.01), count_below(0.05, 200, 0));
    cr_expect_eq(count_below(0.05, 200, 0.2), 0);
}
