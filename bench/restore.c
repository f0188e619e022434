#include "restore.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static double number_at(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    return json_is_number(number) ? json_number_value(number) : NAN;
}

static int64_t count_at(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    return json_is_integer(number) ? json_integer_value(number) : -1;
}

/* A share in it; NULL for null. */
static json_t *object_at(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_object(value) ? json_incref(value) : NULL;
}

static bool is_planned(const struct run *run, const json_t *json, const struct suite *suite)
{
    const struct catalogue *c = &suite->catalogue;
    return count_at(json, "block") == (int64_t)run->block &&
           strcmp(text_at(json, "model"), c->models[run->model].name) == 0 &&
           strcmp(text_at(json, "workload"), c->workloads[run->workload].name) == 0;
}

static bool restore_outcome(struct run *run, const json_t *json)
{
    const char *text = text_at(json, "outcome");
    for (int o = RUN_MEASURED; o < RUN_INTERRUPTED; o++)
        if (strcmp(text, run_outcome_text((enum run_outcome)o)) == 0) {
            run->outcome = (enum run_outcome)o;
            snprintf(run->detail, sizeof run->detail, "%s", text_at(json, "detail"));
            return true;
        }
    return false;
}

static void restore_companions(struct run *run, const json_t *list)
{
    const struct companion_orders *orders = &run->asked->companions;
    run->accompanied = json_array_size(list) == orders->count && orders->count > 0;
    for (size_t i = 0; run->accompanied && i < orders->count; i++)
        companion_restore(&run->companions[i], &orders->list[i], json_array_get(list, i));
}

bool restore_run(struct run *run, const json_t *json, const struct suite *suite)
{
    const json_t *server = json_object_get(json, "server");
    if (!is_planned(run, json, suite) || !restore_outcome(run, json))
        return false;
    run->asked = &suite->catalogue.workloads[run->workload];
    run->client_seed = (uint64_t)count_at(json, "client_seed");
    run->ready = object_at(server, "ready");
    run->served = object_at(server, "served");
    run->client = object_at(json, "client");
    run->server_cpu_us = count_at(server, "cpu_us");
    run->server_peak_kib = count_at(server, "peak_kib");
    restore_companions(run, json_object_get(json, "companions"));
    ledger_restore(&run->ledger, json_object_get(json, "ledger"));
    return run->outcome != RUN_MEASURED ||
           (run->client != NULL && isfinite(number_at(run->client, "throughput_rps")));
}
