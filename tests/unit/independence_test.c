/* How far successive latencies depend on each other. */
#include <criterion/criterion.h>
#include <math.h>

#include "draw.h"
#include "independence.h"

enum { MANY = 100000, RUN = 1000 };

static int64_t many[MANY];

static void expect_independence(struct independence i, double spearman, double share)
{
    cr_expect(fabs(i.spearman - spearman) < 1e-12 && fabs(i.share - share) < 1e-12,
              "spearman %.15g, share %.15g", i.spearman, i.share);
}

static void expect_unknown(struct independence i)
{
    cr_expect(isnan(i.spearman) && isnan(i.share), "spearman %g, share %g", i.spearman, i.share);
}

/* ---- known values, computed from the definition with exact ranks ---- */

Test(independence, of_one_run)
{
    static const int64_t values[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
    expect_independence(independence_of(values, 1, 12), -0.0706282034619663, 1);
}

Test(independence, of_two_runs_that_are_not_compared_with_each_other)
{
    static const int64_t values[] = {10, 20, 20, 30, 30, 30, 40, 40, 20, 10, 50, 60};
    expect_independence(independence_of(values, 2, 6), 0.341687104100513, 0.594044981281180);
}

Test(independence, equal_values_share_the_mean_of_their_ranks)
{
    static const int64_t values[] = {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
    expect_independence(independence_of(values, 1, 12), 0.913043478260870, 0.0849733570159858);
}

/* Every rho is 1, up to half of the run. */
Test(independence, rising_values_say_as_much_as_one)
{
    static const int64_t values[] = {-5, 1, 2, 30, 400, 5000, 60000, 700000, 8000000, INT64_MAX};
    expect_independence(independence_of(values, 1, 10), 1, 1.0 / 11);
}

Test(independence, alternating_values_are_opposed_and_count_fully)
{
    for (int i = 0; i < 100; i++)
        many[i] = i % 2 ? 1000 : 10;
    expect_independence(independence_of(many, 1, 100), -1, 1);
}

Test(independence, only_the_order_of_the_values_matters)
{
    static const int64_t small[] = {3, 1, 4, 2, 5, 9, 7, 6, 8};
    static const int64_t large[] = {3, 1, 40, 2, 500, INT64_MAX, 70000, 6000, 800000};
    struct independence i = independence_of(small, 1, 9);
    expect_independence(independence_of(large, 1, 9), i.spearman, i.share);
}

/* ---- little to say ---- */

Test(independence, of_few_pairs_nothing_is_known)
{
    static const int64_t values[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
    expect_unknown(independence_of(NULL, 0, 0));
    expect_unknown(independence_of(values, 0, 16));
    expect_unknown(independence_of(values, 1, 0));
    expect_unknown(independence_of(values, 16, 1));
    expect_unknown(independence_of(values, 1, 8));
    expect_unknown(independence_of(values, 7, 2));
    cr_expect(!isnan(independence_of(values, 1, 9).share));
    cr_expect(!isnan(independence_of(values, 8, 2).share));
}

Test(independence, of_equal_values_nothing_is_known)
{
    for (int i = 0; i < MANY; i++)
        many[i] = 777;
    expect_unknown(independence_of(many, MANY / RUN, RUN));
    many[MANY - 1] = 778; /* no first of a pair differs yet */
    expect_unknown(independence_of(many, MANY / RUN, RUN));
    many[MANY - 2] = 778;
    cr_expect(!isnan(independence_of(many, MANY / RUN, RUN).share));
}

/* ---- laws with a known answer ---- */

static double normal(uint64_t i)
{
    struct draw_point at = {99, 0, i};
    double radius = sqrt(2 * draw_exponential(draw_bits(at, 0), 1));
    return radius * cos(2 * 3.14159265358979 * (double)draw_bits(at, 1) * 0x1p-64);
}

/* Latencies whose logarithm keeps the share `rho` of the one before. */
static void fill(double rho)
{
    double last = 0;
    for (int i = 0; i < MANY; i++) {
        last = rho * last + sqrt(1 - rho * rho) * normal((uint64_t)i);
        many[i] = (int64_t)(100000 * exp(last));
    }
}

Test(independence, independent_latencies_count_fully)
{
    fill(0);
    struct independence i = independence_of(many, MANY / RUN, RUN);
    cr_expect_lt(fabs(i.spearman), 4 / sqrt(MANY));
    cr_expect_eq(i.share, 1);
}

/* Of normal values with correlation r the ranks have 6/pi asin(r/2). */
static void expect_dependence(double rho, size_t run_length)
{
    fill(rho);
    struct independence i = independence_of(many, MANY / run_length, run_length);
    double spearman = 6 / 3.14159265358979 * asin(rho / 2), share = (1 - rho) / (1 + rho);
    cr_expect_lt(fabs(i.spearman - spearman), 0.01, "rho %g: %g", rho, i.spearman);
    cr_expect_lt(fabs(i.share / share - 1), 0.2, "rho %g: %g, not %g", rho, i.share, share);
}

Test(independence, dependent_latencies_count_less)
{
    expect_dependence(0.5, RUN);
    expect_dependence(0.9, RUN);
    expect_dependence(0.9, MANY);
    expect_dependence(0.9, 100);
}

/* One wait in a thousand that is a million times longer hides nothing. */
Test(independence, a_few_long_waits_do_not_decide)
{
    fill(0.9);
    struct independence before = independence_of(many, MANY / RUN, RUN);
    for (int i = 0; i < MANY; i += 1000)
        many[i] *= 1000000;
    struct independence after = independence_of(many, MANY / RUN, RUN);
    cr_expect_lt(fabs(after.spearman - before.spearman), 0.01);
    cr_expect_lt(fabs(after.share / before.share - 1), 0.05);
}
