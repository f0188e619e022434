/* What is known of a percentile, with few samples and with requests that were never answered. */
#include <criterion/criterion.h>

#include "figure.h"

enum { P50 = 500000, P90 = 900000, P99 = 990000 };

static struct histogram answered, unanswered;
static const struct figure_source source = {&answered, &unanswered};

static void record(struct histogram *h, int count, int64_t ns)
{
    for (int i = 0; i < count; i++)
        histogram_record(h, ns);
}

static void expect(struct figure f, enum figure_knowledge knowledge, int64_t ns)
{
    cr_expect(f.knowledge == knowledge && f.ns == ns, "knowledge %d, %ld ns", (int)f.knowledge,
              (long)f.ns);
}

Test(figure, nothing_is_known_of_nothing)
{
    expect(figure_quantile(source, P50), FIGURE_UNKNOWN, 0);
    expect(figure_max(source), FIGURE_UNKNOWN, 0);
}

Test(figure, a_percentile_without_enough_samples_is_not_known)
{
    record(&answered, 999, 100);
    expect(figure_quantile(source, P99), FIGURE_UNKNOWN, 0);
    expect(figure_quantile(source, P90), FIGURE_ROUGH, 100);
    record(&answered, 1, 100);
    expect(figure_quantile(source, P99), FIGURE_ROUGH, 100);
    expect(figure_quantile(source, P90), FIGURE_KNOWN, 100);
    record(&answered, 9000, 100);
    expect(figure_quantile(source, P99), FIGURE_KNOWN, 100);
}

Test(figure, the_unanswered_may_be_absent)
{
    record(&answered, 20, 100);
    expect(figure_quantile((struct figure_source){&answered, NULL}, P50), FIGURE_ROUGH, 100);
    expect(figure_max((struct figure_source){&answered, NULL}), FIGURE_KNOWN, 100);
}

/* 1000 requests, of which 10 never got an answer: rank 990 is the last that did. */
Test(figure, a_percentile_below_the_unanswered_is_known)
{
    record(&answered, 989, 100);
    record(&answered, 1, 200);
    record(&unanswered, 10, 5);
    expect(figure_quantile(source, P99), FIGURE_ROUGH, 200);
    expect(figure_quantile(source, P50), FIGURE_KNOWN, 100);
}

Test(figure, a_percentile_among_the_unanswered_is_at_least_what_they_waited)
{
    record(&answered, 989, 100);
    record(&unanswered, 11, 250);
    expect(figure_quantile(source, P99), FIGURE_AT_LEAST, 250);
    expect(figure_quantile(source, P90), FIGURE_KNOWN, 100);
}

/* Half wait for ever, and were given up before the slowest answer had come. */
Test(figure, the_lower_bound_takes_slow_answers_into_account)
{
    record(&answered, 15, 200);
    record(&unanswered, 25, 50);
    expect(figure_quantile(source, P50), FIGURE_AT_LEAST, 50);
    record(&answered, 9, 200);
    record(&unanswered, 1, 50);
    expect(figure_quantile(source, P50), FIGURE_AT_LEAST, 50);
    record(&unanswered, 100, 210);
    expect(figure_quantile(source, P50), FIGURE_AT_LEAST, 210);
}

Test(figure, the_maximum_is_at_least_the_longest_wait_of_any)
{
    record(&answered, 1, 100);
    expect(figure_max(source), FIGURE_KNOWN, 100);
    record(&unanswered, 1, 60);
    expect(figure_max(source), FIGURE_AT_LEAST, 100);
    record(&unanswered, 1, 170);
    expect(figure_max(source), FIGURE_AT_LEAST, 170);
}

Test(figure, the_mean_is_at_least_that_of_all_waits)
{
    record(&answered, 3, 100);
    expect(figure_mean(source), FIGURE_KNOWN, 100);
    record(&unanswered, 1, 500);
    expect(figure_mean(source), FIGURE_AT_LEAST, 200);
}

/* ---- intervals ---- */

/* 10000 values 1000, 2000, ...: each in a bin of its own up to the width of the bins. */
static void record_ramp(void)
{
    for (int i = 1; i <= 10000; i++)
        histogram_record(&answered, i * 1000);
}

static void expect_near(int64_t ns, int64_t expected_ns)
{
    cr_expect(ns >= expected_ns && ns <= expected_ns + expected_ns / 100, "%ld, not %ld", (long)ns,
              (long)expected_ns);
}

/* n = 10000, p = 0.99: ranks 9900 -+ 1.96 sqrt(99), rounded outwards, and one more above. */
Test(figure, an_interval_lies_between_two_ranks)
{
    struct figure_interval interval;
    record_ramp();
    cr_assert(figure_interval(source, P99, 1, &interval));
    expect_near(interval.low_ns, 9880 * 1000);
    expect_near(interval.high_ns, 9921 * 1000);
}

/* A quarter of them independent: ranks 2475 -+ 1.96 sqrt(24.75) of 2500, four times that of all. */
Test(figure, an_interval_is_wider_if_the_values_depend_on_each_other)
{
    struct figure_interval interval;
    record_ramp();
    cr_assert(figure_interval(source, P99, 0.25, &interval));
    expect_near(interval.low_ns, 2465 * 4 * 1000);
    expect_near(interval.high_ns, 2486 * 4 * 1000);
}

Test(figure, an_interval_that_reaches_beyond_the_values_is_none)
{
    struct figure_interval interval;
    record_ramp();
    cr_expect(!figure_interval(source, 999900, 1, &interval), "there is no rank above the last");
    record(&unanswered, 100, 5);
    cr_expect(!figure_interval(source, P99, 1, &interval), "it reaches into the unanswered");
    cr_expect(figure_interval(source, P50, 1, &interval));
    cr_expect(!figure_interval(source, P50, 0, &interval));
}

/* ---- times ---- */

Test(figure, the_times_come_in_the_order_of_the_contract)
{
    static const char *const keys[] = {"response", "service",    "blocked",  "generator_lag",
                                       "connect",  "first_byte", "last_byte"};
    static const struct measure measure;
    static const struct tally total;
    struct figure_time times[FIGURE_TIMES];
    figure_times(&total, &measure, times);
    for (int i = 0; i < FIGURE_TIMES; i++)
        cr_expect_str_eq(times[i].key, keys[i]);
    cr_expect_eq(times[0].source.answered, &total.response.answered);
    cr_expect_eq(times[1].source.unanswered, &total.service.unanswered);
    cr_expect_eq(times[2].source.answered, &measure.blocked.answered);
}
