#include "curves.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "prediction.h"

enum { BLOCKS = 3 };

/* A connection is taken for each request, and there are always more to be had. What has waited for
 * 3 s tells no more than that the queue grows. */
#define APART "-k 1 -c 4000 --timeout=3s"

static bool is_model(const struct suite *suite, size_t m, const char *name)
{
    return strcmp(suite->catalogue.models[m].name, name) == 0;
}

/* A point of this model, with its name for a label; NULL when memory is short. The client is told
 * what the format says. */
static struct experiment_point *add(struct experiment *e, const struct suite *suite, size_t model,
                                    double x, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static struct experiment_point *add(struct experiment *e, const struct suite *suite, size_t model,
                                    double x, const char *format, ...)
{
    struct experiment_point *point = experiment_add(e);
    if (point == NULL)
        return NULL;
    point->model = model;
    point->x = x;
    snprintf(point->label, sizeof point->label, "%s", suite->catalogue.models[model].name);
    va_list args;
    va_start(args, format);
    vsnprintf(point->client, sizeof point->client, format, args);
    va_end(args);
    return point;
}

bool curves_clients(struct experiment *e, const struct suite *suite)
{
    static const int clients[] = {1, 10, 100, 1000, 3000};
    *e = (struct experiment){
        .kind = "curve",
        .name = "clients",
        .title = "Throughput and response time against the number of clients",
        .question = "What do more clients at a time, all of them asking, cost each model?",
        .x = {"clients", "", true},
        .blocks = BLOCKS,
        .run_ns = 500 * CLOCK_MS,
        .warmup_ns = 300 * CLOCK_MS, /* 3000 connections are not made in a moment */
        .shown = EXPERIMENT_RPS | EXPERIMENT_P50,
    };
    for (size_t m = 0; m < suite->catalogue.models_count; m++)
        for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
            struct experiment_point *point =
                add(e, suite, m, clients[i], "-c %d -k 1 SPIN 200", clients[i]);
            if (point == NULL)
                return false;
            point->more_ns = clients[i] * 350 * CLOCK_US; /* each gets its last reply */
        }
    return true;
}

/* ---- along the offered rate ---- */

/* What is offered beyond about so many requests a second waits at the end of a run, for 3 s at
 * most.
 */
static void expect_backlog(struct experiment *e, double can)
{
    const double most_ns = 3 * (double)CLOCK_S, run_ns = (double)(e->warmup_ns + e->run_ns);
    for (size_t p = 0; p < e->count; p++)
        if (e->points[p].x > can)
            e->points[p].more_ns = (int64_t)fmin(most_ns, (e->points[p].x / can - 1) * run_ns);
}

/* One processor does about 1,500 such requests a second. Where there are more, models that use them
 * need more to do. Where it is not known how many there are, one is assumed. */
bool curves_rate(struct experiment *e, const struct suite *suite)
{
    static const int rates[] = {200, 600, 1000, 1400, 1700, 2000, 2500};
    enum { RATES = sizeof rates / sizeof *rates, CPUS_MOST = 8 };
    *e = (struct experiment){
        .kind = "curve",
        .name = "rate",
        .title = "Response time against the offered rate",
        .question = "How long does a request of 500 us of computing take as more of them come in?",
        .x = {"offered rate", "1/s", false},
        .blocks = BLOCKS,
        .run_ns = 800 * CLOCK_MS,
        .warmup_ns = 160 * CLOCK_MS,
        .shown = EXPERIMENT_RPS | EXPERIMENT_MEAN,
    };
    int cpus = suite_server_cpus(suite);
    for (size_t m = 0; m < suite->catalogue.models_count; m++) {
        for (size_t i = 0; i < RATES; i++)
            if (add(e, suite, m, rates[i], APART " -r %d SPIN 500", rates[i]) == NULL)
                return false;
        for (int n = 2; n <= cpus && n <= CPUS_MOST; n *= 2)
            if (add(e, suite, m, n * rates[RATES - 1], APART " -r %d SPIN 500",
                    n * rates[RATES - 1]) == NULL)
                return false;
    }
    expect_backlog(e, 1600);
    return prediction_attach(e, &(struct prediction_work){"SPIN", 500, false});
}

/* Points of the models with these names, up to a NULL. */
static bool add_waiting(struct experiment *e, const struct suite *suite, const char *const *models,
                        const char *work)
{
    static const int rates[] = {200, 400, 600, 700};
    for (; *models != NULL; models++)
        for (size_t m = 0; m < suite->catalogue.models_count; m++)
            for (size_t i = 0; is_model(suite, m, *models) && i < sizeof rates / sizeof *rates; i++)
                if (add(e, suite, m, rates[i], APART " -r %d SLEEP %s", rates[i], work) == NULL)
                    return false;
    return true;
}

bool curves_waiting(struct experiment *e, const struct suite *suite)
{
    static const char *const models[] = {"one-at-a-time", "thread-per-client", "fork-per-client",
                                         NULL};
    *e = (struct experiment){
        .kind = "curve",
        .name = "waiting",
        .title = "Response time against the offered rate: handlers that wait, for a random time",
        .question = "Who waits for whom when handlers wait, for an exponential time of 1 ms?",
        .x = {"offered rate", "1/s", false},
        .blocks = BLOCKS,
        .run_ns = 1500 * CLOCK_MS,
        .warmup_ns = 300 * CLOCK_MS,
        .shown = EXPERIMENT_MEAN,
    };
    return add_waiting(e, suite, models, "{exp:1000}") &&
           prediction_attach(e, &(struct prediction_work){"SLEEP", 1000, true});
}

bool curves_waiting_evenly(struct experiment *e, const struct suite *suite)
{
    static const char *const models[] = {"one-at-a-time", "multiplexed", NULL};
    *e = (struct experiment){
        .kind = "curve",
        .name = "waiting-evenly",
        .title = "Response time against the offered rate: handlers that wait, always as long",
        .question = "Is the queue half as long when all handlers wait alike, for 1 ms?",
        .x = {"offered rate", "1/s", false},
        .blocks = BLOCKS,
        .run_ns = 1500 * CLOCK_MS,
        .warmup_ns = 300 * CLOCK_MS,
        .shown = EXPERIMENT_MEAN,
    };
    return add_waiting(e, suite, models, "1000") &&
           prediction_attach(e, &(struct prediction_work){"SLEEP", 1000, false});
}

/* ---- along what the server is like ---- */

bool curves_memory(struct experiment *e, const struct suite *suite)
{
    static const int mebibytes[] = {0, 16, 64, 256, 512};
    enum { COUNT = sizeof mebibytes / sizeof *mebibytes };
    *e = (struct experiment){
        .kind = "curve",
        .name = "parent-memory",
        .title = "Cost of a client against the memory of the server",
        .question = "Does a large server pay more for each fork? (one client at a time, PING)",
        .x = {"memory of the server", "MiB", false},
        .blocks = BLOCKS,
        .run_ns = 500 * CLOCK_MS,
        .warmup_ns = 100 * CLOCK_MS,
        .shown = EXPERIMENT_RPS | EXPERIMENT_MEAN,
    };
    for (size_t m = 0; m < suite->catalogue.models_count; m++) {
        if (!is_model(suite, m, "fork-per-client") && !is_model(suite, m, "thread-per-client"))
            continue;
        for (size_t i = 0; i < COUNT; i++) {
            struct experiment_point *point = add(e, suite, m, mebibytes[i], "-c 1 -k 1 PING");
            if (point == NULL)
                return false;
            snprintf(point->server, sizeof point->server, "--ballast=%dm", mebibytes[i]);
        }
    }
    /* About 2 GiB are touched in a second, and given back. */
    e->more_ns = (int64_t)(e->blocks * e->count) * 150 * CLOCK_MS;
    return true;
}

bool curves_stack(struct experiment *e, const struct suite *suite)
{
    static const int kibibytes[] = {64, 256, 1024, 8192, 32768, 65536};
    enum { COUNT = sizeof kibibytes / sizeof *kibibytes };
    *e = (struct experiment){
        .kind = "curve",
        .name = "stack",
        .title = "Cost of a client against the stack size of its thread",
        .question = "Does a larger stack make a thread dearer? (one client at a time, PING)",
        .x = {"stack size", "KiB", true},
        .blocks = BLOCKS,
        .run_ns = 500 * CLOCK_MS,
        .warmup_ns = 100 * CLOCK_MS,
        .shown = EXPERIMENT_P50 | EXPERIMENT_CPU,
    };
    for (size_t m = 0; m < suite->catalogue.models_count; m++)
        for (size_t i = 0; is_model(suite, m, "thread-per-client") && i < COUNT; i++) {
            struct experiment_point *point = add(e, suite, m, kibibytes[i], "-c 1 -k 1 PING");
            if (point == NULL)
                return false;
            snprintf(point->server, sizeof point->server, "--stack-size=%dk", kibibytes[i]);
        }
    return true;
}
