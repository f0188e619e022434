#include "histogram.h"

int64_t histogram_bin_top(uint32_t bin)
{
    uint32_t half = 1u << HISTOGRAM_HALF_BITS;
    if (bin < 2 * half)
        return bin;
    uint32_t shift = (bin >> HISTOGRAM_HALF_BITS) - 1;
    int64_t bottom = (int64_t)(half + bin % half) << shift;
    return bottom + (INT64_C(1) << shift) - 1;
}

void histogram_merge(struct histogram *h, const struct histogram *other)
{
    if (other->count == 0)
        return;
    if (h->count == 0 || other->min_ns < h->min_ns)
        h->min_ns = other->min_ns;
    if (h->count == 0 || other->max_ns > h->max_ns)
        h->max_ns = other->max_ns;
    h->count += other->count;
    h->overflow += other->overflow;
    h->sum_ns += other->sum_ns;
    for (int i = 0; i < HISTOGRAM_BINS; i++)
        h->bins[i] += other->bins[i];
}

double histogram_mean_ns(const struct histogram *h)
{
    return h->count == 0 ? 0 : (double)h->sum_ns / (double)h->count;
}

uint64_t quantile_rank(uint64_t n, uint32_t quantile)
{
    /* In whole numbers: 0.9 * 10 in floating point may well be rounded up to rank 10. */
    unsigned __int128 product = (unsigned __int128)n * quantile + QUANTILE_WHOLE - 1;
    uint64_t rank = (uint64_t)(product / QUANTILE_WHOLE);
    return rank > 0 ? rank : 1;
}

uint64_t quantile_beyond(uint64_t n, uint32_t quantile)
{
    return (uint64_t)((unsigned __int128)n * (QUANTILE_WHOLE - quantile) / QUANTILE_WHOLE);
}

int64_t histogram_at_rank(const struct histogram *h, uint64_t rank)
{
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BINS; i++) {
        seen += h->bins[i];
        if (seen >= rank) {
            int64_t top = histogram_bin_top(i);
            return top < h->max_ns ? top : h->max_ns;
        }
    }
    return h->max_ns;
}

int64_t histogram_quantile(const struct histogram *h, uint32_t quantile)
{
    return histogram_at_rank(h, quantile_rank(h->count, quantile));
}
