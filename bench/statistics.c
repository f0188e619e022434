#include "statistics.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

struct spread statistics_spread(const double values[], size_t count)
{
    double known[STATISTICS_MOST];
    size_t n = 0;
    for (size_t i = 0; i < count && n < STATISTICS_MOST; i++)
        if (!isnan(values[i]))
            known[n++] = values[i];
    if (n == 0)
        return (struct spread){.min = NAN, .median = NAN, .max = NAN};
    gsl_sort(known, 1, n);
    return (struct spread){.count = n,
                           .min = known[0],
                           .median = gsl_stats_median_from_sorted_data(known, 1, n),
                           .max = known[n - 1]};
}

void statistics_ratios(double ratios[], const double above[], const double below[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        ratios[i] = below[i] > 0 ? above[i] / below[i] : NAN;
}
