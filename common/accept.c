/* Accepting: which errors end it, which clients are refused. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "addresses.h"
#include "clock.h"
#include "diag.h"
#include "server.h"
#include "stats.h"
#include "stop.h"

/* While descriptors are short the queue keeps its clients; look again soon, without spinning. Those
 * who wait for that at the same time look again so much later, the more they are: a pool of workers
 * as a whole does not spin either, and some worker always looks soon. */
enum { AT_THAT_PACE = 8 };

/* How many clients wait in the accept queue: Linux says so in tcpi_unacked of a listener. */
static int64_t queue_length(int listenfd)
{
    struct tcp_info info;
    socklen_t length = sizeof info;
    if (getsockopt(listenfd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        return 0;
    return info.tcpi_unacked;
}

static int64_t queue_lengths(const struct server *server, int listenfd)
{
    int second = server_second_listener(server);
    return queue_length(listenfd) + (second >= 0 ? queue_length(second) : 0);
}

/* The first look after a stop signal counts the clients that wait: those are still served, by
 * whichever thread or process comes for them; later ones are not, or a busy queue would never be
 * empty. False when none is left. */
static bool may_accept(struct server *server, int listenfd)
{
    if (!stop_requested())
        return true;
    _Atomic int64_t *left = &server->service.stats->counter[STATS_LEFT_TO_ACCEPT];
    int64_t unknown = STATS_NOT_STOPPING;
    if (atomic_load(left) == unknown) {
        int flags = fcntl(listenfd, F_GETFL);
        bool can_try = flags >= 0 && fcntl(listenfd, F_SETFL, flags | O_NONBLOCK) == 0;
        atomic_compare_exchange_strong(left, &unknown,
                                       can_try ? queue_lengths(server, listenfd) : 0);
    }
    return atomic_fetch_sub(left, 1) > 0 && !stop_is_now();
}

static void note_shortage(struct server *server, int accept_errno)
{
    struct stats *stats = server->service.stats;
    stats_add(stats, STATS_ACCEPT_SHORTAGES, 1);
    diag_limited(&stats->shortage_told, "cannot accept a client now: %s", strerror(accept_errno));
}

/* What follows from a failed accept: nobody this time, or never again. */
static enum server_accepted go_on_after(struct server *server, int accept_errno)
{
    switch (net_accept_class(accept_errno)) {
    case NET_ACCEPT_AGAIN:
        /* Neither a signal nor the receive timeout that the listener hands down is a failure. */
        if (accept_errno != EINTR && accept_errno != EAGAIN)
            stats_add(server->service.stats, STATS_ACCEPT_RETRIES, 1);
        return SERVER_NOBODY;
    case NET_ACCEPT_SHORTAGE:
        note_shortage(server, accept_errno);
        return SERVER_SHORTAGE;
    case NET_ACCEPT_STOP:
        break;
    }
    server->accept_errno = accept_errno;
    return SERVER_OVER;
}

static bool can_be_watched(const struct server *server, int connfd)
{
    return server->descriptors_end == 0 || connfd < server->descriptors_end;
}

/* Where a client of this process stands in addresses.h. */
static size_t place_of(const struct server *server, int connfd)
{
    if (server->serves_as != 0)
        return (size_t)server->serves_as - 1;
    return (size_t)server->processes + (size_t)connfd;
}

static void leave_place(struct server *server, size_t place)
{
    if (server->addresses != NULL)
        addresses_leave(server->addresses, place);
}

/* A client of this process is one of a worker's, or of the server as a whole. */
static bool count_in(struct server *server)
{
    struct stats *stats = server->service.stats;
    int64_t most = server->service.max_clients;
    if (server->serves_as != 0)
        return stats_worker_came(stats, server->serves_as - 1, most);
    return stats_client_came(stats, most);
}

static void count_out(struct server *server)
{
    struct stats *stats = server->service.stats;
    if (server->serves_as != 0)
        stats_worker_left(stats, server->serves_as - 1);
    else
        stats_client_left(stats);
}

/* Counts a client; NULL, or why there are too many. */
static const char *let_in(struct server *server, int connfd, const struct net_address *peer)
{
    static const char too_many[] = "ERR max number of clients reached";
    size_t place = place_of(server, connfd);
    if (!can_be_watched(server, connfd))
        return too_many;
    if (server->addresses != NULL && !addresses_come(server->addresses, place, peer)) {
        diag_verbose("client on descriptor %d: its address has too many", connfd);
        return "ERR max number of clients from this address reached";
    }
    if (count_in(server))
        return NULL;
    leave_place(server, place);
    return too_many;
}

static int accept_at(int listenfd, struct net_address *peer)
{
    peer->length = sizeof peer->storage;
    return accept4(listenfd, (struct sockaddr *)&peer->storage, &peer->length, SOCK_CLOEXEC);
}

/* Of two addresses each comes first in turn, or clients of the one could keep out the other's. */
static int accept_at_either(struct server *server, int listenfd, struct net_address *peer)
{
    int second = server_second_listener(server);
    if (second < 0)
        return accept_at(listenfd, peer);
    bool swap = atomic_fetch_add_explicit(&server->accept_turn, 1, memory_order_relaxed) % 2 != 0;
    int fd = accept_at(swap ? second : listenfd, peer);
    return fd >= 0 || errno != EAGAIN ? fd : accept_at(swap ? listenfd : second, peer);
}

/* Until a client is at one of two addresses, or a signal comes. All who wait here are woken by each
 * client, where of those who wait in accept one is. */
static void await_client(const struct server *server, int listenfd)
{
    struct pollfd listeners[] = {{.fd = listenfd, .events = POLLIN},
                                 {.fd = server->second_listenfd, .events = POLLIN}};
    if (server->accept_waits && !stop_requested())
        ppoll(listeners, 2, NULL, NULL);
}

enum server_accepted server_accept_now(struct server *server, int listenfd, int *connfd)
{
    struct stats *stats = server->service.stats;
    struct net_address peer;
    if (!may_accept(server, listenfd))
        return SERVER_OVER;
    int fd = accept_at_either(server, listenfd, &peer);
    if (fd < 0)
        return go_on_after(server, errno);
    const char *refusal = let_in(server, fd, &peer);
    if (refusal != NULL) {
        stats_add(stats, STATS_REJECTED, 1);
        server_refuse(fd, refusal);
        return SERVER_NOBODY;
    }
    stats_add(stats, STATS_CONNECTIONS, 1);
    *connfd = fd;
    return SERVER_CLIENT;
}

static void pause_a_little(struct stats *stats)
{
    int64_t pausing = stats_add(stats, STATS_PAUSING, 1);
    struct timespec pause =
        clock_timespec(SERVER_SHORTAGE_PAUSE_MS * CLOCK_MS * (1 + pausing / AT_THAT_PACE));
    nanosleep(&pause, NULL);
    stats_add(stats, STATS_PAUSING, -1);
}

enum server_accepted server_accept_one(struct server *server, int listenfd, int *connfd)
{
    await_client(server, listenfd);
    enum server_accepted accepted = server_accept_now(server, listenfd, connfd);
    if (accepted != SERVER_SHORTAGE)
        return accepted;
    pause_a_little(server->service.stats);
    return SERVER_NOBODY;
}

void server_pause_for_shortage(struct server *server, int failure)
{
    note_shortage(server, failure);
    pause_a_little(server->service.stats);
}

int server_accept(struct server *server, int listenfd)
{
    int connfd = -1;
    while (server_accept_one(server, listenfd, &connfd) == SERVER_NOBODY)
        ;
    return connfd;
}

void server_refuse(int connfd, const char *error)
{
    char line[128], dropped[4096];
    int length = snprintf(line, sizeof line, "-%s\r\n", error);
    send(connfd, line, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(connfd, SHUT_WR);
    /* What it has already sent is taken off the queue: closing over unread bytes sends RST. */
    for (int i = 0; i < 16 && recv(connfd, dropped, sizeof dropped, MSG_DONTWAIT) > 0; i++)
        ;
    close(connfd);
}

void server_cannot_serve(struct server *server, int connfd, const char *what, int failure)
{
    static struct diag_limit limit;
    char error[64];
    diag_limited(&limit, "no %s for a client: %s", what, strerror(failure));
    stats_add(server->service.stats, STATS_SPAWN_FAILURES, 1);
    leave_place(server, place_of(server, connfd));
    count_out(server);
    snprintf(error, sizeof error, "ERR no %s for this client", what);
    server_refuse(connfd, error);
}

bool server_is_local(const struct server *server, int connfd)
{
    struct net_address peer;
    return server->service.debug == SERVICE_DEBUG_LOCAL && net_peer_address(connfd, &peer) == 0 &&
           net_is_loopback(&peer);
}

/* The place first: once it is closed, its number may be the next client's. Counted out before, too:
 * then a process that is killed here has lost nobody, as its client was at its end. */
void server_hang_up(struct server *server, int connfd)
{
    leave_place(server, place_of(server, connfd));
    count_out(server);
    close(connfd);
}

static bool is_worker(const struct server *server, int process)
{
    return process < server->service.stats->workers;
}

void server_handed_over(struct server *server, int connfd, int process)
{
    struct stats *stats = server->service.stats;
    if (server->addresses != NULL)
        addresses_move(server->addresses, place_of(server, connfd), (size_t)process);
    if (!is_worker(server, process))
        return;
    stats_client_left(stats);
    stats_worker_came(stats, process, INT64_MAX);
}

void server_taken_back(struct server *server, int process, int connfd)
{
    struct stats *stats = server->service.stats;
    if (server->addresses != NULL)
        addresses_move(server->addresses, (size_t)process, place_of(server, connfd));
    if (is_worker(server, process) && stats_worker_left(stats, process))
        stats_client_came(stats, INT64_MAX);
}

bool server_process_ended(struct server *server, int process)
{
    leave_place(server, (size_t)process);
    if (is_worker(server, process))
        return stats_worker_left(server->service.stats, process);
    stats_client_left(server->service.stats);
    return true;
}
