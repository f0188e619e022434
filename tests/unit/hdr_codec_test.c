/* Histograms as text: there and back, those that the Java implementation wrote, and hostile ones.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "hdr_base64.h"
#include "hdr_codec.h"

static struct histogram h, back;
static const char *reason;

static bool decode(const char *text)
{
    return hdr_decode(text, strlen(text), &back, &reason);
}

static void record(int64_t value_ns, uint64_t times)
{
    for (uint64_t i = 0; i < times; i++)
        histogram_record(&h, value_ns);
}

/* There and back: all that the format holds is as it was, the rest as the header tells. */
static void expect_round_trip(void)
{
    char *text = hdr_encode(&h);
    cr_assert_not_null(text);
    cr_assert_eq(strncmp(text, "HISTFAAA", 8), 0, "%s", text);
    cr_assert(decode(text), "%s", reason);
    free(text);
    cr_assert(back.count == h.count && back.overflow == 0);
    uint64_t sum_ns = 0;
    int64_t min_ns = INT64_MAX, max_ns = 0;
    h.bins[HISTOGRAM_BINS - 1] += h.overflow;
    cr_assert(memcmp(back.bins, h.bins, sizeof h.bins) == 0);
    for (uint32_t bin = 0; bin < HISTOGRAM_BINS; bin++) {
        if (h.bins[bin] == 0)
            continue;
        int64_t bottom = bin == 0 ? 0 : histogram_bin_top(bin - 1) + 1;
        int64_t top = histogram_bin_top(bin);
        if (top < min_ns)
            min_ns = bottom;
        max_ns = top;
        sum_ns += h.bins[bin] * (uint64_t)(bottom + (top - bottom + 1) / 2);
    }
    cr_expect_eq(back.sum_ns, sum_ns);
    cr_expect(back.count == 0 || (back.min_ns == min_ns && back.max_ns == max_ns));
}

Test(hdr_codec, an_empty_one)
{
    expect_round_trip();
    cr_expect(back.count == 0 && back.sum_ns == 0);
}

Test(hdr_codec, one_value_of_every_bin)
{
    for (uint32_t bin = 0; bin < HISTOGRAM_BINS; bin++) {
        memset(&h, 0, sizeof h);
        record(histogram_bin_top(bin), 1);
        expect_round_trip();
        cr_assert_eq(back.max_ns, histogram_bin_top(bin));
    }
}

Test(hdr_codec, around_the_powers_of_two)
{
    for (int bit = 1; bit < HISTOGRAM_MAX_BITS; bit++)
        for (int64_t near = -1; near <= 1; near++)
            record((INT64_C(1) << bit) + near, (uint64_t)bit);
    record(HISTOGRAM_MAX_NS, 1);
    expect_round_trip();
}

Test(hdr_codec, what_has_no_bin_goes_into_the_last)
{
    record(5, 1);
    record(HISTOGRAM_MAX_NS + 1, 2);
    record(INT64_MAX, 3);
    expect_round_trip();
    cr_expect(back.count == 6 && back.bins[HISTOGRAM_BINS - 1] == 5);
    cr_expect_eq(back.max_ns, HISTOGRAM_MAX_NS);
}

Test(hdr_codec, random_values)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 100000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17; /* xorshift */
        record((int64_t)(state >> (64 - HISTOGRAM_MAX_BITS) >> state % HISTOGRAM_MAX_BITS), 1);
    }
    expect_round_trip();
}

/* Counts at the limits of each number of bytes. */
Test(hdr_codec, counts_of_every_size)
{
    for (uint32_t bit = 0; bit < 58; bit++) { /* the large ones at small values: sums are limited */
        uint32_t bin = 2 * (57 - bit);
        h.bins[bin] = (UINT64_C(1) << bit) - 1;
        h.bins[bin + 1] = UINT64_C(1) << bit;
        h.count += h.bins[bin] + h.bins[bin + 1];
    }
    char *text = hdr_encode(&h);
    cr_assert(decode(text), "%s", reason);
    free(text);
    cr_expect(back.count == h.count && memcmp(back.bins, h.bins, sizeof h.bins) == 0);
}

/* ---- what HdrHistogram 2.1.11 for Java wrote ---- */

Test(hdr_codec, java_with_our_layout)
{
    cr_assert(decode("HISTFAAAAC542pNpmSzMwMDAzwABTFCaEYjr/wOB/QeoxG9mts/MDZ1V9xX5lkowAQACoAxP"));
    record(0, 1);
    record(255, 3);
    record(1000, 1000000);
    record(123456789, 7);
    record(HISTOGRAM_MAX_NS, 1);
    cr_expect(back.count == h.count && memcmp(back.bins, h.bins, sizeof h.bins) == 0);
    cr_expect(back.min_ns == 0 && back.max_ns == HISTOGRAM_MAX_NS);
    cr_expect_float_eq(histogram_mean_ns(&back), 550541.7550959388, 1e-6);
}

Test(hdr_codec, java_and_empty)
{
    cr_assert(decode("HISTFAAAAB542pNpmSzMwMDAyAABTFAaxK//DwT2H6AiAHFfBvU="));
    cr_expect_eq(back.count, 0);
}

Test(hdr_codec, java_with_counts_of_nine_bytes)
{
    cr_assert(decode("HISTFAAAACh42pNpmSzMwMAgyAABTFCaEYjr/wOB/QeIAG8DCDgwNECBAgAgmw3y"));
    cr_expect(back.bins[7] == UINT64_C(1) << 40 && back.bins[9] == UINT64_C(1) << 60);
}

/* 1000, 2000 ... 1000000 and twice 5 s; the range is 2^33 - 1. */
Test(hdr_codec, java_with_three_digits)
{
    cr_assert(decode("HISTFAAAAIt42pNpmSzMwMB+ngECmKE0Iwj/BwL7DxCB8/xMZ/mZpnIwPWVnWsjC9JEZipYzMX1n"
                     "xIJWMjJVM1XiwdlM1kBoCybJo3WZpJlkgRBB0p/Pz8TLxA3EEIhgYRcdrvLsTKxgyAylUSHxoqP6"
                     "h75+ZiYGNIghgAsSrZAWZo5aPmr5yLC8+wgjCwDsNUES"));
    for (int i = 1; i <= 1000; i++)
        record(i * 1000, 1);
    record(5000000000, 2);
    cr_expect_eq(back.count, 1002);
    cr_expect_eq(back.max_ns, 5003804671, "the highest value of its bin of three digits");
    for (uint32_t rank = 1; rank <= 1002; rank++) {
        int64_t was = histogram_at_rank(&h, rank), is = histogram_at_rank(&back, rank);
        cr_assert(is >= was && is - was <= was / 64, "rank %u: %ld, was %ld", rank, (long)is,
                  (long)was);
    }
}

/* A unit of 1000, hence 512: 500 once, 1500 twice, and an hour four times, which we count apart. */
Test(hdr_codec, java_with_a_unit_and_a_wider_range)
{
    cr_assert(decode("HISTFAAAACh42pNpmSzMwMDAzgABzFDqBRC7GexYwGD/ASLCxMAy8RcTBwCIsQbX"));
    cr_expect(back.count == 7 && back.overflow == 4 && back.max_ns == 3601330077695);
    cr_expect(back.bins[histogram_bin(511)] == 1 && back.bins[histogram_bin(1535)] == 2);
    cr_expect_float_eq(histogram_mean_ns(&back), 2.0572893351862856e12, 1);
}

Test(hdr_codec, java_with_five_digits_and_all_numbers)
{
    cr_assert(decode("HISTFAAAACd42pNpmSzMwMDAyQABrFCasf4/BNh/gAjsncXDtPfpY1YmAAbTDe4="));
    cr_expect(back.count == 2 && back.overflow == 1 && back.max_ns == INT64_MAX);
    cr_expect_eq(back.bins[histogram_bin(99999)], 1);
}

/* ---- hostile text ---- */

static void expect_refused(const char *text, const char *why)
{
    cr_assert_not(decode(text), "%s", text);
    cr_expect_str_eq(reason, why);
}

Test(hdr_codec, other_formats_are_refused)
{
    expect_refused("", "is not compressed in version 2");
    expect_refused("HISTFAA=", "is not compressed in version 2");
    expect_refused("HISTF", "is no base64 text");
    expect_refused("DHISTwAAAAIAAAAAAAAAAhyEkxQAAAAheNqTaZkszMDAwMwAAUxQmhFCMf+3nwBh7WdmAgBMdwPi",
                   "is not compressed in version 2"); /* of fractions */
}

/* A text made by hand: header fields and counts as told, in a wrapper that is right. */
struct made {
    uint32_t cookie, counts_bytes, shift, digits;
    int64_t lowest, highest;
    double scale;
    uint8_t counts[64];
    size_t length; /* of counts */
};

static const struct made good_made = {0x1c849313, 1, 0, 2, 1, HISTOGRAM_MAX_NS, 1.0, {2}, 1};

static void put_big(uint8_t **to, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        *(*to)++ = (uint8_t)(value >> 8 * i);
}

static void put_header(uint8_t **to, const struct made *made)
{
    uint64_t scale_bits;
    memcpy(&scale_bits, &made->scale, 8);
    put_big(to, made->cookie, 4);
    put_big(to, made->counts_bytes, 4);
    put_big(to, made->shift, 4);
    put_big(to, made->digits, 4);
    put_big(to, (uint64_t)made->lowest, 8);
    put_big(to, (uint64_t)made->highest, 8);
    put_big(to, scale_bits, 8);
}

static char *wrap(const uint8_t *plain, size_t bytes)
{
    uLongf length = compressBound(bytes);
    uint8_t *packed = malloc(length + 8), *to = packed;
    cr_assert_eq(compress(packed + 8, &length, plain, bytes), Z_OK);
    put_big(&to, 0x1c849314, 4);
    put_big(&to, length, 4);
    char *text = calloc(1, hdr_base64_length(length + 8) + 1);
    hdr_base64_encode(packed, length + 8, text);
    free(packed);
    return text;
}

static void expect_made(struct made made, const char *why)
{
    uint8_t plain[40 + sizeof made.counts], *to = plain;
    put_header(&to, &made);
    memcpy(to, made.counts, made.length);
    char *text = wrap(plain, 40 + made.length);
    bool good = decode(text);
    cr_expect(why == NULL ? good : !good && strcmp(reason, why) == 0, "expected %s, not %s",
              why != NULL ? why : "good", good ? "good" : reason);
    free(text);
}

Test(hdr_codec, impossible_headers)
{
    const char *range = "has an impossible range", *scaled = "has shifted or scaled values";
    struct made made = good_made;
    expect_made(made, NULL);
    made.cookie = 0x1c849301;
    expect_made(made, "has no counts of version 2");
    made = good_made, made.shift = 1;
    expect_made(made, scaled);
    made = good_made, made.scale = 0.5;
    expect_made(made, scaled);
    made = good_made, made.digits = 6;
    expect_made(made, range);
    made = good_made, made.digits = UINT32_MAX;
    expect_made(made, range);
    made = good_made, made.lowest = 0;
    expect_made(made, range);
    made = good_made, made.lowest = INT64_MIN;
    expect_made(made, range);
    made = good_made, made.highest = 1;
    expect_made(made, range);
    made = good_made, made.highest = -1;
    expect_made(made, range);
    made = good_made, made.lowest = INT64_C(1) << 55, made.highest = INT64_MAX;
    expect_made(made, range);
    made.lowest = INT64_C(1) << 54;
    expect_made(made, NULL);
}

Test(hdr_codec, impossible_counts)
{
    const char *cut = "is cut off or damaged", *many = "has more counts than its range";
    struct made made = good_made;
    made.counts_bytes = 0;
    expect_made(made, cut); /* there is one more */
    made.counts_bytes = UINT32_MAX;
    expect_made(made, cut);
    made.counts[0] = 0x80; /* the count goes on, the text does not */
    made.counts_bytes = 1;
    expect_made(made, cut);

    const struct {
        uint8_t counts[20];
        size_t length;
        const char *why;
    } rows[] = {
        {{0xff, 0x41}, 2, NULL},                                           /* all 4224 are empty */
        {{0xff, 0x41, 2}, 3, many},                                        /* the one behind them */
        {{0xfd, 0x41, 2}, 3, NULL},                                        /* the last */
        {{0x81, 0x42}, 2, many},                                           /* 4225 empty bins */
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9, many}, /* 2^63 of them */
        {{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9, NULL}, /* 2^63 - 1 zeros ns */
        {{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2}, 10, "has impossible counts"},
        {{1, 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 11, NULL},
        {{1, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
         12,
         "has impossible counts"}, /* 3 * (2^63 - 1) ns */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        made = good_made;
        made.counts_bytes = (uint32_t)rows[i].length;
        made.length = rows[i].length;
        memcpy(made.counts, rows[i].counts, rows[i].length);
        expect_made(made, rows[i].why);
    }
}

/* A stream that would fill 100 MB takes neither memory nor time. */
Test(hdr_codec, a_stream_much_larger_than_its_text)
{
    struct made made = good_made;
    size_t bytes = 100 << 20;
    uint8_t *plain = calloc(1, bytes), *to = plain;
    made.counts_bytes = (uint32_t)bytes - 40;
    put_header(&to, &made);
    char *text = wrap(plain, bytes);
    expect_refused(text, "has more counts than its range");
    free(text);
    free(plain);
}

/* In memory of just its size, so that a sanitizer sees a byte too much. */
static bool decode_exactly(const char *text, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    memcpy(copy, text, length);
    bool good = hdr_decode(copy, length, &back, &reason);
    cr_assert_eq(good, reason == NULL);
    free(copy);
    return good;
}

static char *some_text(void)
{
    for (int i = 0; i < 2000; i++)
        record(1000 + i * i, 1);
    return hdr_encode(&h);
}

Test(hdr_codec, cut_at_every_place)
{
    char *text = some_text();
    size_t length = strlen(text);
    for (size_t cut = 0; cut < length; cut++)
        cr_assert_not(decode_exactly(text, cut), "cut behind %zu", cut);
    cr_assert(decode_exactly(text, length));
    free(text);
}

/* Cut in the stream, with a length that agrees. */
Test(hdr_codec, a_stream_cut_at_every_place)
{
    char *text = some_text(), cut[4096];
    uint8_t packed[4096];
    size_t bytes;
    cr_assert(strlen(text) < sizeof cut && hdr_base64_decode(text, strlen(text), packed, &bytes));
    for (size_t kept = 8; kept < bytes; kept++) {
        uint8_t *to = packed + 4;
        put_big(&to, kept - 8, 4);
        hdr_base64_encode(packed, kept, cut);
        cr_assert_not(decode_exactly(cut, hdr_base64_length(kept)), "cut behind %zu", kept);
    }
    free(text);
}

/* Every character changed into some others: it is refused, or the change does not matter, as with
 * the unused bits at the end of a deflate block. */
Test(hdr_codec, damaged_at_every_place)
{
    char *text = some_text();
    size_t length = strlen(text), harmless = 0;
    for (size_t i = 0; i < length; i++) {
        char was = text[i];
        for (const char *other = "AZ9/=,"; *other != '\0'; other++) {
            text[i] = *other;
            if (*other == was || !decode_exactly(text, length))
                continue;
            cr_assert(back.count == h.count && memcmp(back.bins, h.bins, sizeof h.bins) == 0,
                      "place %zu, %c", i, *other);
            harmless++;
        }
        text[i] = was;
    }
    cr_expect(harmless < 20, "%zu changes went unnoticed", harmless);
    free(text);
}
