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
    expect(figure_quantile(source, P90), FIGURE_KNOWN, 100);
    record(&answered, 1, 100);
    expect(figure_quantile(source, P99), FIGURE_KNOWN, 100);
}

Test(figure, the_unanswered_may_be_absent)
{
    record(&answered, 20, 100);
    expect(figure_quantile((struct figure_source){&answered, NULL}, P50), FIGURE_KNOWN, 100);
    expect(figure_max((struct figure_source){&answered, NULL}), FIGURE_KNOWN, 100);
}

/* 1000 requests, of which 10 never got an answer: rank 990 is the last that did. */
Test(figure, a_percentile_below_the_unanswered_is_known)
{
    record(&answered, 989, 100);
    record(&answered, 1, 200);
    record(&unanswered, 10, 5);
    expect(figure_quantile(source, P99), FIGURE_KNOWN, 200);
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

Test(figure, the_times_come_in_the_order_of_the_contract)
{
    static const char *const keys[] = {"response",      "service", "blocked",
                                       "generator_lag", "connect", "first_byte"};
    static const struct measure measure;
    struct figure_time times[FIGURE_TIMES];
    figure_times(&measure, times);
    for (int i = 0; i < FIGURE_TIMES; i++)
        cr_expect_str_eq(times[i].key, keys[i]);
    cr_expect_eq(times[0].source.answered, &measure.response.answered);
    cr_expect_eq(times[1].source.unanswered, &measure.service.unanswered);
    cr_expect_null(times[2].source.answered);
}
