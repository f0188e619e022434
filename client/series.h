/* series: the latencies of each second of the window, so that a run can be seen as it went.
 *
 * A worker records into one histogram and, at each full second, saves its few filled bins and
 * clears it. The series of several workers are merged second by second.
 *
 * A series belongs to one thread. A second that was saved never moves and never changes until the
 * series is merged into or freed, so its owner may publish a pointer to it (release), and another
 * thread that took that pointer (acquire) may read it meanwhile. */
#ifndef SERIES_H
#define SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

struct series_bin {
    uint32_t bin;
    uint64_t count;
};

struct series_second {
    uint64_t ok;        /* good replies to requests of the window that came in this second; the last
                           has those that came later, too */
    uint64_t in_flight; /* requests without an answer at its end */
    int64_t min_ns, max_ns;
    uint64_t sum_ns, overflow;
    size_t filled;
    struct series_bin bins[];
};

struct series {
    size_t count, capacity;
    struct series_second **seconds; /* the first begins with the window; none is left out */
};

/* Saves the histogram of the second that ended, and empties it. False when memory is short: the
 * series then ends with the second before. */
bool series_save(struct series *s, struct histogram *second, uint64_t in_flight);

/* Adds the seconds of `other`, second by second; those that change are new objects. False when
 * memory is short: *s is then as it was, but for seconds that were added already. */
bool series_merge(struct series *s, const struct series *other);

void series_free(struct series *s);

/* One second by itself, to be freed; NULL when memory is short. */
struct series_second *series_squeeze(const struct histogram *h, uint64_t in_flight);

/* The histogram of one second, written over *h. */
void series_expand(const struct series_second *second, struct histogram *h);

#endif
