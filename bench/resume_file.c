#include "resume_file.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "experiments.h"
#include "reference.h"
#include "resume.h"
#include "setups.h"

bool resume_fail(char error[RESUME_ERROR_BYTES], const char *format, ...)
{
    int length = snprintf(error, RESUME_ERROR_BYTES, "--resume: ");
    va_list args;
    va_start(args, format);
    vsnprintf(error + length, RESUME_ERROR_BYTES - (size_t)length, format, args);
    va_end(args);
    return false;
}

/* ---- values ---- */

const char *resume_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* NULL where there is null. */
static const char *wish_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

bool resume_flag(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

int64_t resume_ns(const json_t *object, const char *key)
{
    double s = json_number_value(json_object_get(object, key));
    return s > 0 && s < 1e9 ? llround(s * 1e9) : 0;
}

static bool is_in(int64_t value, struct option_range range)
{
    return value >= range.min && value <= range.max;
}

/* ---- the file ---- */

bool resume_path(char path[CATALOGUE_PATH_BYTES], const char *folder)
{
    return (size_t)snprintf(path, CATALOGUE_PATH_BYTES, "%s/results.json", folder) <
           CATALOGUE_PATH_BYTES;
}

static bool load(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    char path[CATALOGUE_PATH_BYTES];
    json_error_t why;
    const char *folder = suite->options.resume;
    if (!resume_path(path, folder))
        return resume_fail(error, "%.100s...: the path is too long", folder);
    if (!checksum_of_file(suite->resumed_checksum, path))
        return resume_fail(error, "%s: cannot be read: %s", path, strerror(errno));
    suite->resumed = json_load_file(path, 0, &why);
    if (suite->resumed == NULL)
        return resume_fail(error, "%s: line %d: %s", path, why.line, why.text);
    if (strcmp(resume_text(suite->resumed, "schema"), "server-models-bench/1") != 0)
        return resume_fail(error, "%s: is not the result of such a suite", path);
    if (resume_flag(suite->resumed, "finished"))
        return resume_fail(error, "%s: that suite came to its end", folder);
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
        const char *name = resume_text(item, key);
        if (resume_flag(item, "reference") != references || strcmp(name, last) == 0)
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
        return resume_fail(error,
                           "its results.json does not tell the models and the workload files");
    o->models = models;
    o->workloads = workloads;
    json_array_foreach(list, i, item)
    {
        if (!resume_flag(item, "reference"))
            continue;
        if (o->against_count == OPTIONS_AGAINST_MOST ||
            !reference_parse(&o->against[o->against_count++], resume_text(item, "name")))
            return resume_fail(error, "its results.json has a reference that is none");
    }
    return true;
}

/* How often and how long; false when it is nothing that could have been asked for. */
static bool ask_again_for_amounts(struct options *o, const json_t *options)
{
    int64_t seed = json_integer_value(json_object_get(options, "seed"));
    o->quick = resume_flag(options, "quick");
    o->blocks_auto = resume_flag(options, "blocks_auto");
    o->blocks = json_integer_value(json_object_get(options, "blocks_wanted"));
    o->run_ns = resume_ns(options, "seconds_wanted");
    o->seed = (uint32_t)seed;
    if (o->blocks_auto) {
        o->half_width = json_number_value(json_object_get(options, "half_width_wanted"));
        o->budget_ns = resume_ns(options, "budget_s");
        if (!(o->half_width >= OPTIONS_HALF_WIDTH_LEAST && o->half_width <= 1) ||
            !is_in(o->budget_ns, options_budget_ns))
            return false;
    }
    return is_in(seed, options_seed) && (o->blocks == 0 || is_in(o->blocks, options_blocks)) &&
           (o->run_ns == 0 || is_in(o->run_ns, options_run_ns));
}

/* What and where. */
static bool ask_again(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    const json_t *options = json_object_get(suite->resumed, "options");
    struct options *o = &suite->options;
    o->suite = resume_text(options, "suite");
    if (!experiments_is_suite(o->suite))
        return resume_fail(error, "its results.json does not tell which suite it was");
    if (!experiments_with_workloads(o->suite))
        return resume_fail(
            error, "the suite %s has experiments only, which begin anew: start it again", o->suite);
    if (wish_at(options, "hosts") != NULL)
        return resume_fail(error, "that suite ran over several hosts: start it again");
    o->experiments = wish_at(options, "experiments");
    o->no_counting = !resume_flag(options, "counting");
    const char *cpus = wish_at(options, "cpus_wanted");
    if (cpus != NULL && !setups_parse(&o->cpus, cpus))
        return resume_fail(error, "its results.json does not tell the CPUs");
    o->server_cpus = wish_at(options, "server_cpus_wanted");
    o->client_cpus = wish_at(options, "client_cpus_wanted");
    if (!ask_again_for_amounts(o, options))
        return resume_fail(error, "its results.json does not tell the options");
    return ask_again_for_names(suite, error);
}

bool resume_read(struct suite *suite, char error[RESUME_ERROR_BYTES])
{
    return load(suite, error) && ask_again(suite, error);
}
