/* A thread for each client: the lecture's concurrent server.
 *
 *     accepts   the main thread
 *     serves    a new thread for each client, made when the client comes
 *     closes    that thread
 *     joins     a thread that ends an earlier one, the main thread the last ones
 *
 * A client that waits, waits alone. Each costs a thread's birth, death and memory; a crash of one
 * takes all. */
#include "clients.h"
#include "models.h"
#include "net.h"
#include "server.h"

static int run(struct server *server)
{
    int listenfd = net_socket(&server->address, 0);
    if (listenfd < 0 || net_bind(listenfd, &server->address) != 0 ||
        net_listen(listenfd, server->backlog) != 0)
        return server_cannot_listen(server, listenfd);
    struct clients clients;
    int failure = clients_init(&clients, server, server->stack_bytes);
    if (failure != 0)
        return server_cannot_start(listenfd, "threads", failure);
    server_ready(server, listenfd);

    int connfd;
    while ((connfd = server_accept(server, listenfd)) >= 0)
        if ((failure = clients_start(&clients, connfd)) != 0)
            server_cannot_serve(server, connfd, "thread", failure);

    clients_await_end(&clients);
    clients_destroy(&clients);
    return server_stopped(server, listenfd);
}

const struct model thread_per_client = {"thread-per-client", "one thread for each client", run,
                                        MODEL_STACK_SIZE, NULL};
