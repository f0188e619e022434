#include "data.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const double data_percentiles[DATA_PERCENTILES] = {50, 90, 95, 99, 99.9, 99.99};
static const char *const percentile_paths[DATA_PERCENTILES] = {
    "client.latency_us.response.p50",  "client.latency_us.response.p90",
    "client.latency_us.response.p95",  "client.latency_us.response.p99",
    "client.latency_us.response.p999", "client.latency_us.response.p9999"};
static const char schema[] = "server-models-bench/1";

/* ---- JSON ---- */

const json_t *data_at(const json_t *object, const char *path)
{
    while (object != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        object = json_object_getn(object, path, length);
        path += length + (path[length] == '.');
    }
    return object;
}

double data_number(const json_t *object, const char *path)
{
    const json_t *number = data_at(object, path);
    return json_is_number(number) ? json_number_value(number) : NAN;
}

const char *data_text(const json_t *object, const char *path)
{
    const char *text = json_string_value(data_at(object, path));
    return text != NULL ? text : "";
}

static bool is_text(const json_t *object, const char *key, const char *text)
{
    return strcmp(data_text(object, key), text) == 0;
}

static struct interval interval_at(const json_t *object, const char *key)
{
    const json_t *at = data_at(object, key);
    struct interval i = {data_number(at, "low"), data_number(at, "high")};
    return isnan(i.low) || isnan(i.high) ? interval_unknown() : i;
}

/* ---- which runs count ---- */

bool data_is_of(const struct data *data, const json_t *item, size_t workload, size_t model)
{
    return is_text(item, "model", data->model_names[model]) &&
           is_text(item, "workload", data_workload_name(data, workload));
}

static bool is_measured(const json_t *run)
{
    return is_text(run, "outcome", "measured");
}

static bool is_valid(const json_t *run)
{
    return is_measured(run) && json_is_true(data_at(run, "valid"));
}

bool data_counts(const struct data *data, const json_t *run, size_t workload, size_t model)
{
    if (!data_is_of(data, run, workload, model))
        return false;
    return data_cell(data, workload, model)->valid > 0 ? is_valid(run) : is_measured(run);
}

/* data->blocks when it has none of them. */
static size_t block_of(const struct data *data, const json_t *run)
{
    double block = data_number(run, "block");
    return block >= 0 && block < (double)data->blocks ? (size_t)block : data->blocks;
}

void data_collect(double values[], const struct data *data, size_t workload, size_t model,
                  const char *path)
{
    size_t i;
    const json_t *run;
    for (size_t b = 0; b < data->blocks; b++)
        values[b] = NAN;
    json_array_foreach(json_object_get(data->document, "runs"), i, run)
    {
        size_t block = block_of(data, run);
        if (block < data->blocks && data_counts(data, run, workload, model))
            values[block] = data_number(run, path);
    }
}

/* How many requests come in a second was given, and not the servers' doing. */
static bool rate_is_given(const struct data *data, size_t workload)
{
    size_t i;
    const json_t *run;
    json_array_foreach(json_object_get(data->document, "runs"), i,
                       run) if (is_text(run, "workload", data_workload_name(data, workload)) &&
                                data_number(run, "client.rate_offered") > 0) return true;
    return false;
}

bool data_has_times(const json_t *point)
{
    static const char *const good[] = {"VALID", "SERVER-SATURATED", "NON-STATIONARY"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (is_text(point, "verdict", good[i]))
            return !(data_number(point, "late") > 0);
    return false;
}

enum measure data_measure(const struct data *data, size_t workload)
{
    const char *judged_by = data_text(data->workload_objects[workload], "judged_by");
    bool given = rate_is_given(data, workload);
    if (strcmp(judged_by, "p99") == 0)
        return MEASURE_P99;
    if (*judged_by == '\0' && given)
        return MEASURE_UNKNOWN;
    return given ? MEASURE_GOODPUT : MEASURE_RPS;
}

static double median_at(const struct data *data, size_t workload, size_t model, const char *path)
{
    double values[STATISTICS_MOST];
    data_collect(values, data, workload, model, path);
    return statistics_spread(values, data->blocks).median;
}

/* ---- a cell ---- */

static void count_run(struct cell *cell, const json_t *run)
{
    static const char *const errors[] = {
        "client.counts.error_reply",    "client.counts.mismatch", "client.counts.timeout",
        "client.counts.connect_failed", "client.counts.reset",    "client.counts.closed_early"};
    cell->runs++;
    cell->measured += is_measured(run);
    cell->valid += is_valid(run);
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        double count = data_number(run, errors[e]);
        cell->errors += isnan(count) ? 0 : count;
    }
}

static const char *reason_of(const json_t *run)
{
    if (is_valid(run))
        return "";
    return is_measured(run) ? data_text(run, "client.verdict") : data_text(run, "outcome");
}

static size_t count_reason(const struct data *data, size_t workload, size_t model,
                           const char *reason)
{
    size_t i, count = 0;
    const json_t *run;
    json_array_foreach(json_object_get(data->document, "runs"), i, run) count +=
        data_is_of(data, run, workload, model) && strcmp(reason_of(run), reason) == 0;
    return count;
}

static void find_reason(const struct data *data, size_t workload, size_t model, struct cell *cell)
{
    size_t i;
    const json_t *run;
    json_array_foreach(json_object_get(data->document, "runs"), i, run)
    {
        if (!data_is_of(data, run, workload, model) || *reason_of(run) == '\0')
            continue;
        size_t count = count_reason(data, workload, model, reason_of(run));
        if (count > cell->reason_count) {
            cell->reason = reason_of(run);
            cell->reason_count = count;
        }
    }
}

/* What the bench concluded. */
static void read_summary(const struct data *data, size_t workload, size_t model, struct cell *cell)
{
    size_t i;
    const json_t *summary;
    json_array_foreach(json_object_get(data->document, "summaries"), i, summary)
    {
        if (!data_is_of(data, summary, workload, model))
            continue;
        cell->best = json_is_true(json_object_get(summary, "best")) &&
                     measure_is_rps(data_measure(data, workload));
        cell->best_p99 = json_is_true(json_object_get(summary, "best_p99"));
        cell->p99_ratio = data_number(summary, "p99_ratio.value");
        cell->p99_ratio_interval = interval_at(summary, "p99_ratio");
        cell->p99_p = data_number(summary, "p99_p_holm");
        cell->rps = data_number(summary, "throughput_rps.value");
        cell->rps_interval = interval_at(summary, "throughput_rps");
        cell->ratio = data_number(summary, "ratio.value");
        cell->ratio_interval = interval_at(summary, "ratio");
    }
}

static void read_ledger(const struct data *data, size_t workload, size_t model, struct cell *cell)
{
    size_t i;
    const json_t *counted;
    for (int q = 0; q < LEDGER_QUANTITIES; q++) {
        char path[96];
        snprintf(path, sizeof path, "ledger.%s.value", ledger_names[q]);
        cell->ledger[q] = median_at(data, workload, model, path);
        json_array_foreach(json_object_get(data->document, "counted"), i,
                           counted) if (ledger_is_counted((enum ledger_quantity)q) &&
                                        data_is_of(data, counted, workload, model))
            cell->ledger[q] = data_number(counted, path);
    }
}

/* NaN and not known without VALID runs: the times of others would mislead. */
static void read_responses(const struct data *data, size_t workload, size_t model,
                           struct cell *cell)
{
    struct interval *intervals[DATA_PERCENTILES] = {
        [0] = &cell->p50_interval, [3] = &cell->p99_interval};
    double values[STATISTICS_MOST], sorted[STATISTICS_MOST];
    for (int p = 0; p < DATA_PERCENTILES; p++) {
        data_collect(values, data, workload, model, percentile_paths[p]);
        for (size_t b = 0; cell->valid == 0 && b < data->blocks; b++)
            values[b] = NAN;
        cell->response_us[p] = statistics_spread(values, data->blocks).median;
        cell->response_runs[p] = statistics_sorted(sorted, values, data->blocks);
        if (intervals[p] == NULL)
            continue;
        *intervals[p] = interval_of_median(sorted, cell->response_runs[p]);
    }
}

static bool read_cell(const struct data *data, size_t workload, size_t model, struct cell *cell)
{
    size_t i;
    const json_t *run;
    *cell = (struct cell){.rps = NAN,
                          .ratio = NAN,
                          .p99_ratio = NAN,
                          .p99_ratio_interval = interval_unknown(),
                          .p99_p = NAN,
                          .reason = "",
                          .rps_interval = interval_unknown(),
                          .ratio_interval = interval_unknown()};
    cell->rps_by_block = calloc(data->blocks, sizeof *cell->rps_by_block);
    if (cell->rps_by_block == NULL)
        return false;
    json_array_foreach(json_object_get(data->document, "runs"), i,
                       run) if (data_is_of(data, run, workload, model)) count_run(cell, run);
    find_reason(data, workload, model, cell);
    read_summary(data, workload, model, cell);
    read_ledger(data, workload, model, cell);
    data_collect(cell->rps_by_block, data, workload, model, "client.throughput_rps");
    read_responses(data, workload, model, cell);
    cell->cpu_us = median_at(data, workload, model, "server.cpu_us_per_request");
    return true;
}

/* ---- the file ---- */

static void read_names(struct data *data)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(data->document, "models"), i,
                       item) if (data->models < DATA_MODELS_MOST &&
                                 *data_text(item, "name") != '\0')
    {
        data->own_models += !json_is_true(data_at(item, "reference"));
        data->model_names[data->models++] = data_text(item, "name");
    }
    json_array_foreach(json_object_get(data->document, "workloads"), i,
                       item) if (data->workloads < DATA_WORKLOADS_MOST &&
                                 *data_text(item, "name") != '\0')
        data->workload_objects[data->workloads++] = item;
    for (data->base = 0; data->base < data->models; data->base++)
        if (is_text(data->document, "base_model", data->model_names[data->base]))
            break;
}

/* One more than the highest there is, within what statistics can take. */
static size_t count_blocks(const json_t *document)
{
    size_t i, blocks = 1;
    const json_t *run;
    json_array_foreach(json_object_get(document, "runs"), i, run)
    {
        double block = data_number(run, "block");
        if (block >= (double)blocks && block < STATISTICS_MOST)
            blocks = (size_t)block + 1;
    }
    return blocks;
}

static bool read_cells(struct data *data, char error[DATA_ERROR_BYTES])
{
    data->blocks = count_blocks(data->document);
    data->cells = calloc(data->models * data->workloads + 1, sizeof *data->cells);
    bool good = data->cells != NULL;
    for (size_t w = 0; good && w < data->workloads; w++)
        for (size_t m = 0; good && m < data->models; m++)
            good = read_cell(data, w, m, &data->cells[w * data->models + m]);
    if (!good)
        snprintf(error, DATA_ERROR_BYTES, "out of memory");
    return good;
}

bool data_read(struct data *data, const char *path, char error[DATA_ERROR_BYTES])
{
    json_error_t why;
    *data = (struct data){.document = json_load_file(path, 0, &why)};
    if (data->document == NULL) {
        if (why.line < 0)
            snprintf(error, DATA_ERROR_BYTES, "%.200s: cannot be read: %s", path, strerror(errno));
        else
            snprintf(error, DATA_ERROR_BYTES, "%.200s: line %d: %s", path, why.line, why.text);
        return false;
    }
    if (!is_text(data->document, "schema", schema)) {
        snprintf(error, DATA_ERROR_BYTES, "%.200s: its schema is not %s", path, schema);
        data_free(data);
        return false;
    }
    read_names(data);
    if (read_cells(data, error))
        return true;
    data_free(data);
    return false;
}

void data_free(struct data *data)
{
    for (size_t i = 0; data->cells != NULL && i < data->models * data->workloads; i++)
        free(data->cells[i].rps_by_block);
    free(data->cells);
    json_decref(data->document);
    *data = (struct data){0};
}

const struct cell *data_cell(const struct data *data, size_t workload, size_t model)
{
    return &data->cells[workload * data->models + model];
}

const char *data_workload_name(const struct data *data, size_t workload)
{
    return data_text(data->workload_objects[workload], "name");
}
