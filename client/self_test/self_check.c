#include "self_check.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "histogram.h"
#include "kstest.h"
#include "plan.h"

static const char no_memory[] = "there was no memory for it";

/* ---- the plan ---- */

static void check_gaps(struct score_sheet *s)
{
    enum { GAPS = 100000 };
    const int64_t rate_micro = INT64_C(1000000000);
    struct plan plan = plan_make(ARRIVALS_POISSON, rate_micro, 1, 0, 0, 1);
    double *gaps = calloc(GAPS, sizeof *gaps);
    char value[SCORE_CELL_BYTES] = "-";
    double p = -1;
    if (gaps != NULL) {
        for (int i = 0; i < GAPS; i++) {
            int64_t before_ns = plan_due_ns(&plan);
            plan_advance(&plan);
            gaps[i] = (double)(plan_due_ns(&plan) - before_ns) * (double)rate_micro / 1e15;
        }
        p = kstest_p(gaps, GAPS, kstest_exponential, 0);
        snprintf(value, sizeof value, "p = %.2f", p);
    }
    free(gaps);
    score_words(s, "100000 gaps are exponential", value, "p > 0.01", p > 0.01,
                "with --arrivals=poisson, requests do not fall due as a Poisson process");
}

static void check_drift(struct score_sheet *s)
{
    const uint64_t arrivals = 10000000;
    const uint64_t rate = 3000007; /* a second: a prime, so the gap is no whole number of ns */
    struct plan plan = plan_make(ARRIVALS_CONSTANT, (int64_t)(rate * 1000000), 1, 0, 0, 1);
    while (plan_index(&plan) < arrivals)
        plan_advance(&plan);
    int64_t exact_ns = (int64_t)(arrivals * UINT64_C(1000000000) / rate);
    score_near(s, "arrival number 10^7", SCORE_TIME, (double)plan_due_ns(&plan), (double)exact_ns,
               0, "with --arrivals=constant, the rate of a long run is not the one asked for");
}

void self_check_plan(struct score_sheet *s)
{
    check_gaps(s);
    check_drift(s);
}

/* ---- histograms ---- */

enum { VALUES = 100000 };

/* Where bins begin and end. */
static int64_t near_powers(uint64_t bits, int i)
{
    return (INT64_C(1) << (bits >> 32) % HISTOGRAM_MAX_BITS) - 1 + i % 3;
}

static int64_t uniform(uint64_t bits, int i)
{
    (void)i;
    return (int64_t)draw_below(bits, 10000000);
}

/* Median 1 ms, p99 about 100 ms: two uniform numbers give a normal one (Box and Muller, 1958). */
static int64_t lognormal(uint64_t bits, int i)
{
    (void)i;
    double radius = sqrt(draw_exponential(bits, 2));
    double angle = 2 * M_PI * (double)(draw_mix(bits) >> 11) * 0x1p-53;
    return (int64_t)(1e6 * exp(2 * radius * cos(angle)));
}

static const struct law {
    const char *name;
    int64_t (*value)(uint64_t bits, int i);
} laws[] = {
    {"powers of two, +-1", near_powers}, {"uniform to 10 ms", uniform}, {"lognormal", lognormal}};
enum { LAWS = sizeof laws / sizeof *laws };

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* The largest relative error of any of a thousand quantiles. One that is too low is as bad as can
 * be: reported times are never better than the measured ones. */
static double largest_error(const struct histogram *h, const int64_t *sorted)
{
    enum { QUANTILES = 1000 };
    double largest = 0;
    for (uint32_t i = 0; i <= QUANTILES; i++) {
        uint64_t rank = quantile_rank(VALUES, i * (QUANTILE_WHOLE / QUANTILES));
        int64_t exact = sorted[rank - 1], seen = histogram_at_rank(h, rank);
        if (seen < exact)
            return 1;
        if (exact > 0)
            largest = fmax(largest, (double)(seen - exact) / (double)exact);
    }
    return largest;
}

struct workspace {
    struct histogram whole, halves[2];
    int64_t values[VALUES];
};

static bool check_law(const struct law *law, struct workspace *w, double *error)
{
    memset(w, 0, sizeof *w);
    for (int i = 0; i < VALUES; i++) {
        uint64_t bits = draw_bits((struct draw_point){.seed = 1, .sequence = (uint64_t)i}, 0);
        int64_t value = law->value(bits, i);
        w->values[i] = value <= HISTOGRAM_MAX_NS ? value : HISTOGRAM_MAX_NS;
        histogram_record(&w->whole, w->values[i]);
        histogram_record(&w->halves[i % 2], w->values[i]);
    }
    qsort(w->values, VALUES, sizeof *w->values, compare);
    *error = largest_error(&w->whole, w->values);
    histogram_merge(&w->halves[0], &w->halves[1]);
    return memcmp(&w->halves[0], &w->whole, sizeof w->whole) == 0; /* 64-bit members only */
}

void self_check_histogram(struct score_sheet *s)
{
    struct workspace *w = malloc(sizeof *w);
    bool merged = w != NULL;
    for (int i = 0; i < LAWS; i++) {
        char name[SCORE_NAME_BYTES];
        double error = NAN;
        snprintf(name, sizeof name, "quantiles: %s", laws[i].name);
        if (w != NULL)
            merged = check_law(&laws[i], w, &error) && merged;
        score_near(s, name, SCORE_SHARE, error, 0, 0.008,
                   w != NULL ? "percentiles are not those of the times that were measured"
                             : no_memory);
    }
    score_words(s, "halves, merged", merged ? "equal" : "different", "equal", merged,
                "runs with several threads, and --merge, give wrong percentiles");
    free(w);
}
