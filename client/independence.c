#include "independence.h"

#include <math.h>
#include <stdlib.h>

static const double rho_least = 0.05;

struct place {
    int64_t value;
    size_t at;
};

static int compare(const void *a, const void *b)
{
    int64_t left = ((const struct place *)a)->value, right = ((const struct place *)b)->value;
    return (left > right) - (left < right);
}

/* The rank of each value, from 0; NULL when memory is short. To be freed. */
static double *ranks_of(const int64_t *values, size_t n)
{
    struct place *places = calloc(n, sizeof *places);
    double *ranks = calloc(n, sizeof *ranks);
    if (places == NULL || ranks == NULL) {
        free(places);
        free(ranks);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){values[i], i};
    qsort(places, n, sizeof *places, compare);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && places[end].value == places[first].value;)
            end++;
        for (size_t i = first; i < end; i++)
            ranks[places[i].at] = (double)(first + end - 1) / 2;
    }
    free(places);
    return ranks;
}

/* Of the ranks `lag` places apart. NaN when all on one side are equal: the means are then exact,
 * for sums of ranks are, and the variance is exactly 0. */
static double correlation(const double *ranks, size_t runs, size_t run_length, size_t lag)
{
    double pairs = (double)(runs * (run_length - lag)), mean_a = 0, mean_b = 0;
    double aa = 0, bb = 0, ab = 0;
    for (size_t run = 0; run < runs; run++) {
        const double *r = ranks + run * run_length;
        for (size_t i = 0; i + lag < run_length; i++) {
            mean_a += r[i];
            mean_b += r[i + lag];
        }
    }
    mean_a /= pairs;
    mean_b /= pairs;
    for (size_t run = 0; run < runs; run++) {
        const double *r = ranks + run * run_length;
        for (size_t i = 0; i + lag < run_length; i++) {
            double a = r[i] - mean_a, b = r[i + lag] - mean_b;
            aa += a * a;
            bb += b * b;
            ab += a * b;
        }
    }
    return ab / sqrt(aa * bb);
}

struct independence independence_of(const int64_t *values, size_t runs, size_t run_length)
{
    struct independence result = {NAN, NAN};
    if (run_length < 2 || runs * (run_length - 1) < INDEPENDENCE_FEWEST)
        return result;
    double *ranks = ranks_of(values, runs * run_length);
    if (ranks == NULL)
        return result;
    double sum = 0, rho = correlation(ranks, runs, run_length, 1);
    result.spearman = rho;
    for (size_t lag = 1; rho >= rho_least;) {
        sum += rho;
        if (++lag > run_length / 2)
            break;
        rho = correlation(ranks, runs, run_length, lag);
    }
    if (!isnan(result.spearman))
        result.share = 1 / (1 + 2 * sum);
    free(ranks);
    return result;
}
