#include "buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Small enough for a kept fragment of a request, large enough that growth is rare. */
enum { SMALLEST_BYTES = 256 };

void buf_free(struct buf *b)
{
    if (b->owned)
        free(b->bytes);
    *b = (struct buf){0};
}

static bool fail(struct buf *b)
{
    b->failed = true;
    return false;
}

/* Moves the unread bytes to a heap block of `capacity` bytes, at least buf_length. */
static bool move_to_heap(struct buf *b, size_t capacity)
{
    size_t length = buf_length(b);
    /* A large block that begins with unread bytes can often be extended without copying it. */
    bool extend = b->owned && b->start == 0;
    char *bytes = extend ? realloc(b->bytes, capacity) : malloc(capacity);
    if (bytes == NULL)
        return fail(b);
    if (!extend && length > 0)
        memcpy(bytes, buf_head(b), length);
    if (!extend && b->owned)
        free(b->bytes);
    *b = (struct buf){.bytes = bytes, .end = length, .capacity = capacity, .owned = true};
    return true;
}

bool buf_reserve(struct buf *b, size_t n)
{
    if (b->failed)
        return false;
    if (buf_room(b) >= n)
        return true;
    size_t length = buf_length(b);
    /* Moving to the front is worth it only if it frees as much as it copies, and a new block only
     * if it leaves as much room as it copies: else a long unread run that is consumed and refilled
     * a little at a time would be copied again and again. */
    if (b->capacity - length >= n && b->start >= length) {
        memmove(b->bytes, buf_head(b), length);
        b->start = 0;
        b->end = length;
        return true;
    }
    if (n > SIZE_MAX / 4 || length > SIZE_MAX / 4)
        return fail(b);
    size_t capacity = b->capacity > SMALLEST_BYTES ? b->capacity : SMALLEST_BYTES;
    while (capacity < length + n || capacity / 2 < length)
        capacity *= 2;
    return move_to_heap(b, capacity);
}

bool buf_append(struct buf *b, const void *from, size_t n)
{
    if (n == 0)
        return !b->failed;
    if (!buf_reserve(b, n))
        return false;
    memcpy(buf_tail(b), from, n);
    buf_extend(b, n);
    return true;
}

bool buf_keep(struct buf *b)
{
    if (b->owned)
        return true;
    size_t length = buf_length(b);
    if (length > 0) {
        if (move_to_heap(b, length > SMALLEST_BYTES ? length : SMALLEST_BYTES))
            return true;
    }
    *b = (struct buf){.failed = b->failed};
    return !b->failed;
}
