/* Which runs count, what is compared with what, and who may be called the best. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinds_table.h"
#include "suite_sample.h"
#include "summary.h"
#include "table.h"
#include "table_csv.h"

enum { MODELS = 3, BLOCKS = 3 };

static struct suite *suite_of_valid_runs(const double rps[BLOCKS][MODELS])
{
    return suite_sample(BLOCKS, 1, MODELS, &rps[0][0]);
}

static void release(struct suite *s, struct summary *summaries)
{
    suite_sample_free(s);
    free(summaries);
}

/* A machine that slows down from block to block: the third model is always 1.5 times the base. */
static const double drifting[BLOCKS][MODELS] = {{200, 210, 300}, {100, 90, 150}, {50, 50, 75}};

Test(summary, medians_ranges_and_paired_ratios)
{
    struct suite *s = suite_of_valid_runs(drifting);
    struct summary *all = summary_make(s);
    cr_assert(all[0].rps.median == 100 && all[0].rps.min == 50 && all[0].rps.max == 200);
    cr_assert(all[0].ratio.value == 1 && all[0].ratio.count == 3);
    cr_assert_float_eq(all[2].ratio.value, 1.5, 1e-12);
    cr_assert(all[2].ratio.interval.low > 1.4999 && all[2].ratio.interval.high < 1.5001);
    /* logs 5.298, 4.605, 3.912: mean 4.605, s 0.693, 4.303 s / sqrt(3) = 1.722 */
    cr_assert_float_eq(all[0].rps_interval.low, exp(4.605 - 1.722), 0.05);
    cr_assert_float_eq(all[0].rps_interval.high, exp(4.605 + 1.722), 2);
    cr_assert(all[0].runs == 3 && all[0].measured == 3 && all[0].valid == 3);
    cr_assert_eq(all[0].cpu_us, 5);
    cr_assert_eq(all[0].p50_us, 40);
    cr_assert(fabs(all[0].p50_interval.low - 40) < 1e-9 &&
              fabs(all[0].p50_interval.high - 40) < 1e-9);
    cr_assert_not(interval_is_known(all[0].p99_interval));
    cr_assert(isnan(all[0].p99_us), "a percentile the client does not give is not known");
    cr_assert_eq(all[0].errors, 6);
    release(s, all);
}

Test(summary, the_best_is_ahead_by_more_than_chance_explains)
{
    struct suite *s = suite_of_valid_runs(drifting);
    struct summary *all = summary_make(s);
    cr_assert(!all[0].best && !all[1].best && all[2].best);
    release(s, all);
}

/* ---- where the rate is given ---- */

/* All have the same requests/s, but for chance, and these response times. */
static struct suite *suite_with_rate(const double p99_us[BLOCKS][MODELS])
{
    struct suite *s = suite_of_valid_runs(drifting);
    for (size_t i = 0; i < s->runs_count; i++) {
        json_t *client = s->runs[i].client;
        json_object_set_new(client, "rate_offered", json_real(1200));
        json_object_set_new(json_object_get(json_object_get(client, "latency_us"), "response"),
                            "p99", json_real(p99_us[i / MODELS][i % MODELS]));
    }
    return s;
}

/* The third takes half as long as the base, and a third as long as the second. */
static const double slower[BLOCKS][MODELS] = {{200, 300, 100}, {404, 594, 200}, {99, 151, 50}};

/* The rate is the client's: who has more requests/s has them by chance. */
Test(summary, the_shortest_p99_is_best_where_the_rate_is_given)
{
    struct suite *s = suite_with_rate(slower);
    struct summary *all = summary_make(s);
    cr_expect(!all[0].best && !all[1].best && !all[2].best);
    cr_expect(!all[0].best_p99 && !all[1].best_p99 && all[2].best_p99);
    cr_expect_float_eq(all[0].p99_ratio.value, 2, 0.02);
    cr_expect_float_eq(all[1].p99_ratio.value, 3, 0.03);
    cr_expect(all[0].p99_p < 0.05 && all[1].p99_p < 0.05);
    cr_expect(all[2].p99_ratio.count == 0 && isnan(all[2].p99_p), "the first is not compared");
    release(s, all);
}

Test(summary, p99_is_not_compared_where_the_rate_is_not_given)
{
    struct suite *s = suite_with_rate(slower);
    for (size_t i = 0; i < s->runs_count; i++)
        json_object_set_new(s->runs[i].client, "rate_offered", json_null());
    struct summary *all = summary_make(s);
    cr_expect(all[2].best && !all[2].best_p99);
    cr_expect(all[0].p99_ratio.count == 0 && isnan(all[0].p99_p));
    release(s, all);
}

/* Behind in each block by 15 to 30 %, t 5.5: each by itself has p 0.03, and both together 0.06. */
Test(summary, a_p99_that_is_shorter_by_one_test_of_two_is_not_best)
{
    const double lucky[BLOCKS][MODELS] = {
        {114.7, 130.1, 100}, {122.1, 114.7, 100}, {130.1, 122.1, 100}};
    struct suite *s = suite_with_rate(lucky);
    struct summary *all = summary_make(s);
    cr_expect(!all[0].best_p99 && !all[1].best_p99 && !all[2].best_p99);
    cr_expect(all[0].p99_ratio.p < 0.05 && ratio_shows_difference(&all[0].p99_ratio));
    cr_expect(all[0].p99_p > 0.05 && all[1].p99_p > 0.05);
    release(s, all);
}

/* Its p99 is that of the lucky ones; so it neither is the best nor keeps others from being it. */
Test(summary, a_starved_model_takes_no_part_in_the_comparison_of_p99)
{
    struct suite *s = suite_with_rate(slower);
    for (size_t b = 0; b < BLOCKS; b++)
        suite_sample_verdict(suite_sample_run(s, b, 2), "STARVED");
    struct summary *all = summary_make(s);
    cr_expect(all[0].best_p99 && !all[1].best_p99 && !all[2].best_p99);
    cr_expect(all[2].p99_ratio.count == 0 && isnan(all[2].p99_p));
    release(s, all);
}

Test(summary, nobody_is_best_by_p99_without_a_test_for_each_other)
{
    struct suite *s = suite_with_rate(slower);
    for (size_t b = 1; b < BLOCKS; b++)
        suite_sample_verdict(suite_sample_run(s, b, 0), "STARVED");
    struct summary *all = summary_make(s);
    cr_expect(!all[2].best_p99 && isnan(all[0].p99_p), "one block is no test");
    free(all);
    for (size_t m = 0; m < 2; m++)
        for (size_t b = 0; b < BLOCKS; b++)
            suite_sample_verdict(suite_sample_run(s, b, m), "STARVED");
    all = summary_make(s);
    cr_expect_not(all[2].best_p99, "there is nobody to compare it with");
    release(s, all);
}

Test(summary, the_best_by_p99_has_valid_runs_only)
{
    struct suite *s = suite_with_rate(slower);
    suite_sample_verdict(suite_sample_run(s, 0, 2), "STARVED");
    struct summary *all = summary_make(s);
    cr_expect(!all[2].best_p99 && all[2].p99_ratio.count == 0, "it is the first all the same");
    release(s, all);
}

Test(summary, a_reference_takes_no_part_in_the_comparison_of_p99)
{
    struct suite *s = suite_with_rate(slower);
    s->catalogue.models[2].kind = CATALOGUE_REDIS;
    struct summary *all = summary_make(s);
    cr_expect(all[0].best_p99 && !all[2].best_p99 && isnan(all[2].p99_p));
    release(s, all);
}

/* More is asked than can be done: how much gets done is the answer. */
Test(summary, goodput_decides_where_a_saturated_server_is_an_answer)
{
    struct suite *s = suite_with_rate(slower);
    struct catalogue_workload *w = &s->catalogue.workloads[0];
    snprintf(w->also_valid, sizeof w->also_valid, "NON-STATIONARY SERVER-SATURATED");
    struct summary *all = summary_make(s);
    cr_expect(all[2].best && !all[2].best_p99 && isnan(all[0].p99_p));
    free(all);
    w->companions.count = 1; /* who saturates it is the companion */
    all = summary_make(s);
    cr_expect(!all[2].best && all[2].best_p99);
    free(all);
    w->companions.count = 0;
    snprintf(w->also_valid, sizeof w->also_valid, "NON-STATIONARY");
    all = summary_make(s);
    cr_expect(!all[2].best && all[2].best_p99);
    release(s, all);
}

/* ---- by requests/s ---- */

/* Ahead of one in each block by 2 to 30 %: t 2.0, p 0.18. */
Test(summary, ahead_in_every_block_by_chance_is_not_best)
{
    const double lucky[BLOCKS][MODELS] = {{100, 50, 102}, {100, 50, 130}, {100, 50, 110}};
    struct suite *s = suite_of_valid_runs(lucky);
    struct summary *all = summary_make(s);
    cr_assert(!all[0].best && !all[1].best && !all[2].best);
    cr_assert_not(ratio_shows_difference(&all[2].ratio));
    release(s, all);
}

/* Little, but the same in each block: 1.9, 2.0 and 2.1 %. */
Test(summary, ahead_by_little_but_surely_is_best)
{
    const double little[BLOCKS][MODELS] = {{1000, 900, 1019}, {1000, 900, 1020}, {1000, 900, 1021}};
    struct suite *s = suite_of_valid_runs(little);
    struct summary *all = summary_make(s);
    cr_assert(all[2].best && ratio_shows_difference(&all[2].ratio));
    release(s, all);
}

Test(summary, one_block_makes_nobody_best)
{
    struct suite *s = suite_sample(1, 1, 2, (double[]){100, 900});
    struct summary *all = summary_make(s);
    cr_assert(!all[0].best && !all[1].best);
    cr_assert(all[1].ratio.count == 1 && !interval_is_known(all[1].rps_interval));
    release(s, all);
}

/* The smaller of two p is doubled, the larger stays; of a model and itself there is none. */
Test(summary, p_is_raised_for_all_that_are_compared_with_the_base)
{
    const double rps[BLOCKS][MODELS] = {{100, 100, 120}, {100, 101, 123}, {100, 99, 118}};
    struct suite *s = suite_of_valid_runs(rps);
    struct summary *all = summary_make(s);
    cr_assert(isnan(all[0].ratio_p));
    cr_assert_float_eq(all[2].ratio_p, 2 * all[2].ratio.p, 1e-12);
    cr_assert_float_eq(all[1].ratio_p, all[1].ratio.p, 1e-12);
    cr_assert_lt(all[2].ratio.p, all[1].ratio.p);
    release(s, all);
}

Test(summary, a_starved_model_is_never_best_and_hides_its_times)
{
    struct suite *s = suite_of_valid_runs(drifting);
    for (size_t b = 0; b < BLOCKS; b++)
        suite_sample_verdict(suite_sample_run(s, b, 2), "STARVED");
    struct summary *all = summary_make(s);
    cr_assert_not(all[2].best);
    cr_assert(isnan(all[2].p50_us) && !interval_is_known(all[2].p50_interval));
    cr_assert_eq(all[2].rps.median, 150, "what it did is shown all the same");
    cr_assert(fabs(all[2].ratio.value - 1.5) < 1e-12 && isnan(all[2].ratio_p));
    cr_assert_not(interval_is_known(all[2].ratio.interval));
    cr_assert_eq(all[2].notes_count, 1);
    cr_assert_str_eq(all[2].notes[0].text, "STARVED");
    cr_assert_eq(all[2].notes[0].count, 3);
    release(s, all);
}

Test(summary, nobody_is_best_while_a_run_that_is_not_valid_shows_more)
{
    struct suite *s = suite_of_valid_runs(drifting);
    suite_sample_verdict(suite_sample_run(s, 1, 2), "GENERATOR-LIMITED");
    for (size_t b = 0; b < BLOCKS; b++)
        json_object_set_new(suite_sample_run(s, b, 0)->client, "throughput_rps", json_real(220));
    struct summary *all = summary_make(s);
    cr_assert(!all[0].best && !all[1].best && !all[2].best);
    release(s, all);
}

Test(summary, runs_that_are_not_valid_do_not_count_beside_valid_ones)
{
    struct suite *s = suite_of_valid_runs(drifting);
    suite_sample_verdict(suite_sample_run(s, 0, 2), "STARVED");
    suite_sample_lose(suite_sample_run(s, 1, 2), RUN_SERVER_DIED);
    struct summary *all = summary_make(s);
    cr_assert(all[2].runs == 3 && all[2].measured == 2 && all[2].valid == 1);
    cr_assert(all[2].rps.count == 1 && all[2].rps.median == 75);
    cr_assert(all[2].ratio.count == 1 && fabs(all[2].ratio.value - 1.5) < 1e-12);
    cr_assert_not(all[2].best);
    cr_assert_eq(all[2].notes_count, 2);
    release(s, all);
}

Test(summary, a_model_that_always_failed_has_no_figures)
{
    struct suite *s = suite_of_valid_runs(drifting);
    for (size_t b = 0; b < BLOCKS; b++)
        suite_sample_lose(suite_sample_run(s, b, 0), RUN_SERVER_NOT_STARTED);
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
    while (s->runs_count > 4)
        run_free(&s->runs[--s->runs_count]);
    suite_sample_lose(suite_sample_run(s, 1, 0), RUN_INTERRUPTED);
    struct summary *all = summary_make(s);
    cr_assert_not(suite_is_complete(s));
    cr_assert(all[0].runs == 1 && all[0].notes_count == 0);
    release(s, all);
}

Test(summary, the_table_keeps_within_100_columns_and_the_csv_quotes)
{
    const double huge[BLOCKS][MODELS] = {{1e6, 2e8, 0.4}, {1e6, 2e8, 0.4}, {1e6, 2e8, 0.4}};
    struct suite *s = suite_of_valid_runs(huge);
    char *text;
    size_t length;
    suite_sample_lose(suite_sample_run(s, 1, 0), RUN_SERVER_DIED);
    suite_sample_verdict(suite_sample_run(s, 0, 1), "STARVED");
    suite_sample_lose(suite_sample_run(s, 0, 2), RUN_CLIENT_FAILED);
    struct run *wordy = suite_sample_run(s, 0, 2);
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

/* The text of write(suite, summaries), to be freed. */
static char *text_of(const struct suite *s, const struct summary *all, bool csv)
{
    char *text;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    cr_assert_not_null(to);
    if (csv)
        table_write_csv(to, s, all);
    else
        table_write(to, s, all, false);
    fclose(to);
    return text;
}

static void expect_in(const char *text, const char *wanted)
{
    cr_expect_not_null(strstr(text, wanted), "\"%s\" is missing in:\n%s", wanted, text);
}

Test(summary, the_best_by_p99_has_a_mark_of_its_own)
{
    struct suite *s = suite_with_rate(slower);
    struct summary *all = summary_make(s);
    char *table = text_of(s, all, false), *csv = text_of(s, all, true);
    expect_in(table, "\n< third ");
    expect_in(table, "\n<             best by p99");
    expect_in(csv, ",best_p99,p99_ratio,p99_ratio_low,p99_ratio_high,p99_p_holm,");
    expect_in(csv, ",100,17.8731,559.5,1,,,,,5,6,"); /* the third: best, and not compared */
    free(table);
    free(csv);
    release(s, all);
}

enum { MANY = 10 };

/* Ten blocks; the second model is as fast as the base, and in one block three times as slow. */
static struct suite *suite_with_an_outlier(void)
{
    double rps[MANY][2];
    for (size_t b = 0; b < MANY; b++) {
        rps[b][0] = 1000 + 10 * (double)b;
        rps[b][1] = rps[b][0] + (b % 2 == 0 ? 5 : -5);
    }
    rps[6][1] = 350;
    return suite_sample(MANY, 1, 2, &rps[0][0]);
}

Test(summary, an_outlier_is_told_and_counted)
{
    struct suite *s = suite_with_an_outlier();
    struct summary *all = summary_make(s);
    cr_assert_eq(summary_outlier(&all[1], suite_sample_run(s, 6, 1)), OUTLIER_FAR);
    cr_assert_eq(summary_outlier(&all[1], suite_sample_run(s, 5, 1)), OUTLIER_NONE);
    cr_assert(all[1].rps.count == MANY && all[1].rps.min == 350);
    char *table = text_of(s, all, false), *csv = text_of(s, all, true);
    expect_in(table, "far outlier in block 7, counted: 350 requests/s, -66.");
    expect_in(csv, ",\"block 7: 350 (far)\",\"\"\n");
    free(table);
    free(csv);
    release(s, all);
}

/* So that a stranger knows why the intervals are wide. */
Test(summary, the_table_tells_of_stolen_time)
{
    struct suite *s = suite_with_an_outlier();
    struct summary *all = summary_make(s);
    s->steal = (struct steal){.wanted_s = 200, .stolen_s = 25};
    char *table = text_of(s, all, false);
    expect_in(table, "Steal:   12 % of the CPU time this machine wanted meanwhile went to other ");
    free(table);
    s->steal.stolen_s = 1;
    table = text_of(s, all, false);
    cr_expect_null(strstr(table, "Steal:"), "half a percent is nothing");
    free(table);
    release(s, all);
}

/* What was the matter with one run is not said of all. */
Test(summary, notes_of_runs_that_differ)
{
    struct suite *s = suite_of_valid_runs(drifting);
    for (size_t b = 0; b < BLOCKS; b++) {
        struct run *run = suite_sample_run(s, b, 1);
        suite_sample_verdict(run, "GENERATOR-LIMITED");
        json_object_set_new(run->client, "verdict_text",
                            json_string(b == 1 ? "2 ms late" : "1 ms late"));
    }
    struct summary *all = summary_make(s);
    char *table = text_of(s, all, false);
    expect_in(table, "GENERATOR-LIMITED in 3 of 3 runs; the first: 1 ms late\n");
    free(table);
    free(all);
    json_object_set_new(suite_sample_run(s, 1, 1)->client, "verdict_text",
                        json_string("1 ms late"));
    all = summary_make(s);
    table = text_of(s, all, false);
    expect_in(table, "GENERATOR-LIMITED in 3 of 3 runs: 1 ms late\n");
    free(table);
    release(s, all);
}

Test(summary, how_unevenly_workers_take_clients)
{
    struct suite *s = suite_of_valid_runs(drifting);
    for (size_t i = 0; i < s->runs_count; i++)
        for (int q = 0; q < LEDGER_QUANTITIES; q++)
            s->runs[i].ledger.entries[q].value = NAN;
    for (size_t b = 0; b < BLOCKS; b++)
        suite_sample_run(s, b, 2)->ledger.entries[LEDGER_BUSIEST].value = 1.5 + (double)b;
    for (size_t m = 0; m < MODELS; m++)
        suite_sample_run(s, 0, m)->ledger.entries[LEDGER_SERVER_CPU].value = 9;
    struct summary *all = summary_make(s);
    char *table = text_of(s, all, false);
    expect_in(table, "  Clients of the busiest worker, over the mean of all: third 2.50\n");
    free(table);
    release(s, all);
}

Test(summary, the_table_says_where_no_difference_is_shown_and_how_sure_it_is)
{
    struct suite *s = suite_with_an_outlier();
    s->options.blocks_auto = true;
    s->options.half_width = 0.03;
    struct summary *all = summary_make(s);
    cr_assert(interval_is_known(all[1].ratio_check), "ten blocks are enough for the check");
    char *table = text_of(s, all, false);
    expect_in(table, "no difference shown  40.0us");
    expect_in(table, "  Half width of the 95 % intervals: up to ");
    expect_in(table, " % (ratio of second, 10 blocks)\n");
    expect_in(table, "  Wanted: 3 %, not attained within the budget\n");
    free(table);
    s->options.half_width = 1;
    table = text_of(s, all, false);
    expect_in(table, "  Wanted: 100 %, attained\n");
    free(table);
    release(s, all);
}

/* Two blocks that say the opposite: the interval reaches hundreds of times as far, and is told
 * without an exponent. */
Test(summary, a_wide_interval_is_told_in_whole_percents)
{
    const double opposite[2][2] = {{100, 200}, {200, 300}};
    struct suite *s = suite_sample(2, 1, 2, &opposite[0][0]);
    struct summary *all = summary_make(s);
    char *table = text_of(s, all, false);
    expect_in(table, "up to 522 % (ratio of second, 2 blocks)\n");
    free(table);
    release(s, all);
}

/* A base that is STARVED, as the iterative model is where clients stay. */
Test(summary, nothing_is_ranked_against_a_base_that_is_never_valid)
{
    struct suite *s = suite_with_an_outlier();
    for (size_t b = 0; b < MANY; b++)
        suite_sample_verdict(suite_sample_run(s, b, 0), "STARVED");
    struct summary *all = summary_make(s);
    cr_assert(isnan(all[1].ratio_p) && !interval_is_known(all[1].ratio_check));
    char *table = text_of(s, all, false);
    expect_in(table, "(not ranked)  ");
    cr_assert_null(strstr(table, "shown  40"));
    free(table);
    release(s, all);
}

/* Twice the base in each block. In one the base fails, so that all that can be compared is in
 * favour of the second: it is the best, unless it was not VALID itself in that block. */
Test(summary, the_best_has_valid_runs_only)
{
    double rps[MANY][2];
    for (size_t b = 0; b < MANY; b++) {
        rps[b][0] = 1000 + 10 * (double)b;
        rps[b][1] = 2000 + 21 * (double)b;
    }
    struct suite *s = suite_sample(MANY, 1, 2, &rps[0][0]);
    suite_sample_lose(suite_sample_run(s, 4, 0), RUN_SERVER_DIED);
    struct summary *all = summary_make(s);
    cr_assert(all[1].best);
    free(all);
    suite_sample_verdict(suite_sample_run(s, 4, 1), "STARVED");
    all = summary_make(s);
    cr_assert_not(all[1].best);
    release(s, all);
}

/* ---- what a workload says of itself ---- */

static struct suite *suite_with_workload(const char *also_valid, const char *companion)
{
    struct suite *s = suite_of_valid_runs(drifting);
    struct catalogue_workload *w = &s->catalogue.workloads[0];
    char error[COMPANION_ERROR_BYTES];
    snprintf(w->also_valid, sizeof w->also_valid, "%s", also_valid);
    snprintf(w->expected, sizeof w->expected, "One wins.");
    cr_assert(companion[0] == '\0' || companion_parse(&w->companions, companion, error));
    for (size_t i = 0; i < s->runs_count; i++)
        s->runs[i].asked = w;
    return s;
}

Test(summary, a_verdict_that_the_workload_is_about_counts)
{
    struct suite *s = suite_with_workload("SERVER-SATURATED", "");
    suite_sample_verdict(suite_sample_run(s, 0, 1), "SERVER-SATURATED");
    suite_sample_verdict(suite_sample_run(s, 0, 2), "STARVED");
    struct summary *all = summary_make(s);
    cr_expect_eq(all[1].valid, 3);
    cr_expect_eq(all[2].valid, 2);
    char *text = text_of(s, all, false);
    expect_in(text, "      Expected: One wins.\n");
    expect_in(text, "      Verdicts that count here besides VALID: SERVER-SATURATED\n");
    free(text);
    release(s, all);
}

Test(summary, which_ends_are_answers)
{
    struct suite *s = suite_with_workload("", "crash 1");
    struct run *run = suite_sample_run(s, 0, 0), *other = suite_sample_run(s, 0, 1);
    cr_expect(run_is_answer(run));
    suite_sample_lose(run, RUN_SERVER_DIED);
    cr_expect(run_is_answer(run));
    suite_sample_lose(other, RUN_NOBODY_SERVED);
    cr_expect(run_is_answer(other));
    run->outcome = RUN_SERVER_FAILED;
    cr_expect_not(run_is_answer(run));
    s->catalogue.workloads[0].companions.list[0].kind = COMPANION_STALL;
    run->outcome = RUN_SERVER_DIED;
    cr_expect_not(run_is_answer(run), "nobody was to crash it");
    run->asked = NULL;
    cr_expect_not(run_is_answer(run));
    suite_sample_free(s);
}

Test(summary, companions_of_all_runs_stand_below_the_row)
{
    struct suite *s = suite_with_workload("", "trickle 4");
    for (size_t b = 0; b < BLOCKS - 1; b++) { /* in the last one it never came so far */
        struct run *run = suite_sample_run(s, b, 2);
        run->accompanied = true;
        run->companions[0].values[0] = 20;
    }
    struct summary *all = summary_make(s);
    char *text = text_of(s, all, false);
    static const char line[] = "\n      beside: 4 slow senders, who were served 40 times\n";
    const char *row = strstr(text, "\n* third");
    cr_assert_not_null(row, "%s", text);
    cr_expect_eq(strncmp(strchr(row + 1, '\n'), line, strlen(line)), 0, "%s", text);
    expect_in(text, "\nbeside        who else was there");
    cr_expect_null(strstr(text, "served 0 times"));
    free(text);
    release(s, all);
}

/* Of the first three models only the second has kinds; what is not known is empty. */
static void expect_kinds_csv(const struct suite *s, const struct summary *all)
{
    char *text, *rest;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    cr_assert_not_null(to);
    kinds_table_write_csv(to, s, all);
    fclose(to);
    cr_expect_str_eq(strtok_r(text, "\n", &rest),
                     "workload,model,kind,runs,requests,p50_us,p50_us_low,p50_us_high,p99_us,"
                     "p99_us_low,p99_us_high");
    const char *row = strtok_r(NULL, "\n", &rest);
    static const char begin[] = "\"\",\"second\",\"short\",3,285,41,", end[] = ",400,400,400";
    cr_assert_not_null(row);
    cr_expect_eq(strncmp(row, begin, strlen(begin)), 0, "%s", row);
    cr_expect_str_eq(row + strlen(row) - strlen(end), end, "%s", row);
    cr_expect_str_eq(strtok_r(NULL, "\n", &rest),
                     "\"\",\"second\",\"lo\"\"ng\",3,,4000,4000,4000,,,");
    cr_expect_null(strtok_r(NULL, "\n", &rest));
    free(text);
}

Test(summary, each_kind_of_a_mix_has_its_times)
{
    struct suite *s = suite_of_valid_runs(drifting);
    for (size_t b = 0; b < BLOCKS; b++) {
        json_t *kinds = json_pack("[{s:s, s:{s:i}, s:{s:{s:f, s:f}}}, {s:s, s:{s:{s:f, s:n}}}]",
                                  "name", "short", "counts", "planned", 95, "latency_us",
                                  "response", "p50", 40.0 + (double)b, "p99", 400.0, "name",
                                  "lo\"ng", "latency_us", "response", "p50", 4000.0, "p99");
        cr_assert_not_null(kinds);
        json_object_set_new(suite_sample_run(s, b, 1)->client, "requests", kinds);
    }
    struct summary *all = summary_make(s);
    char *text = text_of(s, all, false);
    const char *row = strstr(text, "  second");
    cr_assert_not_null(row);
    char *kind = strchr(row, '\n') + 1, *rest;
    cr_expect_str_eq(strtok_r(kind, " ", &rest), "short");
    cr_expect_str_eq(strtok_r(NULL, " ", &rest), "41.0us");
    cr_expect_str_eq(strtok_r(NULL, " \n", &rest), "400us");
    cr_expect_str_eq(strtok_r(NULL, " ", &rest), "lo\"ng");
    cr_expect_str_eq(strtok_r(NULL, " ", &rest), "4.00ms");
    cr_expect_str_eq(strtok_r(NULL, " \n", &rest), "-");
    free(text);
    expect_kinds_csv(s, all);
    release(s, all);
}
