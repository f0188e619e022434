#include "comparison.h"

#include <math.h>
#include <string.h>

#include "bootstrap.h"
#include "figures.h"
#include "holm.h"
#include "soonest.h"

static const struct summary *find_base(const struct suite *suite, const struct summary row[])
{
    for (size_t m = 0; m < suite->catalogue.models_count; m++)
        if (strcmp(suite->catalogue.models[m].name, suite->base_model) == 0)
            return &row[m];
    return NULL;
}

static void collect(double rps[], const struct suite *suite, const struct summary *s)
{
    figures_collect(rps, suite, s->workload, s->model,
                    s->valid > 0 ? FIGURES_VALID : FIGURES_MEASURED, figures_rps);
}

static struct interval check(const struct suite *suite, const double above[], const double below[])
{
    double logs[STATISTICS_MOST];
    size_t count = ratio_logs(logs, above, below, suite->blocks);
    struct interval i = bootstrap_of_mean(logs, count, BOOTSTRAP_RESAMPLES, suite->options.seed);
    return (struct interval){exp(i.low), exp(i.high)};
}

/* base: NULL when it is none of the models, and then base_rps is not looked at. */
static void compare_one(const struct suite *suite, struct summary *s, const struct summary *base,
                        const double base_rps[])
{
    double rps[STATISTICS_MOST];
    collect(rps, suite, s);
    s->ratio = ratio_paired(rps, base_rps, base != NULL ? suite->blocks : 0);
    s->ratio_check = interval_unknown();
    if (base == NULL || s == base)
        return;
    if (s->valid > 0 && base->valid > 0) {
        s->ratio_check = check(suite, rps, base_rps);
    } else { /* what happened, and nothing to conclude from */
        s->ratio.interval = interval_unknown();
        s->ratio.p = NAN;
    }
}

static void compare_with_base(const struct suite *suite, struct summary row[],
                              const struct summary *base)
{
    double base_rps[STATISTICS_MOST], p[CATALOGUE_MODELS_MOST];
    size_t models = suite->catalogue.models_count;
    if (base != NULL)
        collect(base_rps, suite, base);
    for (size_t m = 0; m < models; m++) {
        compare_one(suite, &row[m], base, base_rps);
        p[m] = &row[m] == base ? NAN : row[m].ratio.p;
    }
    holm_adjust(p, models);
    for (size_t m = 0; m < models; m++)
        row[m].ratio_p = p[m];
}

static bool rate_is_given(const struct suite *suite, size_t workload)
{
    for (size_t i = 0; i < suite->runs_count; i++)
        if (suite->runs[i].workload == workload && figures_rate_is_given(&suite->runs[i]))
            return true;
    return false;
}

enum comparison_measure comparison_measure(const struct suite *suite, size_t workload)
{
    const struct catalogue_workload *w = &suite->catalogue.workloads[workload];
    bool asks_for_goodput =
        w->companions.count == 0 && catalogue_lists(w->also_valid, "SERVER-SATURATED");
    return rate_is_given(suite, workload) && !asks_for_goodput ? COMPARISON_P99 : COMPARISON_RPS;
}

const char *comparison_measure_text(enum comparison_measure measure)
{
    return measure == COMPARISON_P99 ? "p99" : "requests/s";
}

static bool is_best(const struct suite *suite, const struct summary row[], size_t m)
{
    double own[STATISTICS_MOST], other[STATISTICS_MOST], p[CATALOGUE_MODELS_MOST];
    size_t rivals = 0, models = suite_models(suite);
    if (m >= models || row[m].runs == 0 || row[m].valid < row[m].runs)
        return false;
    figures_collect(own, suite, row[m].workload, m, FIGURES_VALID, figures_rps);
    for (size_t r = 0; r < models; r++) {
        if (r == m || row[r].measured == 0)
            continue;
        figures_collect(other, suite, row[m].workload, r, FIGURES_MEASURED, figures_rps);
        struct ratio ratio = ratio_paired(own, other, suite->blocks);
        if (ratio.count < row[r].measured || !(ratio.value > 1))
            return false;
        p[rivals++] = ratio.p;
    }
    holm_adjust(p, rivals);
    for (size_t r = 0; r < rivals; r++)
        if (!(p[r] < COMPARISON_P))
            return false;
    return rivals > 0;
}

void comparison_fill(const struct suite *suite, struct summary row[])
{
    compare_with_base(suite, row, find_base(suite, row));
    bool by_p99 = comparison_measure(suite, row->workload) == COMPARISON_P99;
    for (size_t m = 0; m < suite->catalogue.models_count; m++)
        row[m].best = !by_p99 && is_best(suite, row, m);
    if (by_p99)
        soonest_fill(suite, row);
    else
        soonest_clear(suite, row);
}
