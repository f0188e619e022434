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
 *      "seconds", "blocks", "points": [{"label", "model", "x", "y", "runs", "valid", "late",
 *          "verdict", "throughput_rps": {"value", "low", "high"}, "p50_us", "p99_us", "mean_us",
 *          "cpu_us_per_request", "server", "client", "by_run": [{"block", "turn", "outcome",
 *          "verdict", "failed_checks": [...], "throughput_rps", "mean_us", "p50_us", "p95_us",
 *          "p99_us", "lag_p99_us", "lag_max_us", "planned", "ok", "window_cpu_us_per_request",
 *          "run_cpu_us_per_request"}, ...]}], "failed": ["what: why"], ...}
 *
 * where what an experiment adds of its own stands behind: "claims", "theory" (prediction.h),
 * "answers" (capacity.h, whose kind is "capacity"). Figures are medians over the blocks whose run
 * is VALID, or over all that were measured where none is: then "valid" is 0, and "verdict" is that
 * of the first such run. "late" of the valid ones are so because lateness does not matter there
 * (late_counts), and then response times are not the server's. "by_run" are the runs themselves,
 * with what the client said of each; "turn" numbers them as they were carried out. Not known is
 * null. */
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
    /* Verdicts that the point is there to show, between blanks: a run with one of them counts as
     * one that is VALID. NULL: none. Static. */
    const char *also_valid;
    bool late_counts; /* so does one in which the client was only late (run.h): for points of which
                         no response times are wanted */
    const char *left_out; /* why it has no runs, in place of a verdict: "without a rate". NULL: it
                             has. Static */
    int64_t more_ns; /* what a run of it takes beside its times, as experiment_expected_ns says */
};

/* What experiment_show shows of the points: a table for each. */
enum experiment_shown {
    EXPERIMENT_RPS = 1,
    EXPERIMENT_MEAN = 2,
    EXPERIMENT_P50 = 4,
    EXPERIMENT_P99 = 8,
    EXPERIMENT_CPU = 16,
};

struct experiment;

/* How an experiment is carried out that has its own way, as experiment_carry_out is. */
typedef bool experiment_course(struct experiment *e, const struct suite *suite, const char *client,
                               const char *result_path);

struct experiment {
    const char *kind, *name, *title, *question;
    struct experiment_axis x, y;
    size_t blocks;
    int64_t run_ns, warmup_ns; /* of each run */
    size_t count, capacity;
    struct experiment_point *points;
    struct run *runs; /* blocks * count: that of point p in block b is runs[b * count + p] */
    json_t *more;     /* fields that it adds to its JSON */

    /* Zero and NULL will do for the rest. */
    unsigned shown;            /* of enum experiment_shown; 0: EXPERIMENT_RPS */
    bool no_tables;            /* show no tables of points */
    experiment_course *course; /* NULL: experiment_carry_out */
    void (*show_more)(FILE *to, const struct experiment *e); /* below the tables */
    size_t more_runs; /* of its own course beyond those of the points, about */
    int64_t more_ns;  /* and what else takes time */
    void *own;        /* of its own course; freed with the experiment */
    json_t *failed;   /* what experiment_fail was told, in words; NULL: nothing */
    size_t fails;     /* and how often */
};

/* A point more, to be filled in by the caller: all zero but x and y, which are NaN. It stays where
 * it is until the next. NULL when memory is short. */
struct experiment_point *experiment_add(struct experiment *e);

/* How long it takes, about: for each run the warm-up, the measured time, what the start and end of
 * both programs take (overhead_ns), and what its point says; and what the experiment says of
 * itself.
 */
int64_t experiment_expected_ns(const struct experiment *e, int64_t overhead_ns);

/* Carries out all runs but those of points that are left out, or those before an interrupt. client
 * and result_path as in run.h. False when memory is short. */
experiment_course experiment_carry_out;

/* One run of this point by itself, out of all blocks: for a search. The caller frees it. */
void experiment_probe(struct run *run, const struct experiment *e,
                      const struct experiment_point *point, const struct suite *suite,
                      const char *client, const char *result_path);

/* values[b] = the figure of a point in block b, NaN where it is not known or its run is not one of
 * those that count. Fills e->blocks values; returns how many runs of the point are VALID. */
size_t experiment_values(double values[], const struct experiment *e, size_t point,
                         double (*figure)(const struct run *));

/* The median of a figure over the blocks, NaN when not known. */
double experiment_median(const struct experiment *e, size_t point,
                         double (*figure)(const struct run *));

/* The CPU time of the server for each request in the measured window; where that is not known, in
 * the whole run. */
double experiment_cpu_us(const struct run *run);

/* "VALID" if a run of the point is, else what is the matter with the first that took place: the
 * client's verdict (where late_counts, without lateness) or, of a run that failed, its outcome; why
 * the point is left out; "not run". */
const char *experiment_verdict(const struct experiment *e, size_t point);

/* The same in a sentence; "" for a point that is VALID or was not run. */
const char *experiment_reason(const struct experiment *e, size_t point);

/* A comparison takes so many runs of a point that are VALID, or those of all blocks where these are
 * fewer. */
enum { EXPERIMENT_VALID_LEAST = 3 };

/* What became of the runs of a point. */
struct experiment_tally {
    size_t blocks, valid;
    size_t late;         /* of the valid, those that are so because late_counts */
    bool enough;         /* VALID ones, to be compared */
    const char *verdict; /* as experiment_verdict, of most of the runs that are not VALID; "" if all
                            are */
};
struct experiment_tally experiment_tally(const struct experiment *e, size_t point);

/* Something that is none of its points' runs could not be done: says so at once, and keeps it for
 * the failures, the text and the JSON. */
void experiment_fail(struct experiment *e, const char *what, const char *why);

/* experiment_fail if the run, one of experiment_probe for this point, failed: "what LABEL: why". */
void experiment_fail_probe(struct experiment *e, const struct run *run, const char *what,
                           const char *label);

/* How many runs ended with another outcome than RUN_MEASURED, and were not interrupted; and what
 * experiment_fail was told. */
size_t experiment_failures(const struct experiment *e);

/* A new reference; NULL when memory is short. */
json_t *experiment_json(const struct experiment *e, const struct suite *suite);

/* For people, at most 100 columns wide: the question, then for each figure that is shown a table
 * with a row for each label and a column for each x; below, what is the matter with those points
 * that are not VALID. Response times are shown only of points that are VALID, SERVER-SATURATED or
 * NON-STATIONARY: others are not the server's, or only those of some lucky clients. */
void experiment_show(FILE *to, const struct experiment *e);

void experiment_free(struct experiment *e);

#endif
