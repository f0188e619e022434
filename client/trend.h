/* trend: whether a value rises or falls while a run goes on, and how surely. */
#ifndef TREND_H
#define TREND_H

#include <stdbool.h>
#include <stddef.h>

/* Of fewer values nothing is said. */
enum { TREND_FEWEST = 8 };

struct trend {
    bool known;       /* there were enough values; else the rest is 0 */
    double slope;     /* per step from one value to the next */
    double low, high; /* its 95 % confidence interval */
    double mean;      /* of the values */
};

/* The line of least squares through finite values measured at equal distances.
 *
 * Successive values of a run resemble each other and so say less than as many independent ones. The
 * interval is therefore Student's with n_eff instead of n: n_eff = n (1 - r1) / (1 + r1), where r1
 * is the correlation of successive residuals, taken as 0 if below (B. D. Santer et al.,
 * "Statistical significance of trends and trend differences in layer-average atmospheric
 * temperature time series", J. Geophysical Research 105, 2000). The variance and the quantile
 * use n_eff - 2 degrees of freedom, but never fewer than 1. */
struct trend trend_of(const double *values, size_t n);

/* How steep it is at least, up or down: the end of the interval that is nearer to zero, without its
 * sign. 0 if the interval holds zero or is not known. */
double trend_surely(const struct trend *t);

#endif
