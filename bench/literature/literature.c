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
#include "points.h"
#include "progress.h"
#include "stall.h"

#define RUN_NS    (400 * CLOCK_MS)
#define WARMUP_NS (100 * CLOCK_MS)
enum { BLOCKS = 6, IDLE_CLIENTS = 500 };

/* About what one measurement of an idle connection, and one of a stall, take. */
#define IDLE_NS  (1200 * CLOCK_MS)
#define STILL_NS (STALL_RUN_NS + 300 * CLOCK_MS)

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

static bool has_model(const struct catalogue *models, const char *model)
{
    for (size_t m = 0; m < models->models_count; m++)
        if (strcmp(models->models[m].name, model) == 0)
            return true;
    return false;
}

/* What is measured besides takes, about, of the models that were chosen. */
static int64_t expected_besides_ns(const struct catalogue *models)
{
    bool threads = has_model(models, "thread-per-client"),
         processes = has_model(models, "fork-per-client"),
         multiplexed = has_model(models, "multiplexed");
    return (threads && processes ? CREATION_EXPECTED_NS : 0) +
           GATHER_REPEATS *
               ((threads + processes + multiplexed) * IDLE_NS + (multiplexed ? 2 * STILL_NS : 0));
}

static double measure_kib(struct experiment *e, const char *model, const struct stage *stage)
{
    const struct row row = {ROW_MEMORY, model, model, NULL, 0};
    const struct measure_setting setting = {.idle_clients = IDLE_CLIENTS};
    struct measured measured;
    char what[CATALOGUE_NAME_BYTES + 32], why[CONTENDER_WHY_BYTES];
    if (interrupt_arrived() || !has_model(&stage->models, model))
        return NAN;
    if (measure_row(&measured, &row, &setting, stage, false, why))
        return measured.value;
    snprintf(what, sizeof what, "memory of %s", model);
    if (!interrupt_arrived())
        experiment_fail(e, what, why);
    return NAN;
}

static struct stall measure_stall(struct experiment *e, bool open, const char *client,
                                  const struct stage *stage)
{
    struct stall stall;
    char why[CONTENDER_WHY_BYTES];
    if (!interrupt_arrived() && has_model(&stage->models, "multiplexed")) {
        if (stall_measure(&stall, open, client, stage, why))
            return stall;
        if (!interrupt_arrived())
            experiment_fail(e, "a server that is stopped", why);
    }
    return (struct stall){NAN, NAN, "", NAN};
}

static void forget_creation(struct creation *c)
{
    for (size_t s = 0; s < CREATION_SIZES; s++)
        for (size_t r = 0; r < CREATION_REPEATS; r++)
            c->fork_us[s][r] = c->touch_us[s][r] = c->thread_us[s][r] = NAN;
}

static void measure_creation(struct experiment *e, struct creation *creation,
                             const struct suite *suite, const struct stage *stage)
{
    bool wanted = has_model(&stage->models, "thread-per-client") &&
                  has_model(&stage->models, "fork-per-client");
    if (wanted && !interrupt_arrived() && creation_measure(creation, &suite->cpus.server))
        return;
    forget_creation(creation);
    if (wanted && !interrupt_arrived())
        experiment_fail(e, "creation", "processes or threads cannot be made");
}

static void measure_besides(struct experiment *e, struct gather_besides *besides,
                            const struct suite *suite, const char *client,
                            const struct stage *stage)
{
    size_t allowed;
    int64_t started_ns = clock_now_ns();
    besides->has_threads = has_model(&stage->models, "thread-per-client");
    besides->has_multiplexed = has_model(&stage->models, "multiplexed");
    measure_creation(e, &besides->creation, suite, stage);
    idle_make_room(IDLE_CLIENTS, &allowed); /* where it is in vain, the clients tell */
    for (size_t r = 0; r < GATHER_REPEATS; r++) {
        if (!interrupt_arrived())
            progress_show_experiment("literature, memory and stalls", r, GATHER_REPEATS,
                                     started_ns);
        besides->thread_kib[r] = measure_kib(e, "thread-per-client", stage);
        besides->process_kib[r] = measure_kib(e, "fork-per-client", stage);
        besides->multiplexed_kib[r] = measure_kib(e, "multiplexed", stage);
        besides->open[r] = measure_stall(e, true, client, stage);
        besides->closed[r] = measure_stall(e, false, client, stage);
    }
    progress_clear();
}

/* ---- the course ---- */

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
        points_find_rates(e, suite, client, result_path);
        good = experiment_carry_out(e, suite, client, result_path);
    }
    if (good) {
        measure_besides(e, &besides, suite, client, stage);
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
    fputs("\nIn brackets: 95 % intervals. Confirmed is what the whole interval says, not\n"
          "confirmed what it excludes, not shown what it leaves open. Not decided: too few runs\n"
          "are VALID. Ratios are taken block by block, and so are not quite those of the medians\n"
          "beside them.\n",
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
        .more_ns = expected_besides_ns(&suite->catalogue),
    };
    bool good = points_add(e, suite);
    e->more_runs = points_pilots(e);
    return good;
}
