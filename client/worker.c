#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "exchange.h"
#include "request.h"

enum {
    EVENTS = 256,
    STARTS_AT_ONCE = 64, /* then what has come is read before more is sent */
};
#define AWAKE_NS (100 * CLOCK_US)

/* Registers the signal to stop as the event without a connection. Edge-triggered, because it is
 * never read: each write wakes every worker once. */
static bool watch_stop(int epollfd, int stopfd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    struct timespec at_once = {0};
    return epoll_ctl(epollfd, EPOLL_CTL_ADD, stopfd, &event) == 0 &&
           epoll_pwait2(epollfd, &event, 1, &at_once, NULL) >= 0; /* is not in Linux before 5.11 */
}

bool worker_init(struct worker *w, const struct load *load, struct worker_control *control,
                 uint32_t first_number, uint32_t count, uint64_t requests)
{
    *w = (struct worker){.load = load, .control = control, .conns_count = count, .active = count};
    timeline_init(&w->waiting);
    timeline_init(&w->thinking);
    timeline_init(&w->pausing);
    w->pacer = (struct pacer){
        .think_ns = load->think_ns, .by_number = load->requests > 0, .remaining = requests};
    w->literal = request_literal(load->request);
    w->literal_reply = load->verify ? request_literal_reply(load->request) : NULL;
    w->conns = calloc(count, sizeof *w->conns);
    w->scratch = malloc(WORKER_SCRATCH_BYTES);
    w->epollfd = epoll_create1(EPOLL_CLOEXEC);
    if (w->conns == NULL || w->scratch == NULL || w->epollfd < 0 ||
        !watch_stop(w->epollfd, control->stopfd)) {
        int saved_errno = errno;
        worker_free(w);
        errno = saved_errno;
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        conn_init(&w->conns[i], first_number + i);
    return true;
}

void worker_free(struct worker *w)
{
    if (w->epollfd >= 0)
        close(w->epollfd);
    free(w->conns); /* all closed: worker_run ends every connection */
    free(w->scratch);
    buf_free(&w->out);
    buf_free(&w->word);
    buf_free(&w->expected);
    measure_free(&w->measure);
    w->epollfd = -1;
    w->conns = NULL;
    w->scratch = NULL;
}

void worker_notify(struct worker *w)
{
    /* An eventfd takes 2^64 - 2 of these before a write could fail. */
    (void)eventfd_write(w->control->newsfd, 1);
}

/* ---- the window ---- */

static void publish(struct worker *w)
{
    const uint64_t *outcomes = w->measure.outcomes;
    uint64_t failed = 0;
    for (int i = OUTCOME_OK + 1; i < OUTCOMES; i++)
        failed += outcomes[i];
    atomic_store_explicit(&w->news.ok, outcomes[OUTCOME_OK], memory_order_relaxed);
    atomic_store_explicit(&w->news.failed, failed, memory_order_relaxed);
    atomic_store_explicit(&w->news.in_flight, w->in_flight, memory_order_relaxed);
}

static void open_window(struct worker *w)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    w->voluntary_begin = usage.ru_nvcsw;
    w->involuntary_begin = usage.ru_nivcsw;
    w->cpu_begin_ns = clock_thread_cpu_ns() - w->spun_ns;
    w->window = WINDOW_OPEN;
    w->second_begin_ns = w->pacer.begin_ns;
}

static void save_second(struct worker *w)
{
    if (!series_save(&w->measure.series, &w->second, w->in_flight))
        w->measure.incomplete = true;
    publish(w);
}

/* The window ends at end_ns; the last second may be a short one. */
static void close_window(struct worker *w, int64_t end_ns)
{
    struct measure *m = &w->measure;
    if (w->window == WINDOW_OPEN) {
        struct rusage usage;
        getrusage(RUSAGE_THREAD, &usage);
        m->voluntary_switches = (uint64_t)(usage.ru_nvcsw - w->voluntary_begin);
        m->involuntary_switches = (uint64_t)(usage.ru_nivcsw - w->involuntary_begin);
        m->cpu_ns = clock_thread_cpu_ns() - w->spun_ns - w->cpu_begin_ns;
        m->wall_ns = clock_now_ns() - w->pacer.begin_ns;
        if (end_ns > w->second_begin_ns || w->second.count > 0)
            save_second(w);
    }
    w->window = WINDOW_CLOSED;
}

void worker_mark(struct worker *w, int64_t now_ns)
{
    while (now_ns >= w->mark_ns) {
        if (w->mark_ns >= w->close_ns) {
            close_window(w, w->close_ns);
            w->mark_ns = INT64_MAX;
            return;
        }
        if (w->window == WINDOW_BEFORE) {
            open_window(w);
        } else {
            save_second(w);
            w->second_begin_ns = w->mark_ns;
        }
        w->mark_ns = w->second_begin_ns + CLOCK_S;
        if (w->mark_ns > w->close_ns)
            w->mark_ns = w->close_ns;
    }
}

static void begin_drain(struct worker *w)
{
    w->draining = true;
    for (uint32_t i = 0; i < w->conns_count; i++)
        if (!w->conns[i].busy)
            exchange_end(w, &w->conns[i]);
}

static void obey(struct worker *w)
{
    int stop = atomic_load(&w->control->stop);
    w->now_ns = clock_now_ns();
    if (stop >= 1)
        pacer_stop(&w->pacer, w->now_ns);
    if (!w->pacer.by_number && w->pacer.end_ns < w->close_ns)
        w->close_ns = w->pacer.end_ns;
    if (w->mark_ns > w->close_ns)
        w->mark_ns = w->close_ns;
    if (stop >= 2)
        w->cut_off = true;
}

/* ---- the loop ---- */

static struct conn *conn_of(struct timeline_event *event)
{
    return (struct conn *)(void *)((char *)event - offsetof(struct conn, event));
}

static struct conn *take_due(struct timeline *timeline, int64_t now_ns)
{
    struct timeline_event *event = timeline_first(timeline);
    if (event == NULL || event->at_ns > now_ns)
        return NULL;
    timeline_remove(event);
    return conn_of(event);
}

/* What is due by now. The turns of one call are limited, so that replies do not wait unread. */
static void run_due(struct worker *w)
{
    int64_t now_ns = w->now_ns;
    struct conn *c;
    worker_mark(w, now_ns);
    while ((c = take_due(&w->waiting, now_ns)) != NULL)
        exchange_time_out(w, c);
    if (!w->draining && pacer_is_over(&w->pacer, now_ns))
        begin_drain(w);
    for (int i = 0; i < STARTS_AT_ONCE && (c = take_due(&w->thinking, now_ns)) != NULL; i++) {
        c->due_ns = c->event.at_ns;
        exchange_start(w, c);
    }
    for (int i = 0; i < STARTS_AT_ONCE && (c = take_due(&w->pausing, now_ns)) != NULL; i++) {
        c->due_ns = clock_now_ns(); /* free from the moment we get to it */
        exchange_start(w, c);
    }
}

static int64_t next_due_ns(const struct worker *w)
{
    int64_t due_ns = w->mark_ns;
    int64_t others_ns[] = {timeline_first_ns(&w->waiting), timeline_first_ns(&w->thinking),
                           timeline_first_ns(&w->pausing),
                           w->draining ? INT64_MAX : w->pacer.end_ns};
    for (size_t i = 0; i < sizeof others_ns / sizeof others_ns[0]; i++)
        if (others_ns[i] < due_ns)
            due_ns = others_ns[i];
    return due_ns;
}

/* How long to sleep. A sleeper is woken late, by what the machine takes to wake up, so the last bit
 * of the way to a planned request is spent awake, looking for replies. */
static int64_t time_to_sleep_ns(const struct worker *w, int64_t due_ns)
{
    int64_t planned_ns = timeline_first_ns(&w->thinking);
    if (planned_ns != INT64_MAX && planned_ns - AWAKE_NS < due_ns)
        due_ns = planned_ns - AWAKE_NS;
    return due_ns > w->now_ns ? due_ns - w->now_ns : 0;
}

static void wait_and_serve(struct worker *w)
{
    struct epoll_event events[EVENTS];
    int64_t due_ns = next_due_ns(w), sleep_ns = time_to_sleep_ns(w, due_ns), before_ns = w->now_ns;
    struct timespec timeout = clock_timespec(sleep_ns);
    int n = epoll_pwait2(w->epollfd, events, EVENTS, due_ns == INT64_MAX ? NULL : &timeout, NULL);
    if (n <= 0) {
        w->now_ns = clock_now_ns();
        if (sleep_ns == 0)
            w->spun_ns += w->now_ns - before_ns;
    }
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == NULL)
            obey(w);
        else
            exchange_ready(w, events[i].data.ptr, events[i].events);
    }
}

static void begin(struct worker *w)
{
    int64_t start_ns = w->control->start_ns, begin_ns = start_ns + w->load->warmup_ns;
    int64_t end_ns = begin_ns + w->load->duration_ns;
    w->pacer.begin_ns = w->mark_ns = begin_ns;
    w->close_ns = w->pacer.by_number ? INT64_MAX : end_ns;
    w->pacer.end_ns = w->close_ns;
    if (w->pacer.by_number && w->pacer.remaining == 0)
        w->pacer.end_ns = begin_ns;
    w->now_ns = start_ns;
    for (uint32_t i = 0; i < w->conns_count; i++)
        exchange_begin(w, &w->conns[i], start_ns);
}

static void end(struct worker *w)
{
    for (uint32_t i = 0; i < w->conns_count; i++)
        exchange_end(w, &w->conns[i]);
    if (w->pacer.by_number) {
        w->measure.planned += w->pacer.remaining;
        w->measure.outcomes[OUTCOME_UNSENT] += w->pacer.remaining;
    }
    close_window(w, w->now_ns < w->close_ns ? w->now_ns : w->close_ns);
    publish(w);
}

void *worker_run(void *argument)
{
    struct worker *w = argument;
    pthread_mutex_lock(&w->control->gate);
    pthread_mutex_unlock(&w->control->gate);
    if (w->control->start_ns != 0) {
        prctl(PR_SET_TIMERSLACK, 1); /* nanosecond; the default of 50 us would delay each wake-up */
        begin(w);
        while (w->active > 0 && !w->cut_off) {
            run_due(w);
            if (w->active > 0)
                wait_and_serve(w);
        }
        end(w);
    }
    atomic_fetch_sub(&w->control->running, 1);
    worker_notify(w);
    return NULL;
}
