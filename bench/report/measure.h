/* measure: what the models are compared by under a workload (bench/comparison.h), as the report
 * finds it in the file. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>

enum measure {
    MEASURE_RPS,     /* requests/s */
    MEASURE_GOODPUT, /* requests/s too, though their rate was given to all: how much got done */
    MEASURE_P99,     /* the p99 of the response times, for the rate of requests was given to all */
    MEASURE_UNKNOWN, /* the rate was given, and the file is of a time when p99 was not compared */
};

/* Whoever has more requests/s is ahead. */
static inline bool measure_is_rps(enum measure measure)
{
    return measure == MEASURE_RPS || measure == MEASURE_GOODPUT;
}

#endif
