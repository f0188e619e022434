#include "window.h"

#include <sys/resource.h>

#include "clock.h"
#include "settle.h"
#include "worker.h"

/* What a round of the loop may take by itself: in all, and for each connection it looks after. */
#define ROUND_NS      (5 * CLOCK_MS)
#define CONNECTION_NS (50 * CLOCK_US)

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void window_prepare(struct worker *w, int64_t start_ns)
{
    int64_t begin_ns = start_ns + w->load->warmup_ns, duration_ns = w->load->duration_ns;
    w->pacer.begin_ns = w->mark_ns = begin_ns;
    w->close_ns = w->pacer.by_number ? INT64_MAX : begin_ns + duration_ns;
    w->pacer.end_ns = w->close_ns;
    w->measure.series.interval_ns = w->load->interval_ns;
    w->moment_step_ns = duration_ns / MEASURE_MOMENTS;
    w->moment_ns = w->pacer.by_number ? INT64_MAX : begin_ns + w->moment_step_ns / 2;
    if (w->pacer.by_number && w->pacer.remaining == 0)
        w->pacer.end_ns = begin_ns;
}

void window_publish(struct worker *w)
{
    const struct series *series = &w->measure.series;
    uint64_t ok = 0, settled = 0, planned = 0;
    for (uint32_t i = 0; i < w->measure.kinds_count; i++) {
        const struct tally *tally = &w->measure.kinds[i];
        planned += tally->planned;
        ok += tally->outcomes[OUTCOME_OK];
        for (int o = 0; o < OUTCOMES; o++)
            settled += tally->outcomes[o];
    }
    atomic_store_explicit(&w->news.ok, ok, memory_order_relaxed);
    atomic_store_explicit(&w->news.failed, settled - ok, memory_order_relaxed);
    atomic_store_explicit(&w->news.in_flight, planned - settled, memory_order_relaxed);
    if (series->count > 0)
        atomic_store_explicit(&w->news.interval, series->intervals[series->count - 1],
                              memory_order_release);
}

static void open_window(struct worker *w)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    w->voluntary_begin = usage.ru_nvcsw;
    w->involuntary_begin = usage.ru_nivcsw;
    w->cpu_begin_ns = clock_thread_cpu_ns() - w->spun_ns;
    w->window = WINDOW_OPEN;
    w->interval_begin_ns = w->pacer.begin_ns;
}

static void save_interval(struct worker *w, uint64_t pending)
{
    if (!series_save(&w->measure.series, &w->interval, pending))
        w->measure.incomplete = true;
    window_publish(w);
}

/* The last interval that is kept takes all that comes later. */
static int64_t interval_end_ns(const struct worker *w)
{
    bool is_last = w->measure.series.count + 1 >= SERIES_MOST;
    return is_last ? INT64_MAX : w->interval_begin_ns + series_interval_ns(&w->measure.series);
}

static void note_moment(struct worker *w)
{
    struct measure *m = &w->measure;
    if (m->moments < MEASURE_MOMENTS)
        m->in_flight[m->moments++] = worker_pending(w, w->moment_ns);
    w->moment_ns += w->moment_step_ns;
}

/* The window is over. Its last interval, which may be a short one, is still open to replies that
 * are on their way to requests of the window. */
static void close_window(struct worker *w)
{
    struct measure *m = &w->measure;
    if (w->window == WINDOW_OPEN) {
        struct rusage usage;
        getrusage(RUSAGE_THREAD, &usage);
        m->voluntary_switches = (uint64_t)(usage.ru_nvcsw - w->voluntary_begin);
        m->involuntary_switches = (uint64_t)(usage.ru_nivcsw - w->involuntary_begin);
        m->cpu_ns = clock_thread_cpu_ns() - w->spun_ns - w->cpu_begin_ns;
        m->wall_ns = clock_now_ns() - w->pacer.begin_ns;
        w->pending_at_close = (uint64_t)worker_pending(w, w->now_ns);
    }
    w->window = WINDOW_CLOSED;
}

void window_mark(struct worker *w, int64_t now_ns)
{
    while (now_ns >= w->mark_ns) {
        if (w->mark_ns >= w->close_ns) {
            close_window(w);
            w->mark_ns = INT64_MAX;
            return;
        }
        if (w->window == WINDOW_BEFORE)
            open_window(w);
        if (w->mark_ns >= w->moment_ns)
            note_moment(w);
        if (w->mark_ns >= interval_end_ns(w)) {
            save_interval(w, (uint64_t)worker_pending(w, w->now_ns));
            w->interval_begin_ns = w->mark_ns;
        }
        w->mark_ns = earliest(earliest(interval_end_ns(w), w->moment_ns), w->close_ns);
    }
}

void window_finish(struct worker *w)
{
    bool was_open = w->window != WINDOW_BEFORE;
    close_window(w);
    if (was_open &&
        (earliest(w->now_ns, w->close_ns) > w->interval_begin_ns || w->interval.count > 0))
        save_interval(w, w->pending_at_close);
    window_publish(w);
}

void window_note_stall(struct worker *w, int64_t wake_ns, int connections)
{
    if (w->now_ns - wake_ns > ROUND_NS + connections * CONNECTION_NS)
        w->measure.stalled_ns += settle_within_window(w, wake_ns, w->now_ns);
}
