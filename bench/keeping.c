#include "keeping.h"

#include <stdlib.h>

#include "clock.h"
#include "diag.h"
#include "progress.h"
#include "summary.h"

enum { REST_SHARE = 20 };

static bool is_end_of_block(const struct suite *s)
{
    const struct plan_step *next = &s->plan.steps[s->runs_count];
    return s->runs_count == s->plan.count || next->block != next[-1].block;
}

static void keep(struct keeping *k, const struct results *results, const struct suite *suite)
{
    char error[RESULTS_ERROR_BYTES];
    struct summary *summaries = summary_make(suite);
    if (summaries == NULL)
        return; /* there may be memory at the end, which says so if not */
    if (!results_keep(results, suite, summaries, error) && !k->failed) {
        progress_clear();
        diag_error("%s", error);
        k->failed = true;
    }
    free(summaries);
}

void keeping_after_run(struct keeping *k, const struct results *results, const struct suite *suite)
{
    int64_t now_ns = clock_now_ns();
    if (!is_end_of_block(suite) || now_ns - k->ended_ns < k->took_ns * REST_SHARE)
        return;
    keep(k, results, suite);
    k->ended_ns = clock_now_ns();
    k->took_ns = k->ended_ns - now_ns;
}
