#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one run's figures; NaN when not known ---- */

static double number_at(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    return json_is_number(number) ? json_number_value(number) : NAN;
}

static double rps_of(const struct run *run)
{
    return number_at(run->client, "throughput_rps");
}

static double response_us(const struct run *run, const char *percentile)
{
    const json_t *latency = json_object_get(run->client, "latency_us");
    return number_at(json_object_get(latency, "response"), percentile);
}

static double p50_of(const struct run *run)
{
    return response_us(run, "p50");
}

static double p99_of(const struct run *run)
{
    return response_us(run, "p99");
}

static int64_t errors_of(const struct run *run)
{
    static const char *const causes[] = {"error_reply",    "mismatch", "timeout",
                                         "connect_failed", "reset",    "closed_early"};
    const json_t *counts = json_object_get(run->client, "counts");
    int64_t errors = 0;
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        errors += json_integer_value(json_object_get(counts, causes[i]));
    return errors;
}

/* ---- the runs of one summary ---- */

static bool counts_in(const struct summary *s, const struct run *run)
{
    return s->valid > 0 ? run_is_valid(run) : run->outcome == RUN_MEASURED;
}

/* values[block] = the figure of the run in that block, NaN when it does not count. */
static void collect(const struct suite *suite, const struct summary *s,
                    double (*figure)(const struct run *), double values[STATISTICS_MOST])
{
    for (size_t b = 0; b < suite->blocks; b++)
        values[b] = NAN;
    for (size_t i = 0; i < suite->runs_count; i++) {
        const struct run *run = &suite->runs[i];
        if (run->model == s->model && run->workload == s->workload && counts_in(s, run))
            values[run->block] = figure(run);
    }
}

static struct spread spread_of(const struct suite *suite, const struct summary *s,
                               double (*figure)(const struct run *))
{
    double values[STATISTICS_MOST];
    collect(suite, s, figure, values);
    return statistics_spread(values, suite->blocks);
}

static void add_note(struct summary *s, const char *text, const char *detail)
{
    size_t i = 0;
    while (i < s->notes_count && strcmp(s->notes[i].text, text) != 0)
        i++;
    if (i == SUMMARY_NOTES_MOST)
        return; /* there are not that many kinds of trouble */
    if (i == s->notes_count)
        s->notes[s->notes_count++] = (struct summary_note){.text = text, .detail = detail};
    s->notes[i].count++;
}

static void count_run(struct summary *s, const struct run *run)
{
    if (run->outcome == RUN_INTERRUPTED)
        return;
    s->runs++;
    s->errors += errors_of(run); /* a client that failed has counted too */
    if (run->outcome != RUN_MEASURED) {
        add_note(s, run_outcome_text(run->outcome), run->detail);
        return;
    }
    s->measured++;
    if (run_is_valid(run))
        s->valid++;
    else
        add_note(s, run_verdict(run), run_verdict_text(run));
}

static void fill(const struct suite *suite, struct summary *s)
{
    for (size_t i = 0; i < suite->runs_count; i++)
        if (suite->runs[i].model == s->model && suite->runs[i].workload == s->workload)
            count_run(s, &suite->runs[i]);
    s->rps = spread_of(suite, s, rps_of);
    s->cpu_us = spread_of(suite, s, run_cpu_us_per_request).median;
    s->p50_us = s->valid > 0 ? spread_of(suite, s, p50_of).median : NAN;
    s->p99_us = s->valid > 0 ? spread_of(suite, s, p99_of).median : NAN;
}

/* ---- the summaries of one workload against each other ---- */

static struct spread ratio_of(const struct suite *suite, const struct summary *s,
                              const struct summary *base)
{
    double above[STATISTICS_MOST], below[STATISTICS_MOST], ratios[STATISTICS_MOST];
    collect(suite, s, rps_of, above);
    collect(suite, base, rps_of, below);
    statistics_ratios(ratios, above, below, suite->blocks);
    return statistics_spread(ratios, suite->blocks);
}

/* In every block in which the other was measured, VALID or not: "best" must be true of all that the
 * table shows. */
static bool is_ahead(const struct suite *suite, const struct summary *s,
                     const struct summary *other)
{
    struct summary measured = *other;
    measured.valid = 0; /* then all measured runs count */
    struct spread ratio = ratio_of(suite, s, &measured);
    return ratio.count == other->measured && ratio.min >= SUMMARY_AHEAD;
}

static bool is_best(const struct suite *suite, const struct summary *row, size_t models, size_t m)
{
    size_t rivals = 0;
    if (row[m].runs == 0 || row[m].valid < row[m].runs)
        return false;
    for (size_t other = 0; other < models; other++) {
        if (other == m || row[other].measured == 0)
            continue;
        rivals++;
        if (!is_ahead(suite, &row[m], &row[other]))
            return false;
    }
    return rivals > 0;
}

static void compare(const struct suite *suite, struct summary *row, size_t models)
{
    const struct summary *base = NULL;
    for (size_t m = 0; m < models; m++)
        if (strcmp(suite->catalogue.models[m].name, suite->base_model) == 0)
            base = &row[m];
    for (size_t m = 0; m < models; m++) {
        row[m].ratio = base != NULL ? ratio_of(suite, &row[m], base) : statistics_spread(NULL, 0);
        row[m].best = is_best(suite, row, models, m);
    }
}

struct summary *summary_make(const struct suite *suite)
{
    size_t models = suite->catalogue.models_count, workloads = suite->catalogue.workloads_count;
    struct summary *all = calloc(models * workloads, sizeof *all);
    if (all == NULL)
        return NULL;
    for (size_t w = 0; w < workloads; w++) {
        struct summary *row = all + w * models;
        for (size_t m = 0; m < models; m++) {
            row[m].model = m;
            row[m].workload = w;
            fill(suite, &row[m]);
        }
        compare(suite, row, models);
    }
    return all;
}
