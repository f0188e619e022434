#include "resume.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "experiments.h"
#include "machine.h"
#include "reference.h"
#include "restore.h"
#include "setups.h"
#include "statistics.h"

static bool fail(char error[RESUME_ERROR_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(char error[RESUME_ERROR_BYTES], const char *format, ...)
{
    int length = snprintf(error, RESUME_ERROR_BYTES, "--resume: ");
    va_list args;
    va_start(args, format);
    vsnprintf(error + length, RESUME_ERROR_BYTES - (size_t)length, format, args);
    va_end(args);
    return false;
}

/* ---- the file ---- */

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* NULL where there is null. */
static const char *wish_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool flag_at(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static int64_t ns_at(const json_t *object, const char *key)
{
    double s = json_number_value(json_object_get(object, key));
    return s > 0 && s < 1e9 ? llround(s * 1e9) : 0;
}

static bool load(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    char path[CATALOGUE_PATH_BYTES];
    json_error_t why;
    const char *folder = suite->options.resume;
    if ((size_t)snprintf(path, sizeof path, "%s/results.json", folder) >= sizeof path)
        return fail(error, "%.100s...: the path is too long", folder);
    suite->resumed = json_load_file(path, 0, &why);
    if (suite->resumed == NULL)
        return fail(error, "%s", why.text);
    if (strcmp(text_at(suite->resumed, "schema"), "server-models-bench/1") != 0)
        return fail(error, "%s: is not the result of such a suite", path);
    if (flag_at(suite->resumed, "finished"))
        return fail(error, "%s: that suite came to its end", folder);
    return true;
}

/* ---- what was asked for ---- */

/* Names with commas between; false when one holds a comma itself. Each only once. */
static bool join(char *list, size_t bytes, const json_t *items, const char *key, bool references)
{
    const char *last = "";
    size_t length = 0, i;
    const json_t *item;
    list[0] = '\0';
    json_array_foreach(items, i, item)
    {
        const char *name = text_at(item, key);
        if (flag_at(item, "reference") != references || strcmp(name, last) == 0)
            continue;
        if (*name == '\0' || strchr(name, ',') != NULL || length + strlen(name) + 2 > bytes)
            return false;
        length +=
            (size_t)snprintf(list + length, bytes - length, "%s%s", length > 0 ? "," : "", name);
        last = name;
    }
    return true;
}

static bool ask_again_for_names(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    static char models[CATALOGUE_MODELS_MOST * CATALOGUE_NAME_BYTES];
    static char workloads[CATALOGUE_WORKLOADS_MOST * CATALOGUE_PATH_BYTES];
    struct options *o = &suite->options;
    const json_t *list = json_object_get(suite->resumed, "models"), *item;
    size_t i;
    if (!join(models, sizeof models, list, "name", false) ||
        !join(workloads, sizeof workloads, json_object_get(suite->resumed, "workloads"), "file",
              false) ||
        *models == '\0' || *workloads == '\0')
        return fail(error, "its results.json does not tell the models and the workload files");
    o->models = models;
    o->workloads = workloads;
    json_array_foreach(list, i, item)
    {
        if (!flag_at(item, "reference"))
            continue;
        if (o->against_count == OPTIONS_AGAINST_MOST ||
            !reference_parse(&o->against[o->against_count++], text_at(item, "name")))
            return fail(error, "its results.json has a reference that is none");
    }
    return true;
}

static bool ask_again(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const json_t *options = json_object_get(suite->resumed, "options");
    struct options *o = &suite->options;
    o->suite = text_at(options, "suite");
    if (!experiments_is_suite(o->suite))
        return fail(error, "its results.json does not tell which suite it was");
    if (!experiments_with_workloads(o->suite))
        return fail(error, "the suite %s has experiments only, which begin anew: start it again",
                    o->suite);
    if (wish_at(options, "hosts") != NULL)
        return fail(error, "that suite ran over several hosts: start it again");
    o->experiments = wish_at(options, "experiments");
    o->quick = flag_at(options, "quick");
    o->no_counting = !flag_at(options, "counting");
    o->blocks_auto = flag_at(options, "blocks_auto");
    o->blocks = json_integer_value(json_object_get(options, "blocks_wanted"));
    if (o->blocks_auto) {
        o->half_width = json_number_value(json_object_get(options, "half_width_wanted"));
        o->budget_ns = ns_at(options, "budget_s");
    }
    o->run_ns = ns_at(options, "seconds_wanted");
    o->seed = (uint32_t)json_integer_value(json_object_get(options, "seed"));
    const char *cpus = wish_at(options, "cpus_wanted");
    if (cpus != NULL && !setups_parse(&o->cpus, cpus))
        return fail(error, "its results.json does not tell the CPUs");
    o->server_cpus = wish_at(options, "server_cpus_wanted");
    o->client_cpus = wish_at(options, "client_cpus_wanted");
    if (o->seed == 0 || o->blocks < 0 || o->blocks > STATISTICS_MOST)
        return fail(error, "its results.json does not tell the options");
    return ask_again_for_names(suite, error);
}

bool resume_read(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    return load(suite, error) && ask_again(suite, error);
}

/* ---- whether it is the same ---- */

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
        if (strcmp(key, "load_average") == 0 || json_equal(value, before))
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
        return fail(error, "the machine or the build is not the same: %s differs", fact);
    suite->machine = json_incref(was);
    return true;
}

/* The same item stands in the same place, with the same checksum. */
static bool is_same(const json_t *item, const char *name, const char *checksum)
{
    return strcmp(text_at(item, "name"), name) == 0 &&
           strcmp(text_at(item, "checksum"), checksum) == 0;
}

static bool check_catalogue(const struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const struct catalogue *c = &suite->catalogue;
    const json_t *models = json_object_get(suite->resumed, "models");
    const json_t *workloads = json_object_get(suite->resumed, "workloads");
    if (json_array_size(models) != c->models_count)
        return fail(error, "the models are not the same");
    for (size_t m = 0; m < c->models_count; m++)
        if (!is_same(json_array_get(models, m), c->models[m].name, c->models[m].checksum))
            return fail(error, "the program of %s is not the same", c->models[m].name);
    if (strcmp(text_at(suite->resumed, "client_checksum"), suite->client_checksum) != 0)
        return fail(error, "the client is not the same");
    if (json_array_size(workloads) != c->workloads_count)
        return fail(error, "the workloads are not the same");
    for (size_t w = 0; w < c->workloads_count; w++)
        if (!is_same(json_array_get(workloads, w), c->workloads[w].name, c->workloads[w].checksum))
            return fail(error, "the file of the workload %s is not the same, %s",
                        c->workloads[w].name, c->workloads[w].path);
    return true;
}

/* They follow from the options, and these are the same. */
static bool check_times(const struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const json_t *options = json_object_get(suite->resumed, "options");
    if (ns_at(options, "seconds") == suite->run_ns &&
        ns_at(options, "warmup_s") == suite->warmup_ns)
        return true;
    return fail(error, "its runs were not of %.3g s", (double)suite->run_ns / 1e9);
}

static bool check_cpus(const struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const json_t *options = json_object_get(suite->resumed, "options");
    char server[CPUS_TEXT_BYTES], client[CPUS_TEXT_BYTES];
    cpus_text(&suite->cpus.server, server);
    cpus_text(&suite->cpus.client, client);
    if (strcmp(text_at(options, "server_cpus"), server) == 0 &&
        strcmp(text_at(options, "client_cpus"), client) == 0)
        return true;
    return fail(error, "the CPUs are not the same: server on %s, client on %s", server, client);
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
        return fail(error, "out of memory");
    while (suite->plan.blocks < STATISTICS_MOST &&
           (count = workloads_of(chosen, suite, suite->plan.blocks)) > 0)
        if (!plan_add_block(&suite->plan, models, chosen, count))
            return fail(error, "out of memory");
    suite->blocks = suite->plan.blocks;
    reference_leave_out(suite);
    if (suite->plan.count == 0 || !is_planned_order(suite))
        return fail(error, "the planned order is not the one that its seed, its models and what "
                           "the references know give");
    return true;
}

/* ---- the runs ---- */

static bool take_runs(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const json_t *runs = json_object_get(suite->resumed, "runs");
    size_t count = json_array_size(runs);
    const json_t *last = json_array_get(runs, count > 0 ? count - 1 : 0);
    if (strcmp(text_at(last, "outcome"), run_outcome_text(RUN_INTERRUPTED)) == 0)
        count--;
    suite->runs = calloc(suite->plan.count, sizeof *suite->runs);
    if (suite->runs == NULL)
        return fail(error, "out of memory");
    if (count > suite->plan.count)
        return fail(error, "its results.json has more runs than were planned");
    for (size_t i = 0; i < count; i++) {
        const struct plan_step *step = &suite->plan.steps[i];
        struct run *run = &suite->runs[suite->runs_count++];
        *run = (struct run){.block = step->block, .model = step->model, .workload = step->workload};
        if (!restore_run(run, json_array_get(runs, i), suite))
            return fail(error, "run %zu of its results.json is not what was planned", i + 1);
    }
    suite->begun_at = suite->runs_count;
    return true;
}

static void take_times(struct suite *suite)
{
    const json_t *before = json_object_get(suite->resumed, "resumed");
    suite->resumes = before != NULL ? (size_t)json_integer_value(before) + 1 : 1;
    suite->elapsed_ns = ns_at(suite->resumed, "elapsed_s");
    snprintf(suite->started_at, sizeof suite->started_at, "%s",
             text_at(suite->resumed, "started_at"));
}

bool resume_plan(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    take_times(suite);
    return check_machine(suite, error) && check_catalogue(suite, error) &&
           check_times(suite, error) && check_cpus(suite, error) && draw_again(suite, error) &&
           take_runs(suite, error);
}
