#include "experiments.h"

#include <string.h>

#include "curves.h"
#include "experiment.h"
#include "interrupt.h"

/* Each fills in everything of a new experiment but the runs; false when memory is short. What it
 * adds to the JSON when they have been carried out is the business of `conclude`, if it has one. */
static const struct {
    const char *suite; /* which has it; the full one has all */
    bool (*define)(struct experiment *e, const struct suite *suite);
    bool (*conclude)(struct experiment *e, const struct suite *suite);
} experiments[] = {
    {"curves", curves_clients, NULL},
};

enum { EXPERIMENTS = sizeof experiments / sizeof *experiments };

static const char *const suites[] = {"default", "full", "curves"};

bool experiments_is_suite(const char *name)
{
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        if (strcmp(suites[i], name) == 0)
            return true;
    return false;
}

const char *experiments_suites(void)
{
    return "default, full or curves";
}

bool experiments_with_workloads(const char *suite)
{
    return strcmp(suite, "default") == 0 || strcmp(suite, "full") == 0;
}

static bool is_wanted(size_t i, const struct suite *suite)
{
    const char *name = suite->options.suite;
    return strcmp(name, "full") == 0 || strcmp(name, experiments[i].suite) == 0;
}

int64_t experiments_expected_ns(const struct suite *suite)
{
    int64_t sum_ns = 0;
    for (size_t i = 0; i < EXPERIMENTS; i++) {
        struct experiment e = {0};
        if (is_wanted(i, suite) && experiments[i].define(&e, suite))
            sum_ns += experiment_expected_ns(&e);
        experiment_free(&e);
    }
    return sum_ns;
}

static bool carry_out(size_t i, struct suite *suite, const char *client, const char *result_path)
{
    struct experiment e = {0};
    bool good = experiments[i].define(&e, suite) &&
                experiment_carry_out(&e, suite, client, result_path) &&
                (experiments[i].conclude == NULL || experiments[i].conclude(&e, suite));
    if (good) {
        experiment_show(stdout, &e);
        good = json_array_append_new(suite->experiments, experiment_json(&e, suite)) == 0;
    }
    experiment_free(&e);
    return good;
}

bool experiments_carry_out(struct suite *suite, const char *client, const char *result_path)
{
    for (size_t i = 0; i < EXPERIMENTS && !interrupt_arrived(); i++)
        if (is_wanted(i, suite) && !carry_out(i, suite, client, result_path))
            return false;
    return true;
}
