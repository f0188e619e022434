#include "conclude.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "figure.h"
#include "kstest.h"
#include "load.h"
#include "worker.h"

/* ---- over all connections ---- */

static void conclude_fairness(struct load_result *result, const struct load *load,
                              const struct worker *workers, uint32_t count)
{
    uint64_t *replies = calloc(load->connections, sizeof *replies);
    if (replies == NULL) {
        result->sum.incomplete = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < workers[i].conns_count; j++)
            replies[workers[i].conns[j].number] = workers[i].conns[j].answered;
    result->fairness = fairness_of(replies, load->connections);
    free(replies);
}

static void conclude_window(struct load_result *result, const struct worker *workers,
                            uint32_t count, int64_t begin_ns)
{
    int64_t end_ns = begin_ns;
    for (uint32_t i = 0; i < count; i++) {
        const struct worker *w = &workers[i];
        int64_t closed_ns = w->pacer.by_number ? w->last_reply_ns : w->close_ns;
        if (closed_ns > end_ns)
            end_ns = closed_ns;
    }
    result->window_s = (double)(end_ns - begin_ns) / (double)CLOCK_S;
    if (result->window_s > 0)
        result->throughput_rps = (double)result->sum.in_window / result->window_s;
}

/* ---- over time ---- */

/* The replies of one step after another, of so many intervals each. */
static void expand_step(const struct series *series, size_t step, size_t each, struct histogram *h)
{
    series_expand(series->intervals[step * each], h);
    for (size_t i = 1; i < each; i++) {
        struct histogram other;
        series_expand(series->intervals[step * each + i], &other);
        histogram_merge(h, &other);
    }
}

/* From second to second, whatever the intervals: in steps of so many as make up a second. The last
 * interval of the series may be a short one, and says nothing about a trend. */
static void conclude_trends(struct load_result *result)
{
    const struct series *series = &result->sum.series;
    int64_t interval_ns = series_interval_ns(series);
    size_t whole = (size_t)(llround(result->window_s * (double)CLOCK_S) / interval_ns);
    size_t each = (size_t)((CLOCK_S + interval_ns - 1) / interval_ns);
    whole = (whole < series->count ? whole : series->count) / each;
    double *values = calloc(2 * whole + 1, sizeof *values);
    if (values == NULL) {
        result->sum.incomplete = true;
        return;
    }
    bool known = true;
    for (size_t i = 0; i < whole; i++) {
        struct histogram h;
        expand_step(series, i, each, &h);
        known = known && h.count > 0;
        values[i] = (double)h.count;
        values[whole + i] = h.count > 0 ? (double)histogram_quantile(&h, 500000) : 0;
    }
    result->throughput = trend_of(values, whole);
    if (known)
        result->p50 = trend_of(values + whole, whole);
    free(values);
    result->in_flight = trend_of(result->sum.in_flight, result->sum.moments);
}

/* ---- over requests in the order of sending ---- */

static void conclude_independence(struct load_result *result, size_t runs)
{
    const struct sample *sample = &result->sum.sample;
    int64_t *latencies = calloc(runs * SAMPLE_RUN + 1, sizeof *latencies);
    if (latencies == NULL) {
        result->sum.incomplete = true;
        return;
    }
    for (size_t i = 0; i < runs * SAMPLE_RUN; i++)
        latencies[i] = sample->entries[i].response_ns;
    result->independence = independence_of(latencies, runs, SAMPLE_RUN);
    free(latencies);
}

/* The gaps between arrivals as they were sent, in units of the mean gap. Each may be off by what
 * nine of ten arrivals were late by at most: how late we are is another check's concern. */
static double gaps_p(const struct load_result *result, const struct load *load, double *gaps,
                     size_t runs)
{
    const struct sample *sample = &result->sum.sample;
    double per_ns = (double)load_arrivals_micro(load) / 1e15;
    size_t count = 0;
    for (size_t i = 0; i < runs * SAMPLE_RUN; i++) {
        if (i % SAMPLE_RUN == 0)
            continue;
        int64_t gap_ns = sample->entries[i].sent_ns - sample->entries[i - 1].sent_ns;
        gaps[count++] = (double)gap_ns * per_ns;
    }
    double late_ns = (double)histogram_quantile(&result->sum.generator_lag, 900000);
    return kstest_p(gaps, count,
                    load->arrivals == ARRIVALS_UNIFORM ? kstest_uniform : kstest_exponential,
                    late_ns * per_ns);
}

/* Where the server kept arrivals waiting, their gaps are its doing, and tell nothing of ours. */
static void conclude_arrivals(struct load_result *result, const struct load *load, size_t runs)
{
    const struct histogram *blocked = &result->sum.blocked.answered;
    result->arrival_p = -1;
    if (load->shape == LOAD_CLOSED || load->arrivals == ARRIVALS_CONSTANT || runs == 0 ||
        blocked->count == 0 || histogram_quantile(blocked, 990000) > 0)
        return;
    double *gaps = calloc(runs * SAMPLE_RUN, sizeof *gaps);
    if (gaps == NULL) {
        result->sum.incomplete = true;
        return;
    }
    result->arrival_p = gaps_p(result, load, gaps, runs);
    free(gaps);
}

void conclude(struct load_result *result, const struct load *load, const struct worker *workers,
              uint32_t count, int64_t begin_ns)
{
    counter_init(&result->counter, COUNTER_BYTES_MOST);
    for (uint32_t i = 0; i < count; i++) {
        measure_merge(&result->sum, &workers[i].measure);
        counter_merge(&result->counter, &workers[i].counter);
    }
    measure_total(&result->sum, &result->total);
    conclude_window(result, workers, count, begin_ns);
    conclude_fairness(result, load, workers, count);
    conclude_trends(result);
    size_t runs = sample_whole_runs(&result->sum.sample);
    conclude_independence(result, runs);
    conclude_arrivals(result, load, runs);
}
