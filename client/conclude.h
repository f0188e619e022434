/* conclude: from what the workers measured to the result of the run.
 *
 * Called once, by the main thread, when all workers have ended. */
#ifndef CONCLUDE_H
#define CONCLUDE_H

#include <stdint.h>

struct load;
struct load_result;
struct worker;

/* Adds the measures of `count` workers to the empty *result, whose sum has been initialised, and
 * computes what only all of them together tell. begin_ns is when the window opened. When memory is
 * short result->sum.incomplete says so. */
void conclude(struct load_result *result, const struct load *load, const struct worker *workers,
              uint32_t count, int64_t begin_ns);

#endif
