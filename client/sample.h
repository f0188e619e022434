/* sample: some requests in the order in which they were sent, for what a histogram forgets: whether
 * they were sent as the plan's law says, and how much one latency tells about the next.
 *
 * Kept are whole runs of SAMPLE_RUN requests with consecutive numbers, spread evenly over all: when
 * the sample is full, every second run is dropped and only half as many are taken from then on. The
 * workers of one plan number its arrivals jointly, so the samples of all together hold whole runs
 * again. A sample belongs to one thread; it has fixed memory. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SAMPLE_RUN = 256, SAMPLE_MOST = 40 * SAMPLE_RUN };

struct sample_entry {
    uint64_t number;
    int64_t sent_ns;
    int64_t response_ns; /* what it had waited when it was given up, if it was */
};

struct sample {
    struct sample_entry *entries; /* in rising order of their numbers, but for merged ones */
    size_t count;
    uint64_t stride; /* of the runs 0, 1, 2, ... every stride-th is kept */
};

/* The number of a request that has no place in the order: never wanted. */
#define SAMPLE_UNNUMBERED UINT64_MAX

/* False when memory is short. */
bool sample_init(struct sample *s);
void sample_free(struct sample *s);

static inline bool sample_wants(const struct sample *s, uint64_t number)
{
    return number != SAMPLE_UNNUMBERED && number / SAMPLE_RUN % s->stride == 0;
}

/* Keeps a request that sample_wants. */
void sample_sent(struct sample *s, uint64_t number, int64_t sent_ns);

/* It has its outcome; does nothing if it was dropped meanwhile. */
void sample_settled(struct sample *s, uint64_t number, int64_t response_ns);

/* Adds those of `other` that both would have kept. False when memory is short. */
bool sample_merge(struct sample *s, const struct sample *other);

/* Sorts by number and leaves only whole runs. Returns how many. */
size_t sample_whole_runs(struct sample *s);

#endif
