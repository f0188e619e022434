/* What one run says of the rate that was offered. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capacity.h"
#include "capacity_answer.h"
#include "clock.h"
#include "interrupt.h"
#include "suite_sample.h"

static struct run run;

/* VALID, 1000 planned and answered well, p99 5 ms. */
static void fill(void)
{
    suite_sample_fill(&run, 0, 0, 0, 1000);
    json_object_set_new(run.client, "counts", json_pack("{s:i, s:i}", "planned", 1000, "ok", 1000));
    json_object_set_new(run.client, "latency_us", json_pack("{s:{s:f}}", "response", "p99", 5e3));
}

static void empty(void)
{
    run_free(&run);
}

TestSuite(capacity, .init = fill, .fini = empty);

static void expect(enum search_outcome outcome)
{
    cr_expect_eq(capacity_judge(&run, 20e3), outcome, "%d", (int)capacity_judge(&run, 20e3));
}

Test(capacity, a_good_run)
{
    expect(SEARCH_PASS);
    cr_expect_eq(capacity_judge(&run, 4999), SEARCH_FAIL);
    cr_expect_eq(capacity_judge(&run, 5000), SEARCH_PASS);
}

Test(capacity, a_server_that_does_not_keep_up)
{
    static const char *const verdicts[] = {"SERVER-SATURATED", "NON-STATIONARY", "STARVED",
                                           "ERRORS", "FAILED"};
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        suite_sample_verdict(&run, verdicts[i]);
        expect(SEARCH_FAIL);
    }
}

/* Whatever p99 it shows. */
Test(capacity, a_client_that_does_not_keep_up_tells_nothing)
{
    suite_sample_verdict(&run, "GENERATOR-LIMITED");
    expect(SEARCH_UNKNOWN);
    suite_sample_verdict(&run, "INCONSISTENT");
    expect(SEARCH_UNKNOWN);
}

/* Late for 2 ms, and nothing else. */
static void be_late(double p95_us, double p99_us)
{
    suite_sample_verdict(&run, "GENERATOR-LIMITED");
    json_object_set_new(run.client, "checks",
                        json_pack("[{s:s, s:b}, {s:s, s:b}]", "name", "generator_lag_p99_us",
                                  "pass", 0, "name", "generator_cpu", "pass", 1));
    json_object_set_new(run.client, "latency_us",
                        json_pack("{s:{s:f, s:f}, s:{s:f}}", "response", "p95", p95_us, "p99",
                                  p99_us, "generator_lag", "max", 2e3));
}

static void fail_check(const char *name)
{
    json_array_append_new(json_object_get(run.client, "checks"),
                          json_pack("{s:s, s:b}", "name", name, "pass", 0));
}

/* Its lateness is in the times, and can only have made them longer. */
Test(capacity, a_client_that_was_only_late)
{
    be_late(10e3, 19e3);
    expect(SEARCH_PASS);
    be_late(10e3, 21e3);
    expect(SEARCH_UNKNOWN);
    be_late(23.9e3, 50e3);
    expect(SEARCH_UNKNOWN);
    be_late(24.1e3, 50e3);
    expect(SEARCH_FAIL);
}

Test(capacity, a_client_that_was_late_and_more)
{
    be_late(10e3, 19e3);
    fail_check("in_flight_growth");
    expect(SEARCH_UNKNOWN);
    be_late(30e3, 50e3);
    fail_check("in_flight_growth");
    expect(SEARCH_FAIL);
    be_late(30e3, 50e3);
    fail_check("generator_cpu");
    expect(SEARCH_UNKNOWN);
    be_late(10e3, 19e3);
    fail_check("generator_sockets_missing");
    expect(SEARCH_UNKNOWN);
}

/* Those have no response time that could be compared. */
Test(capacity, a_client_that_was_late_and_requests_without_an_answer)
{
    be_late(10e3, 19e3);
    json_object_set_new(json_object_get(run.client, "counts"), "ok", json_integer(940));
    expect(SEARCH_UNKNOWN);
    json_object_set_new(json_object_get(json_object_get(run.client, "latency_us"), "response"),
                        "p95", json_null());
    expect(SEARCH_FAIL);
    json_object_set_new(json_object_get(run.client, "counts"), "ok", json_integer(960));
    expect(SEARCH_UNKNOWN);
}

Test(capacity, too_few_answers)
{
    json_object_set_new(json_object_get(run.client, "counts"), "ok", json_integer(990));
    expect(SEARCH_PASS);
    json_object_set_new(json_object_get(run.client, "counts"), "ok", json_integer(989));
    expect(SEARCH_FAIL);
}

Test(capacity, what_is_not_known_tells_nothing)
{
    json_object_clear(json_object_get(run.client, "latency_us"));
    expect(SEARCH_UNKNOWN);
    json_object_clear(json_object_get(run.client, "counts"));
    expect(SEARCH_UNKNOWN);
}

Test(capacity, a_run_that_failed)
{
    suite_sample_lose(&run, RUN_SERVER_DIED);
    expect(SEARCH_FAIL);
    run.outcome = RUN_INTERRUPTED;
    expect(SEARCH_OVER);
}

static struct suite *suite_of(size_t models)
{
    struct suite *suite = calloc(1, sizeof *suite);
    cr_assert_not_null(suite);
    for (size_t m = 0; m < models; m++)
        strcpy(suite->catalogue.models[m].name, "one-at-a-time");
    suite->catalogue.models_count = models;
    return suite;
}

/* For each model a closed loop, about 24 runs that search, and 10 that confirm. */
Test(capacity, how_long_it_takes)
{
    struct suite *suite = suite_of(2);
    struct experiment e;
    cr_assert(capacity_define(&e, suite));
    int64_t run_ns = e.warmup_ns + e.run_ns;
    cr_expect_eq(experiment_expected_ns(&e, 0), 2 * (35 * run_ns + 34 * 250 * CLOCK_MS));
    experiment_free(&e);
    free(suite);
}

/* Before the first run: nothing of it looks like an answer. */
Test(capacity, what_was_ended_early_says_so)
{
    struct suite *suite = suite_of(1);
    struct experiment e;
    char *text = NULL;
    size_t bytes;
    cr_assert(capacity_define(&e, suite));
    cr_assert(interrupt_init());
    raise(SIGINT);
    cr_assert(e.course(&e, suite, "client", "result"));
    const json_t *answer = json_array_get(json_object_get(e.more, "answers"), 0);
    cr_expect(json_is_true(json_object_get(answer, "ended_early")));
    cr_expect(json_is_null(json_object_get(answer, "low_rps")));
    cr_expect(json_is_null(json_object_get(answer, "confirmed")));
    FILE *to = open_memstream(&text, &bytes);
    cr_assert_not_null(to);
    e.show_more(to, &e);
    fclose(to);
    cr_expect(strstr(text, "(ended early)") != NULL, "%s", text);
    free(text);
    experiment_free(&e);
    free(suite);
}

/* ---- the confirmation of an answer ---- */

/* 1,382 to 1,427, of whose ends so many of five runs went well. */
static struct capacity_answer confirmed(size_t low_passed, size_t high_passed)
{
    return (struct capacity_answer){
        .closed_rps = 1500,
        .from_below = {.low = 1388, .high = 1427, .tries = 11},
        .from_above = {.low = 1382, .high = 1421, .tries = 9},
        .confirmed = {.low = {.tries = 5, .passed = low_passed},
                      .high = {.tries = 5, .passed = high_passed}},
    };
}

static void expect_objection(struct capacity_answer a, const char *expected)
{
    char text[CAPACITY_OBJECTION_BYTES];
    cr_expect_str_eq(capacity_answer_objection(text, &a), expected);
}

Test(capacity_answer, when_a_confirmation_contradicts_it)
{
    expect_objection(confirmed(5, 0), "");
    expect_objection(confirmed(3, 2), "");
    expect_objection(confirmed(2, 2), "at 1,382/s only 2 of 5 runs went well");
    expect_objection(confirmed(3, 3), "at 1,427/s 3 of 5 runs went well");
    expect_objection(confirmed(0, 5),
                     "at 1,382/s none of 5 runs went well; at 1,427/s 5 of 5 runs went well");
    struct capacity_answer a = confirmed(2, 0);
    a.confirmed.low.unknown = 3;
    expect_objection(a, "at 1,382/s only 2 of 5 runs went well, and 3 could not be told");
}

Test(capacity_answer, fewer_runs_than_were_to_confirm_it_contradict_nothing)
{
    struct capacity_answer a = confirmed(0, 5);
    a.confirmed.over = true;
    expect_objection(a, "");
    a.confirmed = (struct search_confirmation){0};
    expect_objection(a, "");
    a.from_below.high = INFINITY;
    a.confirmed.low = (struct search_count){.tries = 5, .passed = 5};
    expect_objection(a, "");
}

static void expect_json(struct capacity_answer a, const char *expected)
{
    json_t *answer = capacity_answer_json(&a, "preforked");
    char *text = json_dumps(json_object_get(answer, "confirmed"), JSON_ENCODE_ANY);
    cr_expect_str_eq(text, expected);
    free(text);
    json_decref(answer);
}

Test(capacity_answer, as_json)
{
    struct capacity_answer a = confirmed(4, 1);
    expect_json(a, "{\"low\": {\"runs\": 5, \"passed\": 4, \"untold\": 0}, "
                   "\"high\": {\"runs\": 5, \"passed\": 1, \"untold\": 0}, "
                   "\"ended_early\": false, \"objection\": null}");
    a.confirmed.low = (struct search_count){.tries = 2, .passed = 1, .unknown = 1};
    a.confirmed.high = (struct search_count){0};
    expect_json(a, "{\"low\": {\"runs\": 2, \"passed\": 1, \"untold\": 1}, "
                   "\"high\": {\"runs\": 0, \"passed\": 0, \"untold\": 0}, "
                   "\"ended_early\": false, \"objection\": \"at 1,382/s only 1 of 2 runs went "
                   "well, and 1 could not be told\"}");
    a.confirmed = (struct search_confirmation){.over = true};
    expect_json(a, "{\"low\": {\"runs\": 0, \"passed\": 0, \"untold\": 0}, "
                   "\"high\": {\"runs\": 0, \"passed\": 0, \"untold\": 0}, "
                   "\"ended_early\": true, \"objection\": null}");
    a.confirmed.over = false;
    expect_json(a, "null");
}

static void expect_shown(struct capacity_answer a, const char *expected)
{
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    cr_assert_not_null(to);
    capacity_answer_show(to, &a, "thread-per-client");
    fclose(to);
    cr_expect_str_eq(text, expected);
    cr_expect_eq(strcspn(text, "\n"), 100);
    free(text);
}

#define ROW                                                                                        \
    "  thread-per-client     1,382 - 1,427    1,388 - 1,427    1,382 - 1,421        1,500    20"

Test(capacity_answer, for_people)
{
    struct capacity_answer a = confirmed(5, 0);
    expect_shown(a, ROW "   5/5 0/5\n");
    expect_shown(confirmed(1, 0),
                 ROW "   1/5 0/5\n    not confirmed: at 1,382/s only 1 of 5 runs went well\n");
    a.confirmed.high.unknown = 4;
    expect_shown(a,
                 ROW "   5/5 0/5\n    of the runs that were to confirm it, 4 could not be told\n");
    a.confirmed.high = (struct search_count){0};
    expect_shown(a, ROW "     5/5 -\n");
    a.confirmed = (struct search_confirmation){.low = {.tries = 2, .passed = 2}, .over = true};
    expect_shown(a, ROW "     2/2 -\n    (ended early): an answer, but not all runs that were to "
                        "confirm it\n");
    a.confirmed = (struct search_confirmation){0};
    expect_shown(a, ROW "         -\n");
}
