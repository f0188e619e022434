#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "clock.h"
#include "parting.h"
#include "server.h"
#include "stop.h"

/* An idle timeout strikes up to so much of its length late: see deadline.h. */
enum { IDLE_GRAINS = 64 };

/* In the functions below false means: the conversation is over. */

static void note(struct connections *all, const struct connection *c, enum stats_counter fault)
{
    parting_note(all->server->service.stats, c->connfd, fault);
}

static bool is_due(const struct connection *c)
{
    return deadline_ns(&c->deadline) <= clock_now_ns();
}

/* ---- writing ---- */

/* Sends once. */
static bool send_replies(struct connections *all, struct connection *c)
{
    size_t length = buf_length(&c->out);
    if (length > CONNECTION_TURN_BYTES)
        length = CONNECTION_TURN_BYTES;
    ssize_t n = send(c->connfd, buf_head(&c->out), length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
        buf_consume(&c->out, (size_t)n);
        c->progress |= buf_length(&c->out) == 0;
    } else if (errno != EAGAIN && errno != EINTR) {
        note(all, c, STATS_RESETS);
        return false;
    }
    if (c->state == CONNECTION_WRITING && !c->progress && is_due(c)) {
        note(all, c, STATS_WRITE_TIMEOUTS);
        return false;
    }
    return true;
}

/* Runs the session over what is in `in`, until replies are to be sent. There are none before. */
static bool answer(struct connections *all, struct connection *c)
{
    size_t before = buf_length(&c->in);
    c->out = buf_over(all->out_bytes, sizeof all->out_bytes);
    c->said = session_run(&c->session, &c->in, &c->out);
    c->progress = buf_length(&c->in) < before;
    if (c->said == SESSION_ABORTED)
        return false;
    return buf_length(&c->out) == 0 || send_replies(all, c);
}

/* ---- reading ---- */

/* Makes room for a read, of so many bytes: in the loop's area, behind a rest that is brought there,
 * or behind a long request where that is. */
static size_t prepare_in(struct connections *all, struct connection *c)
{
    if (buf_length(&c->in) <= CONNECTION_READ_BYTES) {
        struct buf lent = buf_over(all->in_bytes, sizeof all->in_bytes);
        buf_append(&lent, buf_head(&c->in), buf_length(&c->in));
        buf_free(&c->in);
        c->in = lent;
    }
    size_t wanted = session_read_bytes(&c->session, &c->in);
    if (wanted > CONNECTION_TURN_BYTES)
        wanted = CONNECTION_TURN_BYTES;
    return buf_reserve(&c->in, wanted) ? wanted : 0;
}

/* When the server stops: how much of what the client has sent is still to be read. */
static size_t left_to_read(struct connection *c)
{
    if (c->left_bytes < 0 && ioctl(c->connfd, FIONREAD, &c->left_bytes) != 0)
        c->left_bytes = 0;
    return (size_t)c->left_bytes;
}

/* There was nothing to read. */
static bool nothing_came(struct connections *all, struct connection *c)
{
    if (!is_due(c))
        return true;
    note(all, c, c->state == CONNECTION_IDLE ? STATS_IDLE_TIMEOUTS : STATS_REQUEST_TIMEOUTS);
    return false;
}

/* Reads once. */
static bool receive_and_answer(struct connections *all, struct connection *c)
{
    bool last = stop_requested();
    size_t left = last ? left_to_read(c) : SIZE_MAX;
    if (left == 0) {
        c->said = SESSION_CLOSING;
        return true;
    }
    size_t wanted = prepare_in(all, c);
    if (wanted == 0) {
        c->said = SESSION_STARVED;
        return true;
    }
    wanted = wanted < left ? wanted : left;
    ssize_t n = recv(c->connfd, buf_tail(&c->in), wanted, MSG_DONTWAIT);
    if (n > 0) {
        buf_extend(&c->in, (size_t)n);
        if (last)
            c->left_bytes -= (int)n;
        return answer(all, c);
    }
    if (n < 0 && errno == EAGAIN)
        return nothing_came(all, c);
    if (n < 0 && errno != EINTR)
        note(all, c, STATS_RESETS);
    return n < 0 && errno == EINTR;
}

static bool drop(struct connections *all, struct connection *c)
{
    ssize_t n = recv(c->connfd, all->in_bytes, sizeof all->in_bytes, MSG_DONTWAIT);
    return (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) && !is_due(c);
}

/* ---- turns ---- */

/* Between turns a buf holds what is left over, or nothing at all. */
static bool keep_rest(struct buf *b)
{
    if (buf_length(b) > 0)
        return buf_keep(b);
    buf_free(b);
    return true;
}

static enum connection_state next_state(const struct connection *c)
{
    if (c->state == CONNECTION_LINGERING)
        return CONNECTION_LINGERING;
    if (buf_length(&c->out) > 0 || (c->said == SESSION_FULL && buf_length(&c->in) > 0))
        return CONNECTION_WRITING;
    if (c->said == SESSION_CLOSING)
        return CONNECTION_LINGERING;
    return buf_length(&c->in) > 0 ? CONNECTION_REQUEST : CONNECTION_IDLE;
}

/* All that it was to be told it has been sent: the end of it is that there is no memory for more.
 */
static void part_starved(struct connections *all, struct connection *c)
{
    buf_free(&c->in);
    buf_free(&c->out);
    parting_no_memory(all->server->service.stats, c->connfd);
    c->said = SESSION_CLOSING;
}

/* Keeps what is left over, and has the socket watched for what this state waits for. */
static bool keep_for(struct connections *all, struct connection *c, enum connection_state state)
{
    enum poller_interest interest = state == CONNECTION_WRITING ? POLLER_WRITE : POLLER_READ;
    if (!keep_rest(&c->in) || !keep_rest(&c->out) ||
        (interest != c->interest && all->poller->change(all->watched, c->connfd, interest, c) != 0))
        return false;
    c->interest = interest;
    return true;
}

/* Goes over to what it waits for after this turn. */
static bool settle(struct connections *all, struct connection *c)
{
    bool all_sent = buf_length(&c->out) == 0;
    if (c->said == SESSION_STARVED && all_sent)
        part_starved(all, c);
    enum connection_state state = next_state(c);
    if (state == CONNECTION_LINGERING && c->state != state && shutdown(c->connfd, SHUT_WR) != 0)
        return false;
    if (!keep_for(all, c, state)) {
        if (all_sent && state != CONNECTION_LINGERING) {
            part_starved(all, c);
            return settle(all, c);
        }
        note(all, c, STATS_OUT_OF_MEMORY);
        return false;
    }
    if (state != c->state || c->progress)
        deadline_set(&c->deadline, &all->waiting[state], clock_now_ns());
    c->state = state;
    return true;
}

static void end(struct connections *all, struct connection *c)
{
    deadline_cancel(&c->deadline);
    all->poller->remove(all->watched, c->connfd);
    server_hang_up(all->server, c->connfd);
    parting_note_session(&c->session, c->connfd);
    session_free(&c->session);
    buf_free(&c->in);
    buf_free(&c->out);
    free(c);
    all->count--;
}

void connection_turn(struct connections *all, struct connection *c)
{
    bool goes_on;
    c->progress = false;
    if (c->state == CONNECTION_LINGERING)
        goes_on = drop(all, c);
    else if (c->state != CONNECTION_WRITING)
        goes_on = receive_and_answer(all, c);
    else
        goes_on = buf_length(&c->out) > 0 ? send_replies(all, c) : answer(all, c);
    if (!goes_on || !settle(all, c))
        end(all, c);
}

/* ---- all of them ---- */

int connections_init(struct connections *all, struct server *server,
                     const struct poller_impl *poller)
{
    int64_t idle_ns = server->service.idle_timeout_ns;
    all->server = server;
    all->poller = poller;
    all->count = 0;
    all->waiting[CONNECTION_IDLE] = idle_ns > 0 ? deadline_list(idle_ns, idle_ns / IDLE_GRAINS)
                                                : deadline_list(INT64_MAX, INT64_MAX);
    all->waiting[CONNECTION_REQUEST] = deadline_list(server->request_timeout_ns, 0);
    all->waiting[CONNECTION_WRITING] = deadline_list(server->write_timeout_ns, 0);
    all->waiting[CONNECTION_LINGERING] = deadline_list(PARTING_LINGER_NS, 0);
    all->watched = poller->create();
    return all->watched != NULL ? 0 : -1;
}

static struct connection *owner_of(struct deadline *deadline)
{
    return (struct connection *)deadline;
}

void connections_destroy(struct connections *all)
{
    for (int state = 0; state < CONNECTION_STATES; state++)
        while (all->waiting[state].first != NULL) {
            struct connection *c = owner_of(all->waiting[state].first);
            if (state == CONNECTION_WRITING)
                note(all, c, STATS_WRITE_TIMEOUTS);
            end(all, c);
        }
    all->poller->destroy(all->watched);
}

void connections_open(struct connections *all, int connfd)
{
    struct connection *c = malloc(sizeof *c);
    if (c == NULL || all->poller->add(all->watched, connfd, POLLER_READ, c) != 0) {
        server_cannot_serve(all->server, connfd, "memory", errno);
        free(c);
        return;
    }
    *c = (struct connection){.connfd = connfd, .interest = POLLER_READ, .left_bytes = -1};
    session_init(&c->session, &all->server->service);
    c->session.is_local = server_is_local(all->server, connfd);
    deadline_set(&c->deadline, &all->waiting[CONNECTION_IDLE], clock_now_ns());
    all->count++;
}

void connections_expire(struct connections *all, int64_t now_ns)
{
    for (int state = 0; state < CONNECTION_STATES; state++) {
        struct deadline *next, *d = all->waiting[state].first;
        for (; d != NULL && deadline_ns(d) <= now_ns; d = next) {
            next = d->next;
            connection_turn(all, owner_of(d));
        }
    }
}

/* One turn for each that waits now; a turn may put it behind the others. */
static void drain(struct connections *all, struct deadline_list *list)
{
    const struct deadline *last = list->last;
    struct deadline *next, *d = list->first;
    for (bool more = d != NULL; more; d = next) {
        next = d->next;
        more = d != last;
        connection_turn(all, owner_of(d));
    }
}

void connections_drain(struct connections *all)
{
    drain(all, &all->waiting[CONNECTION_IDLE]);
    drain(all, &all->waiting[CONNECTION_REQUEST]);
}

int64_t connections_next_ns(const struct connections *all)
{
    if (stop_requested() && (all->waiting[CONNECTION_IDLE].first != NULL ||
                             all->waiting[CONNECTION_REQUEST].first != NULL))
        return 0;
    int64_t next_ns = INT64_MAX;
    for (int state = 0; state < CONNECTION_STATES; state++) {
        int64_t due_ns = deadline_next_ns(&all->waiting[state]);
        next_ns = due_ns < next_ns ? due_ns : next_ns;
    }
    return next_ns;
}
