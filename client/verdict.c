#include "verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const char *const names[] = {
    [VERDICT_VALID] = "VALID",     [VERDICT_FAILED] = "FAILED",
    [VERDICT_STARVED] = "STARVED", [VERDICT_GENERATOR_LIMITED] = "GENERATOR-LIMITED",
    [VERDICT_ERRORS] = "ERRORS",   [VERDICT_INCONSISTENT] = "INCONSISTENT",
};

static bool add_check(struct verdict *v, struct verdict_check check)
{
    check.pass = check.at_least ? check.value >= check.limit : check.value <= check.limit;
    v->checks[v->checks_count++] = check;
    return check.pass;
}

/* With few replies for each connection chance alone makes their numbers uneven: counts that are
 * Poisson with mean m have an index of m / (m + 1). */
static bool check_fairness(struct verdict *v, const struct fairness *f)
{
    enum { MANY = 30 };
    if (f->connections < 2 || f->mean <= 0)
        return true;
    double chance = f->mean < MANY ? f->mean / (f->mean + 1) : 1;
    return add_check(
        v, (struct verdict_check){
               .name = "fairness_jain", .value = f->jain, .limit = 0.9 * chance, .at_least = true});
}

static bool check_generator(struct verdict *v, const struct verdict_facts *f)
{
    bool good = true;
    if (f->cpu_busy_worst >= 0)
        good = add_check(v, (struct verdict_check){
                                .name = "generator_cpu", .value = f->cpu_busy_worst, .limit = 0.7});
    if (f->lag_p99_ns < 0 || f->service_p50_ns < 0)
        return good;
    double limit_us = fmax(50, 0.05 * f->service_p50_ns / 1000);
    return add_check(v, (struct verdict_check){.name = "generator_lag_p99_us",
                                               .value = f->lag_p99_ns / 1000,
                                               .limit = limit_us}) &&
           good;
}

static bool check_errors(struct verdict *v, const struct verdict_facts *f)
{
    double share = f->planned > 0 ? (double)(f->planned - f->ok) / (double)f->planned : 1;
    return add_check(v, (struct verdict_check){.name = "errors", .value = share, .limit = 0.01});
}

/* Little's law, which says that throughput times (response + think) is the number of connections,
 * for each of them is at any moment in a request or in a thought. Over a window of finite length it
 * is exact if the part of each response that lies within the window is taken: what is missing was
 * lost by the bookkeeping. */
static bool check_little(struct verdict *v, const struct verdict_facts *f)
{
    double n = (double)f->fairness.connections;
    if (!f->is_closed || f->ok < f->planned || n < 1 || f->window_s <= 0)
        return true;
    double busy = f->covered_s / f->window_s;
    return add_check(v, (struct verdict_check){
                            .name = "littles_law", .value = fabs(busy - n) / n, .limit = 0.02});
}

static void explain_failure(struct verdict *v, const struct verdict_facts *f)
{
    if (f->hopeless != NULL)
        snprintf(v->sentence, sizeof v->sentence, "no connection was established: %s", f->hopeless);
    else if (f->incomplete)
        snprintf(v->sentence, sizeof v->sentence, "the client ran out of memory");
    else if (f->mismatches > 0)
        snprintf(v->sentence, sizeof v->sentence,
                 "%" PRIu64 " replies were not the answer to what was asked", f->mismatches);
    else if (f->planned == 0)
        snprintf(v->sentence, sizeof v->sentence, "no request was due within the window");
    else
        snprintf(v->sentence, sizeof v->sentence, "no request got a good reply");
}

static void explain(struct verdict *v, const struct verdict_facts *f)
{
    const struct fairness *fairness = &f->fairness;
    switch (v->kind) {
    case VERDICT_VALID:
        snprintf(v->sentence, sizeof v->sentence, "every check passed");
        break;
    case VERDICT_FAILED:
        explain_failure(v, f);
        break;
    case VERDICT_STARVED:
        snprintf(v->sentence, sizeof v->sentence,
                 "%" PRIu32 " of %" PRIu32 " clients got most of the service; the percentiles "
                 "describe only them",
                 fairness->favoured, fairness->connections);
        break;
    case VERDICT_GENERATOR_LIMITED:
        snprintf(v->sentence, sizeof v->sentence,
                 "the client was the bottleneck: these latencies are not the server's");
        break;
    case VERDICT_ERRORS:
        snprintf(v->sentence, sizeof v->sentence,
                 "%.3g %% of the requests failed; the figures describe only the others",
                 100 * (double)(f->planned - f->ok) / (double)f->planned);
        break;
    case VERDICT_INCONSISTENT:
        snprintf(v->sentence, sizeof v->sentence,
                 "throughput and latency contradict each other: do not rely on either");
        break;
    }
}

struct verdict verdict_of(const struct verdict_facts *facts)
{
    struct verdict v = {0};
    bool fair = check_fairness(&v, &facts->fairness), generator = check_generator(&v, facts),
         errors = check_errors(&v, facts), little = check_little(&v, facts);
    if (facts->ok == 0 || facts->mismatches > 0 || facts->incomplete)
        v.kind = VERDICT_FAILED;
    else if (!fair)
        v.kind = VERDICT_STARVED;
    else if (!generator)
        v.kind = VERDICT_GENERATOR_LIMITED;
    else if (!errors)
        v.kind = VERDICT_ERRORS;
    else if (!little)
        v.kind = VERDICT_INCONSISTENT;
    v.name = names[v.kind];
    explain(&v, facts);
    return v;
}
