#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "counting.h"
#include "figures.h"

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

static enum figures_which which_of(const struct summary *s)
{
    return s->valid > 0 ? FIGURES_VALID : FIGURES_MEASURED;
}

bool summary_holds(const struct summary *s, const struct run *run)
{
    return run->model == s->model && run->workload == s->workload &&
           (s->valid > 0 ? run_is_valid(run) : run->outcome == RUN_MEASURED);
}

enum outlier summary_outlier(const struct summary *s, const struct run *run)
{
    return outliers_class(&s->rps_fences, figures_rps(run));
}

static double median_of(const struct suite *suite, const struct summary *s,
                        double (*figure)(const struct run *))
{
    double values[STATISTICS_MOST];
    figures_collect(values, suite, s->workload, s->model, which_of(s), figure);
    return statistics_spread(values, suite->blocks).median;
}

/* The median over VALID runs; NaN and not known when there are none. */
static double fill_response(struct interval *interval, const struct suite *suite,
                            const struct summary *s, double (*figure)(const struct run *))
{
    double values[STATISTICS_MOST], sorted[STATISTICS_MOST];
    figures_collect(values, suite, s->workload, s->model, FIGURES_VALID, figure);
    *interval = interval_of_median(sorted, statistics_sorted(sorted, values, suite->blocks));
    return statistics_spread(values, suite->blocks).median;
}

static void fill_rps(const struct suite *suite, struct summary *s)
{
    double values[STATISTICS_MOST], sorted[STATISTICS_MOST], ones[STATISTICS_MOST];
    figures_collect(values, suite, s->workload, s->model, which_of(s), figures_rps);
    for (size_t b = 0; b < suite->blocks; b++)
        ones[b] = 1;
    size_t count = statistics_sorted(sorted, values, suite->blocks);
    s->rps = statistics_spread(values, suite->blocks);
    s->rps_interval = interval_of_median(sorted, count);
    s->rps_fences = outliers_fences(sorted, count);
    s->rps_level = ratio_paired(values, ones, suite->blocks);
}

static void fill_ledger(const struct suite *suite, struct summary *s)
{
    const struct run *counted = counting_run(suite, s->workload, s->model);
    for (int q = 0; q < LEDGER_QUANTITIES; q++) {
        double values[STATISTICS_MOST];
        size_t count = 0;
        for (size_t i = 0; i < suite->runs_count && count < STATISTICS_MOST; i++)
            if (summary_holds(s, &suite->runs[i]))
                values[count++] = suite->runs[i].ledger.entries[q].value;
        s->ledger[q] = statistics_spread(values, count).median;
        if (ledger_is_counted((enum ledger_quantity)q))
            s->ledger[q] = counted != NULL ? counted->ledger.entries[q].value : NAN;
    }
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
    s->notes[i].differs = s->notes[i].differs || strcmp(s->notes[i].detail, detail) != 0;
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
    fill_rps(suite, s);
    fill_ledger(suite, s);
    s->cpu_us = median_of(suite, s, run_cpu_us_per_request);
    s->p50_us = fill_response(&s->p50_interval, suite, s, figures_p50_us);
    s->p99_us = fill_response(&s->p99_interval, suite, s, figures_p99_us);
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
        comparison_fill(suite, row);
    }
    return all;
}
