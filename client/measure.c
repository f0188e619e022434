#include "measure.h"

#include <stdlib.h>
#include <string.h>

const char *const outcome_names[OUTCOMES] = {
    [OUTCOME_OK] = "ok",
    [OUTCOME_ERROR_REPLY] = "error_reply",
    [OUTCOME_MISMATCH] = "mismatch",
    [OUTCOME_TIMEOUT] = "timeout",
    [OUTCOME_CONNECT_FAILED] = "connect_failed",
    [OUTCOME_RESET] = "reset",
    [OUTCOME_CLOSED_EARLY] = "closed_early",
    [OUTCOME_IN_FLIGHT] = "in_flight",
    [OUTCOME_UNSENT] = "unsent",
};

bool measure_init(struct measure *m, uint32_t kinds_count)
{
    *m = (struct measure){.kinds_count = kinds_count};
    m->kinds = calloc(kinds_count, sizeof *m->kinds);
    if (m->kinds != NULL && sample_init(&m->sample))
        return true;
    measure_free(m);
    return false;
}

void measure_free(struct measure *m)
{
    series_free(&m->series);
    sample_free(&m->sample);
    free(m->kinds);
    m->kinds = NULL;
}

static void merge_latency(struct latency *sum, const struct latency *other)
{
    histogram_merge(&sum->answered, &other->answered);
    histogram_merge(&sum->unanswered, &other->unanswered);
}

static void merge_tally(struct tally *sum, const struct tally *other)
{
    sum->planned += other->planned;
    for (int i = 0; i < OUTCOMES; i++)
        sum->outcomes[i] += other->outcomes[i];
    sum->in_window += other->in_window;
    merge_latency(&sum->response, &other->response);
    merge_latency(&sum->service, &other->service);
}

static void merge_thread(struct measure *sum, const struct measure *other)
{
    sum->cpu_ns += other->cpu_ns;
    sum->wall_ns += other->wall_ns;
    double busy = other->wall_ns > 0 ? (double)other->cpu_ns / (double)other->wall_ns : 0;
    if (busy > sum->cpu_busy_worst)
        sum->cpu_busy_worst = busy;
    if (other->stalled_ns > sum->stalled_ns)
        sum->stalled_ns = other->stalled_ns;
    sum->voluntary_switches += other->voluntary_switches;
    sum->involuntary_switches += other->involuntary_switches;
}

void measure_merge(struct measure *sum, const struct measure *other)
{
    for (uint32_t i = 0; i < sum->kinds_count; i++)
        merge_tally(&sum->kinds[i], &other->kinds[i]);
    sum->arrivals_sent += other->arrivals_sent;
    sum->in_window += other->in_window;
    merge_latency(&sum->blocked, &other->blocked);
    histogram_merge(&sum->generator_lag, &other->generator_lag);
    histogram_merge(&sum->connect, &other->connect);
    histogram_merge(&sum->first_byte, &other->first_byte);
    histogram_merge(&sum->last_byte, &other->last_byte);
    stamps_merge(&sum->kernel_stamps, &other->kernel_stamps);
    if (!series_merge(&sum->series, &other->series) ||
        !sample_merge(&sum->sample, &other->sample) || other->incomplete)
        sum->incomplete = true;
    for (uint32_t i = 0; i < other->moments; i++)
        sum->in_flight[i] += other->in_flight[i];
    if (other->moments > sum->moments)
        sum->moments = other->moments;
    if (other->connect_errno != 0)
        sum->connect_errno = other->connect_errno;
    sum->sockets_missing += other->sockets_missing;
    sum->counter_unsettled += other->counter_unsettled;
    sum->covered_ns += other->covered_ns;
    merge_thread(sum, other);
}

void measure_total(const struct measure *m, struct tally *total)
{
    memset(total, 0, sizeof *total);
    for (uint32_t i = 0; i < m->kinds_count; i++)
        merge_tally(total, &m->kinds[i]);
}

bool tally_adds_up(const struct tally *t)
{
    uint64_t sum = 0;
    for (int i = 0; i < OUTCOMES; i++)
        sum += t->outcomes[i];
    return sum == t->planned;
}
