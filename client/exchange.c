#include "exchange.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "request.h"
#include "worker.h"

enum { GIVE_UP_AFTER = 5 }; /* failures to connect in a row */
#define PAUSE_NS (100 * CLOCK_MS)

/* ---- outcomes ---- */

/* The part of a time that lies within the window, as far as the window's ends are known. */
static int64_t within_window(const struct worker *w, int64_t from_ns, int64_t to_ns)
{
    int64_t begin_ns = w->pacer.begin_ns;
    from_ns = from_ns > begin_ns ? from_ns : begin_ns;
    to_ns = to_ns < w->close_ns ? to_ns : w->close_ns;
    return to_ns > from_ns ? to_ns - from_ns : 0;
}

/* A good reply came at now_ns. */
static void record_answer(struct worker *w, struct conn *c, int64_t now_ns)
{
    struct measure *m = &w->measure;
    w->last_reply_ns = now_ns;
    m->covered_ns += within_window(w, c->due_ns, pacer_due(&w->pacer, now_ns));
    if (now_ns >= w->mark_ns)
        worker_mark(w, now_ns);
    if (w->window == WINDOW_OPEN) {
        m->in_window++;
        histogram_record(&w->second, now_ns - c->due_ns);
    }
    if (!c->counts)
        return;
    c->answered++;
    histogram_record(&m->response.answered, now_ns - c->due_ns);
    histogram_record(&m->service.answered, now_ns - c->start_ns);
    histogram_record(&m->generator_lag, c->start_ns - c->due_ns);
}

/* One request under way has its outcome. */
static void settle(struct worker *w, struct conn *c, enum outcome outcome)
{
    c->awaited--;
    w->in_flight--;
    if (c->counts)
        w->measure.outcomes[outcome]++;
    if (outcome == OUTCOME_OK)
        record_answer(w, c, w->now_ns);
}

/* All requests under way have this outcome; `waited` if they might still have been answered. */
static void settle_all(struct worker *w, struct conn *c, enum outcome outcome, bool waited)
{
    struct measure *m = &w->measure;
    while (c->awaited > 0) {
        settle(w, c, outcome);
        if (!c->counts || !waited)
            continue;
        histogram_record(&m->response.unanswered, w->now_ns - c->due_ns);
        histogram_record(&m->service.unanswered, w->now_ns - c->start_ns);
    }
}

/* ---- connections ---- */

static void established(struct worker *w, struct conn *c, int64_t now_ns)
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

/* The connection is lost to `outcome`. It asks again: at once, after its thought, or after a pause
 * if it was never established, lest a server that is down be hammered. */
static void fail(struct worker *w, struct conn *c, enum outcome outcome, int failure_errno)
{
    bool was_open = c->state == CONN_OPEN;
    if (!was_open && outcome != OUTCOME_UNSENT)
        outcome = OUTCOME_CONNECT_FAILED;
    bool waited = outcome == OUTCOME_TIMEOUT || failure_errno == ETIMEDOUT;
    timeline_remove(&c->event);
    settle_all(w, c, outcome, waited);
    conn_close(c);
    if (outcome == OUTCOME_CONNECT_FAILED)
        count_failure(w, c, failure_errno);
    if (w->draining || outcome == OUTCOME_UNSENT)
        exchange_end(w, c);
    else if (was_open)
        timeline_add(&w->thinking, &c->event, pacer_due(&w->pacer, w->now_ns));
    else
        timeline_add(&w->pausing, &c->event, w->now_ns + PAUSE_NS);
}

/* We are out of memory: this connection is given up, and the result says that it is not complete.
 */
static void fail_memory(struct worker *w, struct conn *c)
{
    w->measure.incomplete = true;
    fail(w, c, OUTCOME_UNSENT, ENOMEM);
}

static void fail_io(struct worker *w, struct conn *c, int io_errno)
{
    if (io_errno == ENOMEM)
        fail_memory(w, c);
    else
        fail(w, c, OUTCOME_RESET, io_errno);
}

void exchange_end(struct worker *w, struct conn *c)
{
    if (c->ended)
        return;
    timeline_remove(&c->event);
    settle_all(w, c, c->state == CONN_OPEN ? OUTCOME_IN_FLIGHT : OUTCOME_UNSENT, true);
    conn_close(c);
    c->ended = true;
    w->active--;
}

void exchange_time_out(struct worker *w, struct conn *c)
{
    fail(w, c, OUTCOME_TIMEOUT, ETIMEDOUT);
}

/* ---- asking ---- */

static struct draw_point point_of(const struct worker *w, const struct conn *c, uint64_t sequence)
{
    return (struct draw_point){w->load->seed, c->number, sequence};
}

/* The bytes of the next `count` requests: NULL when memory is short. They are good until the next
 * call. */
static const struct buf *encode(struct worker *w, struct conn *c, uint32_t count)
{
    if (w->literal != NULL && count == 1)
        return w->literal;
    buf_consume(&w->out, buf_length(&w->out));
    for (uint32_t i = 0; i < count; i++) {
        if (w->literal != NULL)
            buf_append(&w->out, buf_head(w->literal), buf_length(w->literal));
        else
            request_encode(w->load->request, point_of(w, c, c->sequence + i), &w->word, &w->out);
    }
    return w->out.failed || w->word.failed ? NULL : &w->out;
}

static void send_requests(struct worker *w, struct conn *c, uint32_t count)
{
    int64_t established_ns = 0;
    bool is_new = c->state == CONN_CLOSED;
    const struct buf *bytes = encode(w, c, count);
    c->sequence += count;
    if (bytes == NULL) {
        fail_memory(w, c);
        return;
    }
    if (is_new && !conn_open(c, &w->load->target, &established_ns)) {
        fail(w, c, OUTCOME_CONNECT_FAILED, errno);
        return;
    }
    c->asked += count;
    if (conn_send(c, w->epollfd, buf_head(bytes), buf_length(bytes)) == CONN_ERROR)
        fail_io(w, c, errno);
    else if (is_new && c->state == CONN_OPEN)
        established(w, c, established_ns);
}

void exchange_begin(struct worker *w, struct conn *c, int64_t start_ns)
{
    int64_t think_ns = w->load->think_ns;
    int64_t due_ns = start_ns + think_ns / w->load->connections * c->number;
    w->measure.covered_ns += within_window(w, start_ns, due_ns);
    timeline_add(think_ns > 0 ? &w->thinking : &w->pausing, &c->event, due_ns);
}

void exchange_start(struct worker *w, struct conn *c)
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
    w->in_flight += count;
    if (counts)
        w->measure.planned += count;
    c->start_ns = w->now_ns = clock_now_ns();
    timeline_add(&w->waiting, &c->event, c->start_ns + w->load->timeout_ns);
    send_requests(w, c, count);
}

/* All is answered: the connection is free, and closed if it has asked often enough. */
static void finish(struct worker *w, struct conn *c)
{
    uint64_t most = w->load->requests_per_connection;
    timeline_remove(&c->event);
    c->busy = false;
    if (c->unasked || buf_length(&c->in) > 0 || (most > 0 && c->asked >= most))
        conn_close(c);
    else
        buf_free(&c->in);
    c->due_ns = pacer_due(&w->pacer, w->now_ns);
    if (w->load->think_ns == 0 || w->draining)
        exchange_start(w, c);
    else
        timeline_add(&w->thinking, &c->event, c->due_ns);
}

/* ---- answers ---- */

enum step { STEP_ANSWERED, STEP_INCOMPLETE, STEP_BROKEN, STEP_NO_MEMORY };

static enum step judge(struct worker *w, struct conn *c, enum outcome *outcome)
{
    static const enum outcome outcomes[] = {[REQUEST_RIGHT] = OUTCOME_OK,
                                            [REQUEST_ERROR_REPLY] = OUTCOME_ERROR_REPLY,
                                            [REQUEST_WRONG] = OUTCOME_MISMATCH};
    const char *bytes = buf_head(&c->in);
    enum resp_status status = resp_reply_parse(&c->parser, bytes, buf_length(&c->in));
    c->partial = status == RESP_INCOMPLETE;
    if (status == RESP_INCOMPLETE)
        return STEP_INCOMPLETE;
    if (status == RESP_BROKEN)
        return STEP_BROKEN;
    enum request_answer answer =
        w->load->verify ? request_judge(w->load->request, point_of(w, c, c->sequence - c->awaited),
                                        &c->parser, bytes, &w->word, &w->expected)
                        : request_judge_type(&c->parser);
    if (answer == REQUEST_NO_MEMORY)
        return STEP_NO_MEMORY;
    *outcome = outcomes[answer];
    buf_consume(&c->in, c->parser.bytes);
    resp_reply_next(&c->parser);
    return STEP_ANSWERED;
}

/* Takes the reply at the head of c->in. A reply that is always the same needs no parser. */
static enum step take_reply(struct worker *w, struct conn *c, enum outcome *outcome)
{
    const struct buf *right = w->literal_reply;
    if (right == NULL || c->partial || buf_length(&c->in) < buf_length(right) ||
        memcmp(buf_head(&c->in), buf_head(right), buf_length(right)) != 0)
        return judge(w, c, outcome);
    buf_consume(&c->in, buf_length(right));
    *outcome = OUTCOME_OK;
    return STEP_ANSWERED;
}

/* Takes all replies that are there. False: the connection is no more what it was. */
static bool take_replies(struct worker *w, struct conn *c)
{
    while (c->awaited > 0 && buf_length(&c->in) > 0) {
        enum outcome outcome;
        switch (take_reply(w, c, &outcome)) {
        case STEP_INCOMPLETE:
            return true;
        case STEP_BROKEN:
            fail(w, c, OUTCOME_MISMATCH, 0); /* nothing behind it can be told apart */
            return false;
        case STEP_NO_MEMORY:
            fail_memory(w, c);
            return false;
        case STEP_ANSWERED:
            /* Bytes that nobody asked for are the fault of the last reply of this turn. */
            if (c->unasked || (c->awaited == 1 && buf_length(&c->in) > 0))
                outcome = OUTCOME_MISMATCH;
            settle(w, c, outcome);
        }
    }
    return true;
}

static void lose(struct worker *w, struct conn *c, enum conn_io io, int io_errno)
{
    if (!c->busy)
        conn_close(c); /* nobody waits for anything: a new one is opened at its next turn */
    else if (io == CONN_END)
        fail(w, c, OUTCOME_CLOSED_EARLY, 0);
    else
        fail_io(w, c, io_errno);
}

/* What was received has been looked at: the turn ends, or goes on with what is still to come. */
static void settle_turn(struct worker *w, struct conn *c)
{
    if (c->busy && c->awaited == 0 && buf_length(&c->out) == 0)
        finish(w, c);
    else if (buf_length(&c->in) == 0)
        buf_free(&c->in);
    else if (!buf_keep(&c->in))
        fail_memory(w, c);
}

static void receive(struct worker *w, struct conn *c)
{
    enum conn_io io = conn_receive(c, w->scratch, WORKER_SCRATCH_BYTES);
    int io_errno = errno;
    w->now_ns = clock_now_ns();
    if (io == CONN_END || io == CONN_ERROR) {
        lose(w, c, io, io_errno);
        return;
    }
    if (io == CONN_DONE && c->awaited == 0) {
        c->unasked = true;
        buf_consume(&c->in, buf_length(&c->in));
    } else if (io == CONN_DONE && c->first_reply) {
        c->first_reply = false;
        if (c->counts)
            histogram_record(&w->measure.first_byte, w->now_ns - c->due_ns);
    }
    if (take_replies(w, c))
        settle_turn(w, c);
}

/* Sends the rest of what is to go. False: the connection is lost, or still not established. */
static bool go_on_sending(struct worker *w, struct conn *c)
{
    bool was_connecting = c->state == CONN_CONNECTING;
    enum conn_io io = conn_flush(c, w->epollfd);
    int io_errno = errno;
    w->now_ns = clock_now_ns();
    if (io == CONN_ERROR) {
        fail_io(w, c, io_errno);
        return false;
    }
    if (was_connecting && c->state == CONN_OPEN)
        established(w, c, w->now_ns);
    return c->state == CONN_OPEN;
}

void exchange_ready(struct worker *w, struct conn *c, uint32_t events)
{
    if (c->state == CONN_CLOSED)
        return; /* it was closed after epoll had reported it */
    if ((c->state == CONN_CONNECTING || events & EPOLLOUT) && !go_on_sending(w, c))
        return;
    if (events & ~(uint32_t)EPOLLOUT)
        receive(w, c);
    else
        settle_turn(w, c);
}
