/* What a run tells when it is over. */
#include <math.h>
#include <string.h>

#include "fields.h"
#include "run.h"

const char *run_outcome_text(enum run_outcome outcome)
{
    static const char *const texts[] = {
        [RUN_MEASURED] = "measured",           [RUN_SERVER_NOT_STARTED] = "server did not start",
        [RUN_SERVER_DIED] = "server died",     [RUN_SERVER_STUCK] = "server did not stop",
        [RUN_SERVER_FAILED] = "server failed", [RUN_SERVER_LEFT] = "server left something behind",
        [RUN_CLIENT_FAILED] = "client failed", [RUN_RESULT_UNREADABLE] = "result unreadable",
        [RUN_NOBODY_SERVED] = "nobody served", [RUN_COMPANION_FAILED] = "companion failed",
        [RUN_INTERRUPTED] = "interrupted",
    };
    return texts[outcome];
}

static const char *client_text(const struct run *run, const char *key)
{
    const char *text = json_string_value(json_object_get(run->client, key));
    return text != NULL ? text : "";
}

const char *run_verdict(const struct run *run)
{
    return client_text(run, "verdict");
}

const char *run_verdict_text(const struct run *run)
{
    return client_text(run, "verdict_text");
}

bool run_is_valid(const struct run *run)
{
    static const struct catalogue_workload plain;
    return run->outcome == RUN_MEASURED &&
           catalogue_counts(run->asked != NULL ? run->asked : &plain, run_verdict(run));
}

/* Checks that only a client fails which was late, and what others mean that come behind them. */
static const struct {
    const char *check, *verdict; /* NULL: none */
} behind_lateness[] = {
    {"generator_lag_p99_us", NULL},
    {"generator_lag_p999_us", NULL},
    {"generator_stalled", NULL},
    {"arrival_shape_p", NULL},
    {"rate_missed", "SERVER-SATURATED"},
    {"in_flight_growth", "SERVER-SATURATED"},
    {"unanswered", "ERRORS"},
    {"throughput_drift", "NON-STATIONARY"},
    {"p50_drift", "NON-STATIONARY"},
    {"littles_law", "INCONSISTENT"},
};

static const char *verdict_of_check(const char *check)
{
    for (size_t i = 0; i < sizeof behind_lateness / sizeof *behind_lateness; i++)
        if (strcmp(behind_lateness[i].check, check) == 0)
            return behind_lateness[i].verdict;
    return "GENERATOR-LIMITED";
}

const char *run_verdict_without_lateness(const json_t *result)
{
    size_t i;
    bool was_late = false;
    const json_t *check;
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    if (verdict == NULL || strcmp(verdict, "GENERATOR-LIMITED") != 0)
        return verdict != NULL ? verdict : "";
    json_array_foreach(json_object_get(result, "checks"), i, check)
    {
        const char *name = json_string_value(json_object_get(check, "name"));
        const char *means = name != NULL ? verdict_of_check(name) : verdict;
        if (json_is_true(json_object_get(check, "pass")))
            continue;
        if (means != NULL)
            return means;
        was_late = true;
    }
    return was_late ? "VALID" : verdict;
}

bool run_client_was_late(const json_t *result)
{
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    return verdict != NULL && strcmp(verdict, "GENERATOR-LIMITED") == 0 &&
           strcmp(run_verdict_without_lateness(result), verdict) != 0;
}

bool run_is_answer(const struct run *run)
{
    return run->outcome == RUN_MEASURED || run->outcome == RUN_NOBODY_SERVED ||
           (run->outcome == RUN_SERVER_DIED && run->asked != NULL &&
            companion_is_ordered(&run->asked->companions, COMPANION_CRASH));
}

double run_cpu_us_per_request(const struct run *run)
{
    int64_t commands = fields_number(run->served, "commands", 0);
    if (run->server_cpu_us < 0 || commands <= 0)
        return NAN;
    return (double)run->server_cpu_us / (double)commands;
}
