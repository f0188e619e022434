#include "companion_table.h"

#include "statistics.h"

/* Over the runs of the summary. Returns in how many it was there. */
static size_t median_report(struct companion_report *median, const struct suite *suite,
                            const struct summary *s, size_t order)
{
    size_t count = 0;
    for (int f = 0; f < COMPANION_FIGURES; f++) {
        double values[STATISTICS_MOST];
        count = 0;
        for (size_t i = 0; i < suite->runs_count && count < STATISTICS_MOST; i++) {
            const struct run *run = &suite->runs[i];
            if (run->model == s->model && run->workload == s->workload && run->accompanied)
                values[count++] = run->companions[order].values[f];
        }
        median->values[f] = statistics_spread(values, count).median;
    }
    return count;
}

void companion_table_write(FILE *to, const struct suite *suite, const struct summary *s)
{
    const struct companion_orders *orders = &suite->catalogue.workloads[s->workload].companions;
    for (size_t i = 0; i < orders->count; i++) {
        struct companion_report median;
        char text[COMPANION_TEXT_BYTES];
        if (median_report(&median, suite, s, i) > 0)
            fprintf(to, "      beside: %s\n", companion_text(text, &orders->list[i], &median));
    }
}
