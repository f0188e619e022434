#include "figure.h"

#include <math.h>
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
    uint64_t beyond = quantile_beyond(n, quantile), rank = quantile_rank(n, quantile);
    if (beyond < FIGURE_BEYOND_ROUGH)
        return (struct figure){.knowledge = FIGURE_UNKNOWN};
    if (rank <= source.answered->count)
        return (struct figure){beyond < FIGURE_BEYOND_KNOWN ? FIGURE_ROUGH : FIGURE_KNOWN,
                               histogram_at_rank(source.answered, rank)};
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

struct figure figure_mean(struct figure_source source)
{
    if (unanswered_count(source) > 0) {
        struct histogram both = *source.answered;
        histogram_merge(&both, source.unanswered);
        return (struct figure){FIGURE_AT_LEAST, (int64_t)histogram_mean_ns(&both)};
    }
    if (source.answered->count == 0)
        return (struct figure){.knowledge = FIGURE_UNKNOWN};
    return (struct figure){FIGURE_KNOWN, (int64_t)(histogram_mean_ns(source.answered) + 0.5)};
}

bool figure_interval(struct figure_source source, uint32_t quantile, double independent,
                     struct figure_interval *interval)
{
    uint64_t all = source.answered->count + unanswered_count(source);
    double n = (double)all * independent, p = (double)quantile / QUANTILE_WHOLE;
    double half = 1.96 * sqrt(n * p * (1 - p));
    double low = floor(n * p - half), high = ceil(n * p + half) + 1;
    if (!(low >= 1 && high <= n))
        return false;
    uint64_t low_rank = (uint64_t)(low / independent), high_rank = (uint64_t)(high / independent);
    if (low_rank < 1 || high_rank > source.answered->count)
        return false;
    interval->low_ns = histogram_at_rank(source.answered, low_rank);
    interval->high_ns = histogram_at_rank(source.answered, high_rank);
    return true;
}

void figure_times(const struct tally *total, const struct measure *m,
                  struct figure_time times[FIGURE_TIMES])
{
    const struct figure_time all[FIGURE_TIMES] = {
        {"response", "response", {&total->response.answered, &total->response.unanswered}},
        {"service", "service", {&total->service.answered, &total->service.unanswered}},
        {"blocked", "blocked", {&m->blocked.answered, &m->blocked.unanswered}},
        {"generator_lag", "generator lag", {&m->generator_lag, NULL}},
        {"connect", "connect", {&m->connect, NULL}},
        {"first_byte", "first byte", {&m->first_byte, NULL}},
        {"last_byte", "last byte", {&m->last_byte, NULL}},
    };
    for (int i = 0; i < FIGURE_TIMES; i++)
        times[i] = all[i];
}
