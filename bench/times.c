#include "times.h"

#include "clock.h"
#include "reason.h"
#include "workload.h"

/* The two kinds of suite. Quick fits its runs into a minute, programs' start and end included. */
enum { BLOCKS = 5, QUICK_BLOCKS = 2 };
#define RUN_NS       CLOCK_S
#define QUICK_NS     (50 * CLOCK_S)
#define SHORTEST_NS  (100 * CLOCK_MS)
#define WARMUP_SHARE 5 /* the warm-up takes this part of the measured time */
#define WARMUP_NS    CLOCK_S
#define COUNTING_NS  (500 * CLOCK_MS)

static int64_t min_ns(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void times_choose(struct suite *suite)
{
    const struct options *o = &suite->options;
    const struct catalogue *c = &suite->catalogue;
    suite->blocks = o->blocks > 0 ? (size_t)o->blocks : o->quick ? QUICK_BLOCKS : BLOCKS;
    suite->run_ns = RUN_NS;
    if (o->quick) {
        size_t blocks = suite->blocks + !o->no_counting;
        size_t pairs = c->models_count * c->workloads_count;
        size_t runs = blocks * (pairs > 0 ? pairs : 1);
        int64_t share_ns = QUICK_NS / (int64_t)runs - suite_overhead_ns(suite);
        int64_t fitting_ns = share_ns * WARMUP_SHARE / (WARMUP_SHARE + 1);
        fitting_ns -= fitting_ns % CLOCK_MS; /* a length that people can read */
        suite->run_ns = min_ns(CLOCK_S, fitting_ns > SHORTEST_NS ? fitting_ns : SHORTEST_NS);
    }
    if (o->run_ns > 0)
        suite->run_ns = o->run_ns;
    suite->warmup_ns = min_ns(suite->run_ns / WARMUP_SHARE, WARMUP_NS);
    suite->counting_ns = o->no_counting ? 0 : min_ns(suite->run_ns, COUNTING_NS);
}

bool times_fit_courses(const struct suite *suite, char error[CATALOGUE_ERROR_BYTES])
{
    for (size_t w = 0; w < suite->catalogue.workloads_count; w++) {
        const struct catalogue_workload *workload = &suite->catalogue.workloads[w];
        int64_t most_ns = workload->course_ns * WORKLOAD_INTERVALS_MOST;
        if (workload->course_ns > 0 && suite->options.run_ns > most_ns)
            return reason_give(error, CATALOGUE_ERROR_BYTES,
                               "--seconds=%g: must be at most %g with the workload %s, whose "
                               "course has steps of %g s, for at most %d steps",
                               (double)suite->options.run_ns / 1e9, (double)most_ns / 1e9,
                               workload->name, (double)workload->course_ns / 1e9,
                               WORKLOAD_INTERVALS_MOST);
    }
    return true;
}

int64_t times_of_run_ns(const struct suite *suite)
{
    return suite->warmup_ns + suite->run_ns + suite_overhead_ns(suite);
}
