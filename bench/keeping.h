/* keeping: while a suite runs, what it has measured so far is written to its folder, so that one
 * that is killed can be gone on with (--resume). */
#ifndef KEEPING_H
#define KEEPING_H

#include <stdbool.h>
#include <stdint.h>

#include "results.h"
#include "suite.h"

struct keeping {
    int64_t ended_ns, took_ns; /* of the last writing; 0: there was none */
    bool failed;               /* and that was told */
};

/* After a run: at the end of a block writes results.json, unless the last time was just now: at
 * most a twentieth of the suite's time goes into that. Nothing is measured meanwhile. That it
 * cannot be written is told once on standard error; the suite goes on. */
void keeping_after_run(struct keeping *k, const struct results *results, const struct suite *suite);

#endif
