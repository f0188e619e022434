#include "statistics.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

size_t statistics_sorted(double sorted[], const double values[], size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            sorted[n++] = values[i];
    gsl_sort(sorted, 1, n);
    return n;
}

struct spread statistics_spread(const double values[], size_t count)
{
    double sorted[STATISTICS_MOST];
    size_t n = statistics_sorted(sorted, values, count);
    if (n == 0)
        return (struct spread){.min = NAN, .median = NAN, .max = NAN};
    return (struct spread){.count = n,
                           .min = sorted[0],
                           .median = gsl_stats_median_from_sorted_data(sorted, 1, n),
                           .max = sorted[n - 1]};
}
