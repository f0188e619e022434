#include "suite_sample.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

void suite_sample_fill(struct run *run, size_t block, size_t workload, size_t model, double rps)
{
    *run =
        (struct run){.block = block, .workload = workload, .model = model, .server_cpu_us = 5000};
    run->served = json_pack("{s:i}", "commands", 1000);
    run->client = json_pack("{s:f, s:s, s:{s:i, s:i}, s:{s:{s:f, s:n}}}", "throughput_rps", rps,
                            "verdict", "VALID", "counts", "ok", 9, "timeout", 2, "latency_us",
                            "response", "p50", 40.0, "p99");
    cr_assert(run->served != NULL && run->client != NULL);
}

struct suite *suite_sample(size_t blocks, size_t workloads, size_t models, const double *rps)
{
    static const char *const names[] = {"base", "second", "third", "fourth"};
    struct suite *s = calloc(1, sizeof *s);
    cr_assert(s != NULL && models <= sizeof names / sizeof *names);
    cr_assert(plan_make(&s->plan, blocks, models, workloads, 1));
    s->blocks = blocks;
    s->runs_count = s->plan.count;
    s->runs = calloc(s->runs_count, sizeof *s->runs);
    cr_assert_not_null(s->runs);
    s->options.seed = 1;
    s->catalogue.models_count = models;
    s->catalogue.workloads_count = workloads;
    snprintf(s->base_model, sizeof s->base_model, "base");
    for (size_t m = 0; m < models; m++)
        snprintf(s->catalogue.models[m].name, sizeof s->catalogue.models[m].name, "%s", names[m]);
    for (size_t i = 0; i < s->runs_count; i++)
        suite_sample_fill(&s->runs[i], i / (models * workloads), i / models % workloads, i % models,
                          rps[i]);
    return s;
}

void suite_sample_free(struct suite *suite)
{
    for (size_t i = 0; i < suite->runs_count; i++)
        run_free(&suite->runs[i]);
    free(suite->runs);
    plan_free(&suite->plan);
    free(suite);
}

struct run *suite_sample_run(struct suite *suite, size_t block, size_t model)
{
    return &suite->runs[block * suite->catalogue.models_count + model];
}

void suite_sample_verdict(struct run *run, const char *verdict)
{
    json_object_set_new(run->client, "verdict", json_string(verdict));
}

void suite_sample_lose(struct run *run, enum run_outcome outcome)
{
    run->outcome = outcome;
    snprintf(run->detail, sizeof run->detail, "signal 11, \"sad\"");
    json_decref(run->client);
    run->client = NULL;
}
