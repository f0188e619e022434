/* counter: what the replies of INCR on one key say about a server that loses or repeats work.
 *
 * All clients together count one key up, so no two of them may ever be told the same value, and the
 * values between the least and the greatest that nobody was told are increments whose reply was
 * lost on the way. To see both, every value is marked in bitmaps of 65536 values each, which are
 * made where values appear. Values that rise on each connection are the caller's to check.
 *
 * A counter belongs to one thread; those of several are merged at the end. */
#ifndef COUNTER_H
#define COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bitmaps of all counters of a run together: for 2^31 values next to each other. */
#define COUNTER_BYTES_MOST ((size_t)256 << 20)

struct counter_chunk;

struct counter {
    uint64_t acknowledged; /* replies, each value as often as it came */
    uint64_t duplicates;   /* of which came again what had come before */
    int64_t min, max;      /* meaningless while acknowledged is 0 */
    bool unknown; /* not all values are marked: the limit was reached, or memory is short */
    struct counter_chunk *last; /* where the last value was; NULL at first */
    struct counter_chunk **table;
    unsigned table_bits;
    size_t chunks, chunks_most;
};

/* An empty counter, whose bitmaps may take so many bytes: a share of COUNTER_BYTES_MOST where
 * several threads count, for each of them meets nearly all values' neighbours. Takes no memory. */
void counter_init(struct counter *c, size_t bytes_most);
void counter_free(struct counter *c);

/* One reply. Where a value can no longer be marked, `unknown` is set, and from then on replies are
 * only counted, with least and greatest. */
void counter_add(struct counter *c, int64_t value);

/* Adds all replies of `other`; a value that both have is a duplicate. The order in which several
 * are merged makes no difference. *sum keeps its own limit. */
void counter_merge(struct counter *sum, const struct counter *other);

enum counter_distinct {
    COUNTER_DISTINCT,  /* no value came twice */
    COUNTER_REPEATED,  /* some did */
    COUNTER_UNDECIDED, /* none was seen to, but not all values are marked */
};

struct counter_result {
    uint64_t acknowledged;
    enum counter_distinct distinct;
    uint64_t duplicates; /* at least so many, if missing is not known */
    int64_t min, max;    /* 0 when nothing was acknowledged */
    bool missing_known;
    uint64_t missing; /* values between min and max that nobody was told; 0 if not known */
};

struct counter_result counter_result(const struct counter *c);

/* A counter as a file: a line
 *
 *     server-models-counter 1 ACKNOWLEDGED DUPLICATES MIN MAX MARKED
 *
 * where MARKED is 1 unless it is `unknown`, and then of each bitmap the upper bits of its values
 * and 1024 words, all in 64 bits, least byte first. False with errno: something could not be
 * written. */
bool counter_write(FILE *file, const struct counter *c);

/* Reads such a file into a counter without any replies. Any content is safe. False: it is none, or
 * memory is short; *c is to be freed all the same. */
bool counter_read(FILE *file, struct counter *c);

#endif
