#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "buf.h"
#include "clock.h"
#include "parting.h"
#include "server.h"
#include "session.h"
#include "stats.h"
#include "stop.h"

/* A conversation lives on the stack of its thread or process, and a short one never allocates. The
 * compiler, hardening the stack, touches all of it at once: two pages for each client that waits,
 * not more. */
enum { IN_BYTES = 4096, OUT_BYTES = 2048, LINGER_BYTES = 4096 };

struct conversation {
    const struct server *server;
    int connfd;
    int64_t request_deadline_ns; /* of the request that has begun; 0 between requests */
    struct buf in, out;
    struct session session;
    char out_bytes[OUT_BYTES];
    char in_bytes[IN_BYTES];
};

static void note(const struct conversation *c, enum stats_counter fault)
{
    parting_note(c->server->service.stats, c->connfd, fault);
}

/* Waits until the socket is ready, or a signal comes: look again. False when the deadline has
 * passed or the server ends at once. */
static bool await(int connfd, short events, int64_t deadline_ns)
{
    int64_t left_ns = deadline_ns - clock_now_ns();
    if (left_ns <= 0 || stop_is_now())
        return false;
    struct pollfd poller = {.fd = connfd, .events = events};
    struct timespec left = clock_timespec(left_ns);
    return ppoll(&poller, 1, &left, NULL) >= 0 || errno == EINTR;
}

/* A client that is not in the middle of a request may take its time: the socket's own receive
 * timeout, handed down by the listener, is the idle timeout. */
static ssize_t receive_first(struct conversation *c)
{
    ssize_t n = recv(c->connfd, buf_tail(&c->in), buf_room(&c->in), 0);
    if (n < 0 && errno == EAGAIN) {
        note(c, STATS_IDLE_TIMEOUTS);
        return 0;
    }
    return n;
}

/* One that is must finish before the request's deadline, however its bytes trickle. */
static ssize_t receive_rest(struct conversation *c)
{
    for (;;) {
        ssize_t n = recv(c->connfd, buf_tail(&c->in), buf_room(&c->in), MSG_DONTWAIT);
        if (n >= 0 || errno != EAGAIN || stop_requested())
            return n;
        if (!await(c->connfd, POLLIN, c->request_deadline_ns)) {
            note(c, STATS_REQUEST_TIMEOUTS);
            return 0;
        }
    }
}

/* Reads something into `in`. False when the conversation is over. */
static bool receive(struct conversation *c)
{
    for (;;) {
        ssize_t n;
        if (stop_is_now()) /* however much more a client that never falls silent has sent */
            return false;
        if (stop_requested()) /* what has come is answered; nothing is waited for */
            n = recv(c->connfd, buf_tail(&c->in), buf_room(&c->in), MSG_DONTWAIT);
        else if (c->request_deadline_ns == 0)
            n = receive_first(c);
        else
            n = receive_rest(c);
        if (n > 0) {
            buf_extend(&c->in, (size_t)n);
            return true;
        }
        if (n == 0 || (errno == EAGAIN && stop_requested()))
            return false;
        if (errno != EINTR) {
            note(c, STATS_RESETS);
            return false;
        }
    }
}

/* Sends all replies. A client that has not taken them by the write timeout is given up. A send that
 * must not wait shows whether there is anything to wait for: mostly there is not. */
static bool send_replies(struct conversation *c)
{
    int64_t deadline_ns = 0;
    while (buf_length(&c->out) > 0) {
        ssize_t n =
            send(c->connfd, buf_head(&c->out), buf_length(&c->out), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            buf_consume(&c->out, (size_t)n);
            if (buf_length(&c->out) == 0)
                return true;
        } else if (errno != EAGAIN && errno != EINTR) {
            note(c, STATS_RESETS);
            return false;
        }
        if (deadline_ns == 0)
            deadline_ns = clock_now_ns() + c->server->write_timeout_ns;
        if (!await(c->connfd, POLLOUT, deadline_ns)) {
            note(c, STATS_WRITE_TIMEOUTS);
            return false;
        }
    }
    return true;
}

/* Answers every complete request that is in `in`. */
static enum session_state answer(struct conversation *c)
{
    enum session_state state;
    do {
        state = session_run(&c->session, &c->in, &c->out);
        if (state != SESSION_ABORTED && !send_replies(c))
            state = SESSION_ABORTED;
    } while (state == SESSION_FULL);
    return state;
}

/* A buffer that a long request or reply has made grow is given back when it is empty: a client that
 * asked for much once does not hold it for as long as it stays. */
static void shrink(struct buf *b, char *lent, size_t lent_bytes)
{
    if (!b->owned || buf_length(b) > 0)
        return;
    buf_free(b);
    *b = buf_over(lent, lent_bytes);
}

/* What is left after a run of the session is the beginning of a request: of a new one if any was
 * finished, so that a client whose reads always end in the middle of one is not called slow. */
static void note_request_begin(struct conversation *c, bool finished_one)
{
    if (buf_length(&c->in) == 0)
        c->request_deadline_ns = 0;
    else if (finished_one || c->request_deadline_ns == 0)
        c->request_deadline_ns = clock_now_ns() + c->server->request_timeout_ns;
}

/* Ends our side, and waits a little for the client to end its own. A stop may come meanwhile. */
static void linger(const struct conversation *c)
{
    char dropped[LINGER_BYTES];
    int64_t begin_ns = clock_now_ns();
    if (shutdown(c->connfd, SHUT_WR) != 0)
        return;
    while (await(c->connfd, POLLIN, begin_ns + parting_linger_ns(c->server->service.stats))) {
        ssize_t n = recv(c->connfd, dropped, sizeof dropped, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return;
    }
}

/* Reads and answers until the conversation is over; all replies have then been sent, or none can
 * be. */
static enum session_state exchange(struct conversation *c)
{
    enum session_state state = SESSION_OPEN;
    while (state == SESSION_OPEN) {
        if (!buf_reserve(&c->in, session_read_bytes(&c->session, &c->in)))
            return SESSION_STARVED;
        if (!receive(c))
            break;
        size_t before = buf_length(&c->in);
        state = answer(c);
        note_request_begin(c, buf_length(&c->in) < before);
        shrink(&c->in, c->in_bytes, sizeof c->in_bytes);
        shrink(&c->out, c->out_bytes, sizeof c->out_bytes);
    }
    return state;
}

static void converse(struct conversation *c)
{
    enum session_state state = exchange(c);
    if (state == SESSION_STARVED) {
        buf_free(&c->in); /* others may need it while this client is waited for */
        buf_free(&c->out);
        parting_no_memory(c->server->service.stats, c->connfd);
    }
    parting_note_session(&c->session, c->connfd);
    if (state == SESSION_CLOSING || state == SESSION_STARVED ||
        (state == SESSION_OPEN && stop_requested()))
        linger(c);
}

void serve_client(const struct server *server, int connfd)
{
    /* Hardened builds set variables to zero: not these pages, of which most stay unused. */
    struct conversation c __attribute__((uninitialized));
    c.server = server;
    c.connfd = connfd;
    c.request_deadline_ns = 0;
    c.in = buf_over(c.in_bytes, sizeof c.in_bytes);
    c.out = buf_over(c.out_bytes, sizeof c.out_bytes);
    session_init(&c.session, &server->service);
    c.session.is_local = server_is_local(server, connfd);
    converse(&c);
    session_free(&c.session);
    buf_free(&c.in);
    buf_free(&c.out);
}
