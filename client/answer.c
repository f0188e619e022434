#include "answer.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "exchange.h"
#include "mix.h"
#include "settle.h"
#include "worker.h"

enum step { STEP_ANSWERED, STEP_INCOMPLETE, STEP_BROKEN, STEP_NO_MEMORY };

/* A reply to INCR on the watched key: it must be higher than the one before on this connection. */
static bool count_up(struct worker *w, struct conn *c, const struct request *request, int64_t value)
{
    if (w->load->counter_key == NULL || request_counter(request) == NULL)
        return true;
    bool rises = !c->counter_seen || value > c->counter;
    c->counter_seen = true;
    c->counter = value;
    counter_add(&w->counter, value);
    return rises;
}

static enum request_answer compare(struct worker *w, struct conn *c, const char *bytes)
{
    const struct mix *mix = w->load->mix;
    struct draw_point at = settle_point(w, c, c->sequence - c->awaited);
    const struct request *request = mix_request(mix, mix_kind(mix, at));
    if (!w->load->verify)
        return request_judge_type(&c->parser);
    enum request_answer answer =
        request_judge(request, at, &c->parser, bytes, &w->word, &w->expected);
    if (answer == REQUEST_RIGHT && !count_up(w, c, request, c->parser.integer))
        return REQUEST_WRONG;
    return answer;
}

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
    enum request_answer answer = compare(w, c, bytes);
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
            exchange_fail(w, c, OUTCOME_MISMATCH, 0); /* nothing behind it can be told apart */
            return false;
        case STEP_NO_MEMORY:
            exchange_fail_io(w, c, ENOMEM);
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
        exchange_fail(w, c, OUTCOME_CLOSED_EARLY, 0);
    else
        exchange_fail_io(w, c, io_errno);
}

/* What was received has been looked at: the turn ends, or goes on with what is still to come. */
static void settle_turn(struct worker *w, struct conn *c)
{
    if (c->busy && c->awaited == 0 && buf_length(&c->out) == 0)
        exchange_finish(w, c);
    else if (buf_length(&c->in) == 0)
        buf_free(&c->in);
    else if (!buf_keep(&c->in))
        exchange_fail_io(w, c, ENOMEM);
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
    if (!take_replies(w, c))
        return;
    if (c->stamps != NULL && c->awaited == 0)
        stamps_received(c->stamps, &c->stamp, w->now_ns);
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
        exchange_fail_io(w, c, io_errno);
        return false;
    }
    if (was_connecting && c->state == CONN_OPEN)
        exchange_established(w, c, w->now_ns);
    return c->state == CONN_OPEN;
}

/* Takes the kernel's stamps. False: there were none, so that a failure was meant. */
static bool take_stamps(struct worker *w, struct conn *c)
{
    if (c->stamps == NULL || !stamps_collect(c->stamps, &c->stamp, c->fd))
        return false;
    w->now_ns = clock_now_ns();
    return true;
}

void answer_ready(struct worker *w, struct conn *c, uint32_t events)
{
    if (c->state == CONN_CLOSED)
        return; /* it was closed after epoll had reported it */
    if (events & EPOLLERR && take_stamps(w, c))
        events &= ~(uint32_t)EPOLLERR; /* a failure beside them is reported again */
    if ((c->state == CONN_CONNECTING || events & EPOLLOUT) && !go_on_sending(w, c))
        return;
    if (events & ~(uint32_t)EPOLLOUT)
        receive(w, c);
    else
        settle_turn(w, c);
}
