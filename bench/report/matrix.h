/* matrix: every workload by every model in one table. */
#ifndef MATRIX_H
#define MATRIX_H

#include <stdbool.h>
#include <stdio.h>

#include "data.h"

/* What can be said of a cell, best last. */
enum standing {
    STANDING_NOT_RUN,
    STANDING_NOT_MEASURED,
    STANDING_NOT_RANKED,  /* no run of it is VALID */
    STANDING_NO_BASE,     /* the base has no VALID run, or there is no base */
    STANDING_NO_INTERVAL, /* too few blocks */
    STANDING_NO_DIFFERENCE,
    STANDING_LESS,
    STANDING_MORE,
    STANDING_BASE,
};
enum standing matrix_standing(const struct data *data, size_t workload, size_t model);

/* "not ranked: GENERATOR-LIMITED 6/6"; nothing where there is nothing to say. */
void matrix_write_reason(FILE *to, const struct cell *cell);

void matrix_write(FILE *to, const struct data *data);

#endif
