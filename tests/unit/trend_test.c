/* The line through values, and how sure its slope is. */
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <math.h>

#include "draw.h"
#include "trend.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void expect_trend(struct trend t, double slope, double low, double high, double mean)
{
    cr_assert(t.known);
    cr_expect(fabs(t.slope - slope) < 1e-9 && fabs(t.low - low) < 1e-9 &&
                  fabs(t.high - high) < 1e-9 && fabs(t.mean - mean) < 1e-9,
              "slope %.12g from %.12g to %.12g, mean %.12g", t.slope, t.low, t.high, t.mean);
}

Test(trend, an_exact_line_is_sure)
{
    double values[20];
    for (int i = 0; i < 20; i++)
        values[i] = 100 - 2.5 * i;
    struct trend t = trend_of(values, 20);
    expect_trend(t, -2.5, -2.5, -2.5, 76.25);
    cr_expect_float_eq(trend_surely(&t), 2.5, 1e-9);
}

/* Ten times 0.1 is not 1, when it is added up. */
Test(trend, equal_values_have_none)
{
    double values[10];
    for (int i = 0; i < 10; i++)
        values[i] = 0.1;
    struct trend t = trend_of(values, 10);
    cr_expect(t.known && t.slope == 0 && t.low == 0 && t.high == 0 && t.mean == 0.1);
    cr_expect_eq(trend_surely(&t), 0);
}

Test(trend, of_few_values_nothing_is_known)
{
    double values[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct trend t = trend_of(values, 7);
    cr_expect(!t.known && t.slope == 0 && t.low == 0 && t.high == 0 && trend_surely(&t) == 0);
    cr_expect(!trend_of(NULL, 0).known);
    cr_expect(trend_of(values, 8).known);
}

/* The first of the four data sets of F. J. Anscombe, "Graphs in Statistical Analysis", The American
 * Statistician 27, 1973, in the order of x: slope 0.500, standard error 0.118. Successive residuals
 * differ more than by chance, so the interval is the usual one. */
Test(trend, is_that_of_the_textbooks)
{
    static const double y[] = {4.26, 5.68, 7.24, 4.82, 6.95, 8.81, 8.04, 8.33, 10.84, 7.58, 9.96};
    expect_trend(trend_of(y, COUNT(y)), 0.5000909090909091, 0.2333701363851908, 0.7668116817966275,
                 7.500909090909091);
}

Test(trend, is_that_of_another_program)
{
    static const double y[] = {5, 3, 6, 2, 7, 4, 9, 1, 8, 6};
    double x[COUNT(y)], start, slope, start_variance, covariance, slope_variance, squares;
    for (size_t i = 0; i < COUNT(y); i++)
        x[i] = (double)i;
    gsl_fit_linear(x, 1, y, 1, COUNT(y), &start, &slope, &start_variance, &covariance,
                   &slope_variance, &squares);
    double half = gsl_cdf_tdist_Pinv(0.975, COUNT(y) - 2) * sqrt(slope_variance);
    expect_trend(trend_of(y, COUNT(y)), slope, slope - half, slope + half, 5.1);
}

/* Computed apart: r1 = 0.638873, so 20 values count as 4.407, with 2.407 degrees of freedom. */
Test(trend, values_that_resemble_each_other_count_less)
{
    static const double y[] = {1, 2, 4, 5, 5, 4, 3, 3, 4, 6, 7, 8, 8, 7, 6, 6, 7, 9, 10, 10};
    struct trend t = trend_of(y, COUNT(y));
    expect_trend(t, 0.378195488721805, -0.113386349018837, 0.869777326462446, 5.75);
    cr_expect_eq(trend_surely(&t), 0);
}

Test(trend, surely_is_the_end_nearer_to_zero)
{
    struct trend up = {true, 3, 2, 4, 0}, down = {true, -3, -4, -2, 0}, both = {true, 1, -1, 3, 0};
    cr_expect_eq(trend_surely(&up), 2);
    cr_expect_eq(trend_surely(&down), 2);
    cr_expect_eq(trend_surely(&both), 0);
}

/* ---- how often it is wrong ---- */

enum { SERIES = 2000, LONGEST = 300 };

/* Normal, by the method of Box and Muller. */
static double normal(uint64_t series, uint64_t i)
{
    struct draw_point at = {2024, series, i};
    double radius = sqrt(2 * draw_exponential(draw_bits(at, 0), 1));
    return radius * cos(2 * 3.14159265358979 * (double)draw_bits(at, 1) * 0x1p-64);
}

/* The share of series without a trend whose interval misses 0. Each value keeps the share `rho` of
 * the one before. */
static double share_of_misses(size_t n, double rho)
{
    int misses = 0;
    for (uint64_t series = 0; series < SERIES; series++) {
        double values[LONGEST], last = normal(series, LONGEST) / sqrt(1 - rho * rho);
        for (size_t i = 0; i < n; i++)
            values[i] = last = rho * last + normal(series, i);
        struct trend t = trend_of(values, n);
        misses += trend_surely(&t) > 0;
    }
    return (double)misses / SERIES;
}

static void expect_misses(size_t n, double rho, double least, double most)
{
    double misses = share_of_misses(n, rho);
    cr_expect(misses >= least && misses <= most, "%zu values, rho %g: %g", n, rho, misses);
}

Test(trend, independent_values_seem_to_have_one_as_often_as_promised)
{
    expect_misses(20, 0, 0.03, 0.07);
    expect_misses(60, 0, 0.03, 0.07);
    expect_misses(LONGEST, 0, 0.03, 0.07);
}

Test(trend, dependent_values_seem_to_have_one_hardly_more_often)
{
    expect_misses(20, 0.5, 0, 0.12);
    expect_misses(60, 0.5, 0, 0.12);
    expect_misses(LONGEST, 0.5, 0, 0.08);
    expect_misses(LONGEST, 0.9, 0, 0.12);
}
