/* histogram: how often each latency was seen, in fixed memory and with at most 0.8 % error.
 *
 * Log-linear: every power of two is cut into 128 equal bins, values below 256 ns have a bin each.
 * It is the layout of an HdrHistogram of two significant digits, so logs in its format need no
 * conversion. A value is reported as the highest one of its bin, never better than it was; minimum,
 * maximum, count and sum are exact. Values above HISTOGRAM_MAX_NS are counted apart, in the
 * minimum, maximum and sum too.
 *
 * Histograms are merged by adding counts, which loses nothing; percentiles are never averaged.
 * A histogram belongs to one thread; all zeros is an empty one. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

enum {
    HISTOGRAM_HALF_BITS = 7, /* 128 bins for each power of two */
    HISTOGRAM_MAX_BITS = 39, /* of the largest value that has a bin: 9 minutes */
    HISTOGRAM_BINS = (HISTOGRAM_MAX_BITS - HISTOGRAM_HALF_BITS + 1) << HISTOGRAM_HALF_BITS,
};
#define HISTOGRAM_MAX_NS ((INT64_C(1) << HISTOGRAM_MAX_BITS) - 1)

struct histogram {
    uint64_t count;    /* of all values, those without a bin as well */
    uint64_t overflow; /* of values above HISTOGRAM_MAX_NS */
    uint64_t sum_ns;
    int64_t min_ns, max_ns; /* meaningless while count is 0 */
    uint64_t bins[HISTOGRAM_BINS];
};

/* The bin of a value from 0 to HISTOGRAM_MAX_NS. */
static inline uint32_t histogram_bin(int64_t value_ns)
{
    uint64_t value = (uint64_t)value_ns;
    uint32_t shift =
        63 - HISTOGRAM_HALF_BITS - (uint32_t)__builtin_clzll(value | 1 << HISTOGRAM_HALF_BITS);
    return (shift << HISTOGRAM_HALF_BITS) + (uint32_t)(value >> shift);
}

/* The highest value of a bin. */
int64_t histogram_bin_top(uint32_t bin);

/* Adds one value; a negative one, which a clock that never steps back cannot give, counts as 0. */
static inline void histogram_record(struct histogram *h, int64_t value_ns)
{
    if (value_ns < 0)
        value_ns = 0;
    if (h->count == 0)
        h->min_ns = h->max_ns = value_ns;
    if (value_ns < h->min_ns)
        h->min_ns = value_ns;
    if (value_ns > h->max_ns)
        h->max_ns = value_ns;
    h->count++;
    h->sum_ns += (uint64_t)value_ns;
    if (value_ns <= HISTOGRAM_MAX_NS)
        h->bins[histogram_bin(value_ns)]++;
    else
        h->overflow++;
}

/* Adds all values of `other`. */
void histogram_merge(struct histogram *h, const struct histogram *other);

double histogram_mean_ns(const struct histogram *h); /* 0 when empty */

/* A quantile is given in parts of a million: 990000 is the 99th percentile. */
enum { QUANTILE_WHOLE = 1000000 };

/* The rank of a quantile among n values, 1 for the smallest: ceil(q*n), at least 1. */
uint64_t quantile_rank(uint64_t n, uint32_t quantile);

/* How many of n values lie beyond a quantile, which is what its precision depends on. */
uint64_t quantile_beyond(uint64_t n, uint32_t quantile);

/* The value at a rank from 1 to count: within 0.8 % above the true one, and never above max_ns. */
int64_t histogram_at_rank(const struct histogram *h, uint64_t rank);

/* The value at quantile_rank; the histogram must not be empty. */
int64_t histogram_quantile(const struct histogram *h, uint32_t quantile);

#endif
