#include "kstest.h"

#include <gsl/gsl_sort.h>
#include <math.h>

/* The law of Kolmogorov: how likely sqrt(n) times the distance is above z for many values. */
static double kolmogorov_above(double z)
{
    double sum = 0, sign = 1;
    if (z < 0.2) /* it differs from 1 by less than 10^-12, and the series needs ever more terms */
        return 1;
    for (int k = 1; k <= 30; k++) {
        sum += sign * exp(-2 * z * z * k * k);
        sign = -sign;
    }
    return fmin(fmax(2 * sum, 0), 1);
}

/* F_n moves at the values only, so the supremum is found beside one of them. */
static double distance(const double *sorted, size_t n, double (*cdf)(double), double tolerance)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double above = (double)(i + 1) / (double)n - cdf(sorted[i] + tolerance);
        double below = cdf(sorted[i] - tolerance) - (double)i / (double)n;
        most = fmax(most, fmax(above, below));
    }
    return most;
}

double kstest_p(double *values, size_t n, double (*cdf)(double), double tolerance)
{
    if (n == 0)
        return 1;
    gsl_sort(values, 1, n);
    double root = sqrt((double)n);
    return kolmogorov_above((root + 0.12 + 0.11 / root) * distance(values, n, cdf, tolerance));
}

double kstest_exponential(double x)
{
    return x > 0 ? -expm1(-x) : 0;
}

double kstest_uniform(double x)
{
    return fmin(fmax(x / 2, 0), 1);
}
