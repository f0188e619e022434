#include "series.h"

#include <stdlib.h>
#include <string.h>

/* The filled bins of a histogram. A count that does not fit into 32 bits is cut: no client sees
 * 2^32 replies of one latency within one second. */
static bool squeeze(struct series_second *second, const struct histogram *h)
{
    *second = (struct series_second){.ok = h->count,
                                     .min_ns = h->min_ns,
                                     .max_ns = h->max_ns,
                                     .sum_ns = h->sum_ns,
                                     .overflow = h->overflow};
    for (uint32_t i = 0; i < HISTOGRAM_BINS; i++)
        second->filled += h->bins[i] != 0;
    if (second->filled == 0)
        return true;
    second->bins = malloc(second->filled * sizeof *second->bins);
    if (second->bins == NULL)
        return false;
    struct series_bin *to = second->bins;
    for (uint32_t i = 0; i < HISTOGRAM_BINS; i++) {
        uint32_t count = h->bins[i] < UINT32_MAX ? (uint32_t)h->bins[i] : UINT32_MAX;
        if (count != 0)
            *to++ = (struct series_bin){.bin = i, .count = count};
    }
    return true;
}

static bool grow(struct series *s, size_t count)
{
    if (count <= s->capacity)
        return true;
    size_t capacity = s->capacity > 0 ? s->capacity : 16;
    while (capacity < count)
        capacity *= 2;
    struct series_second *seconds = reallocarray(s->seconds, capacity, sizeof *seconds);
    if (seconds == NULL)
        return false;
    memset(seconds + s->capacity, 0, (capacity - s->capacity) * sizeof *seconds);
    s->seconds = seconds;
    s->capacity = capacity;
    return true;
}

bool series_save(struct series *s, struct histogram *second, uint64_t in_flight)
{
    struct series_second saved;
    bool good = grow(s, s->count + 1) && squeeze(&saved, second);
    if (good) {
        saved.in_flight = in_flight;
        s->seconds[s->count++] = saved;
    }
    memset(second, 0, sizeof *second);
    return good;
}

void series_expand(const struct series_second *second, struct histogram *h)
{
    memset(h, 0, sizeof *h);
    h->count = second->ok;
    h->min_ns = second->min_ns;
    h->max_ns = second->max_ns;
    h->sum_ns = second->sum_ns;
    h->overflow = second->overflow;
    for (size_t i = 0; i < second->filled; i++)
        h->bins[second->bins[i].bin] = second->bins[i].count;
}

static bool merge_second(struct series_second *to, const struct series_second *from)
{
    struct histogram sum, other;
    series_expand(to, &sum);
    series_expand(from, &other);
    histogram_merge(&sum, &other);
    struct series_second merged;
    if (!squeeze(&merged, &sum))
        return false;
    merged.in_flight = to->in_flight + from->in_flight;
    free(to->bins);
    *to = merged;
    return true;
}

bool series_merge(struct series *s, const struct series *other)
{
    if (!grow(s, other->count))
        return false;
    if (s->count < other->count)
        s->count = other->count; /* seconds behind the old end are zeros */
    for (size_t i = 0; i < other->count; i++)
        if (!merge_second(&s->seconds[i], &other->seconds[i]))
            return false;
    return true;
}

void series_free(struct series *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->seconds[i].bins);
    free(s->seconds);
    *s = (struct series){0};
}
