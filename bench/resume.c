#include "resume.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "reference.h"
#include "restore.h"
#include "resume_file.h"
#include "statistics.h"

/* ---- whether it is the same ---- */

/* What the kernel keeps for itself is not quite the same after each start of the machine. */
static bool is_same_memory(const char *key, const json_t *a, const json_t *b)
{
    return strcmp(key, "memory_kib") == 0 && json_is_number(b) &&
           fabs(json_number_value(a) - json_number_value(b)) < 0.01 * json_number_value(a);
}

/* The first fact that differs, as KEY or KEY.KEY; NULL when none does. How busy the machine was is
 * none. */
static const char *differing_fact(const json_t *was, const json_t *is, char name[64])
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)is, key, value)
    {
        const json_t *before = json_object_get(was, key);
        char inner[64];
        if (strcmp(key, "load_average") == 0 || json_equal(value, before) ||
            is_same_memory(key, value, before))
            continue;
        if (!json_is_object(value))
            snprintf(name, 64, "%.60s", key);
        else if (differing_fact(before, value, inner) != NULL)
            snprintf(name, 64, "%.20s.%.40s", key, inner);
        else
            continue;
        return name;
    }
    return NULL;
}

static bool check_machine(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    char name[64];
    json_t *was = json_object_get(suite->resumed, "machine"), *is = machine_facts();
    const char *fact = differing_fact(was, is, name);
    json_decref(is);
    if (fact != NULL)
        return resume_fail(error, "the machine or the build is not the same: %s differs", fact);
    suite->machine = json_incref(was);
    return true;
}

/* The same item stands in the same place, with the same checksum. */
static bool is_same(const json_t *item, const char *name, const char *checksum)
{
    return strcmp(resume_text(item, "name"), name) == 0 &&
           strcmp(resume_text(item, "checksum"), checksum) == 0;
}

static bool check_catalogue(const struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const struct catalogue *c = &suite->catalogue;
    const json_t *models = json_object_get(suite->resumed, "models");
    const json_t *workloads = json_object_get(suite->resumed, "workloads");
    if (json_array_size(models) != c->models_count)
        return resume_fail(error, "the models are not the same");
    for (size_t m = 0; m < c->models_count; m++)
        if (!is_same(json_array_get(models, m), c->models[m].name, c->models[m].checksum))
            return resume_fail(error, "the program of %s is not the same", c->models[m].name);
    if (strcmp(resume_text(suite->resumed, "client_checksum"), suite->client_checksum) != 0)
        return resume_fail(error, "the client is not the same");
    if (json_array_size(workloads) != c->workloads_count)
        return resume_fail(error, "the workloads are not the same");
    for (size_t w = 0; w < c->workloads_count; w++)
        if (!is_same(json_array_get(workloads, w), c->workloads[w].name, c->workloads[w].checksum))
            return resume_fail(error, "the file of the workload %s is not the same, %s",
                               c->workloads[w].name, c->workloads[w].path);
    return true;
}

/* They follow from the options, and these are the same. */
static bool check_times(const struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const json_t *options = json_object_get(suite->resumed, "options");
    if (resume_ns(options, "seconds") == suite->run_ns &&
        resume_ns(options, "warmup_s") == suite->warmup_ns)
        return true;
    return resume_fail(error, "its runs were not of %.6g s", (double)suite->run_ns / 1e9);
}

static bool check_cpus(const struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const json_t *options = json_object_get(suite->resumed, "options");
    char server[CPUS_TEXT_BYTES], client[CPUS_TEXT_BYTES];
    cpus_text(&suite->cpus.server, server);
    cpus_text(&suite->cpus.client, client);
    if (strcmp(resume_text(options, "server_cpus"), server) == 0 &&
        strcmp(resume_text(options, "client_cpus"), client) == 0)
        return true;
    return resume_fail(error, "the CPUs are not the same: server on %s, client on %s", server,
                       client);
}

/* ---- the plan ---- */

static size_t find_workload(const struct suite *suite, const char *name)
{
    size_t w = 0;
    while (w < suite->catalogue.workloads_count &&
           strcmp(suite->catalogue.workloads[w].name, name) != 0)
        w++;
    return w;
}

/* Which workloads the file's order has in a block. Returns how many; 0 when there is no such block.
 */
static size_t workloads_of(size_t chosen[], const struct suite *suite, size_t block)
{
    bool has[CATALOGUE_WORKLOADS_MOST + 1] = {false};
    const json_t *order = json_object_get(suite->resumed, "order"), *step;
    size_t i, count = 0;
    json_array_foreach(order, i,
                       step) if (json_integer_value(json_array_get(step, 0)) == (json_int_t)block)
    {
        const char *name = json_string_value(json_array_get(step, 2));
        has[find_workload(suite, name != NULL ? name : "")] = true;
    }
    for (size_t w = 0; w < suite->catalogue.workloads_count; w++)
        if (has[w])
            chosen[count++] = w;
    return count;
}

static bool is_planned_order(const struct suite *suite)
{
    const json_t *order = json_object_get(suite->resumed, "order");
    bool same = json_array_size(order) == suite->plan.count;
    for (size_t i = 0; same && i < suite->plan.count; i++) {
        const struct plan_step *step = &suite->plan.steps[i];
        const json_t *was = json_array_get(order, i);
        const char *model = json_string_value(json_array_get(was, 1));
        const char *workload = json_string_value(json_array_get(was, 2));
        same = json_integer_value(json_array_get(was, 0)) == (json_int_t)step->block &&
               model != NULL && strcmp(model, suite->catalogue.models[step->model].name) == 0 &&
               workload != NULL &&
               strcmp(workload, suite->catalogue.workloads[step->workload].name) == 0;
    }
    return same;
}

/* Drawn again from the seed, block by block, as it was drawn then: what is drawn for further blocks
 * goes on from there. */
static bool draw_again(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    size_t chosen[CATALOGUE_WORKLOADS_MOST], count;
    size_t models = suite->catalogue.models_count;
    if (!plan_make(&suite->plan, 0, models, 0, suite->options.seed))
        return resume_fail(error, "out of memory");
    while (suite->plan.blocks < STATISTICS_MOST &&
           (count = workloads_of(chosen, suite, suite->plan.blocks)) > 0)
        if (!plan_add_block(&suite->plan, models, chosen, count))
            return resume_fail(error, "out of memory");
    suite->blocks = suite->plan.blocks;
    reference_leave_out(suite);
    if (suite->plan.count == 0 || !is_planned_order(suite))
        return resume_fail(error,
                           "the planned order is not the one that its seed, its models and what "
                           "the references know give");
    return true;
}

/* ---- the runs ---- */

static bool take_runs(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const json_t *runs = json_object_get(suite->resumed, "runs");
    size_t count = json_array_size(runs);
    const json_t *last = json_array_get(runs, count > 0 ? count - 1 : 0);
    if (strcmp(resume_text(last, "outcome"), run_outcome_text(RUN_INTERRUPTED)) == 0)
        count--;
    suite->runs = calloc(suite->plan.count, sizeof *suite->runs);
    if (suite->runs == NULL)
        return resume_fail(error, "out of memory");
    if (count > suite->plan.count)
        return resume_fail(error, "its results.json has more runs than were planned");
    for (size_t i = 0; i < count; i++) {
        const struct plan_step *step = &suite->plan.steps[i];
        struct run *run = &suite->runs[suite->runs_count++];
        *run = (struct run){.block = step->block, .model = step->model, .workload = step->workload};
        if (!restore_run(run, json_array_get(runs, i), suite))
            return resume_fail(error, "run %zu of its results.json is not what was planned", i + 1);
    }
    suite->begun_at = suite->runs_count;
    return true;
}

static bool take_times(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    int64_t before = json_integer_value(json_object_get(suite->resumed, "resumed"));
    const char *started_at = resume_text(suite->resumed, "started_at");
    if (before < 0 || before == INT64_MAX || strlen(started_at) >= sizeof suite->started_at)
        return resume_fail(error, "its results.json does not tell when it began");
    suite->resumes = (size_t)before + 1;
    suite->elapsed_ns = resume_ns(suite->resumed, "elapsed_s");
    suite->steal.wanted_s = json_number_value(json_object_get(suite->resumed, "cpu_wanted_s"));
    suite->steal.stolen_s = json_number_value(json_object_get(suite->resumed, "cpu_stolen_s"));
    strcpy(suite->started_at, started_at);
    return true;
}

bool resume_plan(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    return take_times(suite, error) && check_machine(suite, error) &&
           check_catalogue(suite, error) && check_times(suite, error) && check_cpus(suite, error) &&
           draw_again(suite, error) && take_runs(suite, error);
}

bool resume_is_current(const struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    char path[CATALOGUE_PATH_BYTES], checksum[CHECKSUM_BYTES];
    if (resume_path(path, suite->options.resume) && checksum_of_file(checksum, path) &&
        strcmp(checksum, suite->resumed_checksum) == 0)
        return true;
    return resume_fail(error, "%s: another suite went on with it", suite->options.resume);
}
