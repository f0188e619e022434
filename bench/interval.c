#include "interval.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

double interval_t(size_t count)
{
    return gsl_cdf_tdist_Pinv((1 + INTERVAL_LEVEL) / 2, (double)count - 1);
}

struct interval interval_of_mean(const double values[], size_t count)
{
    if (count < 2)
        return interval_unknown();
    double mean = gsl_stats_mean(values, 1, count);
    double reach = interval_t(count) * gsl_stats_sd_m(values, 1, count, mean) / sqrt((double)count);
    return (struct interval){mean - reach, mean + reach};
}

static struct interval by_logarithms(const double values[], size_t count)
{
    double logs[INTERVAL_RANKS];
    for (size_t i = 0; i < count; i++) {
        if (values[i] <= 0)
            return interval_unknown();
        logs[i] = log(values[i]);
    }
    struct interval i = interval_of_mean(logs, count);
    return (struct interval){exp(i.low), exp(i.high)};
}

/* How sure it is that the median lies between the rank-th lowest and the rank-th highest value:
 * it does unless fewer than rank values fell on one of its sides. */
static double sureness(unsigned rank, unsigned count)
{
    return 1 - 2 * gsl_cdf_binomial_P(rank - 1, 0.5, count);
}

static struct interval by_ranks(const double values[], size_t count)
{
    unsigned n = (unsigned)count, rank = 1;
    while (sureness(rank + 1, n) >= INTERVAL_LEVEL)
        rank++;
    double outer = sureness(rank, n), inner = sureness(rank + 1, n);
    double part = (outer - INTERVAL_LEVEL) / (outer - inner);
    double weight = (n - rank) * part / (rank + (n - 2.0 * rank) * part); /* of the inner ranks */
    const double *low = &values[rank - 1], *high = &values[count - rank];
    return (struct interval){low[0] + weight * (low[1] - low[0]),
                             high[0] + weight * (high[-1] - high[0])};
}

struct interval interval_of_median(const double values[], size_t count)
{
    return count < INTERVAL_RANKS ? by_logarithms(values, count) : by_ranks(values, count);
}
