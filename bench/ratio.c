#include "ratio.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

size_t ratio_logs(double logs[], const double above[], const double below[], size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(above[i]) || isnan(below[i]))
            continue;
        if (above[i] <= 0 || below[i] <= 0)
            return 0;
        logs[n++] = log(above[i] / below[i]);
    }
    return n;
}

static double p_of_mean(double mean, double sd, size_t count)
{
    if (sd > 0)
        return 2 * gsl_cdf_tdist_Q(fabs(mean) * sqrt((double)count) / sd, (double)count - 1);
    return mean == 0 ? 1 : 0;
}

struct ratio ratio_paired(const double above[], const double below[], size_t count)
{
    double logs[STATISTICS_MOST];
    struct ratio r = {.value = NAN, .sd = NAN, .interval = interval_unknown(), .p = NAN};
    r.count = ratio_logs(logs, above, below, count);
    if (r.count == 0)
        return r;
    double mean = gsl_stats_mean(logs, 1, r.count);
    r.value = exp(mean);
    if (r.count < 2)
        return r;
    r.sd = gsl_stats_sd_m(logs, 1, r.count, mean);
    struct interval i = interval_of_mean(logs, r.count);
    r.interval = (struct interval){exp(i.low), exp(i.high)};
    r.p = p_of_mean(mean, r.sd, r.count);
    return r;
}

struct interval ratio_widened(const struct ratio *ratio, size_t comparisons)
{
    if (!interval_is_known(ratio->interval) || ratio->count < 2 || comparisons < 1)
        return interval_unknown();
    double freedom = (double)ratio->count - 1, beyond = (1 - INTERVAL_LEVEL) / 2;
    double by = gsl_cdf_tdist_Qinv(beyond / (double)comparisons, freedom) /
                gsl_cdf_tdist_Qinv(beyond, freedom);
    return (struct interval){ratio->value * pow(ratio->interval.low / ratio->value, by),
                             ratio->value * pow(ratio->interval.high / ratio->value, by)};
}

bool ratio_shows_difference(const struct ratio *ratio)
{
    return interval_is_known(ratio->interval) &&
           (ratio->interval.low > 1 || ratio->interval.high < 1);
}
