/* Experiments whose runs are made up: what is kept, counted and shown of them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment.h"
#include "figures.h"
#include "suite_sample.h"

enum { BLOCKS = 3, XS = 2 };

/* Points of the models base and second at 10 and 20; all runs are VALID with 100, 200, ...
 * requests/s. */
static struct experiment sample(void)
{
    struct experiment e = {.kind = "curve",
                           .name = "sample",
                           .title = "A title",
                           .question = "A question?",
                           .x = {"clients", "", true},
                           .blocks = BLOCKS,
                           .run_ns = 500000000};
    for (size_t m = 0; m < 2; m++)
        for (size_t x = 1; x <= XS; x++) {
            struct experiment_point *point = experiment_add(&e);
            cr_assert_not_null(point);
            point->model = m;
            point->x = 10.0 * (double)x;
            snprintf(point->label, sizeof point->label, "%s", m == 0 ? "base" : "second");
            snprintf(point->client, sizeof point->client, "-c %zu PING", 10 * x);
        }
    e.runs = calloc(e.blocks * e.count, sizeof *e.runs);
    cr_assert_not_null(e.runs);
    for (size_t i = 0; i < e.blocks * e.count; i++)
        suite_sample_fill(&e.runs[i], i / e.count, 0, 0, 100.0 * (double)(i + 1));
    return e;
}

static struct run *run_of(struct experiment *e, size_t block, size_t point)
{
    return &e->runs[block * e->count + point];
}

Test(experiment, points_are_added_one_by_one)
{
    struct experiment e = {0};
    for (size_t i = 0; i < 1000; i++) {
        struct experiment_point *point = experiment_add(&e);
        cr_assert_not_null(point);
        cr_assert(isnan(point->x) && isnan(point->y));
        cr_assert(point->label[0] == '\0' && point->server[0] == '\0' && point->client[0] == '\0');
        point->x = (double)i;
    }
    cr_assert_eq(e.count, 1000);
    for (size_t i = 0; i < e.count; i++)
        cr_assert_eq(e.points[i].x, (double)i);
    experiment_free(&e);
    cr_expect(e.count == 0 && e.points == NULL);
}

Test(experiment, its_time_is_that_of_all_runs)
{
    struct experiment e = {
        .blocks = 3, .run_ns = 700000000, .warmup_ns = 150000000, .more_runs = 4, .more_ns = 5};
    experiment_add(&e);
    int64_t one_ns = experiment_expected_ns(&e, 150000000) - 5;
    cr_expect_eq(one_ns, 7 * (e.run_ns + e.warmup_ns + 150000000));
    experiment_add(&e)->more_ns = 1000;
    cr_expect_eq(experiment_expected_ns(&e, 150000000), one_ns / 7 * 10 + 3 * 1000 + 5);
    experiment_free(&e);
}

Test(experiment, a_figure_is_the_median_of_the_blocks)
{
    struct experiment e = sample();
    double values[BLOCKS];
    cr_expect_eq(experiment_values(values, &e, 1, figures_rps), BLOCKS);
    cr_expect(values[0] == 200 && values[1] == 600 && values[2] == 1000);
    cr_expect_eq(experiment_median(&e, 1, figures_rps), 600);
    cr_expect(isnan(experiment_median(&e, 1, figures_p99_us)));
    cr_expect_str_eq(experiment_verdict(&e, 1), "VALID");
    cr_expect_str_empty(experiment_reason(&e, 1));
    experiment_free(&e);
}

Test(experiment, only_valid_runs_count_if_there_are_any)
{
    struct experiment e = sample();
    double values[BLOCKS];
    suite_sample_verdict(run_of(&e, 0, 0), "STARVED");
    suite_sample_lose(run_of(&e, 1, 0), RUN_SERVER_DIED);
    cr_expect_eq(experiment_values(values, &e, 0, figures_rps), 1);
    cr_expect(isnan(values[0]) && isnan(values[1]) && values[2] == 900);
    cr_expect_str_eq(experiment_verdict(&e, 0), "VALID");
    suite_sample_verdict(run_of(&e, 2, 0), "GENERATOR-LIMITED");
    cr_expect_eq(experiment_values(values, &e, 0, figures_rps), 0);
    cr_expect(values[0] == 100 && isnan(values[1]) && values[2] == 900);
    cr_expect_str_eq(experiment_verdict(&e, 0), "STARVED", "that of the first");
    cr_expect_eq(experiment_failures(&e), 1);
    experiment_free(&e);
}

/* Three, or all there are; what most of the others were. */
Test(experiment, enough_runs_to_be_compared)
{
    struct experiment e = sample();
    struct experiment_tally tally = experiment_tally(&e, 0);
    cr_expect(tally.enough && tally.valid == BLOCKS && *tally.verdict == '\0');
    suite_sample_verdict(run_of(&e, 0, 0), "STARVED");
    tally = experiment_tally(&e, 0);
    cr_expect(!tally.enough && tally.valid == 2);
    cr_expect_str_eq(tally.verdict, "STARVED");
    suite_sample_verdict(run_of(&e, 1, 0), "GENERATOR-LIMITED");
    suite_sample_verdict(run_of(&e, 2, 0), "GENERATOR-LIMITED");
    tally = experiment_tally(&e, 0);
    cr_expect_str_eq(tally.verdict, "GENERATOR-LIMITED");
    experiment_free(&e);
}

/* Verdicts that a point is there to show count, and are told. */
Test(experiment, also_valid)
{
    struct experiment e = sample();
    double values[BLOCKS];
    e.points[0].also_valid = "ERRORS STARVED";
    for (size_t b = 0; b < BLOCKS; b++)
        suite_sample_verdict(run_of(&e, b, 0), b == 2 ? "GENERATOR-LIMITED" : "STARVED");
    cr_expect_eq(experiment_values(values, &e, 0, figures_rps), 2);
    cr_expect(values[0] == 100 && isnan(values[2]));
    cr_expect_str_eq(experiment_verdict(&e, 0), "STARVED");
    cr_expect_eq(experiment_tally(&e, 0).valid, 2);
    cr_expect_eq(experiment_tally(&e, 1).valid, BLOCKS);
    experiment_free(&e);
}

/* The client's own result, of one check that failed. */
static void limit(struct run *run, const char *check)
{
    json_object_set_new(run->client, "verdict", json_string("GENERATOR-LIMITED"));
    json_object_set_new(run->client, "checks",
                        json_pack("[{s:s, s:b}, {s:s, s:b}]", "name", "errors", "pass", 1, "name",
                                  check, "pass", 0));
}

Test(experiment, a_client_that_was_only_late)
{
    struct experiment e = sample();
    limit(run_of(&e, 0, 0), "generator_lag_p99_us");
    limit(run_of(&e, 1, 0), "generator_stalled");
    limit(run_of(&e, 2, 0), "generator_cpu");
    cr_expect_eq(experiment_tally(&e, 0).valid, 0);
    e.points[0].late_counts = true;
    cr_expect_eq(experiment_tally(&e, 0).valid, 2, "the processor was not what was wanting");
    cr_expect_eq(experiment_tally(&e, 0).late, 2);
    cr_expect_eq(experiment_tally(&e, 1).late, 0);
    json_object_set_new(run_of(&e, 0, 0)->client, "verdict", json_string("STARVED"));
    cr_expect_eq(experiment_tally(&e, 0).valid, 1, "that is worse than late");
    json_array_append_new(json_object_get(run_of(&e, 1, 0)->client, "checks"),
                          json_pack("{s:s, s:b}", "name", "in_flight_growth", "pass", 0));
    cr_expect_eq(experiment_tally(&e, 0).valid, 0, "late, and the server did not keep up");
    e.points[0].also_valid = "SERVER-SATURATED";
    cr_expect_eq(experiment_tally(&e, 0).valid, 1, "which is what this point is there to show");
    experiment_free(&e);
}

Test(experiment, a_point_of_which_nothing_was_measured)
{
    struct experiment e = sample();
    for (size_t b = 0; b < BLOCKS; b++)
        suite_sample_lose(run_of(&e, b, 0), RUN_SERVER_DIED);
    cr_expect(isnan(experiment_median(&e, 0, figures_rps)));
    cr_expect_str_eq(experiment_verdict(&e, 0), "server died");
    cr_expect_str_eq(experiment_reason(&e, 0), "signal 11, \"sad\"");
    for (size_t b = 0; b < BLOCKS; b++) /* as an interrupt leaves them */
        run_of(&e, b, 0)->outcome = RUN_MEASURED;
    cr_expect_str_eq(experiment_verdict(&e, 0), "not run");
    cr_expect_eq(experiment_failures(&e), 0);
    experiment_free(&e);
}

static const json_t *at(const json_t *json, size_t point, const char *key)
{
    return json_object_get(json_array_get(json_object_get(json, "points"), point), key);
}

Test(experiment, json_says_null_where_nothing_is_known)
{
    const double rps[2] = {1, 1};
    struct suite *suite = suite_sample(1, 1, 2, rps);
    struct experiment e = sample();
    for (size_t b = 0; b < BLOCKS; b++)
        suite_sample_lose(run_of(&e, b, 3), RUN_CLIENT_FAILED);
    e.more = json_pack("{s:s}", "extra", "yes");
    json_t *json = experiment_json(&e, suite);
    cr_assert_not_null(json);
    cr_expect_str_eq(json_string_value(json_object_get(json, "kind")), "curve");
    cr_expect_str_eq(json_string_value(json_object_get(json, "extra")), "yes");
    cr_expect(json_is_null(json_object_get(json, "y")));
    cr_expect_eq(json_array_size(json_object_get(json, "points")), 2 * XS);
    cr_expect_str_eq(json_string_value(at(json, 2, "model")), "second");
    cr_expect_eq(json_real_value(at(json, 2, "x")), 10);
    cr_expect(json_is_null(at(json, 2, "y")));
    cr_expect(json_is_null(at(json, 2, "p99_us")) && json_real_value(at(json, 2, "p50_us")) == 40);
    cr_expect_eq(json_real_value(json_object_get(at(json, 2, "throughput_rps"), "value")), 700);
    cr_expect(json_is_null(json_object_get(at(json, 3, "throughput_rps"), "value")));
    cr_expect_eq(json_integer_value(at(json, 3, "valid")), 0);
    cr_expect_str_eq(json_string_value(at(json, 3, "verdict")), "client failed");
    json_decref(json);
    experiment_free(&e);
    suite_sample_free(suite);
}

static char *shown(const struct experiment *e);
static void expect_in(const char *text, const char *wanted);

/* Beside its points: a failure, told in the text and the JSON. */
Test(experiment, what_could_not_be_done_counts)
{
    const double rps[2] = {1, 1};
    struct suite *suite = suite_sample(1, 1, 2, rps);
    struct experiment e = sample();
    struct run run = {.outcome = RUN_CLIENT_FAILED, .detail = "nobody there"};
    experiment_fail_probe(&e, &run, "capacity of", "base");
    run.outcome = RUN_INTERRUPTED;
    experiment_fail_probe(&e, &run, "capacity of", "base");
    experiment_fail(&e, "memory", "not known");
    cr_expect_eq(experiment_failures(&e), 2);
    char *text = shown(&e);
    expect_in(text, "! could not be done: capacity of base: nobody there\n");
    json_t *json = experiment_json(&e, suite), *failed = json_object_get(json, "failed");
    cr_expect_eq(json_array_size(failed), 2);
    cr_expect_str_eq(json_string_value(json_array_get(failed, 1)), "memory: not known");
    free(text);
    json_decref(json);
    experiment_free(&e);
    suite_sample_free(suite);
}

static char *shown(const struct experiment *e)
{
    char *text;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    cr_assert_not_null(to);
    experiment_show(to, e);
    cr_assert_eq(fclose(to), 0);
    return text;
}

static void expect_in(const char *text, const char *wanted)
{
    cr_expect(strstr(text, wanted) != NULL, "\"%s\" is missing in:\n%s", wanted, text);
}

Test(experiment, a_table_for_each_figure_with_a_row_for_each_label)
{
    struct experiment e = sample();
    e.shown = EXPERIMENT_RPS | EXPERIMENT_P50;
    char *text = shown(&e);
    expect_in(text, "sample  A question?\n");
    expect_in(text, "  requests/s, by clients\n");
    expect_in(text, "  base                   500       600 \n");
    expect_in(text, "  second                 700       800 \n");
    expect_in(text, "  p50 of the response times, by clients\n");
    expect_in(text, "  base                40.0us    40.0us \n");
    free(text);
    experiment_free(&e);
}

Test(experiment, what_is_not_valid_is_marked_and_explained)
{
    struct experiment e = sample();
    e.shown = EXPERIMENT_RPS | EXPERIMENT_P50;
    for (size_t b = 0; b < BLOCKS; b++) {
        suite_sample_verdict(run_of(&e, b, 0), "STARVED");
        suite_sample_verdict(run_of(&e, b, 1), "SERVER-SATURATED");
        suite_sample_lose(run_of(&e, b, 3), RUN_SERVER_DIED);
    }
    char *text = shown(&e);
    expect_in(text, "  base                   500!      600^\n");
    expect_in(text, "  base                     -!   40.0us^\n");
    expect_in(text, "  second                 700         -!\n");
    expect_in(text, "  ! STARVED, 1 of 4 points, as base at 10: ");
    expect_in(text, "  ^ SERVER-SATURATED, 1 of 4 points, as base at 20: ");
    expect_in(text, "  ! server died, 1 of 4 points, as second at 20: signal 11, \"sad\"\n");
    free(text);
    experiment_free(&e);
}

/* 100 columns hold eight of them. */
Test(experiment, many_columns_are_shown_in_parts)
{
    struct experiment e = {.name = "n", .question = "q", .x = {"x", "", false}, .blocks = 1};
    for (int x = 0; x < 11; x++) {
        struct experiment_point *point = experiment_add(&e);
        cr_assert_not_null(point);
        point->x = 100 + x;
        snprintf(point->label, sizeof point->label, "one");
    }
    e.runs = calloc(e.count, sizeof *e.runs);
    char *text = shown(&e);
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
        cr_expect_leq(strcspn(line, "\n"), 100);
    for (int x = 0; x < 11; x++) {
        char number[16];
        snprintf(number, sizeof number, " %d ", 100 + x);
        expect_in(text, number);
    }
    free(text);
    experiment_free(&e);
}
