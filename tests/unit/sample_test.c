/* Requests in the order of sending: which are kept, and that runs stay whole. */
#include <criterion/criterion.h>

#include "sample.h"

static struct sample sample, other;

static void setup(void)
{
    cr_assert(sample_init(&sample) && sample_init(&other));
}

static void teardown(void)
{
    sample_free(&sample);
    sample_free(&other);
}

TestSuite(sample, .init = setup, .fini = teardown);

/* Every step-th of the numbers below end that the sample wants, as a worker would send them. */
static void send(struct sample *s, uint64_t begin, uint64_t end, uint64_t step)
{
    for (uint64_t i = begin; i < end; i += step) {
        if (!sample_wants(s, i))
            continue;
        sample_sent(s, i, (int64_t)(100 * i));
        sample_settled(s, i, (int64_t)(i + 7));
    }
}

static void expect_whole_runs(const struct sample *s, size_t runs)
{
    for (size_t i = 0; i < runs * SAMPLE_RUN; i++) {
        const struct sample_entry *e = &s->entries[i];
        if (i % SAMPLE_RUN == 0)
            cr_assert(e->number % SAMPLE_RUN == 0);
        else
            cr_assert(e->number == e[-1].number + 1);
        cr_assert(e->sent_ns == (int64_t)(100 * e->number));
        cr_assert(e->response_ns == (int64_t)(e->number + 7));
    }
}

Test(sample, few_are_all_kept)
{
    send(&sample, 0, 3 * SAMPLE_RUN + 5, 1);
    cr_assert_eq(sample_whole_runs(&sample), 3);
    expect_whole_runs(&sample, 3);
}

Test(sample, of_many_whole_runs_are_kept_spread_over_all)
{
    enum { RUNS = 1000 };
    send(&sample, 0, RUNS * SAMPLE_RUN, 1);
    size_t runs = sample_whole_runs(&sample);
    cr_assert(runs >= 20 && runs <= 40, "%zu runs", runs);
    expect_whole_runs(&sample, runs);
    cr_expect(sample.entries[runs * SAMPLE_RUN - 1].number >= (RUNS - 64) * SAMPLE_RUN,
              "the last is from the end");
}

Test(sample, a_run_with_a_hole_is_left_out)
{
    send(&sample, 0, SAMPLE_RUN + 10, 1);
    send(&sample, SAMPLE_RUN + 11, 3 * SAMPLE_RUN, 1);
    cr_assert_eq(sample_whole_runs(&sample), 2);
    cr_expect_eq(sample.entries[SAMPLE_RUN].number, 2 * SAMPLE_RUN);
}

/* Two workers share a plan: one has its even arrivals, the other its odd ones. */
Test(sample, the_parts_of_two_workers_make_whole_runs)
{
    send(&sample, 0, 50000, 2);
    send(&other, 1, 50000, 2);
    cr_assert(sample_merge(&sample, &other));
    size_t runs = sample_whole_runs(&sample);
    cr_assert(runs >= 20, "%zu runs", runs);
    expect_whole_runs(&sample, runs);
}

Test(sample, one_that_kept_fewer_sets_the_stride_for_both)
{
    send(&sample, 0, 2000, 2);
    send(&other, 1, 300000, 2);
    cr_assert(sample_merge(&sample, &other));
    for (size_t i = 0; i < sample.count; i++)
        cr_assert(sample.entries[i].number / SAMPLE_RUN % other.stride == 0);
}

Test(sample, an_outcome_of_one_that_was_dropped_is_ignored)
{
    sample_sent(&sample, 0, 0);
    sample_settled(&sample, 1, 5);
    cr_expect(sample.count == 1 && sample.entries[0].response_ns == 0);
    cr_expect(!sample_wants(&sample, SAMPLE_UNNUMBERED));
}
