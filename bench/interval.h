/* interval: the values that the truth may have after a few repetitions. All intervals are of 95 %:
 * of experiments like this one, 95 in 100 give an interval with the truth in it. Pure. */
#ifndef INTERVAL_H
#define INTERVAL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define INTERVAL_LEVEL 0.95

struct interval {
    double low, high; /* NaN, both, when not known */
};

static inline struct interval interval_unknown(void)
{
    return (struct interval){NAN, NAN};
}

static inline bool interval_is_known(struct interval i)
{
    return !isnan(i.low);
}

/* How many standard errors the interval of a mean reaches to each side: the 0.975 quantile of
 * Student's t with count - 1 degrees of freedom. count >= 2. */
double interval_t(size_t count);

/* Of the mean of values that are about normal: mean -+ t s / sqrt(count). Not known below two. */
struct interval interval_of_mean(const double values[], size_t count);

/* Of the median of what the values were drawn from. values: sorted, none NaN.
 *
 * From INTERVAL_RANKS on without an assumption about its law: between two ranks of the sorted
 * values, counted from either end, interpolated between neighbouring ranks because whole ranks
 * seldom give 95 % (Hettmansperger and Sheather, Confidence intervals based on interpolated order
 * statistics, 1986). With fewer values no ranks reach 95 %. Then the logarithms are taken for
 * normal, which makes the median the exponential of their mean. Not known for fewer than two
 * values, or few of which one is not positive. */
enum { INTERVAL_RANKS = 6 };
struct interval interval_of_median(const double values[], size_t count);

#endif
