/* verdicts: what all rounds say together, and the table that shows it. */
#ifndef VERDICTS_H
#define VERDICTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "contender.h"
#include "rows.h"
#include "statistics.h"

/* What became of a row; zeroed to begin with. */
struct record {
    bool possible;
    char why_not[CONTENDER_WHY_BYTES];
    double values[STATISTICS_MOST]; /* of the rounds in which it could be measured */
    size_t count, failed, client_limited;
};

enum verdict {
    VERDICT_NONE, /* left out, not measured, or without a target */
    VERDICT_MET,
    VERDICT_MISSED,
};

/* By the median; with ROW_CLIENTS by the worst round, for a client that is not served is not made
 * good by another round. */
enum verdict verdict_of(const struct row *row, const struct record *record);

/* The rows that were chosen, in groups. */
void verdicts_write(FILE *to, const struct record records[], const bool chosen[]);

/* The rows and their targets, without figures. */
void verdicts_write_list(FILE *to);

#endif
