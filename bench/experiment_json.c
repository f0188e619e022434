/* An experiment as JSON. */
#include <math.h>

#include "experiment.h"
#include "figures.h"
#include "interval.h"
#include "statistics.h"

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

/* ---- a run ---- */

static json_t *failed_checks(const struct run *run)
{
    size_t i;
    const json_t *check;
    json_t *names = json_array();
    json_array_foreach(json_object_get(run->client, "checks"), i, check)
    {
        if (!json_is_true(json_object_get(check, "pass")))
            json_array_append(names, json_object_get(check, "name"));
    }
    return names;
}

static json_t *latency(const struct run *run, const char *of, const char *what)
{
    return real_or_null(figures_latency_us(run, of, what));
}

static json_t *run_json(const struct run *run)
{
    json_t *counts = json_object_get(run->client, "counts");
    return json_pack(
        "{s:I, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:O?, s:O?, s:o, s:o}",
        "block", (json_int_t)run->block, "turn", (json_int_t)run->turn, "outcome",
        run_outcome_text(run->outcome), "verdict", run_verdict(run), "failed_checks",
        failed_checks(run), "throughput_rps", real_or_null(figures_rps(run)), "mean_us",
        latency(run, "response", "mean"), "p50_us", latency(run, "response", "p50"), "p95_us",
        latency(run, "response", "p95"), "p99_us", latency(run, "response", "p99"), "lag_p99_us",
        latency(run, "generator_lag", "p99"), "lag_max_us", latency(run, "generator_lag", "max"),
        "planned", json_object_get(counts, "planned"), "ok", json_object_get(counts, "ok"),
        "window_cpu_us_per_request", real_or_null(figures_cpu_us(run)), "run_cpu_us_per_request",
        real_or_null(run_cpu_us_per_request(run)));
}

static const struct run *run_of(const struct experiment *e, size_t point, size_t block)
{
    return &e->runs[block * e->count + point];
}

/* A run that never took place has no client's result, whatever its outcome says. */
static bool took_place(const struct run *run)
{
    return run->outcome != RUN_MEASURED || run->client != NULL;
}

static json_t *runs_json(const struct experiment *e, size_t point)
{
    json_t *list = json_array();
    for (size_t b = 0; b < e->blocks; b++) {
        const struct run *run = run_of(e, point, b);
        if (took_place(run) && json_array_append_new(list, run_json(run)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* ---- a point ---- */

static size_t count_measured(const struct experiment *e, size_t point)
{
    size_t count = 0;
    for (size_t b = 0; b < e->blocks; b++) {
        const struct run *run = run_of(e, point, b);
        count += run->outcome == RUN_MEASURED && took_place(run);
    }
    return count;
}

static json_t *throughput(const struct experiment *e, size_t point)
{
    double values[STATISTICS_MOST], sorted[STATISTICS_MOST];
    experiment_values(values, e, point, figures_rps);
    size_t known = statistics_sorted(sorted, values, e->blocks);
    struct interval interval = interval_of_median(sorted, known);
    return json_pack("{s:o, s:o, s:o}", "value",
                     real_or_null(statistics_spread(values, e->blocks).median), "low",
                     real_or_null(interval.low), "high", real_or_null(interval.high));
}

static json_t *point_json(const struct experiment *e, size_t p, const struct suite *suite)
{
    const struct experiment_point *point = &e->points[p];
    struct experiment_tally tally = experiment_tally(e, p);
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:o}", "label",
        point->label, "model", suite->catalogue.models[point->model].name, "x",
        real_or_null(point->x), "y", real_or_null(point->y), "runs",
        (json_int_t)count_measured(e, p), "valid", (json_int_t)tally.valid, "late",
        (json_int_t)tally.late, "verdict", experiment_verdict(e, p), "throughput_rps",
        throughput(e, p), "p50_us", real_or_null(experiment_median(e, p, figures_p50_us)), "p99_us",
        real_or_null(experiment_median(e, p, figures_p99_us)), "mean_us",
        real_or_null(experiment_median(e, p, figures_mean_us)), "cpu_us_per_request",
        real_or_null(experiment_median(e, p, experiment_cpu_us)), "server", point->server, "client",
        point->client, "by_run", runs_json(e, p));
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
