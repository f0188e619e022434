#include "exchange.h"

#include <errno.h>

#include "clock.h"
#include "mix.h"
#include "settle.h"
#include "source.h"
#include "worker.h"

enum { GIVE_UP_AFTER = 5 }; /* failures to connect in a row */
#define PAUSE_NS (100 * CLOCK_MS)

/* ---- connections ---- */

void exchange_established(struct worker *w, struct conn *c, int64_t now_ns)
{
    w->established = true;
    if (c->failures >= GIVE_UP_AFTER)
        w->given_up--;
    c->failures = 0;
    if (c->counts)
        histogram_record(&w->measure.connect, now_ns - c->start_ns);
}

static void count_failure(struct worker *w, struct conn *c, int failure_errno)
{
    w->measure.connect_errno = failure_errno;
    if (++c->failures == GIVE_UP_AFTER)
        w->given_up++;
    if (w->established || w->given_up < w->active)
        return;
    atomic_store(&w->news.connect_errno, failure_errno);
    atomic_store(&w->news.hopeless, true);
    worker_notify(w);
}

/* After a failure. In a closed loop it asks again at once, after its thought, or after a pause if
 * it was never established, lest a server that is down be hammered. In the open shapes the plan
 * says how often it is tried. */
static void go_on(struct worker *w, struct conn *c, bool was_open)
{
    if (w->draining)
        exchange_end(w, c);
    else if (w->load->shape != LOAD_CLOSED)
        timeline_add(&w->free, &c->event, w->now_ns);
    else if (was_open)
        timeline_add(&w->thinking, &c->event, pacer_due(&w->pacer, w->now_ns));
    else
        timeline_add(&w->pausing, &c->event, w->now_ns + PAUSE_NS);
}

void exchange_fail(struct worker *w, struct conn *c, enum outcome outcome, int failure_errno)
{
    bool was_open = c->state == CONN_OPEN;
    if (!was_open && outcome != OUTCOME_UNSENT)
        outcome = OUTCOME_CONNECT_FAILED;
    timeline_remove(&c->event);
    settle_all(w, c, outcome);
    conn_close(c);
    if (outcome == OUTCOME_CONNECT_FAILED)
        count_failure(w, c, failure_errno);
    go_on(w, c, was_open);
}

/* We are out of memory: this connection is given up, and the result says that it is not complete.
 */
static void fail_memory(struct worker *w, struct conn *c)
{
    w->measure.incomplete = true;
    timeline_remove(&c->event);
    settle_all(w, c, OUTCOME_UNSENT);
    exchange_end(w, c);
}

void exchange_fail_io(struct worker *w, struct conn *c, int io_errno)
{
    if (io_errno == ENOMEM)
        fail_memory(w, c);
    else
        exchange_fail(w, c, OUTCOME_RESET, io_errno);
}

static void fail_open(struct worker *w, struct conn *c, int open_errno)
{
    bool is_ours = conn_is_shortage(open_errno);
    w->measure.sockets_missing += is_ours;
    exchange_fail(w, c, is_ours ? OUTCOME_UNSENT : OUTCOME_CONNECT_FAILED, open_errno);
}

void exchange_time_out(struct worker *w, struct conn *c)
{
    exchange_fail(w, c, OUTCOME_TIMEOUT, ETIMEDOUT);
}

void exchange_end(struct worker *w, struct conn *c)
{
    if (c->ended)
        return;
    timeline_remove(&c->event);
    settle_all(w, c, c->state == CONN_OPEN ? OUTCOME_IN_FLIGHT : OUTCOME_UNSENT);
    conn_close(c);
    c->ended = true;
    w->active--;
}

/* ---- asking ---- */

/* The bytes of the next `count` requests: NULL when memory is short. They are good until the next
 * call. */
static const struct buf *encode(struct worker *w, struct conn *c, uint32_t count)
{
    const struct mix *mix = w->load->mix;
    if (w->literal != NULL && count == 1)
        return w->literal;
    buf_consume(&w->out, buf_length(&w->out));
    for (uint32_t i = 0; i < count; i++) {
        struct draw_point at = settle_point(w, c, c->sequence + i);
        if (w->literal != NULL)
            buf_append(&w->out, buf_head(w->literal), buf_length(w->literal));
        else
            request_encode(mix_request(mix, mix_kind(mix, at)), at, &w->word, &w->out);
    }
    return w->out.failed || w->word.failed ? NULL : &w->out;
}

static void send_requests(struct worker *w, struct conn *c, uint32_t count)
{
    int64_t established_ns = 0;
    bool is_new = c->state == CONN_CLOSED;
    const struct conn_manner manner = {&w->load->target, source_of(w->load->sources, c->number),
                                       w->load->close_by_rst};
    const struct buf *bytes = encode(w, c, count);
    c->sequence += count;
    if (bytes == NULL) {
        fail_memory(w, c);
        return;
    }
    if (is_new && !conn_open(c, &manner, &established_ns)) {
        fail_open(w, c, errno);
        return;
    }
    c->asked += count;
    if (conn_send(c, w->epollfd, buf_head(bytes), buf_length(bytes)) == CONN_ERROR)
        exchange_fail_io(w, c, errno);
    else if (is_new && c->state == CONN_OPEN)
        exchange_established(w, c, established_ns);
}

void exchange_begin(struct worker *w, struct conn *c, int64_t start_ns)
{
    int64_t think_ns = w->load->think_ns;
    int64_t due_ns = start_ns + think_ns / w->load->connections * c->number;
    if (w->load->shape != LOAD_CLOSED) {
        timeline_add(&w->free, &c->event, start_ns);
        return;
    }
    w->measure.covered_ns += settle_within_window(w, start_ns, due_ns);
    timeline_add(think_ns > 0 ? &w->thinking : &w->pausing, &c->event, due_ns);
}

void exchange_start(struct worker *w, struct conn *c, uint64_t number)
{
    uint64_t want = w->load->pipeline, most = w->load->requests_per_connection;
    if (most > 0 && want > most - c->asked)
        want = most - c->asked;
    bool counts = false;
    uint32_t count = pacer_take(&w->pacer, c->due_ns, (uint32_t)want, &counts);
    if (count == 0) {
        exchange_end(w, c);
        return;
    }
    c->counts = counts;
    c->busy = true;
    c->awaited = count;
    settle_planned(w, c, count);
    c->start_ns = w->now_ns = clock_now_ns();
    settle_started(w, c, number);
    timeline_add(&w->waiting, &c->event, c->start_ns + w->load->timeout_ns);
    send_requests(w, c, count);
}

/* Behind the reply to one request of an open session comes, after a thought, the next. */
static void think(struct worker *w, struct conn *c)
{
    c->due_ns = c->eligible_ns = pacer_due(&w->pacer, w->now_ns);
    if (w->load->think_ns == 0 || w->draining)
        exchange_start(w, c, worker_next_number(w));
    else
        timeline_add(&w->thinking, &c->event, c->due_ns);
}

/* The next request is due when the old connection is out of the way: what closing it takes is part
 * of neither's response, and no lateness. */
static void close_answered(struct worker *w, struct conn *c)
{
    int64_t answered_ns = w->now_ns;
    conn_close(c);
    w->now_ns = clock_now_ns();
    if (w->load->shape == LOAD_CLOSED)
        w->measure.covered_ns += settle_within_window(w, answered_ns, w->now_ns);
}

void exchange_finish(struct worker *w, struct conn *c)
{
    uint64_t most = w->load->requests_per_connection;
    timeline_remove(&c->event);
    c->busy = c->first_turn = false;
    bool ends = c->unasked || buf_length(&c->in) > 0 || (most > 0 && c->asked >= most);
    if (ends)
        close_answered(w, c);
    else
        buf_free(&c->in);
    if (w->load->shape == LOAD_CLOSED || (w->load->shape == LOAD_PARTLY_OPEN && !ends))
        think(w, c);
    else
        go_on(w, c, true);
}
