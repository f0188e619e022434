#include "kinds_table.h"

#include <math.h>

#include "format.h"
#include "interval.h"
#include "statistics.h"
#include "table_csv.h"

static const json_t *kind_of(const struct run *run, size_t kind)
{
    return json_array_get(json_object_get(run->client, "requests"), kind);
}

/* values[] = a percentile of that kind in each run that counts. Returns how many there are. */
static size_t collect_us(double values[STATISTICS_MOST], const struct suite *suite,
                         const struct summary *s, size_t kind, const char *percentile)
{
    size_t count = 0;
    for (size_t i = 0; i < suite->runs_count && count < STATISTICS_MOST; i++) {
        if (!summary_holds(s, &suite->runs[i]))
            continue;
        const json_t *times = json_object_get(kind_of(&suite->runs[i], kind), "latency_us");
        const json_t *us = json_object_get(json_object_get(times, "response"), percentile);
        values[count++] = json_is_number(us) ? json_number_value(us) : NAN;
    }
    return count;
}

static double median_us(const struct suite *suite, const struct summary *s, size_t kind,
                        const char *percentile)
{
    double values[STATISTICS_MOST];
    size_t count = collect_us(values, suite, s, kind, percentile);
    return statistics_spread(values, count).median;
}

/* The kinds are the same in all runs of a workload. */
static const struct run *first_run(const struct suite *suite, const struct summary *s)
{
    for (size_t i = 0; i < suite->runs_count; i++)
        if (summary_holds(s, &suite->runs[i]))
            return &suite->runs[i];
    return NULL;
}

/* A run that has the kinds; NULL when there is nothing to tell of them. */
static const struct run *run_of_kinds(const struct suite *suite, const struct summary *s)
{
    const struct run *first = s->valid > 0 ? first_run(suite, s) : NULL;
    return first != NULL && kind_of(first, 1) != NULL ? first : NULL;
}

void kinds_table_write(FILE *to, const struct suite *suite, const struct summary *s)
{
    const struct run *first = run_of_kinds(suite, s);
    const json_t *kind;
    if (first == NULL)
        return;
    for (size_t k = 0; (kind = kind_of(first, k)) != NULL; k++) {
        char p50[FORMAT_BYTES], p99[FORMAT_BYTES];
        const char *name = json_string_value(json_object_get(kind, "name"));
        fprintf(to, "    %-64s%7s%8s\n", name != NULL ? name : "",
                format_time_us(p50, median_us(suite, s, k, "p50")),
                format_time_us(p99, median_us(suite, s, k, "p99")));
    }
}

/* ---- the file ---- */

static double planned(const struct suite *suite, const struct summary *s, size_t kind)
{
    double sum = 0;
    for (size_t i = 0; i < suite->runs_count; i++) {
        if (!summary_holds(s, &suite->runs[i]))
            continue;
        const json_t *counts = json_object_get(kind_of(&suite->runs[i], kind), "counts");
        const json_t *number = json_object_get(counts, "planned");
        sum += json_is_number(number) ? json_number_value(number) : NAN;
    }
    return sum;
}

static void write_percentile(FILE *to, const struct suite *suite, const struct summary *s,
                             size_t kind, const char *percentile)
{
    double values[STATISTICS_MOST], sorted[STATISTICS_MOST];
    size_t count = collect_us(values, suite, s, kind, percentile);
    size_t known = statistics_sorted(sorted, values, count);
    table_csv_number(to, statistics_spread(values, count).median);
    table_csv_interval(to, interval_of_median(sorted, known));
}

static void write_rows(FILE *to, const struct suite *suite, const struct summary *s)
{
    const struct run *first = run_of_kinds(suite, s);
    const json_t *kind;
    for (size_t k = 0; first != NULL && (kind = kind_of(first, k)) != NULL; k++) {
        const char *name = json_string_value(json_object_get(kind, "name"));
        double requests = planned(suite, s, k);
        table_csv_quoted(to, suite->catalogue.workloads[s->workload].name);
        fputc(',', to);
        table_csv_quoted(to, suite->catalogue.models[s->model].name);
        fputc(',', to);
        table_csv_quoted(to, name != NULL ? name : "");
        fprintf(to, ",%zu,", s->valid);
        if (isfinite(requests))
            fprintf(to, "%.0f", requests);
        write_percentile(to, suite, s, k, "p50");
        write_percentile(to, suite, s, k, "p99");
        fputc('\n', to);
    }
}

void kinds_table_write_csv(FILE *to, const struct suite *suite, const struct summary *summaries)
{
    size_t count = suite->catalogue.models_count * suite->catalogue.workloads_count;
    fputs("workload,model,kind,runs,requests,p50_us,p50_us_low,p50_us_high,p99_us,p99_us_low,"
          "p99_us_high\n",
          to);
    for (size_t i = 0; i < count; i++)
        write_rows(to, suite, &summaries[i]);
}
