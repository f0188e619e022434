#include "points.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "figures.h"
#include "gather.h"
#include "interrupt.h"
#include "progress.h"

/* The clients that are never served in the runs with "held" are waited for so long. */
#define TIMEOUT "--timeout=1s"

/* A run of one model, if that was chosen. */
static bool add(struct experiment *e, const struct suite *suite, const char *group,
                const char *model, const char *server, const char *client)
{
    const struct catalogue *c = &suite->catalogue;
    for (size_t m = 0; m < c->models_count; m++) {
        if (strcmp(c->models[m].name, model) != 0)
            continue;
        struct experiment_point *point = experiment_add(e);
        if (point == NULL)
            return false;
        point->model = m;
        snprintf(point->label, sizeof point->label, "%s %s", group, model);
        snprintf(point->server, sizeof point->server, "%s", server);
        snprintf(point->client, sizeof point->client, "%s", client);
    }
    return true;
}

/* ---- points that are offered a rate ---- */

/* All points: the others are 35, and each model has two. */
enum { POINTS_MOST = 64 + 2 * CATALOGUE_MODELS_MOST };

/* The points of a group: how clients that always ask load them, to find out what they can do; and
 * the rate they are offered. */
struct offer {
    const char *group; /* as their labels begin */
    const char *open, *closed, *request;
    double factor; /* of what a run in the closed loop gives */
    bool alike;    /* all of the group are offered what follows from the slowest */
};

/* What was sent on connections when they end does not matter. */
#define PING_ONCE "--close=rst PING"
#define APART     "-c 500 -k 1"
/* Where more come than are served, for those who wait as well. */
#define CROWDED "-c 3000 -k 1"

/* A request that computes keeps the server the slower one of the two, by far. */
#define COMPUTE "--timeout=2s --close=rst SPIN 300"

static const struct offer offers[] = {
    {GATHER_PACED " ", APART, "-c 8 -k 1", PING_ONCE, GATHER_PACED_FACTOR, true},
    {GATHER_HEAVY " ", APART, "-c 8 -k 1", PING_ONCE, GATHER_PACED_FACTOR, true},
    {GATHER_ACCEPT " ", APART, "-c 16 -k 1", PING_ONCE, GATHER_PACED_FACTOR, true},
    {GATHER_STEADY "50 ", "-c 50", "-c 50", "PING", GATHER_PACED_FACTOR, true},
    {GATHER_STEADY "120 ", "-c 120", "-c 120", "PING", GATHER_PACED_FACTOR, true},
    {GATHER_OVERLOAD " ", CROWDED, "-c 16 -k 1", COMPUTE, GATHER_OVERLOAD_FACTOR, false},
};
enum { OFFERS = sizeof offers / sizeof *offers, DEFAULT_RATE = 100 };

/* NULL: the point is offered none. */
static const struct offer *offer_of(const struct experiment_point *point)
{
    for (size_t i = 0; i < OFFERS; i++)
        if (strncmp(point->label, offers[i].group, strlen(offers[i].group)) == 0)
            return &offers[i];
    return NULL;
}

static void set_rate(struct experiment_point *point, double rate)
{
    const struct offer *o = offer_of(point);
    snprintf(point->client, sizeof point->client, "%s -r %.0f %s", o->open, rate, o->request);
}

static bool add_offered(struct experiment *e, const struct suite *suite, const char *group,
                        const char *model, const char *server)
{
    size_t before = e->count;
    if (!add(e, suite, group, model, server, ""))
        return false;
    if (e->count > before)
        set_rate(&e->points[before], DEFAULT_RATE);
    return true;
}

size_t points_pilots(const struct experiment *e)
{
    size_t count = 0;
    for (size_t p = 0; p < e->count; p++)
        count += offer_of(&e->points[p]) != NULL;
    return count;
}

/* Requests/s of the point in the closed loop; NaN when that failed, or nothing was answered. */
static double probe(struct experiment *e, size_t p, const struct suite *suite, const char *client,
                    const char *result_path)
{
    const struct offer *o = offer_of(&e->points[p]);
    struct experiment_point closed = e->points[p];
    struct run run = {.client_seed = suite->options.seed};
    snprintf(closed.client, sizeof closed.client, "%s %s", o->closed, o->request);
    experiment_probe(&run, e, &closed, suite, client, result_path);
    double rps = run.outcome == RUN_MEASURED ? figures_rps(&run) : NAN;
    experiment_fail_probe(e, &run, "capacity for", closed.label);
    if (run.outcome == RUN_MEASURED && !(rps > 0))
        experiment_fail(e, closed.label, "no capacity was found: nothing was answered");
    run_free(&run);
    return rps > 0 ? rps : NAN;
}

/* The least that a point of the group can do. */
static double least_of(const struct experiment *e, const double rps[], const struct offer *o)
{
    double least = INFINITY;
    for (size_t p = 0; p < e->count; p++)
        if (offer_of(&e->points[p]) == o && rps[p] < least)
            least = rps[p];
    return least;
}

void points_offer(struct experiment *e, const double rps[])
{
    for (size_t p = 0; p < e->count; p++) {
        const struct offer *o = offer_of(&e->points[p]);
        if (o == NULL)
            continue;
        double base = o->alike ? least_of(e, rps, o) : rps[p];
        if (isnan(rps[p]))
            e->points[p].left_out = POINTS_NO_RATE;
        else
            set_rate(&e->points[p], fmax(1, base * o->factor));
    }
}

void points_find_rates(struct experiment *e, const struct suite *suite, const char *client,
                       const char *result_path)
{
    double rps[POINTS_MOST]; /* e->count of them */
    int64_t started_ns = clock_now_ns();
    size_t done = 0, pilots = points_pilots(e);
    for (size_t p = 0; p < e->count; p++) {
        rps[p] = NAN;
        if (offer_of(&e->points[p]) == NULL || interrupt_arrived())
            continue;
        progress_show_experiment("literature, what rates to offer", done++, pilots, started_ns);
        rps[p] = probe(e, p, suite, client, result_path);
    }
    progress_clear();
    if (!interrupt_arrived())
        points_offer(e, rps);
}

/* ---- all of them ---- */

/* Connections with one request each, of clients that always ask and at a fixed rate. */
static bool add_once(struct experiment *e, const struct suite *suite)
{
    static const char *const models[] = {"one-at-a-time", "thread-per-client", "fork-per-client"};
    char group[CATALOGUE_NAME_BYTES], client[EXPERIMENT_WORDS_BYTES], heavy[EXPERIMENT_WORDS_BYTES];
    bool good = true;
    for (size_t s = 0; s < GATHER_SERVICES; s++) {
        int us = gather_services_us[s];
        snprintf(group, sizeof group, GATHER_ONCE "%d", us);
        if (us == 0)
            snprintf(client, sizeof client, "-c 8 -k 1 " PING_ONCE);
        else
            snprintf(client, sizeof client, "-c 8 -k 1 --close=rst SLEEP %d", us);
        for (size_t m = 0; m < (us == 0 ? 3 : 2) && good; m++)
            good = add(e, suite, group, models[m], "", client);
    }
    snprintf(heavy, sizeof heavy, "--ballast=%dm", GATHER_HEAVY_MIB);
    for (size_t m = 0; m < 3 && good; m++)
        good = add_offered(e, suite, GATHER_PACED, models[m], "") &&
               (m == 0 || add_offered(e, suite, GATHER_HEAVY, models[m], heavy));
    return good;
}

static bool add_collapse(struct experiment *e, const struct suite *suite)
{
    char held[EXPERIMENT_WORDS_BYTES], blocked[EXPERIMENT_WORDS_BYTES];
    snprintf(held, sizeof held, "-c %d -z %dms " TIMEOUT " PING", GATHER_CLIENTS, GATHER_HELD_MS);
    snprintf(blocked, sizeof blocked, "-c %d -k 1 " TIMEOUT " SLEEP %d", GATHER_CLIENTS,
             GATHER_HELD_MS * 1000);
    return add(e, suite, GATHER_HELD, "one-at-a-time", "", held) &&
           add(e, suite, GATHER_HELD, "thread-per-client", "", held) &&
           add(e, suite, GATHER_BLOCKED, "one-at-a-time", "", blocked) &&
           add(e, suite, GATHER_BLOCKED, "thread-per-client", "", blocked);
}

static bool add_kept(struct experiment *e, const struct suite *suite)
{
    bool good = true;
    for (size_t i = 0; i < GATHER_KEPT_LOADS && good; i++) {
        char kept[CATALOGUE_NAME_BYTES], steady[CATALOGUE_NAME_BYTES];
        char client[EXPERIMENT_WORDS_BYTES];
        snprintf(kept, sizeof kept, GATHER_KEPT "%d", gather_kept_clients[i]);
        snprintf(steady, sizeof steady, GATHER_STEADY "%d", gather_kept_clients[i]);
        snprintf(client, sizeof client, "-c %d PING", gather_kept_clients[i]);
        good = add(e, suite, kept, "thread-per-client", "", client) &&
               add(e, suite, kept, "multiplexed", "", client) &&
               add_offered(e, suite, steady, "thread-per-client", "") &&
               add_offered(e, suite, steady, "multiplexed", "");
    }
    return good;
}

static bool add_overload(struct experiment *e, const struct suite *suite)
{
    const struct catalogue *c = &suite->catalogue;
    bool good = true;
    for (size_t m = 0; m < c->models_count && good; m++)
        good = add(e, suite, GATHER_CAPACITY, c->models[m].name, "", "-c 16 -k 1 " COMPUTE) &&
               add_offered(e, suite, GATHER_OVERLOAD, c->models[m].name, "");
    return good;
}

static bool add_accept(struct experiment *e, const struct suite *suite)
{
    bool good = true;
    for (size_t i = 0; i < GATHER_WAYS && good; i++) {
        const struct gather_way *way = &gather_ways[i];
        char server[EXPERIMENT_WORDS_BYTES];
        size_t before = e->count;
        snprintf(server, sizeof server, "--accept=%s", way->how);
        good = add_offered(e, suite, GATHER_ACCEPT, way->model, server);
        if (good && e->count > before)
            snprintf(e->points[before].label, sizeof e->points[before].label,
                     GATHER_ACCEPT " %s %s", way->model, way->how);
    }
    return good;
}

/* At the end of a run what waits is still answered: what came beyond the capacity, or one request
 * of each client in turn. Memory is touched and given back at 1 GiB/s. */
static void expect_times(struct experiment *e)
{
    const int64_t time_ns = e->warmup_ns + e->run_ns;
    for (size_t p = 0; p < e->count; p++) {
        struct experiment_point *point = &e->points[p];
        const struct offer *o = offer_of(point);
        if (o != NULL && o->factor > 1)
            point->more_ns = (int64_t)((o->factor - 1) * (double)time_ns);
        else if (strcmp(point->label, GATHER_BLOCKED " one-at-a-time") == 0)
            point->more_ns = GATHER_CLIENTS * GATHER_HELD_MS * CLOCK_MS;
        else if (point->server[0] != '\0' && strstr(point->server, "--ballast") != NULL)
            point->more_ns = GATHER_HEAVY_MIB * CLOCK_S / 1024;
    }
}

static bool is_of(const struct experiment_point *point, const char *group)
{
    return strncmp(point->label, group, strlen(group)) == 0 && point->label[strlen(group)] == ' ';
}

/* A point of claim 2 at another service time than the first, which is a PING. */
static bool waits(const struct experiment_point *point)
{
    return strncmp(point->label, GATHER_ONCE, strlen(GATHER_ONCE)) == 0 &&
           !is_of(point, GATHER_ONCE "0");
}

/* Starving clients, and requests that wait too long, are what these are there to show. Where the
 * cost of requests at a given rate is compared, or how many were answered of clients who think and
 * of more than can be done, it does not matter whether each came in time. (A client that thinks for
 * longer gets fewer replies: of the models that are ahead here, so that they are less ahead.
 * Without a thought it is the same where requests wait: while the client stands still, one after
 * another has requests left of those that are queued, and threads are soon done with all of theirs.
 * So what is said of threads, that they are ahead, holds all the more. Where requests do not wait,
 * the claim is the opposite, and lateness counts against a run.) */
static void allow_verdicts(struct experiment *e)
{
    for (size_t p = 0; p < e->count; p++) {
        struct experiment_point *point = &e->points[p];
        point->late_counts = offer_of(point) != NULL || is_of(point, GATHER_HELD) ||
                             is_of(point, GATHER_BLOCKED) || waits(point);
        if (is_of(point, GATHER_OVERLOAD))
            point->also_valid = "SERVER-SATURATED ERRORS NON-STATIONARY STARVED";
        else if (strcmp(point->label, GATHER_HELD " one-at-a-time") == 0 ||
                 strcmp(point->label, GATHER_BLOCKED " one-at-a-time") == 0)
            point->also_valid = "STARVED ERRORS";
    }
}

bool points_add(struct experiment *e, const struct suite *suite)
{
    bool good = add_once(e, suite) && add_collapse(e, suite) && add_kept(e, suite) &&
                add_overload(e, suite) && add_accept(e, suite);
    allow_verdicts(e);
    expect_times(e);
    return good;
}
