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

/* Checks of the client that look at when it did something. */
static bool is_about_lateness(const char *check)
{
    return strncmp(check, "generator_lag", strlen("generator_lag")) == 0 ||
           strcmp(check, "generator_stalled") == 0;
}

bool run_result_is_only_late(const json_t *result)
{
    size_t i;
    const json_t *check;
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    if (verdict == NULL || strcmp(verdict, "GENERATOR-LIMITED") != 0)
        return false;
    json_array_foreach(json_object_get(result, "checks"), i, check)
    {
        const char *name = json_string_value(json_object_get(check, "name"));
        if (!json_is_true(json_object_get(check, "pass")) &&
            (name == NULL || !is_about_lateness(name)))
            return false;
    }
    return true;
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
