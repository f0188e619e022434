#include "experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "figures.h"
#include "interrupt.h"
#include "interval.h"
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

/* VALID, or what the point is there to show. */
static bool counts_as_valid(const struct experiment *e, size_t point, const struct run *run)
{
    const struct experiment_point *p = &e->points[point];
    if (run_is_valid(run) || !was_measured(run))
        return run_is_valid(run);
    const char *verdict =
        p->late_counts ? run_verdict_without_lateness(run->client) : run_verdict(run);
    return strcmp(verdict, "VALID") == 0 ||
           (p->also_valid != NULL && catalogue_lists(p->also_valid, verdict));
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

/* With its interval, if that is wanted. */
static double median_of(const struct experiment *e, size_t point,
                        double (*figure)(const struct run *), struct interval *interval)
{
    double values[STATISTICS_MOST], sorted[STATISTICS_MOST];
    experiment_values(values, e, point, figure);
    size_t known = statistics_sorted(sorted, values, e->blocks);
    if (interval != NULL)
        *interval = interval_of_median(sorted, known);
    return statistics_spread(values, e->blocks).median;
}

double experiment_median(const struct experiment *e, size_t point,
                         double (*figure)(const struct run *))
{
    return median_of(e, point, figure, NULL);
}

static size_t count_runs(const struct experiment *e, size_t point, bool (*is)(const struct run *))
{
    size_t count = 0;
    for (size_t b = 0; b < e->blocks; b++)
        count += is(&e->runs[b * e->count + point]);
    return count;
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

static const char *verdict_of(const struct run *run)
{
    if (was_measured(run))
        return run_verdict(run);
    return run->outcome == RUN_MEASURED ? "not run" : run_outcome_text(run->outcome);
}

/* Of a run of the point in this block, also if there is none. */
static const char *verdict_at(const struct experiment *e, size_t point, size_t block)
{
    const char *left_out = e->points[point].left_out;
    return left_out != NULL ? left_out : verdict_of(run_of(e, point, block));
}

const char *experiment_verdict(const struct experiment *e, size_t point)
{
    const struct run *run = telling_run(e, point);
    return run != NULL ? verdict_of(run) : verdict_at(e, point, 0);
}

/* How many runs of the point count as VALID, or do not, and have this verdict. */
static size_t count_verdict(const struct experiment *e, size_t point, bool valid,
                            const char *verdict)
{
    size_t count = 0;
    for (size_t b = 0; b < e->blocks; b++)
        count += counts_as_valid(e, point, run_of(e, point, b)) == valid &&
                 strcmp(verdict_at(e, point, b), verdict) == 0;
    return count;
}

struct experiment_tally experiment_tally(const struct experiment *e, size_t point)
{
    struct experiment_tally tally = {.blocks = e->blocks,
                                     .valid = count_valid(e, point),
                                     .late = count_verdict(e, point, true, "GENERATOR-LIMITED"),
                                     .verdict = ""};
    size_t most = 0;
    for (size_t b = 0; b < e->blocks; b++) {
        const char *verdict = verdict_at(e, point, b);
        size_t count = count_verdict(e, point, false, verdict);
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
    return was_measured(run) ? run_verdict_text(run) : run->detail;
}

size_t experiment_failures(const struct experiment *e)
{
    size_t count = e->fails;
    for (size_t i = 0; e->runs != NULL && i < e->blocks * e->count; i++)
        count += e->runs[i].outcome != RUN_MEASURED && e->runs[i].outcome != RUN_INTERRUPTED;
    return count;
}

/* ---- as JSON ---- */

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *axis_json(const struct experiment_axis *axis)
{
    if (axis->name == NULL)
        return json_null();
    return json_pack("{s:s, s:s, s:b}", "name", axis->name, "unit", axis->unit, "log",
                     (int)axis->log);
}

static json_t *point_json(const struct experiment *e, size_t p, const struct suite *suite)
{
    const struct experiment_point *point = &e->points[p];
    struct interval rps;
    double value = median_of(e, p, figures_rps, &rps);
    size_t valid = count_valid(e, p);
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:I, s:I, s:s, s:{s:o, s:o, s:o}, s:o, s:o, s:o, s:o, s:s, s:s}",
        "label", point->label, "model", suite->catalogue.models[point->model].name, "x",
        real_or_null(point->x), "y", real_or_null(point->y), "runs",
        (json_int_t)count_runs(e, p, was_measured), "valid", (json_int_t)valid, "verdict",
        experiment_verdict(e, p), "throughput_rps", "value", real_or_null(value), "low",
        real_or_null(rps.low), "high", real_or_null(rps.high), "p50_us",
        real_or_null(experiment_median(e, p, figures_p50_us)), "p99_us",
        real_or_null(experiment_median(e, p, figures_p99_us)), "mean_us",
        real_or_null(experiment_median(e, p, figures_mean_us)), "cpu_us_per_request",
        real_or_null(experiment_median(e, p, run_cpu_us_per_request)), "server", point->server,
        "client", point->client);
}

json_t *experiment_json(const struct experiment *e, const struct suite *suite)
{
    json_t *points = json_array();
    for (size_t p = 0; e->runs != NULL && p < e->count; p++)
        if (json_array_append_new(points, point_json(e, p, suite)) != 0) {
            json_decref(points);
            return NULL;
        }
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:o, s:f, s:I, s:o}", "kind", e->kind, "name", e->name, "title",
        e->title, "question", e->question, "x", axis_json(&e->x), "y", axis_json(&e->y), "seconds",
        (double)e->run_ns / 1e9, "blocks", (json_int_t)e->blocks, "points", points);
    if (json != NULL && e->failed != NULL)
        json_object_set(json, "failed", e->failed);
    if (json != NULL && e->more != NULL)
        json_object_update(json, e->more);
    return json;
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
