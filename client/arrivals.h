/* arrivals: the laws by which requests may fall due in an open loop; plan.h computes when. */
#ifndef ARRIVALS_H
#define ARRIVALS_H

#include <stdbool.h>

enum arrivals {
    ARRIVALS_POISSON,  /* independent of each other: gaps are exponential with mean 1/rate */
    ARRIVALS_CONSTANT, /* equal gaps */
    ARRIVALS_UNIFORM,  /* gaps evenly from 0 to below 2/rate */
    ARRIVALS
};

/* For options and results: "poisson", "constant", "uniform". */
extern const char *const arrivals_names[ARRIVALS];

/* False: no law has this name, and *law is as it was. */
bool arrivals_by_name(const char *text, enum arrivals *law);

#endif
