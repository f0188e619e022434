#include "hdr_codec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "hdr_base64.h"

enum {
    COOKIE_COMPRESSED = 0x1c849314,
    COOKIE_COUNTS = 0x1c849313,
    WRAPPER_BYTES = 8,
    HEADER_BYTES = 40,
    COUNT_BYTES = 9, /* of one count, at most */
    DIGITS = 2,
};

static uint8_t *put_big(uint8_t *to, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        *to++ = (uint8_t)(value >> 8 * i);
    return to;
}

static uint64_t get_big(const uint8_t *from, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | from[i];
    return value;
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* ---- writing ---- */

static uint8_t *put_count(uint8_t *to, int64_t count)
{
    uint64_t bits = (uint64_t)count << 1 ^ (count < 0 ? UINT64_MAX : 0);
    for (int i = 1; i < COUNT_BYTES && bits > 0x7f; i++) {
        *to++ = (uint8_t)(bits | 0x80);
        bits >>= 7;
    }
    *to++ = (uint8_t)bits;
    return to;
}

static uint64_t count_at(const struct histogram *h, uint32_t bin)
{
    return h->bins[bin] + (bin == HISTOGRAM_BINS - 1 ? h->overflow : 0);
}

static uint8_t *put_counts(uint8_t *to, const struct histogram *h)
{
    uint32_t end = HISTOGRAM_BINS;
    while (end > 1 && count_at(h, end - 1) == 0)
        end--;
    for (uint32_t i = 0; i < end;) {
        uint32_t empty = i;
        while (empty < end && count_at(h, empty) == 0)
            empty++;
        if (empty - i > 1) {
            to = put_count(to, -(int64_t)(empty - i));
            i = empty;
        } else {
            to = put_count(to, (int64_t)count_at(h, i++));
        }
    }
    return to;
}

/* Header and counts, before compression. Returns their end. */
static uint8_t *put_plain(uint8_t *plain, const struct histogram *h)
{
    uint8_t *end = put_counts(plain + HEADER_BYTES, h);
    uint8_t *to = put_big(plain, COOKIE_COUNTS, 4);
    to = put_big(to, (uint64_t)(end - plain) - HEADER_BYTES, 4);
    to = put_big(to, 0, 4);
    to = put_big(to, DIGITS, 4);
    to = put_big(to, 1, 8);
    to = put_big(to, HISTOGRAM_MAX_NS, 8);
    put_big(to, double_bits(1.0), 8);
    return end;
}

char *hdr_encode(const struct histogram *h)
{
    uint8_t plain[HEADER_BYTES + HISTOGRAM_BINS * COUNT_BYTES];
    uLong plain_bytes = (uLong)(put_plain(plain, h) - plain);
    uLong packed_bytes = compressBound(plain_bytes);
    uint8_t *packed = malloc(WRAPPER_BYTES + packed_bytes);
    char *text = NULL;
    if (packed != NULL &&
        compress(packed + WRAPPER_BYTES, &packed_bytes, plain, plain_bytes) == Z_OK) {
        put_big(put_big(packed, COOKIE_COMPRESSED, 4), packed_bytes, 4);
        size_t length = hdr_base64_length(WRAPPER_BYTES + packed_bytes);
        text = malloc(length + 1);
        if (text != NULL) {
            hdr_base64_encode(packed, WRAPPER_BYTES + packed_bytes, text);
            text[length] = '\0';
        }
    }
    free(packed);
    return text;
}

/* ---- reading ---- */

/* What a zlib stream holds, byte by byte: however much it claims to be, it takes no memory. */
struct unpacked {
    z_stream z;
    uint8_t bytes[1024];
    size_t next, end;
    bool at_end, broken;
};

static void unpack_more(struct unpacked *u)
{
    u->next = u->end = 0;
    if (u->at_end || u->broken)
        return;
    u->z.next_out = u->bytes;
    u->z.avail_out = sizeof u->bytes;
    int result = inflate(&u->z, Z_NO_FLUSH);
    u->at_end = result == Z_STREAM_END;
    u->broken = result != Z_OK && result != Z_STREAM_END;
    if (!u->broken)
        u->end = sizeof u->bytes - u->z.avail_out;
}

/* The next byte, or -1: there is none, or the stream is damaged. */
static int unpack_byte(struct unpacked *u)
{
    if (u->next == u->end)
        unpack_more(u);
    return u->next < u->end ? u->bytes[u->next++] : -1;
}

/* True if nothing is left, and the checksum was right. */
static bool unpack_end(struct unpacked *u)
{
    return unpack_byte(u) < 0 && u->at_end && u->z.avail_in == 0;
}

/* Returns the bytes it took; 0 if there are fewer than the count needs. */
static uint32_t get_count(struct unpacked *u, uint32_t bytes_left, int64_t *count)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < bytes_left; i++) {
        int byte = unpack_byte(u);
        if (byte < 0)
            return 0;
        bool is_last = i == COUNT_BYTES - 1 || byte < 0x80;
        bits |= (uint64_t)(is_last ? byte : byte & 0x7f) << 7 * i;
        if (is_last) {
            *count = (int64_t)(bits >> 1 ^ ((bits & 1) != 0 ? UINT64_MAX : 0));
            return i + 1;
        }
    }
    return 0;
}

/* How bins follow each other: as in histogram.h, where half_bits is 7 and unit_bits is 0. */
struct layout {
    uint32_t unit_bits; /* values below 2^unit_bits are all the same */
    uint32_t half_bits; /* 2^half_bits bins for each power of two */
    int64_t bins;
};

static bool read_layout(const uint8_t header[HEADER_BYTES], struct layout *layout)
{
    /* log2 of 2 * 10^digits, rounded up, and less the factor of 2 */
    static const uint32_t half_bits[] = {0, 4, 7, 10, 14, 17};
    uint64_t digits = get_big(header + 12, 4);
    int64_t lowest = (int64_t)get_big(header + 16, 8), highest = (int64_t)get_big(header + 24, 8);
    if (digits >= sizeof half_bits / sizeof half_bits[0] || lowest < 1 || highest / 2 < lowest)
        return false;
    uint32_t highest_bits = 64 - (uint32_t)__builtin_clzll((uint64_t)highest);
    layout->half_bits = half_bits[digits];
    layout->unit_bits = 63 - (uint32_t)__builtin_clzll((uint64_t)lowest);
    uint32_t lower_bits = layout->half_bits + layout->unit_bits;
    if (lower_bits > 61)
        return false;
    int64_t doublings = highest_bits > lower_bits + 1 ? highest_bits - lower_bits : 1;
    layout->bins = (doublings + 1) << layout->half_bits;
    return true;
}

struct sums {
    int64_t last_bin; /* that was filled; -1 if none */
    unsigned __int128 count, sum_ns;
};

static void add_count(struct histogram *h, struct sums *sums, const struct layout *layout,
                      int64_t bin, int64_t count)
{
    int64_t half = INT64_C(1) << layout->half_bits;
    bool is_linear = bin < 2 * half;
    uint32_t shift = layout->unit_bits + (is_linear ? 0 : (uint32_t)(bin >> layout->half_bits) - 1);
    int64_t bottom = (is_linear ? bin : half + bin % half) << shift;
    int64_t width = INT64_C(1) << shift, top = bottom + (width - 1);
    if (sums->last_bin < 0)
        h->min_ns = bottom;
    h->max_ns = top;
    sums->last_bin = bin;
    sums->count += (unsigned __int128)count;
    sums->sum_ns += (unsigned __int128)count * (uint64_t)(bottom + width / 2);
    if (top <= HISTOGRAM_MAX_NS)
        h->bins[histogram_bin(top)] += (uint64_t)count;
    else
        h->overflow += (uint64_t)count;
}

/* NULL, or what is wrong. */
static const char *read_counts(struct unpacked *u, uint32_t bytes_left, const struct layout *layout,
                               struct histogram *h)
{
    struct sums sums = {.last_bin = -1};
    for (int64_t bin = 0; bytes_left > 0;) {
        int64_t count;
        uint32_t bytes = get_count(u, bytes_left, &count);
        if (bytes == 0)
            return "is cut off or damaged";
        bytes_left -= bytes;
        if (bin >= layout->bins || count < bin - layout->bins)
            return "has more counts than its range";
        if (count > 0)
            add_count(h, &sums, layout, bin, count);
        bin += count < 0 ? -count : 1;
        if (sums.count > INT64_MAX || sums.sum_ns > UINT64_MAX)
            return "has impossible counts";
    }
    h->count = (uint64_t)sums.count;
    h->sum_ns = (uint64_t)sums.sum_ns;
    return unpack_end(u) ? NULL : "is cut off or damaged";
}

static const char *read_plain(struct unpacked *u, struct histogram *h)
{
    uint8_t header[HEADER_BYTES];
    for (int i = 0; i < HEADER_BYTES; i++) {
        int byte = unpack_byte(u);
        if (byte < 0)
            return "is cut off or damaged";
        header[i] = (uint8_t)byte;
    }
    struct layout layout;
    if (get_big(header, 4) != COOKIE_COUNTS)
        return "has no counts of version 2";
    if (get_big(header + 8, 4) != 0 || get_big(header + 32, 8) != double_bits(1.0))
        return "has shifted or scaled values";
    if (!read_layout(header, &layout))
        return "has an impossible range";
    return read_counts(u, (uint32_t)get_big(header + 4, 4), &layout, h);
}

static const char *read_packed(uint8_t *packed, size_t bytes, struct histogram *h)
{
    if (bytes < WRAPPER_BYTES || get_big(packed, 4) != COOKIE_COMPRESSED)
        return "is not compressed in version 2";
    if (get_big(packed + 4, 4) != bytes - WRAPPER_BYTES)
        return "is not as long as it says";
    struct unpacked u = {
        .z = {.next_in = packed + WRAPPER_BYTES, .avail_in = (uInt)(bytes - WRAPPER_BYTES)}};
    if (inflateInit(&u.z) != Z_OK)
        return "found no memory";
    const char *reason = read_plain(&u, h);
    inflateEnd(&u.z);
    return reason;
}

bool hdr_decode(const char *text, size_t length, struct histogram *h, const char **reason)
{
    memset(h, 0, sizeof *h);
    uint8_t *packed = malloc(length / 4 * 3 + 1);
    size_t bytes;
    if (packed == NULL)
        *reason = "found no memory";
    else if (!hdr_base64_decode(text, length, packed, &bytes))
        *reason = "is no base64 text";
    else
        *reason = read_packed(packed, bytes, h);
    free(packed);
    return *reason == NULL;
}
