/* slope: how fast a quantity grows, though single samples stray.
 *
 * Theil and Sen: the median of the slopes of all pairs of samples, which up to 29 % of outliers do
 * not move far (P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
 * Journal of the American Statistical Association 63, 1968). */
#ifndef SLOPE_H
#define SLOPE_H

#include <stddef.h>

struct sample {
    double minutes, value;
};

/* In units of value a minute, of samples at different times. 0 for fewer than two, NAN if there is
 * no memory for it. */
double slope_per_minute(const struct sample *samples, size_t count);

#endif
