/* schedule: how many blocks a suite has, when that depends on what it measures (--blocks auto).
 *
 * After a pilot of SCHEDULE_PILOT blocks, each workload gets as many more as its intervals should
 * need to become as narrow as wanted; when these are done, the same again, as long as an interval
 * is too wide and the budget of time lasts.
 *
 * Who stops when an interval looks narrow stops too early now and then, just where the variation
 * looks smaller than it is. Simulated as in tests/unit/coverage_test.c, a pilot of 5 leaves the
 * intervals a coverage of 92 % in the worst case, one of 8 leaves 93.5 %. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "suite.h"

enum { SCHEDULE_PILOT = 8 };

/* Blocks of the pilot: fewer when the budget is too short, but one at least. run_ns: what one run
 * is expected to take in all. */
size_t schedule_pilot(const struct suite *suite, int64_t run_ns);

enum schedule {
    SCHEDULE_DONE, /* all intervals are as narrow as wanted, or no further block fits the budget */
    SCHEDULE_MORE, /* the plan has grown */
    SCHEDULE_NO_MEMORY, /* the suite is as it was, or has grown by less than it should */
};

/* When all planned runs are carried out, elapsed_ns after the first began. Adds blocks to the plan,
 * and room for their runs. DONE at once for a suite whose number of blocks is fixed. */
enum schedule schedule_more(struct suite *suite, int64_t elapsed_ns);

#endif
