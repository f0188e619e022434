/* The replies of INCR: what came twice, what nobody got, and what is no longer known. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"

enum { CHUNK_VALUES = 65536, CHUNK_BYTES = CHUNK_VALUES / 8 };

static struct counter empty(void)
{
    struct counter c;
    counter_init(&c, COUNTER_BYTES_MOST);
    return c;
}

static struct counter of(const int64_t *values, size_t count)
{
    struct counter c = empty();
    for (size_t i = 0; i < count; i++)
        counter_add(&c, values[i]);
    return c;
}

#define OF(...)                                                                                    \
    of((const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* Every value from first to last, each step-th of them. */
static struct counter every(int64_t first, int64_t last, int64_t step)
{
    struct counter c = empty();
    for (int64_t value = first; value <= last; value += step)
        counter_add(&c, value);
    return c;
}

struct expected {
    uint64_t acknowledged, duplicates;
    int64_t min, max;
    uint64_t missing;
};

static void expect(const struct counter *c, struct expected e)
{
    struct counter_result r = counter_result(c);
    cr_expect_eq(r.acknowledged, e.acknowledged);
    cr_expect_eq(r.duplicates, e.duplicates);
    cr_expect_eq(r.distinct, e.duplicates > 0 ? COUNTER_REPEATED : COUNTER_DISTINCT);
    cr_expect_eq(r.min, e.min);
    cr_expect_eq(r.max, e.max);
    cr_expect(r.missing_known);
    cr_expect_eq(r.missing, e.missing, "%llu", (unsigned long long)r.missing);
}

static void expect_and_free(struct counter c, struct expected e)
{
    expect(&c, e);
    counter_free(&c);
}

Test(counter, nothing)
{
    expect_and_free(empty(), (struct expected){0});
}

Test(counter, one_value)
{
    expect_and_free(OF(0), (struct expected){.acknowledged = 1});
    expect_and_free(OF(-7), (struct expected){.acknowledged = 1, .min = -7, .max = -7});
}

Test(counter, all_of_many)
{
    expect_and_free(every(1, 1000000, 1),
                    (struct expected){.acknowledged = 1000000, .min = 1, .max = 1000000});
}

Test(counter, what_nobody_got)
{
    expect_and_free(OF(1, 2, 4, 5, 8),
                    (struct expected){.acknowledged = 5, .min = 1, .max = 8, .missing = 3});
    expect_and_free(
        every(1, 300001, 3),
        (struct expected){.acknowledged = 100001, .min = 1, .max = 300001, .missing = 200000});
}

Test(counter, below_zero_and_across_it)
{
    expect_and_free(every(-70000, 70000, 1),
                    (struct expected){.acknowledged = 140001, .min = -70000, .max = 70000});
    expect_and_free(OF(-1, 0), (struct expected){.acknowledged = 2, .min = -1});
    expect_and_free(OF(-65536, -65537),
                    (struct expected){.acknowledged = 2, .min = -65537, .max = -65536});
}

Test(counter, the_ends_of_the_range)
{
    expect_and_free(OF(INT64_MIN, INT64_MAX), (struct expected){.acknowledged = 2,
                                                                .min = INT64_MIN,
                                                                .max = INT64_MAX,
                                                                .missing = UINT64_MAX - 1});
    expect_and_free(OF(INT64_MAX, INT64_MAX - 1),
                    (struct expected){.acknowledged = 2, .min = INT64_MAX - 1, .max = INT64_MAX});
    expect_and_free(
        OF(INT64_MIN, INT64_MIN),
        (struct expected){.acknowledged = 2, .duplicates = 1, .min = INT64_MIN, .max = INT64_MIN});
}

Test(counter, far_apart)
{
    struct counter c = empty();
    for (int64_t i = 0; i < 1000; i++)
        counter_add(&c, i << 40);
    expect(&c, (struct expected){.acknowledged = 1000,
                                 .max = INT64_C(999) << 40,
                                 .missing = (UINT64_C(999) << 40) - 999});
    for (int64_t i = 999; i >= 0; i--)
        counter_add(&c, i << 40);
    cr_expect_eq(counter_result(&c).duplicates, 1000, "each is found again");
    counter_free(&c);
}

/* As many chunks as there may be, in a table twice as large: many share their first place. */
Test(counter, chunks_that_meet_in_the_table)
{
    enum { CHUNKS = 1024 };
    struct counter c;
    counter_init(&c, CHUNKS * CHUNK_BYTES);
    for (int64_t i = 0; i < CHUNKS; i++)
        counter_add(&c, i * i * CHUNK_VALUES);
    cr_expect_eq(counter_result(&c).duplicates, 0);
    cr_expect_eq(c.chunks, CHUNKS);
    for (int64_t i = 0; i < CHUNKS; i++)
        counter_add(&c, i * i * CHUNK_VALUES);
    cr_expect_eq(counter_result(&c).duplicates, CHUNKS);
    cr_expect(counter_result(&c).missing_known);
    counter_free(&c);
}

Test(counter, the_same_again)
{
    expect_and_free(OF(5, 6, 5, 5, 6),
                    (struct expected){.acknowledged = 5, .duplicates = 3, .min = 5, .max = 6});
    expect_and_free(
        OF(1, 70000, 1),
        (struct expected){
            .acknowledged = 3, .duplicates = 1, .min = 1, .max = 70000, .missing = 69998});
}

/* ---- several workers ---- */

Test(counter, workers_that_share_the_values)
{
    struct counter odd = every(1, 199999, 2), even = every(2, 200000, 2), sum = empty();
    counter_merge(&sum, &odd);
    expect(&sum,
           (struct expected){.acknowledged = 100000, .min = 1, .max = 199999, .missing = 99999});
    counter_merge(&sum, &even);
    expect(&sum, (struct expected){.acknowledged = 200000, .min = 1, .max = 200000});
    expect(&odd,
           (struct expected){.acknowledged = 100000, .min = 1, .max = 199999, .missing = 99999});
    counter_free(&odd);
    counter_free(&even);
    counter_free(&sum);
}

Test(counter, the_same_value_for_two_workers)
{
    struct counter a = OF(1, 2, 3, 70000), b = OF(3, 4, 70000, 4), sum = empty();
    counter_merge(&sum, &a);
    counter_merge(&sum, &b);
    expect(&sum, (struct expected){
                     .acknowledged = 8, .duplicates = 3, .min = 1, .max = 70000, .missing = 69995});
    counter_free(&a);
    counter_free(&b);
    counter_free(&sum);
}

Test(counter, a_worker_without_replies)
{
    struct counter some = OF(7, 8), none = empty(), sum = empty();
    counter_merge(&sum, &none);
    counter_merge(&sum, &some);
    counter_merge(&sum, &none);
    expect(&sum, (struct expected){.acknowledged = 2, .min = 7, .max = 8});
    counter_free(&some);
    counter_free(&none);
    counter_free(&sum);
}

/* Values that often meet, from a simple generator with a seed of its own. */
static struct counter scattered(uint64_t seed, size_t count)
{
    struct counter c = empty();
    for (size_t i = 0; i < count; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        counter_add(&c, (int64_t)(seed >> 45) - 200000);
    }
    return c;
}

static struct counter merged(const struct counter *a, const struct counter *b)
{
    struct counter sum = empty();
    counter_merge(&sum, a);
    counter_merge(&sum, b);
    return sum;
}

Test(counter, the_order_of_merging_makes_no_difference)
{
    struct counter a = scattered(1, 50000), b = scattered(2, 60000), c = scattered(3, 70000);
    struct counter ab = merged(&a, &b), bc = merged(&b, &c);
    struct counter left = merged(&ab, &c), right = merged(&a, &bc), other = merged(&c, &ab);
    struct counter_result l = counter_result(&left);
    cr_expect_gt(l.duplicates, 0);
    cr_expect_eq(l.acknowledged, 180000);
    struct expected same = {l.acknowledged, l.duplicates, l.min, l.max, l.missing};
    expect(&right, same);
    expect(&other, same);
    struct counter *all[] = {&a, &b, &c, &ab, &bc, &left, &right, &other};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        counter_free(all[i]);
}

static int compare_rising(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

Test(counter, agrees_with_sorting)
{
    enum { COUNT = 100000 };
    int64_t *values = malloc(COUNT * sizeof *values);
    struct counter sum = empty(), parts[3] = {empty(), empty(), empty()};
    uint64_t seed = 42;
    for (size_t i = 0; i < COUNT; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        values[i] = (int64_t)(seed >> 44) - 524288;
        counter_add(&parts[i % 3], values[i]);
    }
    qsort(values, COUNT, sizeof *values, compare_rising);
    struct expected e = {.acknowledged = COUNT, .min = values[0], .max = values[COUNT - 1]};
    for (size_t i = 1; i < COUNT; i++)
        if (values[i] == values[i - 1])
            e.duplicates++;
        else
            e.missing += (uint64_t)(values[i] - values[i - 1] - 1);
    for (size_t i = 0; i < 3; i++) {
        counter_merge(&sum, &parts[i]);
        counter_free(&parts[i]);
    }
    expect_and_free(sum, e);
    free(values);
}

/* ---- the limit ---- */

static void expect_unknown(const struct counter *c, uint64_t acknowledged, uint64_t duplicates)
{
    struct counter_result r = counter_result(c);
    cr_expect_eq(r.acknowledged, acknowledged);
    cr_expect_eq(r.duplicates, duplicates);
    cr_expect_eq(r.distinct, duplicates > 0 ? COUNTER_REPEATED : COUNTER_UNDECIDED);
    cr_expect_not(r.missing_known);
    cr_expect_eq(r.missing, 0);
}

Test(counter, a_limit_that_is_just_enough)
{
    struct counter c;
    counter_init(&c, 2 * CHUNK_BYTES);
    for (int64_t value = 0; value < 2 * CHUNK_VALUES; value++)
        counter_add(&c, value);
    expect_and_free(
        c, (struct expected){.acknowledged = 2 * CHUNK_VALUES, .max = 2 * CHUNK_VALUES - 1});
}

Test(counter, beyond_the_limit_replies_are_only_counted)
{
    struct counter c;
    counter_init(&c, 2 * CHUNK_BYTES);
    counter_add(&c, 0);
    counter_add(&c, CHUNK_VALUES);
    counter_add(&c, -1);
    expect_unknown(&c, 3, 0);
    counter_add(&c, INT64_C(5) * CHUNK_VALUES);
    counter_add(&c, 0);
    expect_unknown(&c, 5, 0);
    cr_expect_eq(counter_result(&c).min, -1);
    cr_expect_eq(counter_result(&c).max, INT64_C(5) * CHUNK_VALUES);
    counter_free(&c);
}

Test(counter, what_was_seen_twice_before_the_limit_stays_seen)
{
    struct counter c;
    counter_init(&c, CHUNK_BYTES);
    counter_add(&c, 3);
    counter_add(&c, 3);
    counter_add(&c, CHUNK_VALUES);
    expect_unknown(&c, 3, 1);
    counter_free(&c);
}

Test(counter, no_room_at_all)
{
    struct counter c;
    counter_init(&c, CHUNK_BYTES - 1);
    counter_add(&c, 1);
    expect_unknown(&c, 1, 0);
    cr_expect_eq(counter_result(&c).min, 1);
    counter_free(&c);
}

Test(counter, a_server_that_answers_at_random_takes_no_more_than_the_limit)
{
    enum { CHUNKS = 64 };
    struct counter c;
    counter_init(&c, CHUNKS * CHUNK_BYTES);
    uint64_t seed = 7;
    for (int i = 0; i < 10000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        counter_add(&c, (int64_t)seed);
    }
    cr_expect_eq(c.chunks, CHUNKS);
    expect_unknown(&c, 10000, 0);
    counter_free(&c);
}

Test(counter, a_limit_reached_by_one_worker_holds_for_the_sum)
{
    struct counter full, sum = empty(), other = OF(1, CHUNK_VALUES);
    counter_init(&full, CHUNK_BYTES);
    counter_add(&full, 1);
    counter_add(&full, CHUNK_VALUES);
    counter_merge(&sum, &full);
    expect_unknown(&sum, 2, 0);
    counter_merge(&sum, &other);
    expect_unknown(&sum, 4, 1); /* 1 was marked by both; of CHUNK_VALUES nothing is known */
    counter_free(&full);
    counter_free(&other);
    counter_free(&sum);
}

Test(counter, a_limit_reached_by_the_sum)
{
    struct counter a = OF(1, CHUNK_VALUES), sum;
    counter_init(&sum, CHUNK_BYTES);
    counter_merge(&sum, &a);
    expect_unknown(&sum, 2, 0);
    cr_expect_eq(sum.chunks, 1);
    counter_free(&a);
    counter_free(&sum);
}

/* ---- as a file ---- */

static struct counter reread(const struct counter *c, char **bytes, size_t *size, bool *good)
{
    struct counter again = empty();
    FILE *file = open_memstream(bytes, size);
    cr_assert(counter_write(file, c) && fclose(file) == 0);
    file = fmemopen(*bytes, *size, "r");
    *good = counter_read(file, &again);
    fclose(file);
    return again;
}

Test(counter, a_file_has_all_of_it)
{
    char *bytes;
    size_t size;
    bool good;
    struct counter c = OF(-70000, -1, 0, 3, 3, 65536, 200000);
    struct counter again = reread(&c, &bytes, &size, &good);
    cr_assert(good);
    expect(&again, (struct expected){7, 1, -70000, 200000, 270001 - 6});
    counter_merge(&again, &c);
    cr_expect_eq(again.duplicates, 1 + 1 + 6, "each value is known");
    counter_free(&again);
    counter_free(&c);
    free(bytes);
}

Test(counter, a_file_of_one_without_replies_or_marks)
{
    char *bytes;
    size_t size;
    bool good;
    struct counter c = empty(), again = reread(&c, &bytes, &size, &good);
    cr_expect(good && again.acknowledged == 0 && !again.unknown);
    free(bytes);
    counter_add(&c, 5);
    c.unknown = true;
    again = reread(&c, &bytes, &size, &good);
    cr_expect(good && again.acknowledged == 1 && again.unknown && again.min == 5);
    counter_free(&again);
    counter_free(&c);
    free(bytes);
}

static bool is_read(const char *bytes, size_t size)
{
    struct counter c = empty();
    FILE *file = fmemopen((char *)(uintptr_t)bytes, size, "r");
    bool good = counter_read(file, &c);
    fclose(file);
    counter_free(&c);
    return good;
}

Test(counter, a_damaged_file_is_seen)
{
    char *bytes;
    size_t size, head;
    bool good;
    struct counter c = OF(1, 2, 70000), again = reread(&c, &bytes, &size, &good);
    cr_assert(good);
    head = (size_t)(strchr(bytes, '\n') - bytes) + 1;
    for (size_t cut = 1; cut < size; cut += cut < head + 8 ? 1 : 997)
        cr_expect_not(is_read(bytes, cut), "cut at %zu of %zu", cut, size);
    memcpy(bytes + head + 8200, bytes + head, 8200);
    cr_expect_not(is_read(bytes, size), "the same chunk twice");
    cr_expect_not(is_read("server-models-counter 2 0 0 0 0 1\n", 34));
    counter_free(&again);
    counter_free(&c);
    free(bytes);
}
