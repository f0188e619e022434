#include "literature.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "figures.h"
#include "gather.h"
#include "interrupt.h"
#include "limits/idle.h"
#include "limits/measure.h"
#include "progress.h"
#include "stall.h"

#define RUN_NS    (400 * CLOCK_MS)
#define WARMUP_NS (100 * CLOCK_MS)
enum { BLOCKS = 6, IDLE_CLIENTS = 500, DEFAULT_RATE = 10000 };

/* About what one measurement of an idle connection, and one of a stall, take. */
#define IDLE_NS  (1500 * CLOCK_MS)
#define STILL_NS (STALL_RUN_NS + 700 * CLOCK_MS)

/* The clients that are never served in the runs with "held" are waited for so long. */
#define TIMEOUT "--timeout=1s"

/* ---- the points ---- */

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

/* Connections with one request each; what was sent on them when they end does not matter. */
static bool add_once(struct experiment *e, const struct suite *suite)
{
    bool good = true;
    for (size_t s = 0; s < GATHER_SERVICES && good; s++) {
        char group[CATALOGUE_NAME_BYTES], client[EXPERIMENT_WORDS_BYTES];
        int us = gather_services_us[s];
        snprintf(group, sizeof group, GATHER_ONCE "%d", us);
        if (us == 0)
            snprintf(client, sizeof client, "-c 8 -k 1 --close=rst PING");
        else
            snprintf(client, sizeof client, "-c 8 -k 1 --close=rst SLEEP %d", us);
        good = add(e, suite, group, "one-at-a-time", "", client) &&
               add(e, suite, group, "thread-per-client", "", client) &&
               add(e, suite, group, "fork-per-client", "", client);
    }
    char heavy[EXPERIMENT_WORDS_BYTES];
    snprintf(heavy, sizeof heavy, "--ballast=%dm", GATHER_HEAVY_MIB);
    return good &&
           add(e, suite, GATHER_HEAVY, "thread-per-client", heavy, "-c 8 -k 1 --close=rst PING") &&
           add(e, suite, GATHER_HEAVY, "fork-per-client", heavy, "-c 8 -k 1 --close=rst PING");
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
        char group[CATALOGUE_NAME_BYTES], client[EXPERIMENT_WORDS_BYTES];
        snprintf(group, sizeof group, GATHER_KEPT "%d", gather_kept_clients[i]);
        snprintf(client, sizeof client, "-c %d PING", gather_kept_clients[i]);
        good = add(e, suite, group, "thread-per-client", "", client) &&
               add(e, suite, group, "multiplexed", "", client);
    }
    return good;
}

/* A request that computes keeps the server the slower one of the two, by far. */
static void offer(struct experiment_point *point, double rate)
{
    snprintf(point->client, sizeof point->client,
             "-c 500 -k 1 -r %.0f --timeout=2s --close=rst SPIN 100", rate);
}

static bool add_overload(struct experiment *e, const struct suite *suite)
{
    const struct catalogue *c = &suite->catalogue;
    bool good = true;
    for (size_t m = 0; m < c->models_count && good; m++) {
        good = add(e, suite, GATHER_CAPACITY, c->models[m].name, "",
                   "-c 16 -k 1 --close=rst SPIN 100") &&
               add(e, suite, GATHER_OVERLOAD, c->models[m].name, "", "");
        if (good)
            offer(&e->points[e->count - 1], DEFAULT_RATE);
    }
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
        good = add(e, suite, GATHER_ACCEPT, way->model, server, "-c 16 -k 1 --close=rst PING");
        if (good && e->count > before)
            snprintf(e->points[before].label, sizeof e->points[before].label,
                     GATHER_ACCEPT " %s %s", way->model, way->how);
    }
    return good;
}

/* ---- what is measured besides ---- */

/* Where the helpers of limits/ find things. NULL when memory is short. */
static struct stage *make_stage(const struct suite *suite, const char *result_path)
{
    struct stage *stage = calloc(1, sizeof *stage);
    if (stage == NULL)
        return NULL;
    snprintf(stage->result_path, sizeof stage->result_path, "%s", result_path);
    stage->models = suite->catalogue;
    stage->server_cpus = suite->cpus.server;
    stage->client_cpus = suite->cpus.client;
    return stage;
}

static bool has_model(const struct stage *stage, const char *model)
{
    for (size_t m = 0; m < stage->models.models_count; m++)
        if (strcmp(stage->models.models[m].name, model) == 0)
            return true;
    return false;
}

/* Whatever goes wrong is said once it has. */
static void report(const char *what, const char *why)
{
    progress_clear();
    printf("literature: %s: %s\n", what, why);
    fflush(stdout);
}

static double measure_kib(const char *model, const struct stage *stage)
{
    const struct row row = {ROW_MEMORY, model, model, NULL, 0};
    const struct measure_setting setting = {.idle_clients = IDLE_CLIENTS};
    struct measured measured;
    char why[CONTENDER_WHY_BYTES];
    if (interrupt_arrived() || !has_model(stage, model))
        return NAN;
    if (measure_row(&measured, &row, &setting, stage, false, why))
        return measured.value;
    report(model, why);
    return NAN;
}

static struct stall measure_stall(bool open, const char *client, const struct stage *stage)
{
    struct stall stall;
    char why[CONTENDER_WHY_BYTES];
    if (!interrupt_arrived() && has_model(stage, "multiplexed")) {
        if (stall_measure(&stall, open, client, stage, why))
            return stall;
        report("stall", why);
    }
    return (struct stall){NAN, NAN};
}

static void forget_creation(struct creation *c)
{
    for (size_t s = 0; s < CREATION_SIZES; s++)
        for (size_t r = 0; r < CREATION_REPEATS; r++)
            c->fork_us[s][r] = c->touch_us[s][r] = c->thread_us[s][r] = NAN;
}

static void measure_creation(struct creation *creation, const struct suite *suite,
                             const struct stage *stage)
{
    bool wanted = has_model(stage, "thread-per-client") && has_model(stage, "fork-per-client");
    if (wanted && !interrupt_arrived() && creation_measure(creation, &suite->cpus.server))
        return;
    forget_creation(creation);
    if (wanted && !interrupt_arrived())
        report("creation", "processes or threads cannot be made");
}

static void measure_besides(struct gather_besides *besides, const struct suite *suite,
                            const char *client, const struct stage *stage)
{
    size_t allowed;
    int64_t started_ns = clock_now_ns();
    measure_creation(&besides->creation, suite, stage);
    idle_make_room(IDLE_CLIENTS, &allowed); /* where it is in vain, the clients tell */
    for (size_t r = 0; r < GATHER_REPEATS; r++) {
        if (!interrupt_arrived())
            progress_show_experiment("literature, memory and stalls", r, GATHER_REPEATS,
                                     started_ns);
        besides->thread_kib[r] = measure_kib("thread-per-client", stage);
        besides->process_kib[r] = measure_kib("fork-per-client", stage);
        besides->multiplexed_kib[r] = measure_kib("multiplexed", stage);
        struct stall open = measure_stall(true, client, stage);
        besides->open_us[r] = open.response_p99_us;
        besides->open_sent_us[r] = open.service_p99_us;
        besides->closed_us[r] = measure_stall(false, client, stage).response_p99_us;
    }
    progress_clear();
}

/* ---- the course ---- */

/* How much more than its capacity each model is to be offered follows from a run of each. */
static void find_rates(struct experiment *e, const struct suite *suite, const char *client,
                       const char *result_path)
{
    for (size_t p = 1; p < e->count && !interrupt_arrived(); p++) {
        if (strncmp(e->points[p].label, GATHER_OVERLOAD " ", strlen(GATHER_OVERLOAD " ")) != 0)
            continue;
        struct run run = {.client_seed = suite->options.seed};
        experiment_probe(&run, e, &e->points[p - 1], suite, client, result_path);
        double rps = run.client != NULL ? figures_rps(&run) : NAN;
        if (rps > 0)
            offer(&e->points[p], rps * GATHER_OVERLOAD_FACTOR);
        run_free(&run);
    }
}

static json_t *claims_json(const struct claim claims[])
{
    json_t *list = json_array();
    for (size_t i = 0; i < GATHER_CLAIMS; i++)
        if (json_array_append_new(list, claim_json(&claims[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static bool carry_out(struct experiment *e, const struct suite *suite, const char *client,
                      const char *result_path)
{
    struct gather_besides besides;
    struct claim *claims = calloc(GATHER_CLAIMS, sizeof *claims);
    struct stage *stage = make_stage(suite, result_path);
    bool good = claims != NULL && stage != NULL;
    e->own = claims;
    if (good) {
        find_rates(e, suite, client, result_path);
        good = experiment_carry_out(e, suite, client, result_path);
    }
    if (good) {
        measure_besides(&besides, suite, client, stage);
        gather_claims(claims, e, &besides);
        e->more = json_pack("{s:o}", "claims", claims_json(claims));
    }
    free(stage);
    return good && e->more != NULL;
}

static void show_claims(FILE *to, const struct experiment *e)
{
    const struct claim *claims = e->own;
    for (size_t i = 0; i < GATHER_CLAIMS; i++)
        claim_show(to, i + 1, &claims[i]);
    fputs("\nIn brackets: 95 % intervals. Confirmed is what the whole interval says, not confirmed "
          "what\nit excludes.\n",
          to);
}

bool literature_define(struct experiment *e, const struct suite *suite)
{
    *e = (struct experiment){
        .kind = "claims",
        .name = "literature",
        .title = "What has been published, carried out here",
        .question = "Which published claims about these models hold on this machine, and why?",
        .blocks = BLOCKS,
        .run_ns = RUN_NS,
        .warmup_ns = WARMUP_NS,
        .no_tables = true,
        .course = carry_out,
        .show_more = show_claims,
        .more_ns = CREATION_EXPECTED_NS + GATHER_REPEATS * (3 * IDLE_NS + 2 * STILL_NS),
    };
    return add_once(e, suite) && add_collapse(e, suite) && add_kept(e, suite) &&
           add_overload(e, suite) && add_accept(e, suite);
}
