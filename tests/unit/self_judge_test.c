/* A client that tells the truth passes, and each way to be wrong is found. */
#include <criterion/criterion.h>
#include <string.h>

#include "self_judge.h"

#define MS 1e6
#define US 1e3

static struct score_sheet judged(self_judge *judge, const struct experiment *e,
                                 const struct observation *o)
{
    struct score_sheet s = {0};
    judge(e, "run", o, &s);
    return s;
}

static void expect(self_judge *judge, const struct experiment *e, const struct observation *o,
                   size_t ok, size_t failed, size_t missing)
{
    struct score_sheet s = judged(judge, e, o);
    size_t found[] = {score_count(&s, SCORE_OK), score_count(&s, SCORE_FAILED),
                      score_count(&s, SCORE_NOT_MEASURED)};
    cr_expect(found[0] == ok && found[1] == failed && found[2] == missing,
              "%zu good, %zu failed, %zu not measured", found[0], found[1], found[2]);
}

/* ---- a freeze of 400 ms in 4 s, 500/s, 0.4 ms each ---- */

static const struct experiment freeze_run = {.server = {.freeze_ns = 400000000}};
static const struct observation freeze_told = {
    .client = {.verdict = "VALID",
               .window_ns = 4000 * MS,
               .response = {2000, 25.4 * MS, 0.4 * MS, 80.4 * MS, 240.4 * MS, 368.4 * MS},
               .service = {2000, 0.6 * MS, 0.4 * MS, 0.4 * MS, 0.4 * MS, 0.4 * MS}},
    .server = {.frozen_ns = 400000000}};

Test(self_judge, a_freeze_as_users_feel_it_is_right)
{
    expect(self_judge_freeze, &freeze_run, &freeze_told, 6, 0, 0);
}

Test(self_judge, a_freeze_that_only_one_request_saw_is_wrong)
{
    struct observation o = freeze_told;
    o.client.response = o.client.service;
    expect(self_judge_freeze, &freeze_run, &o, 2, 4, 0); /* p50 and the naive figure are the same */
    strcpy(o.client.verdict, "GENERATOR-LIMITED");
    expect(self_judge_freeze, &freeze_run, &o, 2, 0, 4);
}

Test(self_judge, service_from_when_a_request_was_due_is_wrong)
{
    struct observation o = freeze_told;
    o.client.service.p99 = o.client.response.p99;
    expect(self_judge_freeze, &freeze_run, &o, 5, 1, 0);
}

/* ---- a delay of 1 ms ---- */

static const struct experiment delay_run = {.server = {.delay_ns = 1000000}};
static const struct observation delay_told = {
    .client = {.verdict = "VALID", .response = {.p50 = 1.04 * MS, .p99 = 1.5 * MS}},
    .server = {.answers = 1000, .late = 5}};

Test(self_judge, a_delay_within_the_tolerance_is_right)
{
    expect(self_judge_delay, &delay_run, &delay_told, 2, 0, 0);
}

Test(self_judge, a_delay_that_is_too_long_or_too_short_is_wrong)
{
    struct observation o = delay_told;
    o.client.response.p50 = 1.11 * MS;
    o.client.response.p99 = 2.1 * MS;
    expect(self_judge_delay, &delay_run, &o, 0, 2, 0);
    o.client.response.p50 = o.client.response.p99 = 0.5 * US;
    expect(self_judge_delay, &delay_run, &o, 0, 2, 0);
}

Test(self_judge, figures_that_the_client_itself_disowns_are_none)
{
    struct observation o = delay_told;
    strcpy(o.client.verdict, "GENERATOR-LIMITED");
    expect(self_judge_delay, &delay_run, &o, 0, 0, 2);
}

Test(self_judge, a_good_server_called_bad_is_wrong)
{
    struct observation o = delay_told;
    strcpy(o.client.verdict, "STARVED");
    expect(self_judge_delay, &delay_run, &o, 0, 2, 0);
}

Test(self_judge, a_server_that_was_late_itself_excuses_what_is_too_high)
{
    struct observation o = delay_told;
    o.server.late = 101;
    expect(self_judge_delay, &delay_run, &o, 2, 0, 0);
    o.client.response.p50 = 1.2 * MS;
    o.client.response.p99 = 3 * MS;
    expect(self_judge_delay, &delay_run, &o, 0, 0, 2);
    o.server.late = 100;
    expect(self_judge_delay, &delay_run, &o, 0, 1, 1);
    o.server.late = 5;
    expect(self_judge_delay, &delay_run, &o, 0, 2, 0);
    strcpy(o.client.verdict, "SERVER-SATURATED");
    expect(self_judge_delay, &delay_run, &o, 0, 0, 2);
    o.client.response.p50 = o.client.response.p99 = 0.5 * MS;
    expect(self_judge_delay, &delay_run, &o, 0, 1, 1); /* p99 is too low */
}

/* ---- sabotage ---- */

static const struct experiment sabotage_run = {.sabotage = SABOTAGE_STOP};

static struct observation stopped(const char *verdict, double stalled_ns)
{
    struct observation o = {.client = {.stalled_ns = stalled_ns}};
    strcpy(o.client.verdict, verdict);
    return o;
}

Test(self_judge, a_stop_must_be_noticed)
{
    struct observation o = stopped("GENERATOR-LIMITED", 191 * MS);
    expect(self_judge_stop, &sabotage_run, &o, 2, 0, 0);
    o = stopped("VALID", 191 * MS);
    expect(self_judge_stop, &sabotage_run, &o, 1, 1, 0);
    o = stopped("GENERATOR-LIMITED", 0);
    expect(self_judge_stop, &sabotage_run, &o, 1, 1, 0);
    o = stopped("GENERATOR-LIMITED", 300 * MS); /* others took its CPU too */
    expect(self_judge_stop, &sabotage_run, &o, 1, 0, 1);
}

Test(self_judge, a_hog_must_be_noticed)
{
    struct observation o = stopped("GENERATOR-LIMITED", 0);
    expect(self_judge_hog, &sabotage_run, &o, 1, 0, 0);
    o = stopped("NON-STATIONARY", 0);
    expect(self_judge_hog, &sabotage_run, &o, 0, 1, 0);
}

/* 2000/s for 1 s, of which one connection carries 1000. */
Test(self_judge, too_few_connections_must_be_noticed)
{
    struct observation o = {.client = {.verdict = "SERVER-SATURATED",
                                       .window_ns = 1000 * MS,
                                       .service = {.mean = 0.99 * MS},
                                       .generator_lag = {.mean = 10 * US},
                                       .blocked = {.p50 = 510 * MS}}};
    expect(self_judge_overload, &sabotage_run, &o, 2, 0, 0);
    o.client.blocked.p50 = 0;
    expect(self_judge_overload, &sabotage_run, &o, 1, 1, 0);
    strcpy(o.client.verdict, "VALID");
    expect(self_judge_overload, &sabotage_run, &o, 0, 2, 0);
}
