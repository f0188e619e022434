#include <criterion/criterion.h>
#include <string.h>

#include "series.h"

static void save(struct series *s, int64_t value_ns, int times, uint64_t in_flight)
{
    struct histogram h = {0};
    for (int i = 0; i < times; i++)
        histogram_record(&h, value_ns + i % 7);
    cr_assert(series_save(s, &h, in_flight));
    cr_assert_eq(h.count, 0, "the next second must begin empty");
}

static void expect_same(const struct series_interval *interval, const struct histogram *expected)
{
    static struct histogram seen;
    series_expand(interval, &seen);
    cr_expect(memcmp(&seen, expected, sizeof seen) == 0);
}

Test(series, a_second_comes_back_as_it_was_saved)
{
    static struct histogram h, before;
    struct series s = {0};
    for (int i = 0; i < 1000; i++)
        histogram_record(&h, i * i);
    histogram_record(&h, HISTOGRAM_MAX_NS + 1);
    before = h;
    cr_assert(series_save(&s, &h, 5));
    cr_assert(s.count == 1 && s.intervals[0]->in_flight == 5 && s.intervals[0]->ok == 1001);
    expect_same(s.intervals[0], &before);
    series_free(&s);
}

Test(series, an_empty_second_keeps_its_place)
{
    struct series s = {0};
    save(&s, 100, 1, 0);
    save(&s, 0, 0, 50);
    save(&s, 100, 2, 0);
    cr_assert_eq(s.count, 3);
    cr_assert(s.intervals[1]->ok == 0 && s.intervals[1]->filled == 0 &&
              s.intervals[1]->in_flight == 50);
    cr_assert_eq(s.intervals[2]->ok, 2);
    series_free(&s);
}

/* Two workers, of which the second ended later and had other latencies. */
Test(series, merging_adds_second_by_second)
{
    static struct histogram both;
    struct series a = {0}, b = {0}, sum = {0};
    save(&a, 1000, 10, 1);
    save(&b, 5000, 20, 2);
    for (int second = 1; second < 40; second++)
        save(&b, 7000, second, 3);
    cr_assert(series_merge(&sum, &a) && series_merge(&sum, &b));
    cr_assert_eq(sum.count, 40);
    cr_assert(sum.intervals[0]->ok == 30 && sum.intervals[0]->in_flight == 3);
    cr_assert(sum.intervals[39]->ok == 39 && sum.intervals[39]->in_flight == 3);
    for (int i = 0; i < 10; i++)
        histogram_record(&both, 1000 + i % 7);
    for (int i = 0; i < 20; i++)
        histogram_record(&both, 5000 + i % 7);
    expect_same(sum.intervals[0], &both);
    cr_assert_eq(histogram_quantile(&both, 300000), 1007, "the bin of 1006 ends there");
    series_free(&a);
    series_free(&b);
    series_free(&sum);
}

/* What another thread may be reading while the series grows. */
Test(series, a_saved_second_neither_moves_nor_changes)
{
    static struct histogram expected;
    struct series s = {0};
    save(&s, 300, 5, 9);
    const struct series_interval *first = s.intervals[0];
    for (int second = 1; second < 1000; second++)
        save(&s, 1000, 3, 0);
    cr_assert_eq(s.intervals[0], first);
    cr_expect(first->ok == 5 && first->in_flight == 9);
    for (int i = 0; i < 5; i++)
        histogram_record(&expected, 300 + i);
    expect_same(first, &expected);
    series_free(&s);
}

Test(series, a_merge_leaves_the_other_series_alone)
{
    struct series a = {0}, sum = {0};
    save(&a, 300, 5, 1);
    const struct series_interval *first = a.intervals[0];
    cr_assert(series_merge(&sum, &a) && series_merge(&sum, &a));
    cr_expect(sum.count == 1 && sum.intervals[0]->ok == 10 && sum.intervals[0]->in_flight == 2);
    cr_expect(a.count == 1 && a.intervals[0] == first && first->ok == 5);
    series_free(&sum);
    series_free(&a);
}

/* A sum without intervals has no length of its own. */
Test(series, the_length_of_the_intervals_comes_with_them)
{
    struct series a = {.interval_ns = 20000000}, sum = {0};
    cr_expect_eq(series_interval_ns(&sum), 1000000000);
    save(&a, 1000, 3, 0);
    cr_assert(series_merge(&sum, &a) && series_merge(&sum, &a));
    cr_expect_eq(series_interval_ns(&sum), 20000000);
    cr_expect(sum.count == 1 && sum.intervals[0]->ok == 6);
    series_free(&sum);
    series_free(&a);
}
