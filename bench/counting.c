#include "counting.h"

#include <stdlib.h>

#include "clock.h"
#include "interrupt.h"
#include "progress.h"

#define WARMUP_SHARE 5

/* Reading the memory of a process takes up to about this, and all of it falls into the measured
 * time: a server may have a process for each idle client. */
#define READING_NS CLOCK_MS

static int64_t measured_ns(const struct suite *suite, size_t workload)
{
    const struct companion_orders *beside = &suite->catalogue.workloads[workload].companions;
    int64_t ns = suite->counting_ns;
    for (size_t i = 0; i < beside->count; i++)
        if (beside->list[i].kind == COMPANION_IDLE)
            ns += (int64_t)beside->list[i].count * READING_NS;
    return ns;
}

int64_t counting_expected_ns(const struct suite *suite)
{
    int64_t ns = 0, around_ns = suite->counting_ns / WARMUP_SHARE + suite_overhead_ns(suite);
    for (size_t w = 0; suite->counting_ns > 0 && w < suite->catalogue.workloads_count; w++)
        ns += (measured_ns(suite, w) + around_ns) * (int64_t)suite->catalogue.models_count;
    return ns;
}

/* Neither a server that runs already nor redis-server under strace, which would be sent the signal
 * that ends the other. */
static bool can_be_counted(const struct suite *suite, size_t model)
{
    enum catalogue_kind kind = suite->catalogue.models[model].kind;
    return kind == CATALOGUE_MODEL || (kind == CATALOGUE_REDIS && !suite->sources.strace);
}

/* A server that fails when it is timed is not waited for once more. */
static bool was_measured(const struct suite *suite, size_t workload, size_t model)
{
    for (size_t i = 0; i < suite->runs_count; i++) {
        const struct run *run = &suite->runs[i];
        if (run->workload == workload && run->model == model && run->outcome == RUN_MEASURED)
            return true;
    }
    return false;
}

static void carry_out(struct suite *suite, size_t index, const char *client,
                      const char *result_path)
{
    size_t models = suite->catalogue.models_count;
    struct run *run = &suite->counted[index];
    run->workload = index / models;
    run->model = index % models;
    run->client_seed = suite->options.seed + run->workload;
    if (!can_be_counted(suite, run->model) || !was_measured(suite, run->workload, run->model))
        return;
    struct run_setting setting = {
        .model = &suite->catalogue.models[run->model],
        .workload = &suite->catalogue.workloads[run->workload],
        .cpus = suite_cpus(suite, run->workload),
        .client = client,
        .result_path = result_path,
        .warmup_ns = suite->counting_ns / WARMUP_SHARE,
        .run_ns = measured_ns(suite, run->workload),
        .sources = &suite->sources,
        .counting = true,
    };
    run_carry_out(run, &setting);
}

bool counting_carry_out(struct suite *suite, const char *client, const char *result_path)
{
    size_t count = suite->catalogue.models_count * suite->catalogue.workloads_count;
    if (suite->counting_ns == 0)
        return true;
    suite->counted = calloc(count, sizeof *suite->counted);
    if (suite->counted == NULL)
        return false;
    for (size_t i = 0; i < count && !interrupt_arrived(); i++) {
        progress_show_counting(suite, i);
        carry_out(suite, i, client, result_path);
    }
    progress_clear();
    return true;
}

const struct run *counting_run(const struct suite *suite, size_t workload, size_t model)
{
    if (suite->counted == NULL)
        return NULL;
    const struct run *run = &suite->counted[workload * suite->catalogue.models_count + model];
    return run->ledger.counting ? run : NULL;
}

void counting_free(struct suite *suite)
{
    size_t count = suite->catalogue.models_count * suite->catalogue.workloads_count;
    for (size_t i = 0; suite->counted != NULL && i < count; i++)
        run_free(&suite->counted[i]);
    free(suite->counted);
    suite->counted = NULL;
}
