#include "measure.h"

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

static void merge_latency(struct latency *sum, const struct latency *other)
{
    histogram_merge(&sum->answered, &other->answered);
    histogram_merge(&sum->unanswered, &other->unanswered);
}

void measure_merge(struct measure *sum, const struct measure *other)
{
    sum->planned += other->planned;
    for (int i = 0; i < OUTCOMES; i++)
        sum->outcomes[i] += other->outcomes[i];
    sum->in_window += other->in_window;
    merge_latency(&sum->response, &other->response);
    merge_latency(&sum->service, &other->service);
    histogram_merge(&sum->generator_lag, &other->generator_lag);
    histogram_merge(&sum->connect, &other->connect);
    histogram_merge(&sum->first_byte, &other->first_byte);
    if (!series_merge(&sum->series, &other->series) || other->incomplete)
        sum->incomplete = true;
    if (other->connect_errno != 0)
        sum->connect_errno = other->connect_errno;
    sum->covered_ns += other->covered_ns;
    sum->cpu_ns += other->cpu_ns;
    sum->wall_ns += other->wall_ns;
    double busy = other->wall_ns > 0 ? (double)other->cpu_ns / (double)other->wall_ns : 0;
    if (busy > sum->cpu_busy_worst)
        sum->cpu_busy_worst = busy;
    sum->voluntary_switches += other->voluntary_switches;
    sum->involuntary_switches += other->involuntary_switches;
}

void measure_free(struct measure *m)
{
    series_free(&m->series);
}

bool measure_adds_up(const struct measure *m)
{
    uint64_t sum = 0;
    for (int i = 0; i < OUTCOMES; i++)
        sum += m->outcomes[i];
    return sum == m->planned;
}
