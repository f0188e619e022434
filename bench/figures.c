#include "figures.h"

#include <math.h>

static double number_at(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    return json_is_number(number) ? json_number_value(number) : NAN;
}

double figures_latency_us(const struct run *run, const char *of, const char *what)
{
    const json_t *latency = json_object_get(run->client, "latency_us");
    return number_at(json_object_get(latency, of), what);
}

bool figures_rate_is_given(const struct run *run)
{
    return number_at(run->client, "rate_offered") > 0;
}

double figures_rps(const struct run *run)
{
    return number_at(run->client, "throughput_rps");
}

double figures_p50_us(const struct run *run)
{
    return figures_latency_us(run, "response", "p50");
}

double figures_p99_us(const struct run *run)
{
    return figures_latency_us(run, "response", "p99");
}

double figures_mean_us(const struct run *run)
{
    return figures_latency_us(run, "response", "mean");
}

double figures_cpu_us(const struct run *run)
{
    return run->ledger.entries[LEDGER_SERVER_CPU].value;
}

void figures_collect(double values[], const struct suite *suite, size_t workload, size_t model,
                     enum figures_which which, double (*figure)(const struct run *))
{
    for (size_t b = 0; b < suite->blocks; b++)
        values[b] = NAN;
    for (size_t i = 0; i < suite->runs_count; i++) {
        const struct run *run = &suite->runs[i];
        bool wanted = which == FIGURES_VALID ? run_is_valid(run) : run->outcome == RUN_MEASURED;
        if (run->model == model && run->workload == workload && wanted)
            values[run->block] = figure(run);
    }
}
