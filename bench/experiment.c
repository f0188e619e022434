#include "experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "figures.h"
#include "interrupt.h"
#include "plan.h"
#include "progress.h"
#include "statistics.h"

struct experiment_point *experiment_add(struct experiment *e)
{
    if (e->count == e->capacity) {
        size_t capacity = e->capacity > 0 ? 2 * e->capacity : 32;
        struct experiment_point *points = reallocarray(e->points, capacity, sizeof *points);
        if (points == NULL)
            return NULL;
        e->points = points;
        e->capacity = capacity;
    }
    e->points[e->count] = (struct experiment_point){.x = NAN, .y = NAN};
    return &e->points[e->count++];
}

int64_t experiment_expected_ns(const struct experiment *e, int64_t overhead_ns)
{
    size_t runs = e->blocks * e->count + e->more_runs;
    int64_t points_ns = 0;
    for (size_t p = 0; p < e->count; p++)
        points_ns += (int64_t)e->blocks * e->points[p].more_ns;
    return (e->warmup_ns + e->run_ns + overhead_ns) * (int64_t)runs + points_ns + e->more_ns;
}

/* ---- the runs ---- */

/* Cuts the text into words. At most RUN_OPTIONS_MOST of them. */
static void split(const char *words[RUN_OPTIONS_MOST + 1], char *text)
{
    size_t count = 0;
    for (char *rest = text; count < RUN_OPTIONS_MOST;) {
        char *word = strsep(&rest, " ");
        if (word == NULL)
            break;
        if (*word != '\0')
            words[count++] = word;
    }
    words[count] = NULL;
}

void experiment_probe(struct run *run, const struct experiment *e,
                      const struct experiment_point *point, const struct suite *suite,
                      const char *client, const char *result_path)
{
    char server_text[EXPERIMENT_WORDS_BYTES], client_text[EXPERIMENT_WORDS_BYTES];
    const char *server_words[RUN_OPTIONS_MOST + 1], *client_words[RUN_OPTIONS_MOST + 1];
    memcpy(server_text, point->server, sizeof server_text);
    memcpy(client_text, point->client, sizeof client_text);
    split(server_words, server_text);
    split(client_words, client_text);
    struct run_setting setting = {
        .model = &suite->catalogue.models[point->model],
        .server_options = server_words,
        .client_options = client_words,
        .cpus = &suite->cpus,
        .client = client,
        .result_path = result_path,
        .warmup_ns = e->warmup_ns,
        .run_ns = e->run_ns,
        .sources = &suite->sources,
    };
    run_carry_out(run, &setting);
}

bool experiment_carry_out(struct experiment *e, const struct suite *suite, const char *client,
                          const char *result_path)
{
    struct plan plan;
    if (!plan_make(&plan, e->blocks, e->count, 1, suite->options.seed))
        return false;
    e->runs = calloc(plan.count, sizeof *e->runs);
    int64_t started_ns = clock_now_ns();
    for (size_t i = 0; e->runs != NULL && i < plan.count && !interrupt_arrived(); i++) {
        const struct plan_step *step = &plan.steps[i];
        struct run *run = &e->runs[step->block * e->count + step->model];
        if (e->points[step->model].left_out != NULL)
            continue;
        progress_show_experiment(e->name, i, plan.count, started_ns);
        run->turn = i + 1;
        run->block = step->block;
        run->model = e->points[step->model].model;
        run->client_seed = suite->options.seed + step->block;
        experiment_probe(run, e, &e->points[step->model], suite, client, result_path);
    }
    progress_clear();
    plan_free(&plan);
    return e->runs != NULL;
}

/* ---- what they showed ---- */

/* A run that never took place has no client's result, whatever its outcome says. */
static bool was_measured(const struct run *run)
{
    return run->outcome == RUN_MEASURED && run->client != NULL;
}

static const struct run *run_of(const struct experiment *e, size_t point, size_t block)
{
    return &e->runs[block * e->count + point];
}

/* Of a run that was measured; where lateness does not matter, without it. */
static const char *client_verdict(const struct experiment *e, size_t point, const struct run *run)
{
    return e->points[point].late_counts ? run_verdict_without_lateness(run->client)
                                        : run_verdict(run);
}

/* VALID, or what the point is there to show. */
static bool counts_as_valid(const struct experiment *e, size_t point, const struct run *run)
{
    const char *also_valid = e->points[point].also_valid;
    if (run_is_valid(run) || !was_measured(run))
        return run_is_valid(run);
    const char *verdict = client_verdict(e, point, run);
    return strcmp(verdict, "VALID") == 0 ||
           (also_valid != NULL && catalogue_lists(also_valid, verdict));
}

static size_t count_valid(const struct experiment *e, size_t point)
{
    size_t count = 0;
    for (size_t b = 0; b < e->blocks; b++)
        count += counts_as_valid(e, point, run_of(e, point, b));
    return count;
}

size_t experiment_values(double values[], const struct experiment *e, size_t point,
                         double (*figure)(const struct run *))
{
    size_t valid = count_valid(e, point);
    for (size_t b = 0; b < e->blocks; b++) {
        const struct run *run = run_of(e, point, b);
        bool counts = valid > 0 ? counts_as_valid(e, point, run) : was_measured(run);
        values[b] = counts ? figure(run) : NAN;
    }
    return valid;
}

double experiment_cpu_us(const struct run *run)
{
    double us = figures_cpu_us(run);
    return isfinite(us) ? us : run_cpu_us_per_request(run);
}

double experiment_median(const struct experiment *e, size_t point,
                         double (*figure)(const struct run *))
{
    double values[STATISTICS_MOST];
    experiment_values(values, e, point, figure);
    return statistics_spread(values, e->blocks).median;
}

/* The run that the verdict on its point is about: the first that is VALID, else the first that took
 * place; NULL if none did. */
static const struct run *telling_run(const struct experiment *e, size_t point)
{
    const struct run *first = NULL;
    for (size_t b = 0; b < e->blocks; b++) {
        const struct run *run = run_of(e, point, b);
        if (counts_as_valid(e, point, run))
            return run;
        if (first == NULL && (was_measured(run) || run->outcome != RUN_MEASURED))
            first = run;
    }
    return first;
}

static const char *verdict_of(const struct experiment *e, size_t point, const struct run *run)
{
    if (was_measured(run))
        return client_verdict(e, point, run);
    return run->outcome == RUN_MEASURED ? "not run" : run_outcome_text(run->outcome);
}

/* Of a run of the point in this block, also if there is none. */
static const char *verdict_at(const struct experiment *e, size_t point, size_t block)
{
    const char *left_out = e->points[point].left_out;
    return left_out != NULL ? left_out : verdict_of(e, point, run_of(e, point, block));
}

const char *experiment_verdict(const struct experiment *e, size_t point)
{
    const struct run *run = telling_run(e, point);
    return run != NULL ? verdict_of(e, point, run) : verdict_at(e, point, 0);
}

/* How many runs of the point do not count as VALID, and have this verdict. */
static size_t count_verdict(const struct experiment *e, size_t point, const char *verdict)
{
    size_t count = 0;
    for (size_t b = 0; b < e->blocks; b++)
        count += !counts_as_valid(e, point, run_of(e, point, b)) &&
                 strcmp(verdict_at(e, point, b), verdict) == 0;
    return count;
}

static size_t count_late(const struct experiment *e, size_t point)
{
    size_t count = 0;
    for (size_t b = 0; b < e->blocks; b++) {
        const struct run *run = run_of(e, point, b);
        count +=
            counts_as_valid(e, point, run) && strcmp(run_verdict(run), "GENERATOR-LIMITED") == 0;
    }
    return count;
}

struct experiment_tally experiment_tally(const struct experiment *e, size_t point)
{
    struct experiment_tally tally = {.blocks = e->blocks,
                                     .valid = count_valid(e, point),
                                     .late = count_late(e, point),
                                     .verdict = ""};
    size_t most = 0;
    for (size_t b = 0; b < e->blocks; b++) {
        const char *verdict = verdict_at(e, point, b);
        size_t count = count_verdict(e, point, verdict);
        if (count > most) {
            most = count;
            tally.verdict = verdict;
        }
    }
    size_t least = e->blocks < EXPERIMENT_VALID_LEAST ? e->blocks : EXPERIMENT_VALID_LEAST;
    tally.enough = tally.valid >= least && tally.valid > 0;
    return tally;
}

void experiment_fail(struct experiment *e, const char *what, const char *why)
{
    char text[2 * RUN_DETAIL_BYTES];
    snprintf(text, sizeof text, "%s: %s", what, why);
    progress_clear();
    printf("%s: %s\n", e->name, text);
    fflush(stdout);
    e->fails++;
    if (e->failed == NULL)
        e->failed = json_array();
    json_array_append_new(e->failed, json_string(text)); /* when memory is short, it was said */
}

void experiment_fail_probe(struct experiment *e, const struct run *run, const char *what,
                           const char *label)
{
    char text[CATALOGUE_NAME_BYTES + 64];
    if (run->outcome == RUN_MEASURED || run->outcome == RUN_INTERRUPTED)
        return;
    snprintf(text, sizeof text, "%s %s", what, label);
    experiment_fail(e, text, run->detail);
}

const char *experiment_reason(const struct experiment *e, size_t point)
{
    const struct run *run = telling_run(e, point);
    if (run == NULL || counts_as_valid(e, point, run))
        return "";
    if (!was_measured(run))
        return run->detail;
    bool was_late = strcmp(run_verdict(run), client_verdict(e, point, run)) != 0;
    return was_late ? "so it seemed to a client that was late itself" : run_verdict_text(run);
}

size_t experiment_failures(const struct experiment *e)
{
    size_t count = e->fails;
    for (size_t i = 0; e->runs != NULL && i < e->blocks * e->count; i++)
        count += e->runs[i].outcome != RUN_MEASURED && e->runs[i].outcome != RUN_INTERRUPTED;
    return count;
}

void experiment_free(struct experiment *e)
{
    for (size_t i = 0; e->runs != NULL && i < e->blocks * e->count; i++)
        run_free(&e->runs[i]);
    free(e->runs);
    free(e->points);
    free(e->own);
    json_decref(e->more);
    json_decref(e->failed);
    *e = (struct experiment){0};
}
