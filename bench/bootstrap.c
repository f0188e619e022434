#include "bootstrap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <stdlib.h>

static void draw_means(double means[], size_t resamples, const double values[], size_t count,
                       gsl_rng *rng)
{
    for (size_t r = 0; r < resamples; r++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += values[gsl_rng_uniform_int(rng, count)];
        means[r] = sum / (double)count;
    }
    gsl_sort(means, 1, resamples);
}

/* Half of the means should lie below that of the values; the normal quantile of the share that
 * does. Equal ones count half, and neither end can be reached. */
static double bias(const double means[], size_t resamples, double mean)
{
    double below = 0;
    for (size_t r = 0; r < resamples; r++)
        below += means[r] < mean ? 1 : means[r] == mean ? 0.5 : 0;
    return gsl_cdf_ugaussian_Pinv((below + 0.5) / ((double)resamples + 1));
}

/* How fast the spread changes with the mean: a sixth of the skewness of the means that leave one
 * value out, whose distances are those of the values themselves, up to a factor. */
static double acceleration(const double values[], size_t count, double mean)
{
    double squares = 0, cubes = 0;
    for (size_t i = 0; i < count; i++) {
        double d = values[i] - mean;
        squares += d * d;
        cubes += d * d * d;
    }
    return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
}

static double end_of(const double means[], size_t resamples, double z0, double a, double z)
{
    double share = gsl_cdf_ugaussian_P(z0 + (z0 + z) / (1 - a * (z0 + z)));
    return gsl_stats_quantile_from_sorted_data(means, 1, resamples, share);
}

struct interval bootstrap_of_mean(const double values[], size_t count, size_t resamples,
                                  uint32_t seed)
{
    if (count < BOOTSTRAP_LEAST)
        return interval_unknown();
    struct interval i = interval_unknown();
    double *means = calloc(resamples, sizeof *means);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (means != NULL && rng != NULL) {
        gsl_rng_set(rng, seed);
        draw_means(means, resamples, values, count, rng);
        double mean = gsl_stats_mean(values, 1, count);
        double z0 = bias(means, resamples, mean), a = acceleration(values, count, mean);
        double z = gsl_cdf_ugaussian_Pinv((1 + INTERVAL_LEVEL) / 2);
        i.low = end_of(means, resamples, z0, a, -z);
        i.high = end_of(means, resamples, z0, a, z);
    }
    if (rng != NULL)
        gsl_rng_free(rng);
    free(means);
    return i;
}
