/* summary: the runs of one model under one workload, taken together over the blocks.
 *
 * Which runs count: those that are VALID, if there are any; else those that were measured, and then
 * the figures only show what happened: no response times, never the best. */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interval.h"
#include "outliers.h"
#include "ratio.h"
#include "run.h"
#include "statistics.h"
#include "suite.h"

enum { SUMMARY_NOTES_MOST = 8 };

/* Something other than VALID that happened to some of the runs. */
struct summary_note {
    const char *text;   /* a verdict, or an outcome in words */
    const char *detail; /* of the first such run; "" if none */
    bool differs;       /* that of another such run is not the same */
    size_t count;
};

struct summary {
    size_t model, workload;
    size_t runs;                  /* carried out */
    size_t measured;              /* of these, with a result */
    size_t valid;                 /* of these, VALID */
    bool best;                    /* see comparison.h */
    struct spread rps;            /* requests per second */
    struct interval rps_interval; /* of its median */
    struct fences rps_fences;     /* which of the runs that count lie apart */
    struct ratio rps_level;       /* of rps to 1: how much the blocks differ, on the log scale */
    struct ratio ratio;           /* of rps to that of the base model in the same block */
    double ratio_p;               /* ratio.p, raised for all that are compared with the base */
    struct interval ratio_check;  /* as ratio.interval, by bootstrap; not known for few blocks */
    double p50_us, p99_us; /* response time, median over blocks; NaN when not known or not VALID */
    struct interval p50_interval, p99_interval; /* of these medians */
    bool best_p99;                              /* see soonest.h; so too the next two */
    struct ratio p99_ratio; /* of its p99 to that of the first; not known for the first */
    double p99_p;           /* p99_ratio.p, raised for all that are compared with the first */
    double cpu_us;          /* of the server for each request, median over blocks */
    int64_t errors;         /* in all runs */
    double
        ledger[LEDGER_QUANTITIES]; /* median over blocks, or of the counting run; NaN: not known */
    size_t notes_count;
    struct summary_note notes[SUMMARY_NOTES_MOST];
};

/* One for each workload and model, workload by workload, models in the order of the catalogue.
 * NULL when memory is short. The caller frees it; it points into the suite's runs. */
struct summary *summary_make(const struct suite *suite);

/* The model and workload of the summary, and the run counts for its figures. */
bool summary_holds(const struct summary *s, const struct run *run);

/* How far a run that counts lies from the others. */
enum outlier summary_outlier(const struct summary *s, const struct run *run);

#endif
