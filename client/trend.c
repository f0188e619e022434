#include "trend.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* A series that resembles itself more than this would have hardly any n_eff left. */
static const double r1_most = 0.99;

/* The first value is taken away before adding up, so that equal values leave exactly nothing. */
static double mean_of(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i] - values[0];
    return values[0] + sum / (double)n;
}

/* Half of the interval's width; `spread` is the sum of the squares of the places about their
 * middle. */
static double half_width(const struct trend *t, const double *values, size_t n, double spread)
{
    double middle = (double)(n - 1) / 2, squares = 0, products = 0, before = 0;
    for (size_t i = 0; i < n; i++) {
        double residual = values[i] - t->mean - t->slope * ((double)i - middle);
        squares += residual * residual;
        products += residual * before;
        before = residual;
    }
    if (squares <= 0)
        return 0;
    double r1 = fmin(fmax(products / squares, 0), r1_most);
    double freedom = fmax((double)n * (1 - r1) / (1 + r1) - 2, 1);
    return gsl_cdf_tdist_Pinv(0.975, freedom) * sqrt(squares / freedom / spread);
}

struct trend trend_of(const double *values, size_t n)
{
    struct trend t = {0};
    if (n < TREND_FEWEST)
        return t;
    double middle = (double)(n - 1) / 2, spread = 0, cross = 0;
    t.mean = mean_of(values, n);
    for (size_t i = 0; i < n; i++) {
        double place = (double)i - middle;
        spread += place * place;
        cross += place * (values[i] - t.mean);
    }
    t.slope = cross / spread;
    double half = half_width(&t, values, n, spread);
    t.low = t.slope - half;
    t.high = t.slope + half;
    t.known = true;
    return t;
}

double trend_surely(const struct trend *t)
{
    return fmax(fmax(t->low, -t->high), 0);
}
