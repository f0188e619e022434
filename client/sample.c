#include "sample.h"

#include <stdlib.h>
#include <string.h>

bool sample_init(struct sample *s)
{
    *s = (struct sample){.entries = calloc(SAMPLE_MOST, sizeof *s->entries), .stride = 1};
    return s->entries != NULL;
}

void sample_free(struct sample *s)
{
    free(s->entries);
    s->entries = NULL;
}

static void keep_wanted(struct sample *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (sample_wants(s, s->entries[i].number))
            s->entries[kept++] = s->entries[i];
    s->count = kept;
}

void sample_sent(struct sample *s, uint64_t number, int64_t sent_ns)
{
    while (s->count == SAMPLE_MOST) {
        s->stride *= 2;
        keep_wanted(s);
    }
    if (sample_wants(s, number))
        s->entries[s->count++] = (struct sample_entry){.number = number, .sent_ns = sent_ns};
}

static int compare(const void *a, const void *b)
{
    uint64_t left = ((const struct sample_entry *)a)->number,
             right = ((const struct sample_entry *)b)->number;
    return (left > right) - (left < right);
}

void sample_settled(struct sample *s, uint64_t number, int64_t response_ns)
{
    struct sample_entry key = {.number = number};
    struct sample_entry *entry = bsearch(&key, s->entries, s->count, sizeof key, compare);
    if (entry != NULL)
        entry->response_ns = response_ns;
}

bool sample_merge(struct sample *s, const struct sample *other)
{
    if (other->stride > s->stride) {
        s->stride = other->stride;
        keep_wanted(s);
    }
    size_t count = s->count + other->count;
    if (count > SAMPLE_MOST) {
        struct sample_entry *entries = reallocarray(s->entries, count, sizeof *entries);
        if (entries == NULL)
            return false;
        s->entries = entries;
    }
    for (size_t i = 0; i < other->count; i++)
        if (sample_wants(s, other->entries[i].number))
            s->entries[s->count++] = other->entries[i];
    return true;
}

size_t sample_whole_runs(struct sample *s)
{
    size_t kept = 0;
    qsort(s->entries, s->count, sizeof *s->entries, compare);
    for (size_t i = 0; i + SAMPLE_RUN <= s->count;) {
        uint64_t number = s->entries[i].number;
        bool whole = number % SAMPLE_RUN == 0 &&
                     s->entries[i + SAMPLE_RUN - 1].number == number + SAMPLE_RUN - 1;
        if (whole)
            memmove(&s->entries[kept], &s->entries[i], SAMPLE_RUN * sizeof *s->entries);
        kept += whole ? SAMPLE_RUN : 0;
        i += whole ? SAMPLE_RUN : 1;
    }
    s->count = kept;
    return kept / SAMPLE_RUN;
}
