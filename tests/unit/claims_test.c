/* The judging of published claims: figures in, verdict and sentences out. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "literature/judge.h"

static struct ratio ratio(double low, double high)
{
    return (struct ratio){.count = 5, .value = sqrt(low * high), .interval = {low, high}};
}

static const struct ratio nothing = {.value = NAN, .interval = {NAN, NAN}};

static struct judge_side side(const char *name, double rps, double cpu_us)
{
    return (struct judge_side){.name = name,
                               .rps = rps,
                               .cpu_us = cpu_us,
                               .repeats = 6,
                               .valid = 6,
                               .verdict = "",
                               .shown = "VALID"};
}

static struct judge_pair pair(struct ratio rps, struct ratio cpu)
{
    return (struct judge_pair){.load = "a load",
                               .rps = rps,
                               .cpu = cpu,
                               .a = side("model a", 20000, 30),
                               .b = side("model b", 5000, 120)};
}

/* Of a, only so many of six runs are VALID. */
static struct judge_pair with_valid(struct judge_pair p, size_t valid, const char *verdict)
{
    p.a.valid = valid;
    p.a.verdict = verdict;
    return p;
}

static struct judge_pair limited(struct ratio rps, struct ratio cpu)
{
    return with_valid(pair(rps, cpu), 2, "GENERATOR-LIMITED");
}

static struct judge_pair not_chosen(void)
{
    struct judge_pair p = pair(nothing, nothing);
    p.a.repeats = p.a.valid = 0;
    return p;
}

static void expect_why(const struct claim *claim, const char *wanted)
{
    cr_expect(strstr(claim->why, wanted) != NULL, "\"%s\" is missing in: %s", wanted, claim->why);
}

static void expect(const struct claim *claim, enum claim_verdict verdict)
{
    cr_expect_eq(claim->verdict, verdict, "%s: %s: %s", claim->claim,
                 claim_verdict_text(claim->verdict), claim->why);
    cr_expect(claim->unit != NULL && claim->source != NULL && claim->published != NULL);
    cr_expect_gt(strlen(claim->why), 20);
    cr_expect_eq(claim->verdict == CLAIM_NOT_DECIDED, isnan(claim->value));
    cr_expect_lt(strlen(claim->why), CLAIM_WHY_BYTES - 1, "cut: %s", claim->why);
}

static void expect_not_why(const struct claim *claim, const char *unwanted)
{
    cr_expect(strstr(claim->why, unwanted) == NULL, "\"%s\" is said in: %s", unwanted, claim->why);
}

/* ---- what decides ---- */

Test(claims, a_side_has_enough_with_three_valid_runs_or_all_there_are)
{
    struct judge_side s = side("s", 1, 1);
    s.valid = 3;
    cr_expect(judge_has_enough(&s));
    s.valid = 2;
    cr_expect(!judge_has_enough(&s));
    s.repeats = 2;
    cr_expect(judge_has_enough(&s));
    s.repeats = s.valid = 0;
    cr_expect(!judge_has_enough(&s));
}

/* Which side, what its runs were, and what would help. */
Test(claims, the_reason_why_nothing_is_decided)
{
    struct claim claim = {.why = ""};
    struct judge_pair p = limited(ratio(2, 3), nothing);
    judge_leave_open(&claim, &p, &p.rps);
    expect_why(&claim, "Of 6 runs of model a, with a load, 2 count and 3 must; of the others most "
                       "were GENERATOR-LIMITED. What would help: more CPUs for the client");
    claim.why[0] = '\0';
    p = pair(nothing, nothing);
    judge_leave_open(&claim, &p, &p.rps);
    expect_why(&claim, "known of both in 0 blocks only, and an interval takes two");
    claim.why[0] = '\0';
    p = not_chosen();
    judge_leave_open(&claim, &p, &p.rps);
    expect_why(&claim, "Nothing was measured of model a: it is not among the models chosen.");
    cr_expect_eq(claim.verdict, CLAIM_NOT_DECIDED);
}

/* Lateness is looked past in some, and then it is said; a side of two pairs is one. */
Test(claims, how_many_runs_count_although_the_client_was_late)
{
    struct claim claim;
    struct judge_pair late = pair(ratio(40, 50), ratio(3, 5)), none = not_chosen();
    late.a.late = 2;
    late.b.late = 1;
    judge_collapse(&claim, &late, &late, 50, 10);
    expect_why(&claim, " 6 of 24 runs count although the client was late.");
    judge_kept(&claim, &late, &late, (const int[]){50}, 1);
    expect_why(&claim, ". 6 of 24 runs count although");
    judge_iterative(&claim, &none, (const int[]){0}, 1, &none, &late, &late);
    expect_why(&claim, " 4 of 18 runs count although");
    const struct judge_accept ways[] = {{"pool", "mutex", "queue", late},
                                        {"pool", "direct", "queue", late}};
    judge_accept(&claim, ways, 2);
    expect_why(&claim, ". 5 of 18 runs count although");
    struct judge_overload models[] = {{late.a, late.b, ratio(0.4, 0.6), nothing},
                                      {late.b, late.b, ratio(0.8, 0.9), ratio(1.5, 2)}};
    judge_overload(&claim, models, 2, 1.75);
    expect_why(&claim, " 5 of 24 runs count although");
    late.a.late = late.b.late = 0;
    judge_collapse(&claim, &late, &late, 50, 10);
    expect_not_why(&claim, "although");
}

/* One that is decided decides; two that are must say the same. */
Test(claims, two_measures_of_one_claim)
{
    static const enum claim_verdict open = CLAIM_NOT_DECIDED, not_shown = CLAIM_NOT_SHOWN,
                                    yes = CLAIM_CONFIRMED, no = CLAIM_NOT_CONFIRMED;
    static const struct {
        enum claim_verdict by_rps, by_cpu, both;
        const char *why;
    } cases[] = {
        {yes, yes, yes, ""},
        {no, no, no, ""},
        {not_shown, not_shown, not_shown, ""},
        {open, open, open, ""},
        {yes, open, yes, "at a fixed rate too few are VALID to compare the server's CPU time"},
        {no, open, no, "at a fixed rate too few are VALID"},
        {open, yes, yes, "a second each can serve too few are VALID, so that the CPU time alone"},
        {open, no, no, "the CPU time alone is compared"},
        {no, yes, not_shown,
         "By requests/s the claim is not confirmed, by CPU time at a fixed rate confirmed: the two "
         "disagree, so that nothing is concluded."},
        {yes, no, not_shown, "is confirmed, by CPU time at a fixed rate not confirmed: the two"},
        {yes, not_shown, not_shown, "is confirmed, by CPU time at a fixed rate not shown: the two"},
        {not_shown, no, not_shown, "nothing is concluded"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct claim claim = {.why = ""};
        judge_by_both(&claim, cases[i].by_rps, cases[i].by_cpu);
        cr_expect_eq(claim.verdict, cases[i].both, "case %zu: %s", i,
                     claim_verdict_text(claim.verdict));
        expect_why(&claim, cases[i].why);
        cr_expect_eq(claim.why[0] == '\0', cases[i].why[0] == '\0', "case %zu: %s", i, claim.why);
    }
}

/* ---- (1) ---- */

static struct claim fork_claim(struct judge_pair paced, struct ratio heavy_cpu, double heavy_us)
{
    struct claim claim;
    const struct judge_creation creation[] = {
        {.mib = 0,
         .own_mib = 12,
         .fork_us = 60,
         .touch_us = 90,
         .thread_us = 20,
         .ratio = ratio(2.9, 3.1)},
        {.mib = 256,
         .fork_us = heavy_us,
         .touch_us = 340,
         .thread_us = 20,
         .ratio = ratio(heavy_us / 20 - 0.1, heavy_us / 20 + 0.1)},
    };
    struct judge_pair heavy = pair(nothing, heavy_cpu), closed = pair(ratio(2, 3), nothing);
    judge_fork(&claim, &paced, &heavy, &closed, 256, creation, 2);
    return claim;
}

Test(claims, a_process_costs_more)
{
    struct claim claim = fork_claim(pair(nothing, ratio(3, 5)), ratio(8, 9), 300);
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "same rate (20,000 connections a second");
    expect_why(&claim, "always ask get 2.45 (2.00-3.00) times as many from threads");
    expect_why(&claim, "Several times is taken for 2.60 to 21.0 times, the range of what was");
    claim = fork_claim(pair(nothing, ratio(1.5, 2)), ratio(8, 9), 300);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    claim = fork_claim(pair(nothing, ratio(2, 4)), ratio(8, 9), 300);
    expect(&claim, CLAIM_NOT_SHOWN);
    claim = fork_claim(limited(nothing, ratio(3, 5)), ratio(8, 9), 300);
    expect(&claim, CLAIM_NOT_DECIDED);
    expect_not_why(&claim, "MiB");
}

/* Memory moves the ratio only where the two intervals do not meet. */
Test(claims, what_memory_does_is_said_of_the_intervals)
{
    struct judge_pair paced = pair(nothing, ratio(3, 5));
    struct claim claim = fork_claim(paced, ratio(8, 9), 300);
    expect_why(&claim, "With 256 MiB more in the same server, and 20,000 a second, it is 8.49 "
                       "(8.00-9.00) times: the memory of the parent moves the ratio.");
    expect_why(&claim, "in a process of 12 MiB, a copy of this suite, 3.00 times as long as to");
    expect_why(&claim, "with 256 MiB more: a fork copies the page tables.");
    expect_why(&claim, "Of the 6 published figures 2 lie between 3.87 times and these 8.49 times.");
    claim = fork_claim(paced, ratio(4, 9), 60);
    expect_why(&claim, "is not shown to move the ratio");
    expect_not_why(&claim, "the memory of the parent moves");
    expect_not_why(&claim, "copies the page tables");
    claim = fork_claim(paced, ratio(1, 2), 60);
    expect_why(&claim, "the ratio is smaller");
    claim = fork_claim(pair(nothing, ratio(1.66, 2.52)), ratio(37, 40), 300);
    expect_why(&claim, "Of the 6 published figures 6 lie between");
    claim = fork_claim(paced, nothing, 60);
    expect_why(&claim, "too few runs are VALID to tell");
    expect_not_why(&claim, "published figures");
}

/* ---- (2) ---- */

static struct claim iterative_claim(struct judge_pair first, struct judge_pair second,
                                    struct ratio to_processes, struct judge_pair paced)
{
    struct claim claim;
    const struct judge_pair to_threads[] = {first, second};
    const int services_us[] = {0, 200};
    struct judge_pair processes = pair(to_processes, nothing);
    judge_iterative(&claim, to_threads, services_us, 2, &processes, &paced, &paced);
    return claim;
}

Test(claims, one_after_another_is_faster_for_short_requests)
{
    struct judge_pair behind = pair(ratio(0.2, 0.25), nothing), none = not_chosen();
    struct claim claim = iterative_claim(pair(ratio(1.1, 1.2), nothing), behind, ratio(3, 4), none);
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "waits for 200 us, threads, which wait side by side, serve 4.47 "
                       "(4.00-5.00) times as many a second: the order flips.");
    claim = iterative_claim(pair(ratio(0.95, 1.2), nothing), pair(ratio(0.9, 1.1), nothing),
                            ratio(3, 4), none);
    expect(&claim, CLAIM_NOT_SHOWN);
    expect_why(&claim, "not shown to be ahead where requests wait, for up to 200 us");
    claim = iterative_claim(pair(ratio(0.8, 0.9), nothing), behind, ratio(3, 4), none);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    expect_not_why(&claim, "flips");
    claim = iterative_claim(pair(ratio(1.1, 1.2), nothing), limited(ratio(0.2, 0.3), nothing),
                            ratio(3, 4), none);
    expect_why(&claim, "Of requests that wait too few runs are VALID to tell.");
}

Test(claims, cpu_time_at_a_fixed_rate_decides_where_the_client_was_the_limit)
{
    struct judge_pair hidden = limited(ratio(0.99, 1.01), nothing);
    struct judge_pair behind = pair(ratio(0.2, 0.25), nothing);
    hidden.a.rps = 30000; /* 0.9 of a processor at 30 us each */
    struct claim claim = iterative_claim(hidden, behind, ratio(3, 4), pair(nothing, ratio(2, 3)));
    expect(&claim, CLAIM_CONFIRMED);
    cr_expect(claim.interval.low == 2);
    cr_expect_str_eq(claim.unit,
                     "times as much CPU time for a connection with threads as one after another");
    expect_not_why(&claim, "flips"); /* which is said of requests/s on both sides */
    expect_not_why(&claim, "GENERATOR-LIMITED");
    claim = iterative_claim(hidden, behind, ratio(3, 4), limited(nothing, ratio(2, 3)));
    expect(&claim, CLAIM_NOT_DECIDED);
}

/* In the runs that are VALID it was not the client that kept its processor idle. */
Test(claims, cpu_time_alone_does_not_decide_for_a_server_that_idles)
{
    struct judge_pair hidden = limited(ratio(0.99, 1.01), nothing);
    struct judge_pair behind = pair(ratio(0.2, 0.25), nothing), cheap = pair(nothing, ratio(2, 3));
    struct claim claim = iterative_claim(hidden, behind, ratio(3, 4), cheap);
    expect(&claim, CLAIM_NOT_SHOWN);
    expect_why(&claim, "one after another used only 60 % of a processor's time, and waited");
    hidden.a.valid = 0;
    claim = iterative_claim(hidden, behind, ratio(3, 4), cheap);
    expect(&claim, CLAIM_CONFIRMED);
    expect_not_why(&claim, "waited with the client");
}

/* A closed loop may leave a server idle that a fixed rate shows to be cheap. */
Test(claims, one_after_another_by_requests_and_by_cpu_time)
{
    struct judge_pair slow = pair(ratio(0.3, 0.4), nothing), fast = pair(ratio(1.1, 1.2), nothing);
    struct judge_pair behind = pair(ratio(0.2, 0.25), nothing);
    struct judge_pair cheap = pair(nothing, ratio(1.3, 1.5)), dear = pair(nothing, ratio(0.5, 0.7));
    struct claim claim = iterative_claim(slow, behind, ratio(3, 4), cheap);
    expect(&claim, CLAIM_NOT_SHOWN);
    cr_expect_eq(claim.interval.low, 0.3, "the figure is that of requests/s");
    cr_expect_str_eq(claim.unit, "times the requests/s of threads");
    expect_why(&claim, "with processes 5,000: 0.35 (0.30-0.40) times those of threads and 3.46 "
                       "(3.00-4.00) those of processes.");
    expect_why(&claim, "30.0 us of CPU time one after another, 120 us with a thread, 1.40 "
                       "(1.30-1.50) times as much");
    expect_why(&claim, "the two disagree");
    claim = iterative_claim(fast, behind, ratio(3, 4), cheap);
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "1.40 (1.30-1.50) times as much");
    expect_why(&claim, "the order flips");
    claim = iterative_claim(fast, behind, ratio(3, 4), dear);
    expect(&claim, CLAIM_NOT_SHOWN);
    expect_not_why(&claim, "flips");
    claim = iterative_claim(slow, behind, ratio(3, 4), dear);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    expect_not_why(&claim, "disagree");
}

/* ---- (3) ---- */

Test(claims, one_after_another_collapses)
{
    struct claim claim;
    struct judge_pair far = pair(ratio(40, 50), nothing), near = pair(ratio(2, 3), nothing);
    struct judge_pair open = pair(ratio(5, 50), nothing), none = pair(nothing, nothing);
    far.b.shown = "STARVED";
    far.a.rps = 4900;
    far.b.rps = 99;
    judge_collapse(&claim, &far, &far, 50, 10);
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "One after another gives at most about one reply in 10 ms, 100 a second");
    expect_why(&claim,
               "that 50 clients can get at most, so that their number is about the factor.");
    expect_why(&claim, "STARVED, which is what is claimed");
    far.b.shown = "GENERATOR-LIMITED"; /* it was late, and counts */
    judge_collapse(&claim, &far, &far, 50, 10);
    expect(&claim, CLAIM_CONFIRMED);
    expect_not_why(&claim, "GENERATOR-LIMITED");
    expect_not_why(&claim, "what is claimed");
    judge_collapse(&claim, &far, &near, 50, 10);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    expect_not_why(&claim, "at most about one reply");
    far.a.rps = 900;
    judge_collapse(&claim, &far, &far, 50, 10);
    expect_why(&claim, "In at least one of the two threads stay below 80 % of the 5,000 a second");
    judge_collapse(&claim, &far, &open, 50, 10);
    expect(&claim, CLAIM_NOT_SHOWN);
    judge_collapse(&claim, &none, &far, 50, 10);
    expect(&claim, CLAIM_NOT_DECIDED);
}

/* ---- (4) ---- */

static struct claim kept_claim(struct judge_pair first, struct judge_pair second,
                               struct judge_pair paced)
{
    struct claim claim;
    const struct judge_pair closed[] = {first, second}, steady[] = {paced, paced};
    judge_kept(&claim, closed, steady, (const int[]){50, 120}, 2);
    return claim;
}

Test(claims, threads_equal_epoll)
{
    struct judge_pair alike = pair(ratio(0.97, 1.04), nothing), none = not_chosen();
    struct claim claim = kept_claim(alike, alike, none);
    expect(&claim, CLAIM_CONFIRMED);
    claim = kept_claim(alike, pair(ratio(0.5, 0.6), nothing), none);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    claim = kept_claim(alike, pair(ratio(0.8, 1.2), nothing), none);
    expect(&claim, CLAIM_NOT_SHOWN);
    claim = kept_claim(alike, pair(nothing, nothing), none);
    expect(&claim, CLAIM_NOT_DECIDED);
}

/* Two that are faster than the client look equal. */
Test(claims, equal_behind_a_slow_client_is_not_equal)
{
    struct judge_pair hidden = limited(ratio(0.97, 1.04), nothing);
    struct claim claim = kept_claim(hidden, hidden, pair(nothing, ratio(0.5, 0.6)));
    expect(&claim, CLAIM_NOT_CONFIRMED);
    cr_expect(claim.interval.high == 0.6);
    expect_why(&claim, "so that the CPU time alone is compared");
    claim = kept_claim(hidden, hidden, hidden);
    expect(&claim, CLAIM_NOT_DECIDED);
}

Test(claims, threads_and_epoll_by_requests_and_by_cpu_time)
{
    struct judge_pair alike = pair(ratio(0.97, 1.04), nothing);
    struct judge_pair apart = pair(ratio(0.5, 0.6), nothing);
    struct claim claim = kept_claim(alike, alike, pair(nothing, ratio(0.5, 0.6)));
    expect(&claim, CLAIM_NOT_SHOWN);
    cr_expect_eq(claim.interval.high, 1.04, "the figure is that of requests/s");
    expect_why(&claim, "With 120 clients threads serve 20,000 a second and epoll 5,000: a ratio of "
                       "1.00 (0.97-1.04).");
    expect_why(&claim, "With 120 clients and 20,000 requests a second a request takes the server "
                       "30.0 us of CPU time with threads and 120 us with epoll: a ratio of 0.55");
    expect_why(&claim, "the two disagree");
    claim = kept_claim(alike, alike, pair(nothing, ratio(0.97, 1.04)));
    expect(&claim, CLAIM_CONFIRMED);
    claim = kept_claim(apart, alike, pair(nothing, ratio(0.5, 0.6)));
    expect(&claim, CLAIM_NOT_CONFIRMED);
}

/* ---- (5) ---- */

static struct claim overload_claim(struct ratio processes, struct ratio threads_kept,
                                   struct ratio to_processes)
{
    struct claim claim;
    const struct judge_overload models[] = {
        {side("fork-per-client", 4000, 1), side("fork-per-client", 2000, 1), processes, nothing},
        {side("thread-per-client", 8000, 1), side("thread-per-client", 7000, 1), threads_kept,
         to_processes},
    };
    judge_overload(&claim, models, 2, 1.75);
    return claim;
}

Test(claims, processes_collapse_first)
{
    struct claim claim = overload_claim(ratio(0.4, 0.6), ratio(0.8, 0.9), ratio(1.5, 2));
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "offered 1.75 times what it could do in a run before");
    expect_why(&claim, "fork-per-client 2,000 of 4,000, 0.49 (0.40-0.60);");
    expect_why(&claim, "The least is kept by fork-per-client.");
    claim = overload_claim(ratio(0.4, 0.6), ratio(0.2, 0.3), ratio(0.4, 0.6));
    expect(&claim, CLAIM_NOT_CONFIRMED);
    claim = overload_claim(ratio(0.4, 0.6), ratio(0.4, 0.7), ratio(0.8, 1.2));
    expect(&claim, CLAIM_NOT_SHOWN);
    expect_why(&claim, "lowest figure is that of fork-per-client, but its interval meets those");
    claim = overload_claim(ratio(0.95, 0.99), ratio(0.98, 1), ratio(1.01, 1.02));
    expect(&claim, CLAIM_NOT_CONFIRMED);
    expect_why(&claim, "None falls below 90 %");
}

/* A ratio that is void says nothing about who keeps the least. */
Test(claims, overload_with_a_figure_that_is_not_known)
{
    struct claim claim = overload_claim(nothing, ratio(0.98, 1), nothing);
    expect(&claim, CLAIM_NOT_DECIDED);
    claim = overload_claim(ratio(0.4, 0.6), nothing, nothing);
    expect(&claim, CLAIM_NOT_DECIDED);
    expect_why(&claim, "thread-per-client and thread-per-client, with more offered than it can do");
    expect_not_why(&claim, "least");
}

/* ---- (6) ---- */

Test(claims, memory_of_a_thread)
{
    struct claim claim;
    struct judge_side threads = side("thread-per-client", NAN, NAN);
    judge_memory(&claim, &threads, 28, (struct interval){27, 29}, 110, 1.2);
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "one part in 293 of the 8 MiB");
    judge_memory(&claim, &threads, 80, (struct interval){75, 85}, NAN, 1.2);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    expect_not_why(&claim, "A process takes");
    judge_memory(&claim, &threads, 39, (struct interval){35, 45}, 110, 1.2);
    expect(&claim, CLAIM_NOT_SHOWN);
    threads.valid = 2;
    threads.verdict = "no figure";
    judge_memory(&claim, &threads, 28, (struct interval){27, 29}, 110, 1.2);
    expect(&claim, CLAIM_NOT_DECIDED);
}

/* ---- (7) ---- */

static struct claim accept_claim(struct judge_pair first, struct judge_pair second)
{
    struct claim claim;
    const struct judge_accept ways[] = {{"preforked", "flock", "direct", first},
                                        {"thread-pool", "mutex", "queue", second}};
    judge_accept(&claim, ways, 2);
    return claim;
}

Test(claims, the_way_accept_is_called)
{
    struct judge_pair alike = pair(nothing, ratio(0.97, 1.04));
    struct claim claim = accept_claim(alike, pair(nothing, ratio(0.6, 0.7)));
    expect(&claim, CLAIM_CONFIRMED);
    cr_expect_float_eq(claim.value, 0.648, 0.001);
    expect_why(&claim, "thread-pool, queue over mutex: 0.65 (0.60-0.70).");
    expect_why(&claim, "Tens of percent are 20 at least");
    claim = accept_claim(pair(nothing, ratio(1.4, 1.5)), pair(nothing, ratio(0.2, 2)));
    expect(&claim, CLAIM_CONFIRMED);
    cr_expect_float_eq(claim.value, 1.449, 0.001, "the figure is that which confirms");
    cr_expect(claim.interval.low < 1.4 && claim.interval.low > 1.35, "it is widened");
    claim = accept_claim(pair(nothing, ratio(1.12, 1.18)), alike);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    claim = accept_claim(pair(nothing, ratio(1.21, 1.5)), alike);
    expect(&claim, CLAIM_NOT_SHOWN); /* one of several may be so far away by chance */
    claim = accept_claim(alike, alike);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    claim = accept_claim(alike, pair(nothing, ratio(0.9, 1.3)));
    expect(&claim, CLAIM_NOT_SHOWN);
    claim = accept_claim(pair(nothing, ratio(0.6, 0.7)), limited(nothing, ratio(0.6, 0.7)));
    expect(&claim, CLAIM_NOT_DECIDED);
}

/* ---- (8) ---- */

Test(claims, a_closed_loop_lies)
{
    struct claim claim;
    struct judge_stall figures = {.open = side("the open loop", NAN, NAN),
                                  .closed = side("the closed loop", NAN, NAN),
                                  .open_us = 80000,
                                  .open_sent_us = 79000,
                                  .closed_us = 900,
                                  .ratio = ratio(80, 100),
                                  .stall_ms = 100,
                                  .window_ms = 2000,
                                  .rate = 5000,
                                  .clients = 50,
                                  .think_ms = 10};
    judge_stall(&claim, &figures);
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "p99 of 80.0ms (by theory 80 ms)");
    expect_why(&claim, "sends none of those it would have sent");
    figures.ratio = ratio(0.9, 2);
    judge_stall(&claim, &figures);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    expect_why(&claim, "not shown to be less");
    expect_not_why(&claim, "sends none");
    figures.ratio = ratio(5, 20);
    judge_stall(&claim, &figures);
    expect(&claim, CLAIM_NOT_SHOWN);
    figures.closed.valid = 1;
    figures.closed.verdict = "GENERATOR-LIMITED";
    judge_stall(&claim, &figures);
    expect(&claim, CLAIM_NOT_DECIDED);
    expect_why(&claim,
               "Of 6 runs of the closed loop, with a server that is stopped, 1 counts and 3 must");
}

/* ---- as JSON ---- */

Test(claims, as_json)
{
    struct claim claim;
    struct judge_side none = {.name = "thread-per-client", .verdict = ""};
    struct judge_side threads = side("thread-per-client", NAN, NAN);
    judge_memory(&claim, &none, NAN, interval_unknown(), NAN, NAN);
    json_t *json = claim_json(&claim);
    cr_expect_str_eq(json_string_value(json_object_get(json, "verdict")), "not decided");
    cr_expect(json_is_null(json_object_get(json_object_get(json, "measured"), "low")));
    json_decref(json);
    judge_memory(&claim, &threads, 28, (struct interval){27, 29}, 110, 1.2);
    json = claim_json(&claim);
    cr_expect_eq(json_real_value(json_object_get(json_object_get(json, "measured"), "high")), 29);
    cr_expect_str_eq(json_string_value(json_object_get(json, "why")), claim.why);
    json_decref(json);
}
