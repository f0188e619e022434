#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "answer.h"
#include "clock.h"
#include "exchange.h"
#include "mix.h"
#include "settle.h"
#include "window.h"

enum {
    EVENTS = 256,
    STARTS_AT_ONCE = 64, /* then what has come is read before more is sent */
};
#define AWAKE_NS     (200 * CLOCK_US)
#define LOOK_NS      (10 * CLOCK_US) /* what looks longer was somebody else's turn on the CPU */
#define HEARTBEAT_NS (10 * CLOCK_MS) /* no sleep is longer, so that a stall is seen */

/* Registers the signal to stop as the event without a connection. Edge-triggered, because it is
 * never read: each write wakes every worker once. */
static bool watch_stop(int epollfd, int stopfd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    struct timespec at_once = {0};
    return epoll_ctl(epollfd, EPOLL_CTL_ADD, stopfd, &event) == 0 &&
           epoll_pwait2(epollfd, &event, 1, &at_once, NULL) >= 0; /* is not in Linux before 5.11 */
}

static bool prepare_stamps(struct worker *w)
{
    const struct load *load = w->load;
    return !load->kernel_stamps ||
           stamps_init(&w->stamps, load->target.storage.ss_family, &w->measure.kernel_stamps);
}

/* What needs no computing when all requests are the same. */
static void find_literals(struct worker *w)
{
    const struct load *load = w->load;
    if (mix_count(load->mix) > 1)
        return;
    w->literal = request_literal(mix_request(load->mix, 0));
    w->literal_reply = load->verify ? request_literal_reply(mix_request(load->mix, 0)) : NULL;
}

bool worker_init(struct worker *w, const struct load *load, struct worker_control *control,
                 struct worker_share share)
{
    *w = (struct worker){.load = load,
                         .control = control,
                         .number = share.number,
                         .conns_count = share.count,
                         .active = share.count,
                         .epollfd = -1,
                         .stamps.keepfd = -1};
    timeline_init(&w->waiting);
    timeline_init(&w->thinking);
    timeline_init(&w->pausing);
    timeline_init(&w->free);
    w->pacer = (struct pacer){
        .think_ns = load->think_ns, .by_number = load->requests > 0, .remaining = share.requests};
    counter_init(&w->counter, COUNTER_BYTES_MOST / load->threads);
    find_literals(w);
    w->conns = calloc(share.count, sizeof *w->conns);
    w->scratch = malloc(WORKER_SCRATCH_BYTES);
    w->epollfd = epoll_create1(EPOLL_CLOEXEC);
    if (w->conns == NULL || w->scratch == NULL || w->epollfd < 0 ||
        !watch_stop(w->epollfd, control->stopfd) ||
        !measure_init(&w->measure, mix_count(load->mix)) || !prepare_stamps(w)) {
        int saved_errno = errno;
        worker_free(w);
        errno = saved_errno;
        return false;
    }
    for (uint32_t i = 0; i < share.count; i++) {
        conn_init(&w->conns[i], share.first_number + i);
        w->conns[i].stamps = load->kernel_stamps ? &w->stamps : NULL;
    }
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
    counter_free(&w->counter);
    measure_free(&w->measure);
    stamps_free(&w->stamps);
    w->epollfd = -1;
    w->conns = NULL;
    w->scratch = NULL;
}

void worker_notify(struct worker *w)
{
    /* An eventfd takes 2^64 - 2 of these before a write could fail. */
    (void)eventfd_write(w->control->newsfd, 1);
}

uint64_t worker_next_number(struct worker *w)
{
    if (w->load->shape != LOAD_CLOSED)
        return SAMPLE_UNNUMBERED; /* the plan numbers its arrivals, not what follows from them */
    return ((uint64_t)w->number << 40) + w->turns++;
}

double worker_pending(const struct worker *w, int64_t now_ns)
{
    double pending = (double)w->in_flight;
    if (w->load->shape == LOAD_CLOSED)
        return pending;
    int64_t end_ns = w->pacer.end_ns < now_ns ? w->pacer.end_ns : now_ns;
    int64_t late_ns = end_ns - plan_due_ns(&w->plan);
    if (late_ns <= 0)
        return pending;
    double per_ns = (double)load_arrivals_micro(w->load) / w->load->threads / 1e15;
    return pending + 1 + (double)late_ns * per_ns;
}

/* ---- ending ---- */

/* No arrival is left that has to be sent. */
static bool is_plan_over(const struct worker *w, int64_t now_ns)
{
    if (w->load->shape == LOAD_CLOSED)
        return pacer_is_over(&w->pacer, now_ns);
    return plan_due_ns(&w->plan) >= w->pacer.end_ns;
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

/* How long arrivals that are late already may still wait for a connection. */
static int64_t drain_end_ns(const struct worker *w)
{
    if (w->load->shape == LOAD_CLOSED || w->pacer.end_ns > INT64_MAX - w->load->timeout_ns)
        return INT64_MAX;
    return w->pacer.end_ns + w->load->timeout_ns;
}

/* ---- what is due ---- */

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

/* When the plan wants the next request sent: never while no connection is free for it. */
static int64_t planned_ns(const struct worker *w)
{
    int64_t thought_ns = timeline_first_ns(&w->thinking);
    if (w->load->shape == LOAD_CLOSED || timeline_first(&w->free) == NULL || is_plan_over(w, 0))
        return thought_ns;
    int64_t arrival_ns = plan_due_ns(&w->plan);
    return arrival_ns < thought_ns ? arrival_ns : thought_ns;
}

/* Sends the plan's next arrival on the connection that has been free for longest. */
static void start_arrival(struct worker *w)
{
    struct timeline_event *event = timeline_first(&w->free);
    struct conn *c = conn_of(event);
    uint64_t number = plan_index(&w->plan);
    timeline_remove(event);
    c->due_ns = plan_due_ns(&w->plan);
    c->eligible_ns = event->at_ns > c->due_ns ? event->at_ns : c->due_ns;
    plan_advance(&w->plan);
    exchange_start(w, c, number);
    w->measure.arrivals_sent += c->start_ns >= w->pacer.begin_ns && c->start_ns < w->close_ns;
}

/* The requests of the plan that are due; a limited number, so that replies do not wait unread. */
static void send_due(struct worker *w, int64_t now_ns)
{
    for (int i = 0; i < STARTS_AT_ONCE && planned_ns(w) <= now_ns; i++) {
        struct conn *c = take_due(&w->thinking, now_ns);
        if (c == NULL) {
            start_arrival(w);
            continue;
        }
        c->due_ns = c->eligible_ns = c->event.at_ns;
        exchange_start(w, c, worker_next_number(w));
    }
}

static void run_due(struct worker *w)
{
    int64_t now_ns = w->now_ns;
    struct conn *c;
    if (now_ns >= w->mark_ns)
        window_mark(w, now_ns);
    send_due(w, now_ns);
    while ((c = take_due(&w->waiting, now_ns)) != NULL)
        exchange_time_out(w, c);
    if (!w->draining && is_plan_over(w, now_ns) && pacer_is_over(&w->pacer, now_ns))
        begin_drain(w);
    if (now_ns >= drain_end_ns(w))
        w->cut_off = true;
    for (int i = 0; i < STARTS_AT_ONCE && (c = take_due(&w->pausing, now_ns)) != NULL; i++) {
        c->due_ns = c->eligible_ns = clock_now_ns(); /* free from the moment we get to it */
        exchange_start(w, c, worker_next_number(w));
    }
    window_note_stall(w, now_ns, 2 * STARTS_AT_ONCE); /* it may have struck here, too */
}

/* ---- the loop ---- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When to wake up. A sleeper is woken late, by what the machine takes to wake up, so the last bit
 * of the way to a planned request is spent awake, looking for replies. */
static int64_t wake_ns(const struct worker *w)
{
    bool ends_next = !w->draining && (w->load->shape == LOAD_CLOSED || is_plan_over(w, w->now_ns));
    int64_t wake = w->now_ns + HEARTBEAT_NS;
    int64_t others_ns[] = {w->mark_ns,
                           timeline_first_ns(&w->waiting),
                           timeline_first_ns(&w->pausing),
                           planned_ns(w) - AWAKE_NS,
                           ends_next ? w->pacer.end_ns : INT64_MAX,
                           drain_end_ns(w)};
    for (size_t i = 0; i < sizeof others_ns / sizeof others_ns[0]; i++)
        wake = least(wake, others_ns[i]);
    return wake > w->now_ns ? wake : w->now_ns;
}

static void wait_and_serve(struct worker *w)
{
    struct epoll_event events[EVENTS];
    int64_t before_ns = w->now_ns, wake = wake_ns(w);
    struct timespec timeout = clock_timespec(wake - before_ns);
    int n = epoll_pwait2(w->epollfd, events, EVENTS, &timeout, NULL);
    if (n <= 0) {
        w->now_ns = clock_now_ns();
        if (wake == before_ns)
            w->spun_ns += least(w->now_ns - before_ns, LOOK_NS);
    }
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == NULL)
            obey(w);
        else
            answer_ready(w, events[i].data.ptr, events[i].events);
        send_due(w, w->now_ns);
    }
    window_note_stall(w, wake, n > 0 ? n : 0);
}

static void begin(struct worker *w)
{
    int64_t start_ns = w->control->start_ns;
    window_prepare(w, start_ns);
    if (w->load->shape != LOAD_CLOSED)
        w->plan = plan_make(w->load->arrivals, load_arrivals_micro(w->load), w->load->seed,
                            start_ns + w->load->phase_ns, w->number, w->load->threads);
    w->now_ns = start_ns;
    for (uint32_t i = 0; i < w->conns_count; i++)
        exchange_begin(w, &w->conns[i], start_ns);
}

/* What the plan had due within the window, and we did not get to. */
static void count_unsent(struct worker *w)
{
    struct tally *first = &w->measure.kinds[0];
    bool counts = false;
    if (w->load->shape != LOAD_CLOSED)
        for (; !is_plan_over(w, w->now_ns); plan_advance(&w->plan)) {
            pacer_take(&w->pacer, plan_due_ns(&w->plan), 1, &counts);
            if (counts)
                settle_unsent(w, plan_due_ns(&w->plan));
        }
    /* What a run had not come to when somebody ended it was never planned. */
    bool was_ended = atomic_load(&w->control->stop) > 0 && !atomic_load(&w->news.hopeless);
    if (w->pacer.by_number && !was_ended) {
        first->planned += w->pacer.remaining;
        first->outcomes[OUTCOME_UNSENT] += w->pacer.remaining;
    }
}

static void end(struct worker *w)
{
    for (uint32_t i = 0; i < w->conns_count; i++)
        exchange_end(w, &w->conns[i]);
    count_unsent(w);
    window_finish(w);
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
