#include "series.h"

#include <stdlib.h>
#include <string.h>

static size_t second_bytes(size_t filled)
{
    return sizeof(struct series_second) + filled * sizeof(struct series_bin);
}

struct series_second *series_squeeze(const struct histogram *h, uint64_t in_flight)
{
    size_t filled = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BINS; i++)
        filled += h->bins[i] != 0;
    struct series_second *second = malloc(second_bytes(filled));
    if (second == NULL)
        return NULL;
    *second = (struct series_second){.ok = h->count,
                                     .in_flight = in_flight,
                                     .min_ns = h->min_ns,
                                     .max_ns = h->max_ns,
                                     .sum_ns = h->sum_ns,
                                     .overflow = h->overflow,
                                     .filled = filled};
    struct series_bin *to = second->bins;
    for (uint32_t i = 0; i < HISTOGRAM_BINS; i++)
        if (h->bins[i] != 0)
            *to++ = (struct series_bin){.bin = i, .count = h->bins[i]};
    return second;
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

static bool grow(struct series *s, size_t count)
{
    if (count <= s->capacity)
        return true;
    size_t capacity = s->capacity > 0 ? s->capacity : 16;
    while (capacity < count)
        capacity *= 2;
    struct series_second **seconds = reallocarray(s->seconds, capacity, sizeof(*seconds));
    if (seconds == NULL)
        return false;
    s->seconds = seconds;
    s->capacity = capacity;
    return true;
}

bool series_save(struct series *s, struct histogram *second, uint64_t in_flight)
{
    struct series_second *saved = grow(s, s->count + 1) ? series_squeeze(second, in_flight) : NULL;
    if (saved != NULL)
        s->seconds[s->count++] = saved;
    memset(second, 0, sizeof *second);
    return saved != NULL;
}

static struct series_second *copy(const struct series_second *second)
{
    struct series_second *new = malloc(second_bytes(second->filled));
    if (new != NULL)
        memcpy(new, second, second_bytes(second->filled));
    return new;
}

static struct series_second *add(const struct series_second *a, const struct series_second *b)
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
    for (size_t i = 0; i < other->count; i++) {
        bool both = i < s->count;
        struct series_second *sum =
            both ? add(s->seconds[i], other->seconds[i]) : copy(other->seconds[i]);
        if (sum == NULL)
            return false;
        if (both)
            free(s->seconds[i]);
        else
            s->count++;
        s->seconds[i] = sum;
    }
    return true;
}

void series_free(struct series *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->seconds[i]);
    free(s->seconds);
    *s = (struct series){0};
}
