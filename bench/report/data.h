/* data: a results file (schema server-models-bench/1, see results_json.c), as the report needs it.
 *
 * Nothing in the file is relied on: what is missing or of another type is not known (NaN, "",
 * nothing), and what names a model or workload that the file does not list is left out. */
#ifndef DATA_H
#define DATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "interval.h"
#include "ledger.h"
#include "measure.h"
#include "statistics.h"

enum { DATA_MODELS_MOST = 32, DATA_WORKLOADS_MOST = 64, DATA_ERROR_BYTES = 512 };

/* Response times of which the client tells. */
enum { DATA_PERCENTILES = 6 };
extern const double data_percentiles[DATA_PERCENTILES]; /* 50, 90, ... */

/* One model under one workload. Which runs count: the VALID ones, if there are any, else those that
 * were measured; figures are medians over them. */
struct cell {
    size_t runs, measured, valid;
    bool best;     /* by requests/s, marked so by the bench; never where they are not the measure */
    bool best_p99; /* by p99, marked so by the bench */
    double rps;
    struct interval rps_interval;
    double ratio; /* of requests/s to those of the base */
    struct interval ratio_interval;
    double response_us[DATA_PERCENTILES];   /* of VALID runs only */
    size_t response_runs[DATA_PERCENTILES]; /* how many of them have so high a percentile */
    double cpu_us;                          /* of the server for each command, whole run */
    double ledger[LEDGER_QUANTITIES];
    double errors;        /* in all runs */
    const char *reason;   /* what most runs that are not VALID were; "" if there are none */
    size_t reason_count;  /* how many of them */
    double *rps_by_block; /* data->blocks of them; NaN where no run counts */
    double p99_ratio;     /* of the p99 to that of the first by p99 (bench/soonest.h) */
    struct interval p99_ratio_interval;
    double p99_p; /* of "as long as the first", raised for all comparisons */
    struct interval p50_interval, p99_interval; /* of the medians of response_us */
};

struct data {
    json_t *document;
    size_t models, workloads, blocks;
    size_t own_models; /* the first of them; behind these come references, see bench/reference.h */
    const char *model_names[DATA_MODELS_MOST];
    const json_t *workload_objects[DATA_WORKLOADS_MOST];
    size_t base; /* a model; as many as there are models when it is none of them */
    struct cell *cells;
};

/* False with one line in error: the file cannot be read, is no JSON, or of another schema. */
bool data_read(struct data *data, const char *path, char error[DATA_ERROR_BYTES]);
void data_free(struct data *data);

const struct cell *data_cell(const struct data *data, size_t workload, size_t model);

/* "" when not known. */
const char *data_workload_name(const struct data *data, size_t workload);

/* At a path of keys with dots between them. NULL, NaN, "" when there is no such thing there. */
const json_t *data_at(const json_t *object, const char *path);
double data_number(const json_t *object, const char *path);
const char *data_text(const json_t *object, const char *path);

/* Response times of a point of an experiment are the server's: its verdict is VALID,
 * SERVER-SATURATED or NON-STATIONARY, and none of its runs counts although the client was late. */
bool data_has_times(const json_t *point);

enum measure data_measure(const struct data *data, size_t workload);

/* values[b] = the number at the path in the run of block b, if it counts. Fills data->blocks
 * values. */
void data_collect(double values[], const struct data *data, size_t workload, size_t model,
                  const char *path);

/* An item of the file (a run, a summary) is of this model under this workload. */
bool data_is_of(const struct data *data, const json_t *item, size_t workload, size_t model);

/* A run is one of them, and counts. */
bool data_counts(const struct data *data, const json_t *run, size_t workload, size_t model);

#endif
