#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "sentences.h"

enum { BLOCKS = 6, ROWS = 4 };

/* Rows of models a, b, ... whose runs all are VALID; tests change what they are about. */
static struct sentence_row row[ROWS];
static double by_block[ROWS][BLOCKS];
static struct sentence_rows rows;

/* The interval of the ratio of two such rows is narrow: the blocks differ, both alike. */
static void set_rps(size_t i, double rps)
{
    static const double course[BLOCKS] = {0.97, 1.01, 0.99, 1.03, 1.0, 1.0};
    for (size_t b = 0; b < BLOCKS; b++)
        by_block[i][b] = rps * course[b];
    row[i].rps = rps;
    row[i].rps_interval = (struct interval){rps * 0.97, rps * 1.03};
}

/* And so many times as long as that of the first, with this p. */
static void set_p99(size_t i, double us, double ratio, double p)
{
    row[i].p99_us = us;
    row[i].p99_interval = (struct interval){us * 0.97, us * 1.03};
    row[i].p99_ratio = ratio;
    row[i].p99_ratio_interval = (struct interval){ratio * 0.9, ratio * 1.1};
    row[i].p99_p = p;
}

/* And here it is wide: what the blocks do to this one they do to no other. */
static void scatter(size_t i)
{
    for (size_t b = 0; b < BLOCKS; b++)
        by_block[i][b] *= b % 2 == 0 ? 1.6 : 0.625;
}

static void be_unmeasured(size_t i, const char *reason)
{
    row[i].measured = row[i].valid = 0;
    row[i].rps = NAN;
    row[i].reason = reason;
    row[i].reason_count = row[i].runs;
    for (size_t b = 0; b < BLOCKS; b++)
        by_block[i][b] = NAN;
}

static void be_invalid(size_t i, const char *reason)
{
    row[i].valid = 0;
    row[i].reason = reason;
    row[i].reason_count = row[i].runs;
}

static void set_up(void)
{
    static const char *const names[ROWS] = {"a", "b", "c", "d"};
    rows = (struct sentence_rows){row, ROWS, 0, BLOCKS, MEASURE_RPS};
    for (size_t i = 0; i < ROWS; i++) {
        row[i] = (struct sentence_row){.model = names[i],
                                       .runs = BLOCKS,
                                       .measured = BLOCKS,
                                       .valid = BLOCKS,
                                       .rps_by_block = by_block[i],
                                       .reason = ""};
        for (int q = 0; q < LEDGER_QUANTITIES; q++)
            row[i].ledger[q] = NAN;
        set_rps(i, 1000);
        set_p99(i, 1000, 1, 1);
    }
}

TestSuite(sentences, .init = set_up);

static char *said(void)
{
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    cr_assert_not_null(to);
    sentences_write(to, &rows);
    cr_assert_eq(fclose(to), 0);
    return text;
}

static void expect_said(const char *expected)
{
    char *text = said();
    cr_expect_str_eq(text, expected);
    free(text);
}

static void expect_part(const char *part)
{
    char *text = said();
    cr_expect_not_null(strstr(text, part), "\"%s\" has no \"%s\"", text, part);
    free(text);
}

static void expect_no_part(const char *part)
{
    char *text = said();
    cr_expect_null(strstr(text, part), "\"%s\" has \"%s\"", text, part);
    free(text);
}

/* ---- nobody ---- */

Test(sentences, no_models)
{
    rows.count = rows.base = 0;
    expect_said("No run was carried out. There is nothing to compare.");
}

Test(sentences, no_runs)
{
    for (size_t i = 0; i < ROWS; i++) {
        be_unmeasured(i, "");
        row[i].runs = 0;
    }
    expect_said("No run was carried out. There is nothing to compare.");
}

Test(sentences, nothing_measured)
{
    for (size_t i = 0; i < ROWS; i++)
        be_unmeasured(i, i == 2 ? "client failed" : "server died");
    expect_said("The server died in all runs of a, b and d. No run was measured, so there is "
                "nothing to compare. What most runs of each of the other models were: client "
                "failed (c).");
}

Test(sentences, what_needs_no_precise_client_is_told_first)
{
    be_unmeasured(0, "nobody served");
    be_unmeasured(1, "server died");
    be_unmeasured(2, "server died");
    row[2].measured = 1;
    row[2].reason_count = BLOCKS - 1;
    be_invalid(3, "GENERATOR-LIMITED");
    expect_said("The server died in all runs of b; the server died in most runs of c; nobody was "
                "served in any run of a; d went on to the end of each run. No run is VALID, so "
                "nobody is ranked: the figures only show what happened. What most runs of each of "
                "the other models were: GENERATOR-LIMITED (d).");
}

Test(sentences, nothing_but_deaths)
{
    for (size_t i = 0; i < ROWS; i++)
        be_unmeasured(i, "server died");
    expect_said("The server died in all runs of a, b, c and d. No run was measured, so there is "
                "nothing to compare.");
}

Test(sentences, nobody_valid)
{
    for (size_t i = 0; i < ROWS; i++)
        be_invalid(i, "GENERATOR-LIMITED");
    set_rps(1, 9000);
    expect_said("No run is VALID, so nobody is ranked: the figures only show what happened. What "
                "most runs of each model were: GENERATOR-LIMITED (a, b, c and d).");
}

/* ---- one ---- */

Test(sentences, one_model_only)
{
    rows.count = 1;
    row[0].ledger[LEDGER_SERVER_CPU] = 70;
    row[0].ledger[LEDGER_FORKS] = 500;
    expect_said("Only a has VALID runs: 1,000 requests/s (95 %: 970 to 1,030); there is nobody to "
                "compare it with. The ledger says of each of its requests: CPU time of the server "
                "70.0 us and processes and threads made on the whole machine 0.50; a used about 7 "
                "% of one processor's "
                "time.");
}

Test(sentences, one_model_without_a_ledger)
{
    rows.count = 1;
    row[0].rps_interval = interval_unknown();
    expect_said("Only a has VALID runs: 1,000 requests/s; there is nobody to compare it with. The "
                "ledger does not say what its requests cost.");
}

Test(sentences, one_valid_model_and_others)
{
    for (size_t i = 1; i < ROWS; i++)
        be_invalid(i, "STARVED");
    set_rps(2, 5000);
    set_rps(3, 500);
    expect_part("Only a has VALID runs: 1,000 requests/s (95 %: 970 to 1,030). c (5,000, STARVED) "
                "shows more and d (500, STARVED) less, but they are not ranked, for they have no "
                "VALID run. b (1,000, STARVED) is not ranked, for it has no VALID run. ");
}

/* ---- a winner ---- */

Test(sentences, winner_over_the_next_and_the_base)
{
    set_rps(1, 4000);
    set_rps(2, 2000);
    row[1].best = true;
    row[0].ledger[LEDGER_SWITCHES] = 3;
    row[1].ledger[LEDGER_SWITCHES] = 1;
    row[0].ledger[LEDGER_SERVER_CPU] = 100;
    row[1].ledger[LEDGER_SERVER_CPU] = 125;
    expect_said(
        "b was ahead of all others by more than chance explains: 4,000 requests/s (95 %: "
        "3,880 to 4,120), block by block 2.00 (95 %: 2.00 to 2.00) times those of c, the "
        "next, and 4.00 (95 %: 4.00 to 4.00) times those of a, the base. Of the costs in the "
        "ledger b saves most, by factor, over a in context switches: "
        "1.00 against 3.00 a request, a factor of 3.00; "
        "b used about 50 % of one processor's time, a 10 %.");
}

Test(sentences, winner_is_the_base)
{
    set_rps(0, 4000);
    row[0].best = true;
    expect_part("a was ahead of all others by more than chance explains: 4,000 requests/s (95 %: "
                "3,880 to 4,120), block by block 4.00 (95 %: 4.00 to 4.00) times those of b, the "
                "next. ");
    expect_no_part("the base");
}

Test(sentences, the_next_is_the_base)
{
    rows.count = 2;
    set_rps(1, 4000);
    row[1].best = true;
    expect_part("times those of a, the next. ");
    expect_no_part("the base");
}

Test(sentences, base_without_valid_runs_is_left_out)
{
    be_invalid(0, "STARVED");
    set_rps(1, 4000);
    row[1].best = true;
    expect_part("times those of c, the next. ");
    expect_no_part("those of a,");
}

Test(sentences, base_that_is_no_model)
{
    rows.base = ROWS;
    set_rps(3, 4000);
    row[3].best = true;
    expect_part("times those of a, the next. ");
}

/* ---- no winner ---- */

Test(sentences, all_equal)
{
    expect_part("No winner: all 4 models with VALID runs have the same median, 1,000 requests/s. ");
}

Test(sentences, no_difference_is_shown)
{
    set_rps(1, 1010);
    scatter(1);
    expect_part("No winner is shown: of the models with VALID runs b has the highest median, 1,010 "
                "requests/s (95 %: 980 to 1,040); no difference is shown between it and a, c and "
                "d. ");
}

Test(sentences, no_difference_to_the_next_but_to_the_base)
{
    rows.count = 3;
    set_rps(0, 250);
    set_rps(2, 1010);
    scatter(2);
    expect_part("no difference is shown between it and b; its requests/s were block by block 4.04 "
                "(95 %: ");
    expect_part(") times those of a, the base. ");
}

Test(sentences, one_block_shows_nothing)
{
    rows.blocks = 1;
    set_rps(1, 4000);
    expect_part(
        "block by block 4.00 times those of a (without an interval: chance may explain it), "
        "the next");
}

Test(sentences, leader_not_always_valid)
{
    set_rps(1, 4000);
    row[1].valid = BLOCKS - 1;
    expect_part("times those of a, the next, but not all its runs are VALID. ");
}

Test(sentences, leader_not_ahead_of_everybody)
{
    set_rps(1, 4000);
    be_invalid(2, "GENERATOR-LIMITED");
    set_rps(2, 9000);
    expect_part(
        "times those of a, the next, but it is not shown to be ahead of everybody else. "
        "c (9,000, GENERATOR-LIMITED) shows more, but is not ranked, for it has no VALID run. ");
}

Test(sentences, several_that_are_not_ranked_are_named_at_once)
{
    be_invalid(1, "GENERATOR-LIMITED");
    be_invalid(2, "GENERATOR-LIMITED");
    set_rps(1, 8000);
    set_rps(2, 9000);
    expect_part("b (8,000, GENERATOR-LIMITED) and c (9,000, GENERATOR-LIMITED) show more, but are "
                "not ranked, for they have no VALID run. ");
}

Test(sentences, one_below_the_leader_that_is_not_ranked_is_named)
{
    set_rps(1, 4000);
    be_invalid(2, "STARVED");
    set_rps(2, 94);
    expect_part("everybody else. c (94, STARVED) is not ranked, for it has no VALID run. ");
    be_unmeasured(3, "server died");
    expect_part("everybody else. c (94, STARVED) and d (server died) are not ranked, for they have "
                "no VALID run. ");
    row[3].runs = 0;
    expect_no_part("server died");
}

/* The median is higher, but in most blocks it was lower: the sentence says so. */
Test(sentences, median_and_blocks_disagree)
{
    set_rps(1, 1001);
    for (size_t b = 0; b < BLOCKS; b++)
        by_block[1][b] = by_block[0][b] * 0.5;
    expect_part("block by block 0.50 (95 %: 0.50 to 0.50) times those of a, the next");
}

Test(sentences, nothing_served)
{
    for (size_t i = 0; i < ROWS; i++)
        set_rps(i, 0);
    set_rps(1, 10);
    expect_part("in no block VALID together with a, the next");
    expect_no_part("nan");
    expect_no_part("inf");
}

/* ---- where the rate is given ---- */

#define RATE_GIVEN                                                                                 \
    "The rate of requests was given to all, so their requests/s tell nobody apart; what is "       \
    "compared is the p99 of the response times. "

/* Whoever has a few requests/s more by chance is not named for it. */
Test(sentences, given_rate_is_decided_by_response_times)
{
    rows.measure = MEASURE_P99;
    set_rps(1, 1010);
    row[1].best = true;
    set_p99(0, 1000, 2, 0.001);
    set_p99(1, 1000, 2, 0.001);
    set_p99(2, 500, NAN, NAN);
    set_p99(3, 900, 1.8, 0.049);
    row[2].best_p99 = true;
    expect_part(RATE_GIVEN "c was ahead of all others by more than chance explains: p99 500us (95 "
                           "%: 485us to 515us); that of d, the next, was block by block 1.80 (95 "
                           "%: 1.62 to 1.98) times as long. ");
    expect_no_part("b was");
}

/* The interval of each ratio is above 1, but with so many of them that is no difference yet. */
Test(sentences, given_rate_without_a_difference)
{
    rows.measure = MEASURE_P99;
    set_p99(0, 1300, 1.3, 0.06);
    set_p99(1, 1500, 1.5, 0.001);
    set_p99(2, 990, NAN, NAN);
    set_p99(3, 1200, 1.2, 0.05);
    expect_part("c has the lowest median, 990us (95 %: 960us to 1.02ms), but it is not shown to be "
                "ahead of all others: no difference is shown between it and a and d. ");
}

Test(sentences, given_rate_and_blocks_that_disagree_with_the_median)
{
    rows.measure = MEASURE_P99;
    set_p99(0, 1000, 0.8, 0.01);
    set_p99(1, 1000, 1.1, 0.7);
    set_p99(2, 990, NAN, NAN);
    set_p99(3, 1000, 2, 0.01);
    expect_part("no difference is shown between it and b, and block by block it took longer than "
                "a. ");
}

Test(sentences, given_rate_and_a_first_that_is_not_always_valid)
{
    rows.measure = MEASURE_P99;
    for (size_t i = 0; i < ROWS; i++)
        set_p99(i, 1000, 2, 0.001);
    set_p99(2, 500, NAN, NAN);
    row[2].valid = BLOCKS - 1;
    expect_part("it is not shown to be ahead of all others: not all its runs are VALID. ");
}

Test(sentences, given_rate_with_too_few_valid_runs)
{
    rows.measure = MEASURE_P99;
    for (size_t i = 0; i < ROWS; i++)
        set_p99(i, i == 2 ? 500 : 1000, 2, NAN);
    expect_part("there are too few VALID runs to compare it with a, b and d. ");
    set_p99(0, 1000, NAN, NAN);
    for (size_t i = 1; i < ROWS; i++)
        be_invalid(i, "STARVED");
    expect_part("There are too few VALID runs for that: only a has any, p99 1.00ms");
    expect_part("b (STARVED), c (STARVED) and d (STARVED) take no part, for they have no VALID "
                "run. ");
    expect_no_part("ahead");
}

Test(sentences, given_rate_and_one_without_valid_runs)
{
    rows.measure = MEASURE_P99;
    for (size_t i = 0; i < ROWS; i++)
        set_p99(i, 1000, 2, 0.001);
    set_p99(2, 500, NAN, NAN);
    row[2].best_p99 = true;
    be_unmeasured(1, "server died");
    expect_part("times as long. b (server died) takes no part, for it has no VALID run. ");
    row[1].runs = 0;
    expect_no_part("takes no part");
}

Test(sentences, given_rate_and_goodput)
{
    rows.measure = MEASURE_GOODPUT;
    set_rps(1, 4000);
    row[1].best = true;
    expect_part("The rate of requests was given to all, and whoever has more requests/s got more "
                "of them done. b was ahead of all others by more than chance explains: 4,000 "
                "requests/s");
    expect_no_part("p99");
}

Test(sentences, given_rate_and_results_that_do_not_compare)
{
    rows.measure = MEASURE_UNKNOWN;
    set_rps(1, 4000);
    row[1].best = true;
    expect_said("The rate of requests was given to all, so their requests/s tell nobody apart; how "
                "their response times compare is not in the results.");
}

/* ---- the ledger ---- */

Test(sentences, ledger_alike)
{
    set_rps(1, 4000);
    row[0].ledger[LEDGER_SERVER_CPU] = 100;
    row[1].ledger[LEDGER_SERVER_CPU] = 105;
    row[0].ledger[LEDGER_FAULTS] = 0;
    row[1].ledger[LEDGER_FAULTS] = 0.05;
    expect_part(
        "In the ledger b and a differ by less than a tenth in all that is more than next to "
        "nothing; b used");
}

Test(sentences, ledger_unknown_of_one)
{
    set_rps(1, 4000);
    row[0].ledger[LEDGER_SERVER_CPU] = 100;
    expect_part("The ledger has no quantity that is known of both b and a.");
}

/* A factor over next to nothing would be a number without a meaning. */
Test(sentences, ledger_with_nothing_on_one_side)
{
    set_rps(1, 4000);
    row[0].ledger[LEDGER_FORKS] = 1000;
    row[1].ledger[LEDGER_FORKS] = 0;
    expect_part("in processes and threads made on the whole machine: 0.00 against 1.00 a request.");
    expect_no_part("a factor");
}

Test(sentences, forks_are_told_by_the_request)
{
    set_rps(0, 100);
    set_rps(1, 4000);
    row[0].ledger[LEDGER_FORKS] = 200;
    row[1].ledger[LEDGER_FORKS] = 4000;
    expect_part("1.00 against 2.00 a request, a factor of 2.00");
}

/* The leader pays far more of one thing, which is not why it is ahead. */
Test(sentences, a_cost_that_is_higher_is_no_reason)
{
    set_rps(1, 4000);
    row[0].ledger[LEDGER_STALL] = 4;
    row[1].ledger[LEDGER_STALL] = 300;
    row[0].ledger[LEDGER_SWITCHES] = 2;
    row[1].ledger[LEDGER_SWITCHES] = 1;
    expect_part("b saves most, by factor, over a in context switches: 1.00 against 2.00 a "
                "request, a factor of 2.00.");
    expect_no_part("had no CPU");
}

Test(sentences, no_cost_is_lower)
{
    set_rps(1, 4000);
    row[0].ledger[LEDGER_STALL] = 4;
    row[1].ledger[LEDGER_STALL] = 300;
    row[0].ledger[LEDGER_SERVER_CPU] = 200;
    row[1].ledger[LEDGER_SERVER_CPU] = 200;
    expect_part("No cost in the ledger is notably lower for b than for a; what differs is that b "
                "used about 80 % of one processor's time, a 20 %.");
    set_rps(1, 1001);
    expect_part("than for a; b used about 20 % of one processor's time, a 20 %.");
}

/* ---- text in a page ---- */

Test(html, markup_becomes_text)
{
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    cr_assert_not_null(to);
    html_textf(to, "%s", "<b a=\"1\" c='2'>&amp;\x01 \xC3\xA9\n");
    html_text(to, NULL);
    cr_assert_eq(fclose(to), 0);
    cr_expect_str_eq(text,
                     "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;\xEF\xBF\xBD \xC3\xA9\n");
    free(text);
}
