#include "verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [VERDICT_VALID] = "VALID",
    [VERDICT_FAILED] = "FAILED",
    [VERDICT_ERRORS] = "ERRORS",
    [VERDICT_STARVED] = "STARVED",
    [VERDICT_GENERATOR_LIMITED] = "GENERATOR-LIMITED",
    [VERDICT_SERVER_SATURATED] = "SERVER-SATURATED",
    [VERDICT_NON_STATIONARY] = "NON-STATIONARY",
    [VERDICT_INCONSISTENT] = "INCONSISTENT",
};

static void add(struct verdict *v, enum verdict_kind kind, struct verdict_check check)
{
    check.kind = kind;
    check.pass = check.at_least ? check.value >= check.limit : check.value <= check.limit;
    v->checks[v->checks_count++] = check;
}

static void add_most(struct verdict *v, enum verdict_kind kind, const char *name, double value,
                     double limit)
{
    add(v, kind, (struct verdict_check){.name = name, .value = value, .limit = limit});
}

static void add_least(struct verdict *v, enum verdict_kind kind, const char *name, double value,
                      double limit)
{
    add(v, kind,
        (struct verdict_check){.name = name, .value = value, .limit = limit, .at_least = true});
}

static double share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 1;
}

/* ---- the checks ---- */

/* With few replies for each connection chance alone makes their numbers uneven: counts that are
 * Poisson with mean m have an index of m / (m + 1). */
double verdict_fairness_least(double mean_replies)
{
    enum { MANY = 30 };
    return 0.9 * (mean_replies < MANY ? mean_replies / (mean_replies + 1) : 1);
}

static void check_fairness(struct verdict *v, const struct fairness *f)
{
    if (f->connections < 2 || f->mean <= 0)
        return;
    add_least(v, VERDICT_STARVED, "fairness_jain", f->jain, verdict_fairness_least(f->mean));
}

/* Our own part of the times must be small beside the server's. 50 us is what waking up costs, and
 * nothing below is asked for. */
static void check_lag(struct verdict *v, const struct verdict_facts *f)
{
    enum { LEAST_US = 50 };
    if (f->lag_p99_ns >= 0 && f->service_p50_ns >= 0)
        add_most(v, VERDICT_GENERATOR_LIMITED, "generator_lag_p99_us", f->lag_p99_ns / 1000,
                 fmax(LEAST_US, 0.05 * f->service_p50_ns / 1000));
    if (f->lag_p999_ns >= 0 && f->response_p99_ns >= 0)
        add_most(v, VERDICT_GENERATOR_LIMITED, "generator_lag_p999_us", f->lag_p999_ns / 1000,
                 fmax(LEAST_US, 0.1 * f->response_p99_ns / 1000));
}

static void check_generator(struct verdict *v, const struct verdict_facts *f)
{
    const enum verdict_kind kind = VERDICT_GENERATOR_LIMITED;
    check_lag(v, f);
    if (f->cpu_busy_worst >= 0)
        add_most(v, kind, "generator_cpu", f->cpu_busy_worst, 0.7);
    if (f->window_s > 0)
        add_most(v, kind, "generator_stalled", f->stalled_s / f->window_s, 0.01);
    if (f->is_open && f->arrival_p >= 0)
        add_least(v, kind, "arrival_shape_p", f->arrival_p, 0.01);
}

/* What piles up over the window is told from chance by its confidence interval, and from a queue
 * that only found its length by its size: less than one request in a hundred. */
static void check_server(struct verdict *v, const struct verdict_facts *f)
{
    const enum verdict_kind kind = VERDICT_SERVER_SATURATED;
    if (!f->is_open || f->window_s <= 0)
        return;
    double planned = f->rate * f->window_s;
    double chance = f->is_regular ? 1 / planned : 3 / sqrt(planned);
    add_most(v, kind, "rate_missed", fabs(f->sent - planned) / planned, 0.01 + chance);
    if (!f->in_flight.known)
        return;
    double growth = fmax(0, trend_surely(&f->in_flight)) * MEASURE_MOMENTS;
    add_most(v, kind, "in_flight_growth", growth, fmax(3, 0.01 * planned));
}

static void check_drift(struct verdict *v, const char *name, const struct trend *t, double seconds)
{
    if (t->known && t->mean > 0)
        add_most(v, VERDICT_NON_STATIONARY, name, fabs(trend_surely(t)) * seconds / t->mean, 0.02);
}

/* Little's law, which says that throughput times (response + think) is the number of connections,
 * for each of them is at any moment in a request or in a thought. Over a window of finite length it
 * is exact if the part of each response that lies within the window is taken: what is missing was
 * lost by the bookkeeping. */
static void check_little(struct verdict *v, const struct verdict_facts *f)
{
    double n = (double)f->fairness.connections;
    if (!f->is_closed || f->ok < f->planned || n < 1 || f->window_s <= 0)
        return;
    double busy = f->covered_s / f->window_s;
    add_most(v, VERDICT_INCONSISTENT, "littles_law", fabs(busy - n) / n, 0.02);
}

/* ---- in words ---- */

static void explain_failure(struct verdict *v, const struct verdict_facts *f)
{
    if (f->hopeless != NULL)
        snprintf(v->sentence, sizeof v->sentence, VERDICT_HOPELESS ": %s", f->hopeless);
    else if (f->incomplete)
        snprintf(v->sentence, sizeof v->sentence, "the client ran out of memory");
    else if (f->mismatches > 0)
        snprintf(v->sentence, sizeof v->sentence,
                 "%" PRIu64 " replies were not the answer to what was asked", f->mismatches);
    else if (f->duplicates > 0)
        snprintf(v->sentence, sizeof v->sentence,
                 "INCR gave %" PRIu64 " numbers more than once: updates were lost", f->duplicates);
    else if (f->planned == 0)
        snprintf(v->sentence, sizeof v->sentence, "no request was due within the window");
    else
        snprintf(v->sentence, sizeof v->sentence, "no request got a good reply");
}

static const struct verdict_check *failed_check(const struct verdict *v, const char *name)
{
    for (int i = 0; i < v->checks_count; i++)
        if (!v->checks[i].pass && strcmp(v->checks[i].name, name) == 0)
            return &v->checks[i];
    return NULL;
}

/* "1.42 ms", "1.2 s" */
static void put_late(char *what, size_t bytes, int of, double us)
{
    bool is_long = us >= 1e6;
    snprintf(what, bytes, "the client sent 1 of %d requests %.3g %s late or more", of,
             us / (is_long ? 1e6 : 1e3), is_long ? "s" : "ms");
}

/* One that had more to do than it could, or one that could not do it in time: other programs, and
 * other virtual machines, take the CPU from a client that is idle most of the time. */
static void explain_client(struct verdict *v)
{
    const struct verdict_check *check;
    char what[96];
    if (failed_check(v, "generator_sockets_missing") != NULL ||
        failed_check(v, "generator_cpu") != NULL)
        snprintf(what, sizeof what, "the client was the bottleneck");
    else if ((check = failed_check(v, "generator_lag_p99_us")) != NULL)
        put_late(what, sizeof what, 100, check->value);
    else if ((check = failed_check(v, "generator_lag_p999_us")) != NULL)
        put_late(what, sizeof what, 1000, check->value);
    else if ((check = failed_check(v, "generator_stalled")) != NULL)
        snprintf(what, sizeof what, "the client stood still for %.3g %% of the time",
                 check->value * 100);
    else
        snprintf(what, sizeof what, "the client did not send when it had planned to");
    snprintf(v->sentence, sizeof v->sentence, "%s: these latencies are not the server's", what);
}

static void explain(struct verdict *v, const struct verdict_facts *f)
{
    static const char *const sentences[] = {
        [VERDICT_VALID] = "every check passed",
        [VERDICT_SERVER_SATURATED] =
            "the server, with these connections, did not keep up with the rate: what waits piles "
            "up, and a longer run would show longer times",
        [VERDICT_NON_STATIONARY] =
            "the run drifted: a part of it does not stand for the whole, nor for another run",
        [VERDICT_INCONSISTENT] =
            "throughput and latency contradict each other: do not rely on either",
    };
    if (v->kind == VERDICT_FAILED)
        explain_failure(v, f);
    else if (v->kind == VERDICT_ERRORS)
        snprintf(v->sentence, sizeof v->sentence,
                 "%.3g %% of the requests failed; the figures describe only the others",
                 100 * share(f->planned - f->ok, f->planned));
    else if (v->kind == VERDICT_STARVED)
        snprintf(v->sentence, sizeof v->sentence,
                 "%" PRIu32 " of %" PRIu32 " clients got most of the service; the percentiles "
                 "describe only them",
                 f->fairness.favoured, f->fairness.connections);
    else if (v->kind == VERDICT_GENERATOR_LIMITED)
        explain_client(v);
    else
        snprintf(v->sentence, sizeof v->sentence, "%s", sentences[v->kind]);
}

bool verdict_by_name(const char *name, enum verdict_kind *kind)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0) {
            *kind = (enum verdict_kind)i;
            return true;
        }
    return false;
}

/* They stand in the order of their weight, but for the first. */
bool verdict_is_worse(enum verdict_kind kind, enum verdict_kind than)
{
    return kind != VERDICT_VALID && (than == VERDICT_VALID || kind < than);
}

struct verdict verdict_of(const struct verdict_facts *f)
{
    struct verdict v = {0};
    add_most(&v, VERDICT_FAILED, "wrong_replies",
             (double)(f->mismatches > 0 ? f->mismatches : f->duplicates), 0);
    add_most(&v, VERDICT_ERRORS, "errors", share(f->broken, f->planned), 0.01);
    add_most(&v, VERDICT_GENERATOR_LIMITED, "generator_sockets_missing", (double)f->sockets_missing,
             0);
    check_fairness(&v, &f->fairness);
    check_generator(&v, f);
    check_server(&v, f);
    add_most(&v, VERDICT_ERRORS, "unanswered", share(f->unanswered, f->planned), 0.01);
    check_drift(&v, "throughput_drift", &f->throughput, f->window_s);
    check_drift(&v, "p50_drift", &f->p50, f->window_s);
    check_little(&v, f);
    for (int i = v.checks_count - 1; i >= 0; i--)
        if (!v.checks[i].pass)
            v.kind = v.checks[i].kind;
    bool nothing_sent = f->sockets_missing > 0 && f->broken == 0 && f->mismatches == 0;
    if ((f->ok == 0 && !nothing_sent) || f->incomplete)
        v.kind = VERDICT_FAILED;
    v.name = names[v.kind];
    explain(&v, f);
    return v;
}
