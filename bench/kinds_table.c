#include "kinds_table.h"

#include <math.h>

#include "format.h"
#include "statistics.h"

static const json_t *kind_of(const struct run *run, size_t kind)
{
    return json_array_get(json_object_get(run->client, "requests"), kind);
}

static double median_us(const struct suite *suite, const struct summary *s, size_t kind,
                        const char *percentile)
{
    double values[STATISTICS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < suite->runs_count && count < STATISTICS_MOST; i++) {
        if (!summary_holds(s, &suite->runs[i]))
            continue;
        const json_t *times = json_object_get(kind_of(&suite->runs[i], kind), "latency_us");
        const json_t *us = json_object_get(json_object_get(times, "response"), percentile);
        values[count++] = json_is_number(us) ? json_number_value(us) : NAN;
    }
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

void kinds_table_write(FILE *to, const struct suite *suite, const struct summary *s)
{
    const struct run *first = s->valid > 0 ? first_run(suite, s) : NULL;
    if (first == NULL || kind_of(first, 1) == NULL)
        return;
    const json_t *kind;
    for (size_t k = 0; (kind = kind_of(first, k)) != NULL; k++) {
        char p50[FORMAT_BYTES], p99[FORMAT_BYTES];
        const char *name = json_string_value(json_object_get(kind, "name"));
        fprintf(to, "    %-64s%7s%8s\n", name != NULL ? name : "",
                format_time_us(p50, median_us(suite, s, k, "p50")),
                format_time_us(p99, median_us(suite, s, k, "p99")));
    }
}
