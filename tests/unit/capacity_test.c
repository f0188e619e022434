/* What one run says of the rate that was offered. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capacity.h"
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

/* Before the first run: nothing of it looks like an answer. */
Test(capacity, what_was_ended_early_says_so)
{
    struct suite *suite = calloc(1, sizeof *suite);
    struct experiment e;
    char *text = NULL;
    size_t bytes;
    cr_assert_not_null(suite);
    strcpy(suite->catalogue.models[0].name, "one-at-a-time");
    suite->catalogue.models_count = 1;
    cr_assert(capacity_define(&e, suite));
    cr_assert(interrupt_init());
    raise(SIGINT);
    cr_assert(e.course(&e, suite, "client", "result"));
    const json_t *answer = json_array_get(json_object_get(e.more, "answers"), 0);
    cr_expect(json_is_true(json_object_get(answer, "ended_early")));
    cr_expect(json_is_null(json_object_get(answer, "low_rps")));
    FILE *to = open_memstream(&text, &bytes);
    cr_assert_not_null(to);
    e.show_more(to, &e);
    fclose(to);
    cr_expect(strstr(text, "(ended early)") != NULL, "%s", text);
    free(text);
    experiment_free(&e);
    free(suite);
}
