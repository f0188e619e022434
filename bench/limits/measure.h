/* measure: one row of the table, measured once. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contender.h"
#include "rows.h"

struct measure_setting {
    int64_t run_ns, warmup_ns; /* of a load */
    size_t idle_clients;       /* of a memory row: counted with a fifth of them, and with all */
};

enum { MEASURE_IDLE_STEPS = 5 }; /* that fifth */

struct measured {
    double value;        /* as the kind of row says */
    bool client_limited; /* in one of the two runs of a ratio: the true one is farther from 1 */
};

/* Whether the row can be measured at all, which needs servers with these options that answer the
 * row's request. False with a reason (of CONTENDER_WHY_BYTES). What is there and does not work
 * comes out when it is measured. */
bool measure_is_possible(const struct row *row, const struct measure_setting *setting,
                         const struct stage *stage, char *why);

/* With servers started for this and gone when it returns. mark_first: the order in which the two of
 * a ratio run. False with a reason. */
bool measure_row(struct measured *measured, const struct row *row,
                 const struct measure_setting *setting, const struct stage *stage, bool mark_first,
                 char *why);

#endif
