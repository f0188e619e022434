#include "counter.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
    VALUE_BITS = 16, /* of the values of one chunk; the others are its key */
    WORD_BITS = 64,
    WORDS = (1 << VALUE_BITS) / WORD_BITS,
    CHUNK_BYTES = (1 << VALUE_BITS) / 8, /* of its bitmap */
};

struct counter_chunk {
    uint64_t key;
    uint64_t words[WORDS];
};

void counter_init(struct counter *c, size_t bytes_most)
{
    *c = (struct counter){.chunks_most = bytes_most / CHUNK_BYTES};
}

void counter_free(struct counter *c)
{
    for (size_t i = 0; c->table != NULL && i < (size_t)1 << c->table_bits; i++)
        free(c->table[i]);
    free(c->table);
    counter_init(c, 0);
}

/* For all chunks that there may ever be, so that nothing is moved while replies are timed. Pages
 * that stay empty cost nothing. At most half full, so that a search ends soon. */
static bool make_table(struct counter *c)
{
    c->table_bits = 1;
    while ((size_t)1 << c->table_bits < 2 * c->chunks_most)
        c->table_bits++;
    c->table = calloc((size_t)1 << c->table_bits, sizeof *c->table);
    return c->table != NULL;
}

/* Where the chunk of a key is, or would be: the first empty place. */
static struct counter_chunk **place_of(const struct counter *c, uint64_t key)
{
    size_t mask = ((size_t)1 << c->table_bits) - 1;
    /* Fibonacci hashing: keys that follow one another land far apart. */
    size_t i = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> (64 - c->table_bits));
    while (c->table[i] != NULL && c->table[i]->key != key)
        i = (i + 1) & mask;
    return &c->table[i];
}

/* NULL when there may be no further chunk, or no memory is left for it. */
static struct counter_chunk *chunk_of(struct counter *c, uint64_t key)
{
    if (c->table == NULL && !make_table(c))
        return NULL;
    struct counter_chunk **place = place_of(c, key);
    if (*place == NULL && c->chunks < c->chunks_most) {
        *place = calloc(1, sizeof **place);
        if (*place != NULL) {
            (*place)->key = key;
            c->chunks++;
        }
    }
    return *place;
}

static void widen(struct counter *c, int64_t min, int64_t max)
{
    if (c->acknowledged == 0 || min < c->min)
        c->min = min;
    if (c->acknowledged == 0 || max > c->max)
        c->max = max;
}

void counter_add(struct counter *c, int64_t value)
{
    widen(c, value, value);
    c->acknowledged++;
    if (c->unknown)
        return;
    uint64_t key = (uint64_t)value >> VALUE_BITS;
    if (c->last == NULL || c->last->key != key) {
        struct counter_chunk *chunk = chunk_of(c, key);
        if (chunk == NULL) {
            c->unknown = true;
            return;
        }
        c->last = chunk;
    }
    size_t bit = (size_t)value & ((1 << VALUE_BITS) - 1);
    uint64_t *word = &c->last->words[bit / WORD_BITS], mask = UINT64_C(1) << bit % WORD_BITS;
    c->duplicates += (*word & mask) != 0;
    *word |= mask;
}

/* False when *sum can have no such chunk. */
static bool merge_chunk(struct counter *sum, const struct counter_chunk *other)
{
    struct counter_chunk *chunk = chunk_of(sum, other->key);
    if (chunk == NULL)
        return false;
    for (size_t i = 0; i < WORDS; i++) {
        sum->duplicates += (uint64_t)__builtin_popcountll(chunk->words[i] & other->words[i]);
        chunk->words[i] |= other->words[i];
    }
    return true;
}

void counter_merge(struct counter *sum, const struct counter *other)
{
    if (other->acknowledged == 0)
        return;
    widen(sum, other->min, other->max);
    sum->acknowledged += other->acknowledged;
    sum->duplicates += other->duplicates;
    sum->unknown |= other->unknown;
    for (size_t i = 0; other->table != NULL && i < (size_t)1 << other->table_bits; i++)
        if (other->table[i] != NULL && !merge_chunk(sum, other->table[i]))
            sum->unknown = true;
}

struct counter_result counter_result(const struct counter *c)
{
    struct counter_result r = {
        .acknowledged = c->acknowledged, .duplicates = c->duplicates, .missing_known = !c->unknown};
    if (c->duplicates > 0)
        r.distinct = COUNTER_REPEATED;
    else if (c->unknown)
        r.distinct = COUNTER_UNDECIDED;
    if (c->acknowledged == 0)
        return r;
    r.min = c->min;
    r.max = c->max;
    /* All values less one lie behind the first: so the whole of an int64 still fits. */
    if (r.missing_known)
        r.missing = (uint64_t)c->max - (uint64_t)c->min - (c->acknowledged - c->duplicates - 1);
    return r;
}

/* ---- as a file ---- */

#define FIRST_LINE "server-models-counter 1 "

static bool write_chunk(FILE *file, const struct counter_chunk *chunk)
{
    uint64_t numbers[1 + WORDS] = {htole64(chunk->key)};
    for (size_t i = 0; i < WORDS; i++)
        numbers[1 + i] = htole64(chunk->words[i]);
    return fwrite(numbers, sizeof numbers, 1, file) == 1;
}

bool counter_write(FILE *file, const struct counter *c)
{
    bool good = fprintf(file, FIRST_LINE "%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %d\n",
                        c->acknowledged, c->duplicates, c->min, c->max, !c->unknown) > 0;
    for (size_t i = 0; good && c->table != NULL && i < (size_t)1 << c->table_bits; i++)
        good = c->table[i] == NULL || write_chunk(file, c->table[i]);
    return good;
}

/* Adds to *marked how many values it has; false when there is no room, or it was there before. */
static bool take_chunk(struct counter *c, const uint64_t numbers[1 + WORDS], uint64_t *marked)
{
    size_t before = c->chunks;
    struct counter_chunk *chunk = chunk_of(c, le64toh(numbers[0]));
    if (chunk == NULL || c->chunks == before)
        return false;
    for (size_t i = 0; i < WORDS; i++) {
        chunk->words[i] = le64toh(numbers[1 + i]);
        *marked += (uint64_t)__builtin_popcountll(chunk->words[i]);
    }
    return true;
}

bool counter_read(FILE *file, struct counter *c)
{
    uint64_t numbers[1 + WORDS], marked = 0;
    size_t bytes;
    char line[160], end;
    int is_marked;
    if (fgets(line, sizeof line, file) == NULL ||
        sscanf(line, FIRST_LINE "%" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %d%c",
               &c->acknowledged, &c->duplicates, &c->min, &c->max, &is_marked, &end) != 6 ||
        end != '\n')
        return false;
    c->unknown = is_marked != 1;
    while ((bytes = fread(numbers, 1, sizeof numbers, file)) == sizeof numbers)
        if (!take_chunk(c, numbers, &marked))
            return false;
    return bytes == 0 && !ferror(file) && (c->unknown || marked + c->duplicates == c->acknowledged);
}
