#include "experiments.h"

#include <string.h>

#include "capacity.h"
#include "curves.h"
#include "experiment.h"
#include "interrupt.h"
#include "literature/literature.h"
#include "map.h"

/* Each fills in everything of a new experiment but the runs; false when memory is short. What it
 * adds to the JSON when they have been carried out is the business of `conclude`, if it has one. */
static const struct {
    const char *suite; /* which has it; the full one has all */
    bool (*define)(struct experiment *e, const struct suite *suite);
    bool (*conclude)(struct experiment *e, const struct suite *suite);
} experiments[] = {
    {"curves", curves_rate, NULL},        {"curves", curves_clients, NULL},
    {"curves", curves_waiting, NULL},     {"curves", curves_waiting_evenly, NULL},
    {"curves", curves_memory, NULL},      {"curves", curves_stack, NULL},
    {"curves", capacity_define, NULL},    {"map", map_waiting, map_conclude},
    {"map", map_computing, map_conclude}, {"literature", literature_define, NULL},
};

enum { EXPERIMENTS = sizeof experiments / sizeof *experiments };

static const char *const suites[] = {"default", "full", "curves", "map", "literature"};

bool experiments_is_suite(const char *name)
{
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        if (strcmp(suites[i], name) == 0)
            return true;
    return false;
}

const char *experiments_suites(void)
{
    return "default, full, curves, map or literature";
}

bool experiments_with_workloads(const char *suite)
{
    return strcmp(suite, "default") == 0 || strcmp(suite, "full") == 0;
}

static bool is_of_suite(size_t i, const struct suite *suite)
{
    const char *name = suite->options.suite;
    return strcmp(name, "full") == 0 || strcmp(name, experiments[i].suite) == 0;
}

/* True for a name of --experiments, and for all without that option. */
static bool is_listed(const char *name, const char *list)
{
    size_t length = strlen(name);
    while (list != NULL && *list != '\0') {
        size_t item = strcspn(list, ",");
        if (item == length && strncmp(list, name, length) == 0)
            return true;
        list += item + (list[item] == ',');
    }
    return list == NULL;
}

/* Everything of a new experiment but its runs; what the command line says of them counts more. An
 * experiment without points is one that the chosen models have no use for. */
static bool define(size_t i, struct experiment *e, const struct suite *suite)
{
    const struct options *o = &suite->options;
    if (!experiments[i].define(e, suite))
        return false;
    if (o->blocks > 0)
        e->blocks = (size_t)o->blocks;
    if (o->run_ns > 0) {
        e->run_ns = o->run_ns;
        e->warmup_ns = suite->warmup_ns;
    }
    return true;
}

static bool is_wanted(const struct experiment *e, const struct suite *suite)
{
    return e->count > 0 && is_listed(e->name, suite->options.experiments);
}

/* ---- what there is ---- */

/* True if the suite has an experiment of the name that begins the list. */
static bool has(const struct suite *suite, const char *list)
{
    size_t length = strcspn(list, ",");
    bool found = false;
    for (size_t i = 0; i < EXPERIMENTS && !found; i++) {
        struct experiment e = {0};
        if (is_of_suite(i, suite) && experiments[i].define(&e, suite))
            found = strlen(e.name) == length && strncmp(e.name, list, length) == 0;
        experiment_free(&e);
    }
    return found;
}

bool experiments_check(const struct suite *suite, char error[CATALOGUE_ERROR_BYTES])
{
    const char *list = suite->options.experiments;
    while (list != NULL) {
        size_t length = strcspn(list, ",");
        if (!has(suite, list)) {
            snprintf(
                error, CATALOGUE_ERROR_BYTES,
                "--experiments: the suite %s has no experiment %.*s; --list shows those it has",
                suite->options.suite, (int)(length < 64 ? length : 64), list);
            return false;
        }
        list = list[length] == ',' ? list + length + 1 : NULL;
    }
    return true;
}

void experiments_list(const struct suite *suite, FILE *to)
{
    const char *heading = "\nExperiments:\n";
    for (size_t i = 0; i < EXPERIMENTS; i++) {
        struct experiment e = {0};
        if (is_of_suite(i, suite) && experiments[i].define(&e, suite)) {
            fprintf(to, "%s  %-18s  %s\n", heading, e.name, e.question);
            heading = "";
        }
        experiment_free(&e);
    }
}

/* ---- the course ---- */

/* What waits for its replies at the end is a point's own business. */
static int64_t overhead_ns(const struct suite *suite)
{
    return suite->options.hosts != NULL ? suite_overhead_ns(suite) : 60 * CLOCK_MS;
}

int64_t experiments_expected_ns(const struct suite *suite)
{
    int64_t sum_ns = 0;
    for (size_t i = 0; i < EXPERIMENTS; i++) {
        struct experiment e = {0};
        if (is_of_suite(i, suite) && define(i, &e, suite) && is_wanted(&e, suite))
            sum_ns += experiment_expected_ns(&e, overhead_ns(suite));
        experiment_free(&e);
    }
    return sum_ns;
}

/* Those with nothing to do are done at once. */
static bool carry_out(size_t i, struct suite *suite, FILE *text, const char *client,
                      const char *result_path)
{
    struct experiment e = {0};
    bool good = define(i, &e, suite);
    if (good && is_wanted(&e, suite)) {
        experiment_course *course = e.course != NULL ? e.course : experiment_carry_out;
        good = course(&e, suite, client, result_path) &&
               (experiments[i].conclude == NULL || experiments[i].conclude(&e, suite)) &&
               json_array_append_new(suite->experiments, experiment_json(&e, suite)) == 0;
        if (good) {
            experiment_show(stdout, &e);
            experiment_show(text, &e);
            fflush(stdout);
        }
        suite->experiments_failures += experiment_failures(&e);
        suite->experiments_cut = interrupt_arrived();
    }
    experiment_free(&e);
    return good;
}

bool experiments_carry_out(struct suite *suite, const char *client, const char *result_path)
{
    size_t bytes;
    FILE *text = open_memstream(&suite->experiments_text, &bytes);
    bool good = text != NULL;
    for (size_t i = 0; i < EXPERIMENTS && good; i++) {
        if (!is_of_suite(i, suite))
            continue;
        if (interrupt_arrived())
            suite->experiments_cut = true;
        else
            good = carry_out(i, suite, text, client, result_path);
    }
    return text != NULL && fclose(text) == 0 && good;
}
