/* series: the latencies of each interval of the window, so that a run can be seen as it went.
 *
 * A worker records into one histogram and, at the end of each interval, saves its few filled bins
 * and clears it: some 70 bytes and 16 for each of them. The series of several workers are merged
 * interval by interval.
 *
 * A series belongs to one thread. An interval that was saved never moves and never changes until
 * the series is merged into or freed, so its owner may publish a pointer to it (release), and
 * another thread that took that pointer (acquire) may read it meanwhile. */
#ifndef SERIES_H
#define SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

enum { SERIES_MOST = 24 * 3600 }; /* intervals: as many as the longest window has seconds */

struct series_bin {
    uint32_t bin;
    uint64_t count;
};

struct series_interval {
    uint64_t ok;        /* good replies to requests of the window that came in this interval; the
                           last has those that came later, too */
    uint64_t in_flight; /* requests without an answer at its end */
    int64_t min_ns, max_ns;
    uint64_t sum_ns, overflow;
    size_t filled;
    struct series_bin bins[];
};

struct series {
    size_t count, capacity;
    struct series_interval **intervals; /* the first begins with the window; none is left out */
    int64_t interval_ns;                /* how long each is; 0: a second */
};

static inline int64_t series_interval_ns(const struct series *s)
{
    return s->interval_ns > 0 ? s->interval_ns : INT64_C(1000000000);
}

/* Saves the histogram of the interval that ended, and empties it. False when memory is short: the
 * series then ends with the interval before. */
bool series_save(struct series *s, struct histogram *h, uint64_t in_flight);

/* Adds the intervals of `other`, one by one; those that change are new objects. Intervals must be
 * equally long in both, unless *s has none: it then takes the length over. False when memory is
 * short: *s is then as it was, but for intervals that were added already. */
bool series_merge(struct series *s, const struct series *other);

void series_free(struct series *s);

/* One interval by itself, to be freed; NULL when memory is short. */
struct series_interval *series_squeeze(const struct histogram *h, uint64_t in_flight);

/* The histogram of one interval, written over *h. */
void series_expand(const struct series_interval *interval, struct histogram *h);

#endif
