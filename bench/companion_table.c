#include "companion_table.h"

#include "statistics.h"

/* Of one companion, in the runs of the summary in which it was there. Returns how many these are.
 */
static size_t collect(struct companion_report reports[], const struct suite *suite,
                      const struct summary *s, size_t order)
{
    size_t count = 0;
    for (size_t i = 0; i < suite->runs_count && count < STATISTICS_MOST; i++) {
        const struct run *run = &suite->runs[i];
        if (run->model == s->model && run->workload == s->workload && run->accompanied)
            reports[count++] = run->companions[order];
    }
    return count;
}

void companion_table_write(FILE *to, const struct suite *suite, const struct summary *s)
{
    const struct companion_orders *orders = &suite->catalogue.workloads[s->workload].companions;
    for (size_t i = 0; i < orders->count; i++) {
        struct companion_report reports[STATISTICS_MOST];
        char text[COMPANION_TEXT_BYTES];
        size_t count = collect(reports, suite, s, i);
        if (count == 0)
            continue;
        struct companion_report all = companion_sum(&orders->list[i], reports, count);
        fprintf(to, "      beside: %s\n", companion_text(text, &orders->list[i], &all));
    }
}

void companion_table_write_legend(FILE *to, const struct suite *suite)
{
    for (size_t w = 0; w < suite->catalogue.workloads_count; w++)
        if (suite->catalogue.workloads[w].companions.count > 0) {
            fputs(
                "beside        who else was there, and what became of them: in all runs together; "
                "of idle\n"
                "              clients, in a run\n"
                "nobody served, server died   beside those, an answer like any other, and no "
                "failure\n",
                to);
            return;
        }
}
