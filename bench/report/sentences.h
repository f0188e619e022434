/* sentences: what the runs of a workload say, in plain words. Pure.
 *
 * Two sentences, made from the figures, each true of them whatever they are: the first tells who
 * served the most requests/s, by how much over the next and over the base, or that no difference is
 * shown, or why nobody is ranked; the second of which cost in the ledger the leader pays less than
 * another, by the largest factor, which is where to look for the reason, or that there is none; and
 * how busy both kept their processor.
 *
 * Where the rate of requests was given to all, the first compares response times instead
 * (responses.h), unless the workload asks how much gets done.
 *
 * Only models with VALID runs are compared. "No difference is shown" means that the 95 % interval
 * of the ratio of requests/s, paired by block, holds 1; of response times see responses.h. */
#ifndef SENTENCES_H
#define SENTENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "interval.h"
#include "ledger.h"
#include "measure.h"

struct sentence_row {
    const char *model;
    size_t runs, measured, valid;
    bool best;  /* ahead of all others by more than chance explains (comparison.h) */
    double rps; /* median; NaN when not known, as the rest */
    struct interval rps_interval;
    const double *rps_by_block; /* of the runs that count */
    double p99_us;              /* response time of VALID runs: median */
    struct interval p99_interval;
    bool best_p99;                      /* as best, by p99 (soonest.h) */
    double p99_ratio;                   /* of p99 to that of the first by p99 */
    struct interval p99_ratio_interval; /* of p99_ratio */
    double p99_p;                       /* of "as long", raised for all comparisons */
    double ledger[LEDGER_QUANTITIES];
    const char *reason;  /* what most runs that are not VALID were; "" if none */
    size_t reason_count; /* how many of them */
};

struct sentence_rows {
    const struct sentence_row *row;
    size_t count, base; /* base: as count when it is none of the rows */
    size_t blocks;      /* values in each rps_by_block; at most STATISTICS_MOST */
    enum measure measure;
};

/* Writes them as plain text without a line end. */
void sentences_write(FILE *to, const struct sentence_rows *rows);

#endif
