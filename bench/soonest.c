#include "soonest.h"

#include <math.h>

#include "comparison.h"
#include "figures.h"
#include "holm.h"

/* All models against one of them. */
struct field {
    struct ratio ratio[CATALOGUE_MODELS_MOST]; /* of each p99 to that of the one */
    double p[CATALOGUE_MODELS_MOST];           /* raised; NaN: there is no test */
};

static void collect(double us[], const struct suite *suite, const struct summary *s)
{
    figures_collect(us, suite, s->workload, s->model, FIGURES_VALID, figures_p99_us);
}

static void compare_all(struct field *field, const struct suite *suite, const struct summary row[],
                        size_t one)
{
    double own[STATISTICS_MOST], other[STATISTICS_MOST];
    size_t models = suite_models(suite);
    collect(own, suite, &row[one]);
    for (size_t m = 0; m < models; m++) {
        collect(other, suite, &row[m]);
        field->ratio[m] = ratio_paired(other, own, m == one ? 0 : suite->blocks);
        field->p[m] = field->ratio[m].p;
    }
    holm_adjust(field->p, models);
}

static bool is_best(const struct suite *suite, const struct summary row[], size_t one)
{
    struct field field;
    size_t rivals = 0;
    if (row[one].runs == 0 || row[one].valid < row[one].runs)
        return false;
    compare_all(&field, suite, row, one);
    for (size_t m = 0; m < suite_models(suite); m++) {
        if (m == one || row[m].valid == 0)
            continue;
        if (!(field.ratio[m].value > 1) || !(field.p[m] < COMPARISON_P))
            return false;
        rivals++;
    }
    return rivals > 0;
}

/* As many as there are models when no p99 is known. */
static size_t find_first(const struct suite *suite, const struct summary row[])
{
    size_t models = suite_models(suite), lowest = models;
    for (size_t m = 0; m < models; m++) {
        if (row[m].best_p99)
            return m;
        if (isfinite(row[m].p99_us) && (lowest == models || row[m].p99_us < row[lowest].p99_us))
            lowest = m;
    }
    return lowest;
}

void soonest_fill(const struct suite *suite, struct summary row[])
{
    struct field field;
    size_t models = suite_models(suite);
    soonest_clear(suite, row);
    for (size_t m = 0; m < models; m++)
        row[m].best_p99 = is_best(suite, row, m);
    size_t first = find_first(suite, row);
    if (first == models)
        return;
    compare_all(&field, suite, row, first);
    for (size_t m = 0; m < models; m++) {
        row[m].p99_ratio = field.ratio[m];
        row[m].p99_p = field.p[m];
    }
}

void soonest_clear(const struct suite *suite, struct summary row[])
{
    for (size_t m = 0; m < suite->catalogue.models_count; m++) {
        row[m].best_p99 = false;
        row[m].p99_ratio = ratio_paired(NULL, NULL, 0);
        row[m].p99_p = NAN;
    }
}
