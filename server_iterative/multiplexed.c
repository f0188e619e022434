/* Many clients, one process: it waits for all of them at once, and serves whoever is ready.
 *
 *     accepts   the process, a few clients at a time
 *     serves    the process, one request after another over all clients
 *     closes    the process
 *
 * A client that holds its connection costs half a kilobyte, not a thread or a process, and there is
 * no switch between clients but a function's return. The price: whatever a handler does, it does to
 * everybody. SLEEP and SPIN block the loop, as a slow database or a long computation would: that is
 * this model's weakness, and showing it is the point. A crash takes all.
 *
 * How to wait is a variant: poller.h. What a client waits for, and what it gets: connection.h. */
#include <errno.h>

#include "clock.h"
#include "connection.h"
#include "models.h"
#include "net.h"
#include "poller.h"
#include "server.h"
#include "stop.h"

/* Ready ones of one wait; clients taken from the accept queue before others have their turn. */
enum { MOST_READY = 256, MOST_ACCEPTED = 16 };

/* In the order of the list of variants below. */
static const struct poller_impl *const pollers[] = {&poller_epoll, &poller_poll, &poller_select};

struct loop {
    struct server *server;
    int listenfd;
    bool accepting;    /* false: accepting is over */
    int64_t resume_ns; /* listeners are not watched before; 0: they are */
    struct connections clients;
};

static bool watch(struct loop *loop, int listenfd)
{
    struct connections *clients = &loop->clients;
    return clients->poller->add(clients->watched, listenfd, POLLER_READ, loop) == 0;
}

static void watch_listeners(struct loop *loop)
{
    int second = server_second_listener(loop->server);
    loop->resume_ns = clock_now_ns() + SERVER_SHORTAGE_PAUSE_MS * CLOCK_MS;
    if (!watch(loop, loop->listenfd))
        return;
    if (second < 0 || watch(loop, second)) {
        loop->resume_ns = 0;
        return;
    }
    int failure = errno;
    loop->clients.poller->remove(loop->clients.watched, loop->listenfd);
    errno = failure;
}

/* A listener that nobody can be accepted from would be ready all the time. */
static void unwatch_listeners(struct loop *loop, int64_t resume_ns)
{
    int second = server_second_listener(loop->server);
    if (loop->resume_ns == 0)
        loop->clients.poller->remove(loop->clients.watched, loop->listenfd);
    if (loop->resume_ns == 0 && second >= 0)
        loop->clients.poller->remove(loop->clients.watched, second);
    loop->resume_ns = resume_ns;
}

static void accept_clients(struct loop *loop)
{
    int connfd;
    enum server_accepted accepted = SERVER_CLIENT;
    for (int i = 0; i < MOST_ACCEPTED && accepted == SERVER_CLIENT; i++) {
        accepted = server_accept_now(loop->server, loop->listenfd, &connfd);
        if (accepted == SERVER_CLIENT)
            connections_open(&loop->clients, connfd);
    }
    if (accepted == SERVER_SHORTAGE)
        unwatch_listeners(loop, clock_now_ns() + SERVER_SHORTAGE_PAUSE_MS * CLOCK_MS);
    if (accepted == SERVER_OVER) {
        loop->accepting = false;
        unwatch_listeners(loop, INT64_MAX);
    }
}

/* How long nothing is due; until then only what is ready matters. */
static int64_t time_left_ns(const struct loop *loop)
{
    int64_t next_ns = connections_next_ns(&loop->clients);
    if (loop->resume_ns != 0 && loop->resume_ns < next_ns)
        next_ns = loop->resume_ns;
    return next_ns == INT64_MAX ? INT64_MAX : next_ns - clock_now_ns();
}

/* What is due without an event: time that is over, and everything when the server stops. */
static void do_what_is_due(struct loop *loop)
{
    int64_t now_ns = clock_now_ns();
    connections_expire(&loop->clients, now_ns);
    if (loop->accepting && loop->resume_ns != 0 && loop->resume_ns <= now_ns)
        watch_listeners(loop);
    if (!stop_requested())
        return;
    if (loop->accepting && loop->resume_ns == 0)
        accept_clients(loop);
    connections_drain(&loop->clients);
}

static void serve_all(struct loop *loop)
{
    struct connections *clients = &loop->clients;
    void *ready[MOST_READY];
    while ((loop->accepting || clients->count > 0) && !stop_is_now()) {
        int n = clients->poller->wait(clients->watched, time_left_ns(loop), ready, MOST_READY);
        if (n < 0) {
            loop->server->accept_errno = errno;
            return;
        }
        for (int i = 0; i < n; i++)
            if (ready[i] == loop)
                accept_clients(loop);
            else
                connection_turn(clients, ready[i]);
        do_what_is_due(loop);
    }
}

static int run(struct server *server)
{
    const struct poller_impl *poller = pollers[server->variant];
    int listenfd = net_socket(&server->address, SOCK_NONBLOCK);
    if (listenfd < 0 || net_bind(listenfd, &server->address) != 0 ||
        net_listen(listenfd, server->backlog) != 0)
        return server_cannot_listen(server, listenfd);
    struct loop loop = {.server = server, .listenfd = listenfd, .accepting = true};
    if (connections_init(&loop.clients, server, poller) != 0)
        return server_cannot_start(listenfd, "clients", errno);
    if (poller->descriptors_end > 0)
        server_limit_descriptors(server, poller->descriptors_end);
    server_bound(server, listenfd);
    watch_listeners(&loop);
    if (loop.resume_ns != 0) {
        int failure = errno;
        connections_destroy(&loop.clients);
        return server_cannot_start(listenfd, "clients", failure);
    }
    server_ready(server, listenfd);

    serve_all(&loop);

    connections_destroy(&loop.clients);
    return server_stopped(server, listenfd);
}

static const char *const variants[] = {"epoll", "poll", "select", NULL};

const struct model multiplexed = {"multiplexed", "one process, many clients, one request at a time",
                                  run, MODEL_POLLER, variants};
