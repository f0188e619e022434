/* Which runs count, what is compared with what, and who may be called the best. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "summary.h"
#include "table.h"

enum { MODELS = 3, BLOCKS = 3, RUNS = MODELS * BLOCKS };

/* A suite of one workload; run(suite, block, model) is where a test changes what happened. */
static struct suite *suite_of_valid_runs(const double rps[BLOCKS][MODELS])
{
    static const char *const names[MODELS] = {"base", "second", "third"};
    struct suite *s = calloc(1, sizeof *s);
    s->blocks = BLOCKS;
    s->plan.count = s->runs_count = RUNS;
    s->runs = calloc(RUNS, sizeof *s->runs);
    s->catalogue.models_count = MODELS;
    s->catalogue.workloads_count = 1;
    snprintf(s->base_model, sizeof s->base_model, "base");
    for (size_t m = 0; m < MODELS; m++)
        snprintf(s->catalogue.models[m].name, sizeof s->catalogue.models[m].name, "%s", names[m]);
    for (size_t i = 0; i < RUNS; i++) {
        struct run *run = &s->runs[i];
        run->block = i / MODELS;
        run->model = i % MODELS;
        run->server_cpu_us = 5000;
        run->served = json_pack("{s:i}", "commands", 1000);
        run->client = json_pack("{s:f, s:s, s:{s:i, s:i}, s:{s:{s:f, s:n}}}", "throughput_rps",
                                rps[run->block][run->model], "verdict", "VALID", "counts", "ok", 9,
                                "timeout", 2, "latency_us", "response", "p50", 40.0, "p99");
    }
    return s;
}

static struct run *run_at(struct suite *s, size_t block, size_t model)
{
    return &s->runs[block * MODELS + model];
}

static void set_verdict(struct run *run, const char *verdict)
{
    json_object_set_new(run->client, "verdict", json_string(verdict));
}

static void lose(struct run *run, enum run_outcome outcome)
{
    run->outcome = outcome;
    snprintf(run->detail, sizeof run->detail, "signal 11, \"sad\"");
    json_decref(run->client);
    run->client = NULL;
}

static void release(struct suite *s, struct summary *summaries)
{
    for (size_t i = 0; i < RUNS; i++)
        run_free(&s->runs[i]);
    free(s->runs);
    free(s);
    free(summaries);
}

/* A machine that slows down from block to block: the third model is always 1.5 times the base. */
static const double drifting[BLOCKS][MODELS] = {{200, 210, 300}, {100, 90, 150}, {50, 50, 75}};

Test(summary, medians_ranges_and_paired_ratios)
{
    struct suite *s = suite_of_valid_runs(drifting);
    struct summary *all = summary_make(s);
    cr_assert(all[0].rps.median == 100 && all[0].rps.min == 50 && all[0].rps.max == 200);
    cr_assert(all[0].ratio.min == 1 && all[0].ratio.max == 1);
    cr_assert(all[2].ratio.min == 1.5 && all[2].ratio.median == 1.5 && all[2].ratio.max == 1.5);
    cr_assert(all[0].runs == 3 && all[0].measured == 3 && all[0].valid == 3);
    cr_assert_eq(all[0].cpu_us, 5);
    cr_assert_eq(all[0].p50_us, 40);
    cr_assert(isnan(all[0].p99_us), "a percentile the client does not give is not known");
    cr_assert_eq(all[0].errors, 6);
    release(s, all);
}

Test(summary, the_best_is_ahead_in_every_block)
{
    struct suite *s = suite_of_valid_runs(drifting);
    struct summary *all = summary_make(s);
    cr_assert(!all[0].best && !all[1].best && all[2].best);
    release(s, all);
}

Test(summary, ahead_by_little_or_in_most_blocks_only_is_not_best)
{
    const double little[BLOCKS][MODELS] = {{100, 90, 102}, {100, 90, 102}, {100, 90, 102}};
    const double once_behind[BLOCKS][MODELS] = {{100, 90, 200}, {100, 90, 200}, {100, 90, 99}};
    struct suite *s = suite_of_valid_runs(little);
    struct summary *all = summary_make(s);
    cr_assert(!all[0].best && !all[1].best && !all[2].best);
    release(s, all);
    s = suite_of_valid_runs(once_behind);
    all = summary_make(s);
    cr_assert_not(all[2].best);
    release(s, all);
}

Test(summary, a_starved_model_is_never_best_and_hides_its_times)
{
    struct suite *s = suite_of_valid_runs(drifting);
    for (size_t b = 0; b < BLOCKS; b++)
        set_verdict(run_at(s, b, 2), "STARVED");
    struct summary *all = summary_make(s);
    cr_assert_not(all[2].best);
    cr_assert(isnan(all[2].p50_us));
    cr_assert_eq(all[2].rps.median, 150, "what it did is shown all the same");
    cr_assert_eq(all[2].notes_count, 1);
    cr_assert_str_eq(all[2].notes[0].text, "STARVED");
    cr_assert_eq(all[2].notes[0].count, 3);
    release(s, all);
}

Test(summary, nobody_is_best_while_a_run_that_is_not_valid_shows_more)
{
    struct suite *s = suite_of_valid_runs(drifting);
    set_verdict(run_at(s, 1, 2), "GENERATOR-LIMITED");
    for (size_t b = 0; b < BLOCKS; b++)
        json_object_set_new(run_at(s, b, 0)->client, "throughput_rps", json_real(220));
    struct summary *all = summary_make(s);
    cr_assert(!all[0].best && !all[1].best && !all[2].best);
    release(s, all);
}

Test(summary, runs_that_are_not_valid_do_not_count_beside_valid_ones)
{
    struct suite *s = suite_of_valid_runs(drifting);
    set_verdict(run_at(s, 0, 2), "STARVED");
    lose(run_at(s, 1, 2), RUN_SERVER_DIED);
    struct summary *all = summary_make(s);
    cr_assert(all[2].runs == 3 && all[2].measured == 2 && all[2].valid == 1);
    cr_assert(all[2].rps.count == 1 && all[2].rps.median == 75);
    cr_assert(all[2].ratio.count == 1 && all[2].ratio.median == 1.5);
    cr_assert_not(all[2].best);
    cr_assert_eq(all[2].notes_count, 2);
    release(s, all);
}

Test(summary, a_model_that_always_failed_has_no_figures)
{
    struct suite *s = suite_of_valid_runs(drifting);
    for (size_t b = 0; b < BLOCKS; b++)
        lose(run_at(s, b, 0), RUN_SERVER_NOT_STARTED);
    struct summary *all = summary_make(s);
    cr_assert(all[0].runs == 3 && all[0].measured == 0);
    cr_assert(isnan(all[0].rps.median) && isnan(all[0].cpu_us));
    cr_assert_eq(all[2].ratio.count, 0, "there is nothing to compare with");
    cr_assert(all[2].best, "those that work are compared with each other");
    release(s, all);
}

Test(summary, an_interrupted_run_is_no_run)
{
    struct suite *s = suite_of_valid_runs(drifting);
    s->runs_count = 4;
    lose(run_at(s, 1, 0), RUN_INTERRUPTED);
    struct summary *all = summary_make(s);
    cr_assert_not(suite_is_complete(s));
    cr_assert(all[0].runs == 1 && all[0].notes_count == 0);
    s->runs_count = RUNS;
    release(s, all);
}

Test(summary, the_table_keeps_within_100_columns_and_the_csv_quotes)
{
    const double huge[BLOCKS][MODELS] = {{1e6, 2e8, 0.4}, {1e6, 2e8, 0.4}, {1e6, 2e8, 0.4}};
    struct suite *s = suite_of_valid_runs(huge);
    char *text;
    size_t length;
    lose(run_at(s, 1, 0), RUN_SERVER_DIED);
    set_verdict(run_at(s, 0, 1), "STARVED");
    lose(run_at(s, 0, 2), RUN_CLIENT_FAILED);
    struct run *wordy = run_at(s, 0, 2);
    memset(wordy->detail, 'w', sizeof wordy->detail - 1); /* one long word */
    for (size_t i = 150; i < sizeof wordy->detail - 1; i += 7)
        wordy->detail[i] = ' ';
    struct summary *all = summary_make(s);
    FILE *to = open_memstream(&text, &length);
    table_write(to, s, all, false);
    fclose(to);
    cr_assert_not_null(strstr(text, "server died in 1 of 3 runs: signal 11"));
    cr_assert_not_null(strstr(text, "STARVED in 1 of 3 runs"));
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        cr_assert_leq(strlen(line), 100, "%s", line);
    free(text);
    to = open_memstream(&text, &length);
    table_write_csv(to, s, all);
    fclose(to);
    cr_assert_not_null(strstr(text, "\"1 server died: signal 11, \"\"sad\"\"\"\n"));
    free(text);
    release(s, all);
}
