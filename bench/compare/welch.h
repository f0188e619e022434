/* welch: how many times as much, from two samples that do not belong together in pairs because they
 * were measured at other times or on other machines. Pure. */
#ifndef WELCH_H
#define WELCH_H

#include <stddef.h>

#include "interval.h"

struct welch {
    size_t a, b;              /* known values of each sample */
    double ratio;             /* of the geometric means, B to A; NaN when one is not known */
    double df;                /* degrees of freedom; NaN when the interval is not known */
    struct interval interval; /* of the ratio, 95 % */
};

/* The logarithms of each sample are taken for normal, with any two variances (Welch, Biometrika 34,
 * 1947): with means m, variances s^2 and numbers n of the logarithms,
 *
 *     e^2 = s_a^2 / n_a + s_b^2 / n_b        df = e^4 / sum((s^2 / n)^2 / (n - 1))
 *     exp(m_b - m_a -+ t e)                  t: the 0.975 quantile of Student's law with df
 *
 * Values that are NaN are left out. Without an interval when a sample has fewer than two values;
 * nothing is known when it has none, or one that is not positive and finite. Where nothing varies,
 * the interval is the ratio itself and df infinite. count <= STATISTICS_MOST, each. */
struct welch welch_ratio(const double a[], size_t a_count, const double b[], size_t b_count);

#endif
