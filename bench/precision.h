/* precision: how narrow the intervals of a workload have become. Pure. */
#ifndef PRECISION_H
#define PRECISION_H

#include <stdbool.h>
#include <stddef.h>

#include "suite.h"
#include "summary.h"

/* The figure of the workload whose 95 % interval is the widest: of the ratios between a model and
 * the base that are both VALID at least in some block; if there are none, of the throughputs of the
 * models that are. */
struct precision {
    size_t count; /* blocks behind it; below 2, nothing else is known */
    size_t model;
    bool of_ratio;
    double sd;         /* of the logarithms, between blocks */
    double half_width; /* as in blocks.h; NaN when not known */
};

/* row: the summaries of the workload, of all models. */
struct precision precision_of(const struct suite *suite, const struct summary row[]);

#endif
