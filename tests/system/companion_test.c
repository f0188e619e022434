/* The suite with companions beside the client: the real programs, few and short runs. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "suite_run.h"

TestSuite(companion, .init = suite_make_folder, .fini = suite_remove_folder, .timeout = 60);

static json_t *results;

/* Runs a workload with these companions over two models that answer differently. */
static void run(const char *load, const char *bench, const char *options)
{
    char text[512], all[256];
    json_error_t error;
    snprintf(text, sizeof text,
             "[load]\nconnections = 2\nthink = 1ms\n%s\n[request]\n"
             "command = PING\n[bench]\n%s\n",
             load, bench);
    suite_write_script("mine.ini", text);
    snprintf(all, sizeof all,
             "--workloads ./mine.ini --no-counting --models one-at-a-time,fork-per-client %s",
             options);
    cr_assert_eq(suite_run(all), 0, "%s", suite_output);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    results = json_loads(suite_results, 0, &error);
    cr_assert_not_null(results, "%s", error.text);
}

static const json_t *run_of(const char *model)
{
    const json_t *runs = json_object_get(results, "runs"), *found = NULL;
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *one = json_array_get(runs, i);
        if (strcmp(json_string_value(json_object_get(one, "model")), model) == 0)
            found = one;
    }
    cr_assert_not_null(found, "%s", suite_results);
    return found;
}

static void expect_outcome(const char *model, const char *outcome)
{
    cr_expect_str_eq(json_string_value(json_object_get(run_of(model), "outcome")), outcome, "%s",
                     suite_output);
}

static double figure(const char *model, const char *name)
{
    const json_t *list = json_object_get(run_of(model), "companions");
    const json_t *number = json_object_get(json_array_get(list, 0), name);
    return json_is_number(number) ? json_number_value(number) : -1;
}

/* Requests of the measured clients that ended so. */
static long long count(const char *model, const char *end)
{
    const json_t *client = json_object_get(run_of(model), "client");
    return json_integer_value(json_object_get(json_object_get(client, "counts"), end));
}

static void expect_in_table(const char *wanted)
{
    cr_expect(strstr(suite_output, wanted) != NULL, "\"%s\" is missing in:\n%s", wanted,
              suite_output);
}

/* As run, and if need be a second time: on a machine that is too busy a companion may come late,
 * and the end of a short run may be there first. done: whether both models have such a figure. */
static void run_until(const char *done, const char *load, const char *bench)
{
    run(load, bench, "--seconds 0.8");
    if (figure("one-at-a-time", done) > 0 && figure("fork-per-client", done) > 0)
        return;
    json_decref(results);
    cr_assert_eq(rename("out", "too-short"), 0);
    run(load, bench, "--seconds 8");
}

/* The first of the silent clients keeps the one, and its process each to the other. */
Test(companion, idle)
{
    run("timeout = 2s", "companion = idle 20", "");
    expect_outcome("one-at-a-time", "nobody served");
    expect_outcome("fork-per-client", "measured");
    cr_expect_eq(figure("one-at-a-time", "connected"), 20);
    cr_expect_eq(figure("one-at-a-time", "answered"), 1);
    cr_expect_eq(figure("fork-per-client", "answered"), 20);
    cr_expect_eq(count("one-at-a-time", "ok"), 0);
    cr_expect_gt(count("fork-per-client", "ok"), 0);
    expect_in_table("nobody served in 1 of 1 runs: ");
    expect_in_table("beside: 20 idle clients, 1 of them served\n");
    expect_in_table("beside: 20 idle clients, 20 of them served\n");
}

/* Nobody is shut out for ever, not even by those that do not read. */
Test(companion, slow)
{
    run_until("answered", "requests-per-connection = 1", "companion = trickle 2, unread 1");
    expect_outcome("one-at-a-time", "measured");
    expect_outcome("fork-per-client", "measured");
    cr_expect_gt(figure("one-at-a-time", "answered"), 0);
    cr_expect_gt(figure("fork-per-client", "answered"), 0);
    cr_expect_gt(count("one-at-a-time", "ok"), 0);
    cr_expect_gt(count("fork-per-client", "ok"), 0);
    expect_in_table("beside: 2 slow senders, who were served ");
    expect_in_table("beside: 1 who do not read, and left ");
}

Test(companion, crash)
{
    run_until("crashes", "requests-per-connection = 5",
              "companion = crash 2\nserver-options = --enable-debug");
    expect_outcome("one-at-a-time", "server died");
    cr_expect_eq(figure("one-at-a-time", "crashes"), 1);
    cr_expect_eq(figure("one-at-a-time", "survived"), 0);
    cr_expect_gt(count("one-at-a-time", "connect_failed"), 0, "%s", suite_results);
    expect_outcome("fork-per-client", "measured");
    cr_expect_eq(figure("fork-per-client", "crashes"), 2);
    cr_expect_eq(figure("fork-per-client", "survived"), 2);
    cr_expect_eq(count("fork-per-client", "connect_failed"), 0);
    cr_expect_eq(count("fork-per-client", "reset"), 0);
    cr_expect_eq(count("fork-per-client", "closed_early"), 0);
    expect_in_table("beside: 1 crash, and then nobody was there to answer\n");
    expect_in_table("beside: 2 crashes, each time the next client was answered within ");
    expect_in_table("server died in 1 of 1 runs");
    expect_in_table("\nbeside        who else was there");
}

/* A server that must not be crashed is not, and that is told as the mistake it is. */
Test(companion, crash_without_leave)
{
    suite_write_script("mine.ini", "[load]\nconnections = 1\nrequests-per-connection = 5\n"
                                   "[request]\ncommand = PING\n[bench]\ncompanion = crash 1\n");
    cr_expect_eq(suite_run("--workloads ./mine.ini --no-counting --models fork-per-client"), 1);
    expect_in_table("companion failed: the server answers DEBUG SEGFAULT: it needs --enable-debug");
}

Test(companion, stall)
{
    run_until("stops", "requests-per-connection = 0", "companion = stall 1");
    cr_expect_eq(figure("one-at-a-time", "stops"), 1);
    cr_expect_eq(figure("one-at-a-time", "of_children"), 0);
    cr_expect_eq(figure("fork-per-client", "stops"), 1);
    cr_expect_eq(figure("fork-per-client", "of_children"), 1);
    cr_expect_geq(figure("one-at-a-time", "stopped_ms"), 80);
    cr_expect_geq(figure("fork-per-client", "stopped_ms"), 80);
    expect_in_table("beside: the whole server was stopped 1 time, for ");
    expect_in_table("beside: one of the server's processes was stopped 1 time, for ");
}
