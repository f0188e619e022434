/* Fairness, and each verdict: what brings it about, which goes before which, and what it says. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "verdict.h"

/* ---- fairness ---- */

static void expect_fairness(struct fairness f, double mean, double jain, uint32_t favoured)
{
    cr_expect(fabs(f.mean - mean) < 1e-9 && fabs(f.jain - jain) < 1e-9 && f.favoured == favoured,
              "mean %g, jain %g, favoured %u", f.mean, f.jain, f.favoured);
}

Test(fairness, all_alike_is_1)
{
    expect_fairness(fairness_of((uint64_t[]){7, 7, 7, 7}, 4), 7, 1, 4);
}

Test(fairness, one_with_everything_is_1_by_their_number)
{
    expect_fairness(fairness_of((uint64_t[]){0, 0, 500, 0, 0}, 5), 100, 0.2, 1);
}

Test(fairness, without_a_reply_it_is_0)
{
    expect_fairness(fairness_of((uint64_t[]){0, 0}, 2), 0, 0, 0);
    cr_expect_eq(fairness_of((uint64_t[]){0, 0}, 2).connections, 2);
}

/* (1+2+3)^2 / (3 * 14) */
Test(fairness, between_them_it_is_jains_index)
{
    expect_fairness(fairness_of((uint64_t[]){1, 3, 2}, 3), 2, 36.0 / 42, 3);
}

Test(fairness, favoured_are_the_fewest_with_nine_tenths)
{
    expect_fairness(fairness_of((uint64_t[]){50, 400, 50, 500}, 4), 250,
                    1e6 / (4 * (2500 + 160000 + 2500 + 250000)), 2);
}

/* ---- verdicts ---- */

#define STEADY                                                                                     \
    {                                                                                              \
        .known = true, .slope = 0.01, .low = -0.01, .high = 0.03, .mean = 1000                     \
    }

/* A run that nothing is to be said against: ten connections, in a request at every moment. */
static const struct verdict_facts good = {
    .planned = 10000,
    .ok = 10000,
    .fairness = {.connections = 10, .mean = 1000, .jain = 1, .favoured = 9},
    .cpu_busy_worst = 0.5,
    .lag_p99_ns = 1000,
    .lag_p999_ns = 2000,
    .service_p50_ns = 100000,
    .response_p99_ns = 300000,
    .covered_s = 100,
    .window_s = 10,
    .throughput = STEADY,
    .p50 = STEADY,
    .is_closed = true,
};

/* The same of an open loop at 1000 a second. */
static struct verdict_facts good_open(void)
{
    struct verdict_facts facts = good;
    facts.is_closed = false;
    facts.is_open = true;
    facts.rate = 1000;
    facts.sent = 10000;
    facts.arrival_p = 0.4;
    facts.in_flight = (struct trend)STEADY;
    return facts;
}

static const struct verdict_check *find_check(const struct verdict *v, const char *name)
{
    for (int i = 0; i < v->checks_count; i++)
        if (strcmp(v->checks[i].name, name) == 0)
            return &v->checks[i];
    return NULL;
}

static void expect_verdict(struct verdict_facts facts, const char *name, const char *sentence)
{
    struct verdict v = verdict_of(&facts);
    cr_expect_str_eq(v.name, name);
    if (sentence != NULL)
        cr_expect_str_eq(v.sentence, sentence);
}

static void expect_check(struct verdict_facts facts, const char *name, double limit, bool pass)
{
    struct verdict v = verdict_of(&facts);
    const struct verdict_check *check = find_check(&v, name);
    cr_assert(check != NULL, "no check %s", name);
    cr_expect(fabs(check->limit - limit) < 1e-9 && check->pass == pass, "%s: %g, limit %g, %s",
              name, check->value, check->limit, check->pass ? "passed" : "failed");
}

Test(verdict, a_good_run_passes_every_check)
{
    expect_verdict(good, "VALID", "every check passed");
    struct verdict v = verdict_of(&good);
    cr_expect_eq(v.checks_count, 12);
    for (int i = 0; i < v.checks_count; i++)
        cr_expect(v.checks[i].pass, "%s", v.checks[i].name);
}

Test(verdict, a_good_run_of_an_open_loop_passes_every_check)
{
    struct verdict_facts facts = good_open();
    expect_verdict(facts, "VALID", "every check passed");
    struct verdict v = verdict_of(&facts);
    cr_expect_eq(v.checks_count, 14);
    for (int i = 0; i < v.checks_count; i++)
        cr_expect(v.checks[i].pass, "%s", v.checks[i].name);
}

/* Each makes a run worse in one more way, and each goes before those above it. */
static void make_inconsistent(struct verdict_facts *f)
{
    f->covered_s = 50;
}

static void make_drift(struct verdict_facts *f)
{
    f->p50 = (struct trend){.known = true, .slope = -3, .low = -3.5, .high = -2.5, .mean = 1000};
}

static void make_unanswered(struct verdict_facts *f)
{
    f->unanswered = 1000;
    f->ok -= 1000;
}

static void make_slow_client(struct verdict_facts *f)
{
    f->cpu_busy_worst = 0.71;
}

static void make_starved(struct verdict_facts *f)
{
    f->fairness.jain = 0.1;
    f->fairness.favoured = 1;
}

static void make_errors(struct verdict_facts *f)
{
    f->broken = 500;
    f->ok -= 500;
}

static void make_wrong(struct verdict_facts *f)
{
    f->mismatches = 3;
}

static const struct {
    void (*make)(struct verdict_facts *f);
    const char *name, *sentence;
} worse[] = {
    {make_inconsistent, "INCONSISTENT",
     "throughput and latency contradict each other: do not rely on either"},
    {make_drift, "NON-STATIONARY",
     "the run drifted: a part of it does not stand for the whole, nor for another run"},
    {make_unanswered, "ERRORS",
     "10 % of the requests failed; the figures describe only the others"},
    {make_slow_client, "GENERATOR-LIMITED",
     "the client was the bottleneck: these latencies are not the server's"},
    {make_starved, "STARVED",
     "1 of 10 clients got most of the service; the percentiles describe only them"},
    {make_errors, "ERRORS", NULL},
    {make_wrong, "FAILED", "3 replies were not the answer to what was asked"},
};

Test(verdict, each_fault_alone_has_its_verdict)
{
    for (size_t i = 0; i < sizeof worse / sizeof worse[0]; i++) {
        struct verdict_facts facts = good;
        worse[i].make(&facts);
        expect_verdict(facts, worse[i].name, worse[i].sentence);
    }
}

Test(verdict, the_worst_fault_decides)
{
    struct verdict_facts facts = good;
    for (size_t i = 0; i < sizeof worse / sizeof worse[0]; i++) {
        worse[i].make(&facts);
        expect_verdict(facts, worse[i].name, worse[i].sentence);
    }
}

Test(verdict, why_it_failed_is_said)
{
    struct verdict_facts facts = good;
    facts.ok = 0;
    expect_verdict(facts, "FAILED", "no request got a good reply");
    facts.planned = 0;
    expect_verdict(facts, "FAILED", "no request was due within the window");
    facts.hopeless = "Connection refused";
    expect_verdict(facts, "FAILED", "no connection was established: Connection refused");
    facts = good;
    facts.incomplete = true;
    expect_verdict(facts, "FAILED", "the client ran out of memory");
}

/* ---- limits ---- */

Test(verdict, one_error_in_a_hundred_is_accepted)
{
    struct verdict_facts facts = good;
    facts.broken = facts.unanswered = 100;
    expect_check(facts, "errors", 0.01, true);
    expect_check(facts, "unanswered", 0.01, true);
    facts.broken = facts.unanswered = 101;
    expect_check(facts, "errors", 0.01, false);
    expect_check(facts, "unanswered", 0.01, false);
}

Test(verdict, the_lag_may_be_5_percent_of_the_service_but_always_50_us)
{
    struct verdict_facts facts = good;
    facts.lag_p99_ns = 50000;
    expect_check(facts, "generator_lag_p99_us", 50, true);
    facts.lag_p99_ns = 50001;
    expect_check(facts, "generator_lag_p99_us", 50, false);
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_GENERATOR_LIMITED);
    facts.service_p50_ns = 2000000;
    expect_check(facts, "generator_lag_p99_us", 100, true);
}

Test(verdict, one_lag_in_a_thousand_may_be_a_tenth_of_the_p99)
{
    struct verdict_facts facts = good;
    facts.lag_p999_ns = 50000;
    expect_check(facts, "generator_lag_p999_us", 50, true);
    facts.response_p99_ns = 900000;
    facts.lag_p999_ns = 90001;
    expect_check(facts, "generator_lag_p999_us", 90, false);
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_GENERATOR_LIMITED);
}

Test(verdict, a_client_that_was_stopped_for_more_than_1_percent_is_not_believed)
{
    struct verdict_facts facts = good;
    facts.stalled_s = 0.1;
    expect_check(facts, "generator_stalled", 0.01, true);
    facts.stalled_s = 0.11;
    expect_check(facts, "generator_stalled", 0.01, false);
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_GENERATOR_LIMITED);
}

static void expect_sentence(struct verdict_facts facts, const char *sentence)
{
    struct verdict v = verdict_of(&facts);
    cr_expect_eq(v.kind, VERDICT_GENERATOR_LIMITED);
    cr_expect_str_eq(v.sentence, sentence);
}

/* Of a client that had little to do it would be wrong to say that it was the bottleneck. */
Test(verdict, a_client_that_was_late_says_by_how_much)
{
    struct verdict_facts late = good, seldom = good, stopped = good, uneven = good_open();
    late.lag_p99_ns = 1417215;
    late.lag_p999_ns = 2000000;
    expect_sentence(late, "the client sent 1 of 100 requests 1.42 ms late or more: these latencies "
                          "are not the server's");
    late.lag_p99_ns = 1.2e9;
    expect_sentence(late, "the client sent 1 of 100 requests 1.2 s late or more: these latencies "
                          "are not the server's");
    seldom.response_p99_ns = 900000;
    seldom.lag_p999_ns = 95000;
    expect_sentence(seldom, "the client sent 1 of 1000 requests 0.095 ms late or more: these "
                            "latencies are not the server's");
    stopped.stalled_s = 0.5;
    expect_sentence(stopped, "the client stood still for 5 % of the time: these latencies are not "
                             "the server's");
    uneven.arrival_p = 0.001;
    expect_sentence(uneven, "the client did not send when it had planned to: these latencies are "
                            "not the server's");
    late.cpu_busy_worst = 0.71;
    expect_sentence(late, "the client was the bottleneck: these latencies are not the server's");
}

Test(verdict, a_connection_for_which_we_had_no_port_is_our_fault)
{
    struct verdict_facts facts = good;
    facts.sockets_missing = 1;
    expect_check(facts, "generator_sockets_missing", 0, false);
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_GENERATOR_LIMITED);
    facts.fairness.jain = 0.1;
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_GENERATOR_LIMITED,
                 "who got one starves the rest");
    facts.ok = 0;
    facts.unanswered = facts.planned;
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_GENERATOR_LIMITED, "though nothing was sent");
}

Test(verdict, arrivals_that_do_not_follow_their_law_are_our_fault)
{
    struct verdict_facts facts = good_open();
    facts.arrival_p = 0.0099;
    expect_check(facts, "arrival_shape_p", 0.01, false);
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_GENERATOR_LIMITED);
}

Test(verdict, numbers_that_incr_gave_twice_are_wrong_replies)
{
    struct verdict_facts facts = good;
    facts.duplicates = 2;
    expect_verdict(facts, "FAILED", "INCR gave 2 numbers more than once: updates were lost");
}

/* 10000 planned: chance alone moves their number by 3 / sqrt(10000), equal gaps by one arrival. */
Test(verdict, a_rate_that_was_not_reached_is_the_servers_doing)
{
    struct verdict_facts facts = good_open();
    facts.sent = 9601;
    expect_check(facts, "rate_missed", 0.04, true);
    facts.sent = 9599;
    expect_check(facts, "rate_missed", 0.04, false);
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_SERVER_SATURATED);
    facts.is_regular = true;
    facts.sent = 9900;
    expect_check(facts, "rate_missed", 0.0101, true);
    facts.cpu_busy_worst = 0.9;
    facts.sent = 9000;
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_GENERATOR_LIMITED, "unless we were too slow");
}

Test(verdict, requests_that_pile_up_show_a_saturated_server)
{
    struct verdict_facts facts = good_open();
    facts.in_flight = (struct trend){.known = true, .slope = 6, .low = 5.1, .high = 7, .mean = 60};
    expect_check(facts, "in_flight_growth", 100, false);
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_SERVER_SATURATED);
    facts.in_flight.low = 4.9; /* over 20 moments, less than one request in a hundred */
    expect_check(facts, "in_flight_growth", 100, true);
    facts.in_flight.low = -1; /* it may be chance */
    expect_check(facts, "in_flight_growth", 100, true);
    facts.in_flight = (struct trend){.known = true, .slope = -6, .low = -7, .high = -5, .mean = 60};
    expect_check(facts, "in_flight_growth", 100, true);
}

/* The window has 10 seconds: the slope is that of one. */
Test(verdict, a_drift_of_2_percent_over_the_window_is_accepted)
{
    struct verdict_facts facts = good;
    facts.throughput = (struct trend){.known = true, .slope = 3, .low = 2, .high = 4, .mean = 1000};
    expect_check(facts, "throughput_drift", 0.02, true);
    facts.throughput.low = 2.1;
    expect_check(facts, "throughput_drift", 0.02, false);
    cr_expect_eq(verdict_of(&facts).kind, VERDICT_NON_STATIONARY);
}

Test(verdict, a_client_may_be_busy_to_70_percent)
{
    struct verdict_facts facts = good;
    facts.cpu_busy_worst = 0.7;
    expect_check(facts, "generator_cpu", 0.7, true);
}

/* With few replies a connection, chance alone spreads them. */
Test(verdict, few_replies_are_judged_more_mildly)
{
    struct verdict_facts facts = good;
    facts.fairness.jain = 0.8;
    expect_check(facts, "fairness_jain", 0.9, false);
    facts.fairness.mean = 4;
    expect_check(facts, "fairness_jain", 0.72, true);
}

Test(verdict, littles_law_may_be_off_by_2_percent_either_way)
{
    static const struct {
        double covered_s;
        bool pass;
    } cases[] = {{98.1, true}, {101.9, true}, {97.9, false}, {102.1, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct verdict_facts facts = good;
        facts.covered_s = cases[i].covered_s;
        expect_check(facts, "littles_law", 0.02, cases[i].pass);
    }
}

Test(verdict, what_cannot_be_computed_is_not_checked)
{
    static const char *const always[] = {"wrong_replies", "errors", "generator_sockets_missing",
                                         "unanswered"};
    struct verdict_facts facts = {.planned = 10,
                                  .ok = 10,
                                  .fairness = {.connections = 1, .mean = 10, .jain = 1},
                                  .cpu_busy_worst = -1,
                                  .lag_p99_ns = -1,
                                  .lag_p999_ns = -1,
                                  .service_p50_ns = -1,
                                  .response_p99_ns = -1,
                                  .arrival_p = -1};
    struct verdict v = verdict_of(&facts);
    cr_expect_eq(v.kind, VERDICT_VALID);
    cr_assert_eq(v.checks_count, 4);
    for (int i = 0; i < 4; i++)
        cr_expect_str_eq(v.checks[i].name, always[i]);
}
