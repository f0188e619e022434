#include "announce.h"

#include <stdio.h>

#include "counting.h"
#include "experiments.h"
#include "format.h"

void announce_choice(const struct suite *suite)
{
    const struct catalogue *c = &suite->catalogue;
    puts("Models:");
    for (size_t i = 0; i < c->models_count; i++)
        printf("  %-18s  %s\n", c->models[i].name, c->models[i].description);
    if (c->workloads_count > 0)
        puts("\nWorkloads:");
    for (size_t i = 0; i < c->workloads_count; i++)
        printf("  %-18s  %s\n", c->workloads[i].name, c->workloads[i].question);
    experiments_list(suite, stdout);
}

void announce_plan(struct suite *suite, int64_t run_ns)
{
    char duration[FORMAT_BYTES], references[48] = "";
    size_t models = suite_models(suite);
    size_t pairs = suite->catalogue.models_count * suite->catalogue.workloads_count;
    if (models < suite->catalogue.models_count)
        snprintf(references, sizeof references, ", references: %zu",
                 suite->catalogue.models_count - models);
    suite->later_ns = counting_expected_ns(suite) + experiments_expected_ns(suite);
    format_duration(duration,
                    run_ns * (int64_t)(suite->plan.count - suite->runs_count) + suite->later_ns);
    if (suite->options.resume != NULL)
        printf("Going on with %s: %zu of %zu runs of %.6g s are there, about %s for the rest\n",
               suite->options.resume, suite->runs_count, suite->plan.count,
               (double)suite->run_ns / 1e9, duration);
    else if (pairs == 0)
        printf("Models: %zu; suite %s, about %s in all where nothing else runs\n",
               suite->catalogue.models_count, suite->options.suite, duration);
    else
        printf("Models: %zu%s, workloads: %zu, blocks: %zu; %zu runs of %.6g s, about %s in all\n",
               models, references, suite->catalogue.workloads_count, suite->blocks,
               suite->plan.count, (double)suite->run_ns / 1e9, duration);
    if (suite->options.blocks_auto) {
        format_duration(duration, suite->options.budget_ns);
        printf("Then more blocks where an interval reaches beyond +-%.3g %%, within %s in all\n",
               suite->options.half_width * 100, duration);
    }
    fflush(stdout);
}
