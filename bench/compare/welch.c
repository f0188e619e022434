#include "welch.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <stdbool.h>

#include "statistics.h"

/* One sample, on the scale of logarithms. */
struct sample {
    size_t count;
    double mean;
    double variance; /* of the mean; NaN below two values */
};

/* False when a value has no logarithm: the others alone would tell something else. */
static bool take(struct sample *s, const double values[], size_t count)
{
    double logs[STATISTICS_MOST];
    *s = (struct sample){.mean = NAN, .variance = NAN};
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        if (values[i] <= 0 || isinf(values[i]))
            return false;
        logs[s->count++] = log(values[i]);
    }
    if (s->count > 0)
        s->mean = gsl_stats_mean(logs, 1, s->count);
    if (s->count > 1)
        s->variance = gsl_stats_variance_m(logs, 1, s->count, s->mean) / (double)s->count;
    return true;
}

static double part_of_df(const struct sample *s)
{
    return s->variance * s->variance / ((double)s->count - 1);
}

struct welch welch_ratio(const double a[], size_t a_count, const double b[], size_t b_count)
{
    struct welch w = {.ratio = NAN, .df = NAN, .interval = interval_unknown()};
    struct sample left, right;
    bool good = take(&left, a, a_count);
    good = take(&right, b, b_count) && good;
    w.a = left.count;
    w.b = right.count;
    if (!good || w.a == 0 || w.b == 0)
        return w;
    double difference = right.mean - left.mean;
    w.ratio = exp(difference);
    if (w.a < 2 || w.b < 2)
        return w;
    double variance = left.variance + right.variance;
    w.df = variance > 0 ? variance * variance / (part_of_df(&left) + part_of_df(&right)) : INFINITY;
    double t = variance > 0 ? gsl_cdf_tdist_Pinv((1 + INTERVAL_LEVEL) / 2, w.df) : 0;
    double reach = t * sqrt(variance);
    w.interval = (struct interval){exp(difference - reach), exp(difference + reach)};
    return w;
}
