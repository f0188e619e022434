/* A thread for each client: the lecture's concurrent server.
 *
 *     accepts   the main thread
 *     serves    a new thread for each client, made when the client comes
 *     closes    that thread
 *     joins     each thread its predecessor, the main thread the last, before the listener is
 * closed
 *
 * A client that waits, waits alone. Each costs a thread's birth, death and memory; a crash takes
 * all. */
#include <string.h>

#include "clients.h"
#include "diag.h"
#include "models.h"
#include "net.h"
#include "server.h"
#include "stats.h"

static void refuse(struct server *server, int connfd, int failure)
{
    static struct diag_limit limit;
    diag_limited(&limit, "no thread for a client: %s", strerror(failure));
    stats_add(server->service.stats, STATS_SPAWN_FAILURES, 1);
    stats_client_left(server->service.stats);
    server_refuse(connfd, "ERR no thread for this client");
}

static int run(struct server *server)
{
    struct clients clients;
    int failure = clients_init(&clients, server, server->stack_bytes);
    if (failure != 0) {
        diag_error("cannot prepare threads: %s", strerror(failure));
        return 1;
    }
    int listenfd = net_socket(&server->address, 0);
    if (listenfd < 0 || net_bind(listenfd, &server->address) != 0 ||
        net_listen(listenfd, server->backlog) != 0)
        return server_cannot_listen(server, listenfd);
    server_ready(server, listenfd);

    int connfd;
    while ((connfd = server_accept(server, listenfd)) >= 0)
        if ((failure = clients_start(&clients, connfd)) != 0)
            refuse(server, connfd, failure);

    clients_await_end(&clients);
    clients_destroy(&clients);
    return server_stopped(server, listenfd);
}

const struct model thread_per_client = {"thread-per-client", "one thread for each client", run,
                                        MODEL_STACK_SIZE};
