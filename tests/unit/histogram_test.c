#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "histogram.h"

enum { MANY = 200000 };

static const uint32_t quantiles[] = {0,      1,      100000, 500000, 900000,
                                     990000, 999000, 999900, 999999, 1000000};
enum { QUANTILES = sizeof quantiles / sizeof *quantiles };

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int64_t powers_and_neighbours(uint64_t bits, int i)
{
    int64_t power = INT64_C(1) << (bits >> 32) % HISTOGRAM_MAX_BITS;
    return power - 1 + i % 3;
}

static int64_t log_uniform(uint64_t bits, int i)
{
    (void)i;
    return (int64_t)(bits >> (64 - HISTOGRAM_MAX_BITS) >> (bits & 31));
}

static int64_t small(uint64_t bits, int i)
{
    (void)i;
    return (int64_t)(bits & 511);
}

static int64_t one_outlier(uint64_t bits, int i)
{
    return i == MANY / 2 ? HISTOGRAM_MAX_NS : 1000 + (int64_t)(bits & 1);
}

static int64_t exponential(uint64_t bits, int i)
{
    (void)i;
    return (int64_t)draw_exponential(bits, 100000);
}

static const struct sample_law {
    const char *name;
    int64_t (*value)(uint64_t bits, int i);
} laws[] = {
    {"powers of two and their neighbours", powers_and_neighbours},
    {"all magnitudes", log_uniform},
    {"values with a bin each", small},
    {"all equal but one", one_outlier},
    {"exponential", exponential},
};

/* Against the sorted samples: a quantile is never below the true one, and at most 0.8 % above. */
static void compare_with_sorted(const struct sample_law *law)
{
    int64_t *samples = calloc(MANY, sizeof *samples);
    struct histogram h = {0};
    uint64_t sum = 0;
    for (int i = 0; i < MANY; i++) {
        samples[i] = law->value(draw_bits((struct draw_point){7, 0, (uint64_t)i}, 0), i);
        sum += (uint64_t)samples[i];
        histogram_record(&h, samples[i]);
    }
    qsort(samples, MANY, sizeof *samples, compare);
    cr_expect(h.count == MANY && h.overflow == 0 && h.sum_ns == sum, "%s", law->name);
    cr_expect(h.min_ns == samples[0] && h.max_ns == samples[MANY - 1], "%s", law->name);
    for (int i = 0; i < QUANTILES; i++) {
        int64_t exact = samples[quantile_rank(MANY, quantiles[i]) - 1];
        int64_t seen = histogram_quantile(&h, quantiles[i]);
        cr_expect(seen >= exact && (double)(seen - exact) <= 0.008 * (double)exact,
                  "%s: quantile %" PRIu32 " is %" PRId64 ", not %" PRId64, law->name, quantiles[i],
                  seen, exact);
    }
    free(samples);
}

Test(histogram, agrees_with_sorted_samples)
{
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        compare_with_sorted(&laws[i]);
}

/* Every bin begins right behind the one before, so no value is lost and none counted elsewhere. */
Test(histogram, bins_follow_one_another)
{
    cr_assert_eq(histogram_bin(0), 0);
    for (uint32_t bin = 0; bin < HISTOGRAM_BINS; bin++) {
        int64_t top = histogram_bin_top(bin);
        cr_assert_eq(histogram_bin(top), bin);
        if (bin + 1 < HISTOGRAM_BINS)
            cr_assert_eq(histogram_bin(top + 1), bin + 1);
    }
    cr_assert_eq(histogram_bin_top(HISTOGRAM_BINS - 1), HISTOGRAM_MAX_NS);
    cr_assert_geq(HISTOGRAM_MAX_NS, INT64_C(300000000000), "5 minutes must fit");
}

Test(histogram, values_without_a_bin_are_counted_apart)
{
    struct histogram h = {0};
    histogram_record(&h, HISTOGRAM_MAX_NS);
    histogram_record(&h, HISTOGRAM_MAX_NS + 1);
    histogram_record(&h, -5);
    cr_assert(h.count == 3 && h.overflow == 1);
    cr_assert(h.min_ns == 0 && h.max_ns == HISTOGRAM_MAX_NS + 1);
    cr_assert_eq(histogram_quantile(&h, QUANTILE_WHOLE), HISTOGRAM_MAX_NS + 1);
    cr_assert_eq(histogram_quantile(&h, 500000), HISTOGRAM_MAX_NS);
}

/* Of all magnitudes, now and then beyond the last bin. */
static int64_t any_value(uint64_t seed, int i)
{
    if (i % 100 == 50)
        return HISTOGRAM_MAX_NS + i;
    return log_uniform(draw_bits((struct draw_point){seed, 0, (uint64_t)i}, 0), i);
}

static void fill(struct histogram *h, uint64_t seed, int count)
{
    memset(h, 0, sizeof *h);
    for (int i = 0; i < count; i++)
        histogram_record(h, any_value(seed, i));
}

Test(histogram, merging_is_recording_all_in_any_order)
{
    static struct histogram parts[3], left, right, whole, empty;
    for (int i = 0; i < 3; i++)
        fill(&parts[i], (uint64_t)i, 1000 * i + 1);
    left = parts[0];
    histogram_merge(&left, &parts[1]);
    histogram_merge(&left, &parts[2]);
    right = parts[2];
    histogram_merge(&right, &parts[1]);
    histogram_merge(&right, &empty);
    histogram_merge(&right, &parts[0]);
    cr_assert(memcmp(&left, &right, sizeof left) == 0);
    for (uint64_t seed = 0; seed < 3; seed++)
        for (int i = 0; i < 1000 * (int)seed + 1; i++)
            histogram_record(&whole, any_value(seed, i));
    cr_assert(memcmp(&left, &whole, sizeof left) == 0);
    histogram_merge(&empty, &left);
    cr_assert(memcmp(&left, &empty, sizeof left) == 0);
}

Test(histogram, ranks_are_rounded_up)
{
    cr_assert_eq(quantile_rank(10, 900000), 9); /* 0.9 * 10 is a little more in floating point */
    cr_assert_eq(quantile_rank(10, 900001), 10);
    cr_assert_eq(quantile_rank(10, 0), 1);
    cr_assert_eq(quantile_rank(1, 990000), 1);
    cr_assert_eq(quantile_rank(1000000, 999999), 999999);
    cr_assert_eq(quantile_rank(UINT64_MAX, 1000000), UINT64_MAX);
}

Test(quantile, beyond_it_lies_the_rest)
{
    cr_expect_eq(quantile_beyond(20, 500000), 10);
    cr_expect_eq(quantile_beyond(19, 500000), 9);
    cr_expect_eq(quantile_beyond(1000, 990000), 10);
    cr_expect_eq(quantile_beyond(99999, 999900), 9);
    cr_expect_eq(quantile_beyond(0, 500000), 0);
    cr_expect_eq(quantile_beyond(UINT64_MAX, 0), UINT64_MAX);
}

Test(histogram, mean_is_that_of_the_values)
{
    struct histogram h = {0};
    cr_assert_eq(histogram_mean_ns(&h), 0);
    histogram_record(&h, 1);
    histogram_record(&h, 1000002);
    cr_assert_float_eq(histogram_mean_ns(&h), 500001.5, 1e-9);
}
