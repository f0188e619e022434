#include "schedule.h"

#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "precision.h"
#include "reference.h"
#include "statistics.h"
#include "summary.h"

size_t schedule_pilot(const struct suite *suite, int64_t run_ns)
{
    const struct catalogue *c = &suite->catalogue;
    int64_t block_ns = run_ns * (int64_t)(c->models_count * c->workloads_count);
    int64_t fitting = suite->options.budget_ns / block_ns;
    return fitting < 1 ? 1 : fitting < SCHEDULE_PILOT ? (size_t)fitting : SCHEDULE_PILOT;
}

/* Blocks that a workload lacks. One whose variation is not known is not worth waiting for. */
static size_t lacking(const struct suite *suite, const struct summary row[])
{
    struct precision p = precision_of(suite, row);
    if (p.count < 2 || p.half_width <= suite->options.half_width)
        return 0;
    size_t needed = blocks_needed(p.sd, suite->options.half_width, STATISTICS_MOST);
    return needed > p.count ? needed - p.count : 0;
}

/* Room for the run first: then no failure leaves a step without one. */
static bool add_block(struct suite *suite, const size_t workloads[], size_t count)
{
    size_t models = suite->catalogue.models_count;
    size_t runs = suite->plan.count + models * count;
    struct run *grown = realloc(suite->runs, runs * sizeof *grown);
    if (grown == NULL)
        return false;
    suite->runs = grown;
    memset(grown + suite->plan.count, 0, models * count * sizeof *grown);
    if (!plan_add_block(&suite->plan, models, workloads, count))
        return false;
    reference_leave_out(suite);
    suite->blocks = suite->plan.blocks;
    return true;
}

/* lacks[]: of each workload. A block is added for all that still lack one, or not at all. */
static enum schedule add_blocks(struct suite *suite, size_t lacks[], int64_t left_ns,
                                int64_t run_ns)
{
    enum schedule result = SCHEDULE_DONE;
    while (suite->blocks < STATISTICS_MOST) {
        size_t chosen[CATALOGUE_WORKLOADS_MOST], count = 0;
        for (size_t w = 0; w < suite->catalogue.workloads_count; w++)
            if (lacks[w] > 0) {
                lacks[w]--;
                chosen[count++] = w;
            }
        left_ns -= run_ns * (int64_t)(count * suite->catalogue.models_count);
        if (count == 0 || left_ns < 0)
            break;
        if (!add_block(suite, chosen, count))
            return SCHEDULE_NO_MEMORY;
        result = SCHEDULE_MORE;
    }
    return result;
}

enum schedule schedule_more(struct suite *suite, int64_t elapsed_ns)
{
    size_t lacks[CATALOGUE_WORKLOADS_MOST];
    if (!suite->options.blocks_auto || suite->runs_count == 0)
        return SCHEDULE_DONE;
    struct summary *summaries = summary_make(suite);
    if (summaries == NULL)
        return SCHEDULE_NO_MEMORY;
    for (size_t w = 0; w < suite->catalogue.workloads_count; w++)
        lacks[w] = lacking(suite, summaries + w * suite->catalogue.models_count);
    free(summaries);
    return add_blocks(suite, lacks, suite->options.budget_ns - elapsed_ns,
                      elapsed_ns / (int64_t)suite->runs_count);
}
