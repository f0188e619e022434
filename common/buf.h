/* buf: a run of bytes that is filled at its end and consumed at its start.
 *
 *     bytes: [ consumed | unread | room ]
 *            0          start    end    capacity
 *
 * A buf may begin in memory lent by its user (an array on the stack, a scratch area that many
 * clients share) and moves to the heap only when it outgrows it. Pointers into a buf are good until
 * the next call that may grow or compact it (reserve, append, keep): remember offsets from buf_head
 * instead.
 *
 * Running out of memory is remembered: the buf is then `failed`, keeps what it held, ignores
 * further appends, and its user needs one check at the end of a run of appends.
 *
 * A buf belongs to one thread at a time. No function here makes a system call except through
 * malloc. */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *bytes;
    size_t start, end, capacity;
    bool owned;  /* bytes came from malloc, not from a lender */
    bool failed; /* an allocation failed; what was appended since is missing */
};

/* An empty buf in lent_bytes bytes of lent memory, which must outlive the buf's use of it.
 * Lending nothing (NULL, 0) is fine: the first append allocates. */
static inline struct buf buf_over(void *lent, size_t lent_bytes)
{
    return (struct buf){.bytes = lent, .capacity = lent_bytes};
}

/* Gives heap memory back and leaves an empty buf without memory. */
void buf_free(struct buf *b);

/* The unread bytes: where they begin, how many there are. */
static inline char *buf_head(const struct buf *b)
{
    return b->start == 0 ? b->bytes : b->bytes + b->start; /* NULL + 0 is undefined */
}

static inline size_t buf_length(const struct buf *b)
{
    return b->end - b->start;
}

/* The room after them: where it begins, how many bytes fit without a reserve. */
static inline char *buf_tail(const struct buf *b)
{
    return b->end == 0 ? b->bytes : b->bytes + b->end;
}

static inline size_t buf_room(const struct buf *b)
{
    return b->capacity - b->end;
}

/* Makes room for at least n more bytes, first by moving the unread bytes to the front, then by
 * doubling. False (and b->failed) when memory is short or the size would overflow. */
bool buf_reserve(struct buf *b, size_t n);

/* n bytes, at most buf_room, have been written at buf_tail. */
static inline void buf_extend(struct buf *b, size_t n)
{
    b->end += n;
}

/* The first n unread bytes, at most buf_length, are done with. */
static inline void buf_consume(struct buf *b, size_t n)
{
    b->start += n;
    if (b->start == b->end)
        b->start = b->end = 0;
}

/* Copies n bytes to the end. False (and b->failed) when memory is short. */
bool buf_append(struct buf *b, const void *from, size_t n);

/* Ends a loan: unread bytes move to heap memory of about their size, and lent memory is let go of,
 * so that the lender may use it for something else. Does nothing to a buf that owns its memory.
 * False (and b->failed, the unread bytes lost) when memory is short. */
bool buf_keep(struct buf *b);

#endif
