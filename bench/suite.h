/* suite: all that a comparison is made of, as the parts that show and store it read it. */
#ifndef SUITE_H
#define SUITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalogue.h"
#include "clock.h"
#include "cpus.h"
#include "options.h"
#include "plan.h"
#include "run.h"
#include "steal.h"

enum { SUITE_WHY_BYTES = 80 };

/* Exit statuses of the driver, besides 0. */
enum { SUITE_FAILED = 1, SUITE_USAGE = 2, SUITE_INTERRUPTED = 130 };

struct suite {
    struct options options;
    struct catalogue catalogue; /* what was chosen */
    /* Why a reference is not run under a workload; "": it is. */
    char not_available[CATALOGUE_WORKLOADS_MOST][CATALOGUE_MODELS_MOST][SUITE_WHY_BYTES];
    struct cpus_division cpus, shared_cpus; /* the second of workloads that share them */
    size_t blocks;
    int64_t warmup_ns, run_ns; /* of each run */
    struct plan plan;
    struct run *runs;              /* plan.count of them, in the order of the plan */
    size_t runs_count;             /* carried out so far, an interrupted one included */
    struct ledger_sources sources; /* of the ledgers of all runs */
    int64_t counting_ns;           /* measured time of a counting run; 0: there are none */
    struct run *counted; /* workload by workload one for each model, see counting.h; NULL: none */
    json_t *experiments; /* what experiment_json gives of each */
    char *experiments_text;      /* what experiment_show showed; NULL when memory was short */
    size_t experiments_failures; /* runs of them that failed */
    bool experiments_cut;        /* by an interrupt: not all were carried out */
    json_t *machine;
    bool finished;                  /* nothing is left to do */
    int64_t elapsed_ns;             /* of the plan; with --resume also what went by before */
    int64_t later_ns;               /* what comes behind the plan takes, about */
    size_t begun_at;                /* runs that were there at the start, with --resume */
    struct steal steal, steal_mark; /* of the machine since the start, and when it was collected */
    size_t resumes;                 /* how often it was gone on with */
    json_t *resumed;                /* what is gone on with; NULL: nothing. Runs borrow from it */
    char resumed_checksum[CHECKSUM_BYTES]; /* of its file, as it was read */
    char client_checksum[CHECKSUM_BYTES];
    char base_model[CATALOGUE_NAME_BYTES]; /* what the others are compared with */
    char started_at[32];                   /* UTC, 2031-05-17T09:30:00Z */
};

/* Why the pair is left out of the plan; NULL when it is in it. */
static inline const char *suite_not_available(const struct suite *s, size_t workload, size_t model)
{
    const char *why = s->not_available[workload][model];
    return *why != '\0' ? why : NULL;
}

/* What a run takes besides its times, about: start and end of the programs and the last replies;
 * and over several hosts clocks and the time that all are given to get ready in. */
static inline int64_t suite_overhead_ns(const struct suite *s)
{
    return s->options.hosts != NULL ? 3 * CLOCK_S : 150 * CLOCK_MS;
}

/* Of the runs under this workload. */
static inline const struct cpus_division *suite_cpus(const struct suite *s, size_t workload)
{
    return s->catalogue.workloads[workload].shares_cpus ? &s->shared_cpus : &s->cpus;
}

/* Processors of a server, in the first set-up; 0: not known, for it runs on another host. */
static inline int suite_server_cpus(const struct suite *s)
{
    return s->options.hosts != NULL ? 0 : CPU_COUNT(&s->cpus.server);
}

/* Models of ours; references come behind them. */
static inline size_t suite_models(const struct suite *s)
{
    size_t count = 0;
    while (count < s->catalogue.models_count &&
           !catalogue_is_reference(&s->catalogue.models[count]))
        count++;
    return count;
}

/* Runs that came to their end. */
static inline size_t suite_runs_ended(const struct suite *s)
{
    bool cut = s->runs_count > 0 && s->runs[s->runs_count - 1].outcome == RUN_INTERRUPTED;
    return s->runs_count - cut;
}

static inline bool suite_is_complete(const struct suite *s)
{
    return suite_runs_ended(s) == s->plan.count && !s->experiments_cut;
}

#endif
