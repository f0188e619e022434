#include "series.h"

#include <stdlib.h>
#include <string.h>

static size_t interval_bytes(size_t filled)
{
    return sizeof(struct series_interval) + filled * sizeof(struct series_bin);
}

struct series_interval *series_squeeze(const struct histogram *h, uint64_t in_flight)
{
    size_t filled = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BINS; i++)
        filled += h->bins[i] != 0;
    struct series_interval *interval = malloc(interval_bytes(filled));
    if (interval == NULL)
        return NULL;
    *interval = (struct series_interval){.ok = h->count,
                                         .in_flight = in_flight,
                                         .min_ns = h->min_ns,
                                         .max_ns = h->max_ns,
                                         .sum_ns = h->sum_ns,
                                         .overflow = h->overflow,
                                         .filled = filled};
    struct series_bin *to = interval->bins;
    for (uint32_t i = 0; i < HISTOGRAM_BINS; i++)
        if (h->bins[i] != 0)
            *to++ = (struct series_bin){.bin = i, .count = h->bins[i]};
    return interval;
}

void series_expand(const struct series_interval *interval, struct histogram *h)
{
    memset(h, 0, sizeof *h);
    h->count = interval->ok;
    h->min_ns = interval->min_ns;
    h->max_ns = interval->max_ns;
    h->sum_ns = interval->sum_ns;
    h->overflow = interval->overflow;
    for (size_t i = 0; i < interval->filled; i++)
        h->bins[interval->bins[i].bin] = interval->bins[i].count;
}

static bool grow(struct series *s, size_t count)
{
    if (count <= s->capacity)
        return true;
    size_t capacity = s->capacity > 0 ? s->capacity : 16;
    while (capacity < count)
        capacity *= 2;
    struct series_interval **intervals = reallocarray(s->intervals, capacity, sizeof(*intervals));
    if (intervals == NULL)
        return false;
    s->intervals = intervals;
    s->capacity = capacity;
    return true;
}

bool series_save(struct series *s, struct histogram *h, uint64_t in_flight)
{
    struct series_interval *saved = grow(s, s->count + 1) ? series_squeeze(h, in_flight) : NULL;
    if (saved != NULL)
        s->intervals[s->count++] = saved;
    memset(h, 0, sizeof *h);
    return saved != NULL;
}

static struct series_interval *copy(const struct series_interval *interval)
{
    struct series_interval *new = malloc(interval_bytes(interval->filled));
    if (new != NULL)
        memcpy(new, interval, interval_bytes(interval->filled));
    return new;
}

static struct series_interval *add(const struct series_interval *a, const struct series_interval *b)
{
    struct histogram sum, other;
    series_expand(a, &sum);
    series_expand(b, &other);
    histogram_merge(&sum, &other);
    return series_squeeze(&sum, a->in_flight + b->in_flight);
}

bool series_merge(struct series *s, const struct series *other)
{
    if (!grow(s, other->count))
        return false;
    if (s->count == 0)
        s->interval_ns = other->interval_ns;
    for (size_t i = 0; i < other->count; i++) {
        bool both = i < s->count;
        struct series_interval *sum =
            both ? add(s->intervals[i], other->intervals[i]) : copy(other->intervals[i]);
        if (sum == NULL)
            return false;
        if (both)
            free(s->intervals[i]);
        else
            s->count++;
        s->intervals[i] = sum;
    }
    return true;
}

void series_free(struct series *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->intervals[i]);
    free(s->intervals);
    *s = (struct series){0};
}
