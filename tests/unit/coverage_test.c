/* Whether intervals hold what they promise: 2000 simulated experiments each, in which the truth is
 * known. Throughputs are log-normal, and each block is slow or fast as a whole. The share of
 * experiments whose interval holds the truth has a standard deviation of 0.5 %. */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "blocks.h"
#include "bootstrap.h"
#include "holm.h"
#include "ratio.h"
#include "schedule.h"
#include "statistics.h"

enum { EXPERIMENTS = 2000, BLOCKS_MOST = 60, MODELS = 4 };

#define MEDIAN   10000.0 /* requests per second */
#define BLOCK_SD 0.10    /* of the logarithms: what a block does to all its runs */
#define RUN_SD   0.04    /* and what each run adds */

static gsl_rng *rng;

static void make_rng(void)
{
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20);
}

static void free_rng(void)
{
    gsl_rng_free(rng);
}

TestSuite(coverage, .init = make_rng, .fini = free_rng);

/* rps[m][b] of model m, whose true median is MEDIAN * times[m]. */
static void simulate(double rps[][BLOCKS_MOST], const double times[], size_t models, size_t from,
                     size_t to)
{
    for (size_t b = from; b < to; b++) {
        double block = gsl_ran_gaussian(rng, BLOCK_SD);
        for (size_t m = 0; m < models; m++)
            rps[m][b] = MEDIAN * times[m] * exp(block + gsl_ran_gaussian(rng, RUN_SD));
    }
}

static bool holds(struct interval i, double truth)
{
    return i.low <= truth && truth <= i.high;
}

static void expect_share(const char *what, int held, double least, double most)
{
    double share = (double)held / EXPERIMENTS;
    cr_log_info("%s: %.2f %%\n", what, share * 100);
    cr_expect(share >= least && share <= most, "%s: %.2f %%", what, share * 100);
}

Test(coverage, of_the_median)
{
    static const size_t blocks[] = {2, 3, 5, 6, 7, 8, 10, 15, 30, 60};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
        int held = 0;
        for (int e = 0; e < EXPERIMENTS; e++) {
            double rps[1][BLOCKS_MOST], sorted[BLOCKS_MOST];
            simulate(rps, (double[]){1}, 1, 0, blocks[k]);
            statistics_sorted(sorted, rps[0], blocks[k]);
            held += holds(interval_of_median(sorted, blocks[k]), MEDIAN);
        }
        char what[64];
        snprintf(what, sizeof what, "median of %zu blocks", blocks[k]);
        expect_share(what, held, 0.93, 0.97);
    }
}

Test(coverage, of_the_ratio)
{
    static const size_t blocks[] = {2, 3, 5, 10, 30};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
        int held = 0;
        for (int e = 0; e < EXPERIMENTS; e++) {
            double rps[2][BLOCKS_MOST];
            simulate(rps, (double[]){1.05, 1}, 2, 0, blocks[k]);
            held += holds(ratio_paired(rps[0], rps[1], blocks[k]).interval, 1.05);
        }
        char what[64];
        snprintf(what, sizeof what, "ratio of %zu blocks", blocks[k]);
        expect_share(what, held, 0.93, 0.97);
    }
}

/* 1 is the truth: how often a difference is shown where there is none. */
Test(coverage, a_difference_that_is_not_there_is_shown_in_5_percent)
{
    int shown = 0;
    for (int e = 0; e < EXPERIMENTS; e++) {
        double rps[2][BLOCKS_MOST];
        simulate(rps, (double[]){1, 1}, 2, 0, 5);
        struct ratio r = ratio_paired(rps[0], rps[1], 5);
        shown += ratio_shows_difference(&r);
        cr_assert_eq(ratio_shows_difference(&r), r.p < 0.05, "p and the interval agree");
    }
    expect_share("false differences", shown, 0.03, 0.07);
}

/* Why the t interval is the one that is printed: with few blocks the bootstrap holds less than it
 * says. */
Test(coverage, of_the_bootstrap_falls_short)
{
    int held = 0;
    for (int e = 0; e < EXPERIMENTS; e++) {
        double rps[2][BLOCKS_MOST], logs[BLOCKS_MOST];
        simulate(rps, (double[]){1.05, 1}, 2, 0, 10);
        size_t count = ratio_logs(logs, rps[0], rps[1], 10);
        held += holds(bootstrap_of_mean(logs, count, 1000, (uint32_t)e + 1), log(1.05));
    }
    expect_share("bootstrap of 10 blocks", held, 0.87, 0.95);
}

/* As schedule.c does it: a pilot, then as many as should do, and again while they do not. */
Test(coverage, of_the_ratio_when_the_pilot_decides_on_the_blocks)
{
    int held = 0;
    for (int e = 0; e < EXPERIMENTS; e++) {
        double rps[2][BLOCKS_MOST];
        size_t done = 0, wanted = SCHEDULE_PILOT;
        struct ratio r;
        do {
            simulate(rps, (double[]){1.05, 1}, 2, done, wanted);
            done = wanted;
            r = ratio_paired(rps[0], rps[1], done);
            wanted = blocks_needed(r.sd, 0.03, BLOCKS_MOST);
        } while (wanted > done);
        held += holds(r.interval, 1.05);
    }
    expect_share("ratio after a pilot", held, 0.93, 0.97);
}

/* How often some model beats all others, each by a test at 5 % after Holm, when the best are alike:
 * two of four, or all four. */
static int false_winners(const double times[MODELS])
{
    int won = 0;
    for (int e = 0; e < EXPERIMENTS; e++) {
        double rps[MODELS][BLOCKS_MOST];
        simulate(rps, times, MODELS, 0, 5);
        for (size_t m = 0; m < MODELS; m++) {
            double p[MODELS - 1];
            size_t rivals = 0, beaten = 0;
            for (size_t r = 0; r < MODELS; r++)
                if (r != m) {
                    struct ratio ratio = ratio_paired(rps[m], rps[r], 5);
                    p[rivals++] = ratio.value > 1 ? ratio.p : 1;
                }
            holm_adjust(p, rivals);
            for (size_t r = 0; r < rivals; r++)
                beaten += p[r] < 0.05;
            won += beaten == rivals;
        }
    }
    return won;
}

Test(coverage, a_false_winner_is_rarer_than_5_percent)
{
    expect_share("winner of two alike", false_winners((double[MODELS]){1, 1, 0.5, 0.4}), 0.03,
                 0.065);
    expect_share("winner of four alike", false_winners((double[MODELS]){1, 1, 1, 1}), 0, 0.03);
}
