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

static struct judge_pair pair(struct ratio rps, struct ratio cpu)
{
    return (struct judge_pair){.rps = rps,
                               .cpu = cpu,
                               .a_rps = 20000,
                               .b_rps = 5000,
                               .a_cpu_us = 30,
                               .b_cpu_us = 120,
                               .a_verdict = "VALID",
                               .b_verdict = "VALID"};
}

static struct judge_pair limited(struct ratio rps, struct ratio cpu)
{
    struct judge_pair p = pair(rps, cpu);
    p.a_verdict = "GENERATOR-LIMITED";
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
    cr_expect_lt(strlen(claim->why), CLAIM_WHY_BYTES - 1, "cut: %s", claim->why);
}

/* ---- (1) ---- */

static struct claim fork_claim(struct ratio cpu)
{
    struct claim claim;
    const struct judge_creation creation[] = {
        {.mib = 0, .fork_us = 60, .touch_us = 90, .thread_us = 20, .ratio = ratio(2.9, 3.1)},
        {.mib = 256, .fork_us = 300, .touch_us = 340, .thread_us = 20, .ratio = ratio(14.9, 15.1)},
    };
    struct judge_pair usual = pair(ratio(2, 3), cpu), heavy = pair(ratio(4, 5), ratio(8, 9));
    judge_fork(&claim, &usual, &heavy, 256, creation, 2);
    return claim;
}

Test(claims, a_process_costs_more)
{
    struct claim claim = fork_claim(ratio(3, 5));
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "with 256 MiB more in the same server it is 8.49 (8.00-9.00)");
    expect_why(&claim, "Of the 6 published figures 4 lie between these two ratios");
    claim = fork_claim(ratio(1.5, 2));
    expect(&claim, CLAIM_NOT_CONFIRMED);
    claim = fork_claim(ratio(2, 4));
    expect(&claim, CLAIM_NOT_SHOWN);
    claim = fork_claim(nothing);
    expect(&claim, CLAIM_NOT_SHOWN);
    expect_why(&claim, "were not measured");
}

/* ---- (2) ---- */

static struct claim iterative_claim(struct judge_pair first, struct ratio second,
                                    struct ratio to_processes)
{
    struct claim claim;
    const struct judge_pair to_threads[] = {first, pair(second, nothing)};
    const int services_us[] = {0, 200};
    struct judge_pair processes = pair(to_processes, to_processes);
    judge_iterative(&claim, to_threads, services_us, 2, &processes);
    return claim;
}

Test(claims, one_after_another_is_faster_for_short_requests)
{
    struct claim claim =
        iterative_claim(pair(ratio(1.1, 1.2), ratio(2, 3)), ratio(0.2, 0.25), ratio(3, 4));
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "at 200 us threads are 4.47 times as fast");
    claim = iterative_claim(pair(ratio(0.95, 1.2), ratio(2, 3)), ratio(0.9, 1.1), ratio(3, 4));
    expect(&claim, CLAIM_NOT_SHOWN);
    expect_why(&claim, "not shown to flip up to 200 us");
    claim = iterative_claim(pair(ratio(0.8, 0.9), ratio(2, 3)), ratio(0.9, 1.1), ratio(3, 4));
    expect(&claim, CLAIM_NOT_CONFIRMED);
}

Test(claims, cpu_time_decides_when_the_client_is_the_bottleneck)
{
    struct claim claim =
        iterative_claim(limited(ratio(0.99, 1.01), ratio(2, 3)), ratio(0.2, 0.3), ratio(3, 4));
    expect(&claim, CLAIM_CONFIRMED);
    cr_expect(claim.interval.low == 2);
    cr_expect_str_eq(claim.unit, "times less CPU time than threads");
    expect_why(&claim, "the client was the bottleneck");
}

/* ---- (3) ---- */

Test(claims, one_after_another_collapses)
{
    struct claim claim;
    struct judge_pair far = pair(ratio(40, 50), nothing), near = pair(ratio(2, 3), nothing);
    struct judge_pair open = pair(ratio(5, 50), nothing), none = pair(nothing, nothing);
    far.b_verdict = "STARVED";
    judge_collapse(&claim, &far, &far, 50, 10);
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "one reply in 10 ms, 100 a second");
    expect_why(&claim, "STARVED, the throughput is what was measured");
    judge_collapse(&claim, &far, &near, 50, 10);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    judge_collapse(&claim, &far, &open, 50, 10);
    expect(&claim, CLAIM_NOT_SHOWN);
    judge_collapse(&claim, &none, &far, 50, 10);
    expect(&claim, CLAIM_NOT_SHOWN);
}

/* ---- (4) ---- */

static struct claim kept_claim(struct judge_pair first, struct judge_pair second)
{
    struct claim claim;
    const struct judge_pair pairs[] = {first, second};
    judge_kept(&claim, pairs, (const int[]){50, 120}, 2);
    return claim;
}

Test(claims, threads_equal_epoll)
{
    struct judge_pair alike = pair(ratio(0.97, 1.04), ratio(2, 3));
    struct claim claim = kept_claim(alike, alike);
    expect(&claim, CLAIM_CONFIRMED);
    claim = kept_claim(alike, pair(ratio(0.5, 0.6), nothing));
    expect(&claim, CLAIM_NOT_CONFIRMED);
    claim = kept_claim(alike, pair(ratio(0.8, 1.2), nothing));
    expect(&claim, CLAIM_NOT_SHOWN);
    claim = kept_claim(alike, pair(nothing, nothing));
    expect(&claim, CLAIM_NOT_SHOWN);
}

/* Two that are faster than the client look equal. */
Test(claims, equal_behind_a_slow_client_is_not_equal)
{
    struct judge_pair hidden = limited(ratio(0.97, 1.04), ratio(0.5, 0.6));
    struct claim claim = kept_claim(hidden, hidden);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    expect_why(&claim, "the CPU time decides");
}

/* ---- (5) ---- */

static struct claim overload_claim(struct ratio processes, struct ratio threads_kept,
                                   struct ratio to_processes)
{
    struct claim claim;
    const struct judge_overload models[] = {
        {"fork-per-client", 4000, 2000, processes, nothing},
        {"thread-per-client", 8000, 7000, threads_kept, to_processes},
    };
    judge_overload(&claim, models, 2, 1.75);
    return claim;
}

Test(claims, processes_collapse_first)
{
    struct claim claim = overload_claim(ratio(0.4, 0.6), ratio(0.8, 0.9), ratio(1.5, 2));
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "offered 1.75 times what it can do");
    expect_why(&claim, "fork-per-client 2,000 of 4,000, 0.49 (0.40-0.60);");
    expect_why(&claim, "The least is kept by fork-per-client.");
    claim = overload_claim(ratio(0.4, 0.6), ratio(0.2, 0.3), ratio(0.4, 0.6));
    expect(&claim, CLAIM_NOT_CONFIRMED);
    claim = overload_claim(ratio(0.4, 0.6), ratio(0.4, 0.6), ratio(0.8, 1.2));
    expect(&claim, CLAIM_NOT_SHOWN);
    claim = overload_claim(ratio(0.95, 0.99), ratio(0.98, 1), ratio(1.01, 1.02));
    expect(&claim, CLAIM_NOT_CONFIRMED);
    expect_why(&claim, "None falls below 90 %");
    claim = overload_claim(nothing, ratio(0.98, 1), nothing);
    expect(&claim, CLAIM_NOT_SHOWN);
}

/* ---- (6) ---- */

Test(claims, memory_of_a_thread)
{
    struct claim claim;
    judge_memory(&claim, 28, (struct interval){27, 29}, 110, 1.2);
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "a 293th of it");
    judge_memory(&claim, 80, (struct interval){75, 85}, 110, 1.2);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    judge_memory(&claim, 39, (struct interval){35, 45}, 110, 1.2);
    expect(&claim, CLAIM_NOT_SHOWN);
    judge_memory(&claim, NAN, interval_unknown(), NAN, NAN);
    expect(&claim, CLAIM_NOT_SHOWN);
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
    struct judge_pair alike = pair(ratio(0.97, 1.04), nothing);
    struct claim claim = accept_claim(alike, pair(ratio(0.6, 0.7), nothing));
    expect(&claim, CLAIM_CONFIRMED);
    cr_expect_float_eq(claim.value, 0.648, 0.001);
    expect_why(&claim, "thread-pool, mutex to queue: 0.65 (0.60-0.70).");
    claim = accept_claim(alike, limited(alike.rps, ratio(1.3, 1.4)));
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "in CPU time");
    claim = accept_claim(alike, alike);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    claim = accept_claim(alike, pair(ratio(0.9, 1.3), nothing));
    expect(&claim, CLAIM_NOT_SHOWN);
    claim = accept_claim(pair(nothing, nothing), pair(nothing, nothing));
    expect(&claim, CLAIM_NOT_SHOWN);
}

/* ---- (8) ---- */

Test(claims, a_closed_loop_lies)
{
    struct claim claim;
    struct judge_stall figures = {.open_us = 80000,
                                  .open_sent_us = 79000,
                                  .closed_us = 900,
                                  .ratio = ratio(80, 100),
                                  .stall_ms = 100,
                                  .window_ms = 2000,
                                  .rate = 1000,
                                  .clients = 50};
    judge_stall(&claim, &figures);
    expect(&claim, CLAIM_CONFIRMED);
    expect_why(&claim, "p99 of 80.0ms (by theory 80 ms)");
    figures.ratio = ratio(1, 2);
    judge_stall(&claim, &figures);
    expect(&claim, CLAIM_NOT_CONFIRMED);
    figures.ratio = ratio(5, 20);
    judge_stall(&claim, &figures);
    expect(&claim, CLAIM_NOT_SHOWN);
    figures.ratio = nothing;
    judge_stall(&claim, &figures);
    expect(&claim, CLAIM_NOT_SHOWN);
}

/* ---- as JSON ---- */

Test(claims, as_json)
{
    struct claim claim;
    judge_memory(&claim, NAN, interval_unknown(), NAN, NAN);
    json_t *json = claim_json(&claim);
    cr_expect_str_eq(json_string_value(json_object_get(json, "verdict")), "not shown");
    cr_expect(json_is_null(json_object_get(json_object_get(json, "measured"), "low")));
    json_decref(json);
    judge_memory(&claim, 28, (struct interval){27, 29}, 110, 1.2);
    json = claim_json(&claim);
    cr_expect_eq(json_real_value(json_object_get(json_object_get(json, "measured"), "high")), 29);
    cr_expect_str_eq(json_string_value(json_object_get(json, "why")), claim.why);
    json_decref(json);
}
