/* Closed forms against values from elsewhere, against each other, and against a queue that is
 * played through. */
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "theory.h"

static void expect_near(double value, double wanted, double relative, const char *what)
{
    cr_expect(fabs(value - wanted) <= relative * fabs(wanted), "%s: %.9g, should be %.9g", what,
              value, wanted);
}

/* ---- values from elsewhere: 2000 services a second, in microseconds ---- */

enum { SERVICE_US = 500 };
static const double half_us = 0.001, eight_tenths_us = 0.0016; /* arrivals */

Test(theory, mm1)
{
    expect_near(theory_mm1_mean(half_us, SERVICE_US), 1000, 1e-12, "mean");
    expect_near(theory_mm1_quantile(half_us, SERVICE_US, 0.99), 4605, 2e-4, "p99");
    expect_near(theory_mm1_quantile(eight_tenths_us, SERVICE_US, 0.999),
                gsl_cdf_exponential_Pinv(0.999, 2500), 1e-12, "p99.9");
}

Test(theory, md1)
{
    expect_near(theory_md1_mean(half_us, SERVICE_US), 750, 1e-12, "mean, half");
    expect_near(theory_md1_quantile(half_us, SERVICE_US, 0.99), 2168, 3e-4, "p99, half");
    expect_near(theory_md1_mean(eight_tenths_us, SERVICE_US), 1500, 1e-12, "mean, 0.8");
    expect_near(theory_md1_quantile(eight_tenths_us, SERVICE_US, 0.99), 5678, 3e-4, "p99, 0.8");
}

Test(theory, who_finds_nobody_does_not_wait)
{
    expect_near(theory_md1_wait_cdf(0.3, 1, 0), 0.7, 1e-12, "no wait");
    cr_expect_eq(theory_md1_quantile(0.3, 1, 0.7), 1);
    cr_expect(theory_md1_quantile(0.3, 1, 0.701) > 1);
}

/* ---- against each other ---- */

/* The textbook's sum (Erlang), which is good as long as its terms are small. */
static double wait_cdf_alternating(double rate, double service, double wait)
{
    long double sum = 0;
    for (int k = 0; k * service <= wait; k++) {
        long double z = (long double)rate * ((long double)wait - k * (long double)service);
        sum += (k % 2 == 0 ? 1 : -1) * expl(z + k * logl(z > 0 ? z : 1) - lgammal(k + 1.0L)) *
               (k > 0 && z <= 0 ? 0 : 1);
    }
    return (double)((1 - (long double)rate * service) * sum);
}

Test(theory, md1_is_the_textbooks_sum_where_that_can_be_computed)
{
    static const double rhos[] = {0.05, 0.3, 0.5, 0.8, 0.95, 0.99};
    for (size_t i = 0; i < sizeof rhos / sizeof rhos[0]; i++)
        for (double wait = 0; wait < 12; wait += 0.37)
            expect_near(theory_md1_wait_cdf(rhos[i], 1, wait),
                        wait_cdf_alternating(rhos[i], 1, wait), 1e-9, "P(wait)");
}

/* The mean wait is the area above the distribution function. */
Test(theory, md1_far_out_adds_up_to_the_mean, .timeout = 60)
{
    static const double rhos[] = {0.5, 0.8, 0.95};
    const double step = 1.0 / 64;
    for (size_t i = 0; i < sizeof rhos / sizeof rhos[0]; i++) {
        double area = 0, last = 1 - theory_md1_wait_cdf(rhos[i], 1, 0);
        for (double wait = step; wait < 300 && last > 1e-9; wait += step) {
            double next = 1 - theory_md1_wait_cdf(rhos[i], 1, wait);
            cr_assert(next <= last + 1e-12 && next > -1e-12, "rho %g: not monotone at %g", rhos[i],
                      wait);
            area += (last + next) / 2 * step;
            last = next;
        }
        expect_near(1 + area, theory_md1_mean(rhos[i], 1), 2e-4, "mean");
    }
}

Test(theory, quantile_is_the_inverse_of_the_distribution)
{
    static const double rhos[] = {0.2, 0.5, 0.8, 0.95, 0.99}, ps[] = {0.9, 0.99, 0.999, 0.9999};
    for (size_t i = 0; i < sizeof rhos / sizeof rhos[0]; i++)
        for (size_t j = 0; j < sizeof ps / sizeof ps[0]; j++)
            expect_near(theory_md1_wait_cdf(rhos[i], 1, theory_md1_quantile(rhos[i], 1, ps[j]) - 1),
                        ps[j], 1e-9, "P(quantile)");
}

Test(theory, any_law_covers_those_two)
{
    expect_near(theory_mg1_mean(0.8, 1, 2), theory_mm1_mean(0.8, 1), 1e-12, "exponential");
    expect_near(theory_mg1_mean(0.8, 1, 1), theory_md1_mean(0.8, 1), 1e-12, "constant");
    expect_near(theory_ps_mean(0.8, 1), theory_mg1_mean(0.8, 1, 2), 1e-12, "shared");
    expect_near(theory_mginf_present(50, 0.02), 1, 1e-12, "present");
}

Test(theory, a_queue_that_is_overrun_has_no_end)
{
    cr_expect(isinf(theory_mm1_mean(1, 1)) && isinf(theory_mm1_quantile(2, 1, 0.5)));
    cr_expect(isinf(theory_md1_mean(1, 1)) && isinf(theory_md1_quantile(1, 1, 0.5)));
    cr_expect(isinf(theory_mg1_mean(1.5, 1, 1)) && isinf(theory_ps_mean(1, 1)));
    cr_expect_eq(theory_md1_wait_cdf(1, 1, 5), 0);
}

Test(theory, md1_says_where_its_limit_is)
{
    cr_expect(isnan(theory_md1_wait_cdf(0.5, 1, THEORY_MD1_SERVICES)));
    expect_near(theory_md1_wait_cdf(0.95, 1, THEORY_MD1_SERVICES - 1e-6), 1, 1e-12, "P(limit)");
    cr_expect(isinf(theory_md1_quantile(0.9999, 1, 0.99)));
}

/* ---- against queues that are played through ---- */

enum { PLAYED = 1000000 };

/* Sojourns by Lindley's recursion: the wait of the next is what is left of this one's sojourn. */
static void play(double rate, bool exponential, double *sojourns)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, 7);
    double wait = 0;
    for (int i = 0; i < PLAYED; i++) {
        sojourns[i] = wait + (exponential ? gsl_ran_exponential(rng, 1) : 1);
        wait = fmax(0, sojourns[i] - gsl_ran_exponential(rng, 1 / rate));
    }
    gsl_rng_free(rng);
}

Test(theory, queues_behave_like_that, .timeout = 60)
{
    double *sojourns = malloc(PLAYED * sizeof *sojourns);
    for (double rate = 0.5; rate < 0.9; rate += 0.3) {
        play(rate, true, sojourns);
        expect_near(gsl_stats_mean(sojourns, 1, PLAYED), theory_mm1_mean(rate, 1), 0.02, "M/M/1");
        gsl_sort(sojourns, 1, PLAYED);
        expect_near(sojourns[PLAYED / 100 * 99], theory_mm1_quantile(rate, 1, 0.99), 0.03,
                    "M/M/1 p99");
        play(rate, false, sojourns);
        expect_near(gsl_stats_mean(sojourns, 1, PLAYED), theory_md1_mean(rate, 1), 0.02, "M/D/1");
        gsl_sort(sojourns, 1, PLAYED);
        expect_near(sojourns[PLAYED / 100 * 99], theory_md1_quantile(rate, 1, 0.99), 0.03,
                    "M/D/1 p99");
    }
    free(sojourns);
}

/* What bench/workloads/mixed.ini expects: 60 long requests a second, of 4 ms each. */
Test(theory, the_wait_behind_long_requests)
{
    double over_one = 1 - theory_md1_wait_cdf(60, 0.004, 0.004);
    double p99 = theory_md1_quantile(60, 0.004, 0.99) - 0.004;
    cr_expect_float_eq(over_one, 0.034, 0.0005, "%g", over_one);
    cr_expect(p99 > 0.006 && p99 < 0.007, "%g", p99);
}
