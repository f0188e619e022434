#include "figure.h"

#include <stddef.h>

const struct figure_percentile figure_percentiles[FIGURE_PERCENTILES] = {
    {"p50", "p50", 500000}, {"p90", "p90", 900000},    {"p95", "p95", 950000},
    {"p99", "p99", 990000}, {"p999", "p99.9", 999000}, {"p9999", "p99.99", 999900},
};

static uint64_t unanswered_count(struct figure_source source)
{
    return source.unanswered != NULL ? source.unanswered->count : 0;
}

struct figure figure_quantile(struct figure_source source, uint32_t quantile)
{
    uint64_t unanswered = unanswered_count(source), n = source.answered->count + unanswered;
    if (!quantile_known(n, quantile))
        return (struct figure){.knowledge = FIGURE_UNKNOWN};
    uint64_t rank = quantile_rank(n, quantile);
    if (rank <= source.answered->count)
        return (struct figure){FIGURE_KNOWN, histogram_at_rank(source.answered, rank)};
    /* Each of the unanswered waited at least as long as we saw it wait. */
    struct histogram both = *source.answered;
    histogram_merge(&both, source.unanswered);
    return (struct figure){FIGURE_AT_LEAST, histogram_at_rank(&both, rank)};
}

struct figure figure_max(struct figure_source source)
{
    const struct histogram *answered = source.answered, *unanswered = source.unanswered;
    if (unanswered_count(source) > 0) {
        bool higher = answered->count == 0 || unanswered->max_ns > answered->max_ns;
        return (struct figure){FIGURE_AT_LEAST, higher ? unanswered->max_ns : answered->max_ns};
    }
    if (answered->count == 0)
        return (struct figure){.knowledge = FIGURE_UNKNOWN};
    return (struct figure){FIGURE_KNOWN, answered->max_ns};
}

void figure_times(const struct measure *m, struct figure_time times[FIGURE_TIMES])
{
    const struct figure_time all[FIGURE_TIMES] = {
        {"response", "response", {&m->response.answered, &m->response.unanswered}},
        {"service", "service", {&m->service.answered, &m->service.unanswered}},
        {"blocked", "blocked", {NULL, NULL}},
        {"generator_lag", "generator lag", {&m->generator_lag, NULL}},
        {"connect", "connect", {&m->connect, NULL}},
        {"first_byte", "first byte", {&m->first_byte, NULL}},
    };
    for (int i = 0; i < FIGURE_TIMES; i++)
        times[i] = all[i];
}
