#include "self_judge.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "closed_form.h"

/* Two processes wake up for a reply, and it passes the loopback: some 20 us each on a machine that
 * is awake. */
static const double MEDIAN_TOLERANCE_NS = 100e3;

/* One in a hundred may meet a turn of something else on its CPU. */
static const double TAIL_TOLERANCE_NS = 1e6;

/* The client looks at least every 10 ms, and what it missed before it was stopped is not told. */
static const double STALL_TOLERANCE_NS = 40e6;

static bool is_verdict(const struct observation *o, const char *verdict)
{
    return strcmp(o->client.verdict, verdict) == 0;
}

/* The client says itself that it was the bottleneck, and why. */
static void disown(struct score_row *row, const struct observation *o)
{
    char why[SCORE_REMARK_BYTES];
    snprintf(why, sizeof why, "the machine is too busy (%s)", o->client.failed_check);
    score_not_measured(row, why);
}

static const char *joined(char name[SCORE_NAME_BYTES], const char *label, const char *what)
{
    snprintf(name, SCORE_NAME_BYTES, "%s: %s", label, what);
    return name;
}

/* ---- T1 ---- */

void self_judge_freeze(const struct experiment *e, const char *label, const struct observation *o,
                       struct score_sheet *s)
{
    static const char wrong[] = "a server that hangs is not told as its users feel it: response "
                                "times cannot be relied on";
    const struct trial_times *response = &o->client.response, *service = &o->client.service;
    double frozen_ns = (double)o->server.frozen_ns,
           tolerance_ns = 0.02 * (double)e->server.freeze_ns;
    const struct closed_form_freeze f = {
        .window = o->client.window_ns,
        .freeze = frozen_ns,
        .service = service->mean - frozen_ns / service->count, /* one request was frozen */
        .rate = SELF_JUDGE_FREEZE_RATE / 1e9};
    const struct {
        const char *name;
        double value, expected;
    } rows[] = {
        {"response p50", response->p50, closed_form_freeze_quantile(&f, 0.5)},
        {"response p90", response->p90, closed_form_freeze_quantile(&f, 0.9)},
        {"response p95", response->p95, closed_form_freeze_quantile(&f, 0.95)},
        {"response p99", response->p99, closed_form_freeze_quantile(&f, 0.99)},
        {"response mean", response->mean, closed_form_freeze_mean(&f)},
        {"service p99, the naive figure", service->p99, f.service},
    };
    (void)label;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct score_row *row = score_near(s, rows[i].name, SCORE_TIME, rows[i].value,
                                           rows[i].expected, tolerance_ns, wrong);
        if (row->result == SCORE_FAILED && is_verdict(o, "GENERATOR-LIMITED"))
            disown(row, o);
    }
}

/* ---- T4 ---- */

/* Of the answers, so many were late by the server's own doing. */
static double late_share(const struct observation *o)
{
    return o->server.answers > 0 ? (double)o->server.late / (double)o->server.answers : 0;
}

/* What the client or the server says about the row. A server that was late can be the reason why a
 * figure is too high, and none why it would be right. */
static void judge_quantile(const struct observation *o, struct score_row *row, double most_late)
{
    bool valid = is_verdict(o, "VALID");
    if (is_verdict(o, "GENERATOR-LIMITED")) {
        disown(row, o);
    } else if (!valid && !is_verdict(o, "SERVER-SATURATED") && !is_verdict(o, "NON-STATIONARY")) {
        row->result = SCORE_FAILED;
        snprintf(row->remark, sizeof row->remark, "the client calls a good server %s",
                 o->client.verdict);
    } else if (row->result == SCORE_FAILED && (!valid || late_share(o) > most_late)) {
        score_not_measured(row, "the reference server was late itself");
    }
}

void self_judge_delay(const struct experiment *e, const char *label, const struct observation *o,
                      struct score_sheet *s)
{
    static const char wrong[] = "response times of a good server are told wrong by so much";
    const struct trial_times *response = &o->client.response;
    double delay_ns = (double)e->server.delay_ns;
    char name[SCORE_NAME_BYTES];
    struct score_row *row = score_near(s, joined(name, label, "p50"), SCORE_TIME, response->p50,
                                       delay_ns, MEDIAN_TOLERANCE_NS, wrong);
    judge_quantile(o, row, 0.1);
    row = score_near(s, joined(name, label, "p99"), SCORE_TIME, response->p99, delay_ns,
                     TAIL_TOLERANCE_NS, wrong);
    judge_quantile(o, row, 0.005);
    if (response->p99 < delay_ns - MEDIAN_TOLERANCE_NS)
        row->result = SCORE_FAILED; /* no noise makes an answer come early */
}

/* ---- T5 ---- */

static void expect_limited(const char *label, const struct observation *o, struct score_sheet *s)
{
    char name[SCORE_NAME_BYTES];
    score_words(s, joined(name, label, "verdict"), o->client.verdict, "GENERATOR-LIMITED",
                is_verdict(o, "GENERATOR-LIMITED"),
                "the client does not notice when it is the bottleneck itself: look at the machine "
                "before you believe a figure");
}

void self_judge_stop(const struct experiment *e, const char *label, const struct observation *o,
                     struct score_sheet *s)
{
    (void)e;
    char name[SCORE_NAME_BYTES];
    double stop_ns = (double)EXPERIMENT_STOP_NS;
    expect_limited(label, o, s);
    struct score_row *row = score_near(s, joined(name, label, "time it missed"), SCORE_TIME,
                                       o->client.stalled_ns, stop_ns, STALL_TOLERANCE_NS,
                                       "the client does not notice for how long it did not run");
    if (o->client.stalled_ns > stop_ns + STALL_TOLERANCE_NS)
        score_not_measured(row, "the machine is too busy: it missed more than that");
}

void self_judge_hog(const struct experiment *e, const char *label, const struct observation *o,
                    struct score_sheet *s)
{
    (void)e;
    expect_limited(label, o, s);
}

void self_judge_overload(const struct experiment *e, const char *label, const struct observation *o,
                         struct score_sheet *s)
{
    (void)e;
    char name[SCORE_NAME_BYTES];
    const struct trial_result *c = &o->client;
    double turn_ns = c->service.mean + c->generator_lag.mean;
    double expected_ns =
        closed_form_overload_quantile(c->window_ns, turn_ns, SELF_JUDGE_OVERLOAD_RATE / 1e9, 0.5);
    score_words(s, joined(name, label, "verdict"), c->verdict, "not VALID", !is_verdict(o, "VALID"),
                "the client does not notice that a server falls behind the rate");
    score_near(s, joined(name, label, "blocked p50"), SCORE_TIME, c->blocked.p50, expected_ns,
               0.1 * expected_ns, "waits for a free connection are told wrong");
}
