/* experiment: runs that differ in one or two quantities, as the number of clients or the service
 * time, and are compared along these: a curve, a map, or the figures behind a claim.
 *
 * It is made of points, each a model at one place (x, or x and y), with what the server and the
 * client are told there. They are carried out as the suite's own runs are: in blocks, each point
 * once in each block in a random order, with a fresh server process for each run.
 *
 * In JSON an experiment is
 *
 *     {"kind": "curve" | "map" | "claims", "name", "title", "question",
 *      "x": {"name", "unit", "log": bool}, "y": the same or null,
 *      "seconds", "blocks", "points": [{"label", "model", "x", "y", "runs", "valid", "verdict",
 *          "throughput_rps": {"value", "low", "high"}, "p50_us", "p99_us", "mean_us",
 *          "cpu_us_per_request", "server", "client"}], ...}
 *
 * where what an experiment adds of its own ("claims", "theory") stands behind. Figures are medians
 * over the blocks whose run is VALID, or over all that were measured where none is: then "valid" is
 * 0, and "verdict" is that of the first such run. Not known is null. */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "run.h"
#include "suite.h"

enum { EXPERIMENT_WORDS_BYTES = 256 };

struct experiment_axis {
    const char *name, *unit; /* NULL name: there is no such axis */
    bool log;
};

struct experiment_point {
    char label[CATALOGUE_NAME_BYTES]; /* of its curve, or of what it stands for */
    size_t model;                     /* in the suite's catalogue */
    double x, y;
    char server[EXPERIMENT_WORDS_BYTES]; /* options, separated by single blanks; "": none */
    char client[EXPERIMENT_WORDS_BYTES]; /* options and command, likewise */
};

struct experiment {
    const char *kind, *name, *title, *question;
    struct experiment_axis x, y;
    size_t blocks;
    int64_t run_ns, warmup_ns; /* of each run */
    size_t count, capacity;
    struct experiment_point *points;
    struct run *runs; /* blocks * count: that of point p in block b is runs[b * count + p] */
    json_t *more;     /* fields that it adds to its JSON */
};

/* A point more, to be filled in by the caller: all zero but x and y, which are NaN. It stays where
 * it is until the next. NULL when memory is short. */
struct experiment_point *experiment_add(struct experiment *e);

/* How long it takes, about. */
int64_t experiment_expected_ns(const struct experiment *e);

/* Carries out all runs, or those before an interrupt. client and result_path as in run.h. False
 * when memory is short. */
bool experiment_carry_out(struct experiment *e, const struct suite *suite, const char *client,
                          const char *result_path);

/* One run of this point by itself, out of all blocks: for a search. The caller frees it. */
void experiment_probe(struct run *run, const struct experiment *e,
                      const struct experiment_point *point, const struct suite *suite,
                      const char *client, const char *result_path);

/* values[b] = the figure of a point in block b, NaN where it is not known or its run is not one of
 * those that count. Fills e->blocks values; returns how many runs of the point are VALID. */
size_t experiment_values(double values[], const struct experiment *e, size_t point,
                         double (*figure)(const struct run *));

/* A new reference; NULL when memory is short. */
json_t *experiment_json(const struct experiment *e, const struct suite *suite);

/* For people: of a curve a table with a row for each x and a column for each label. */
void experiment_show(FILE *to, const struct experiment *e);

void experiment_free(struct experiment *e);

#endif
