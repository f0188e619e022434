/* One client after another: the lecture's iterative server.
 *
 *     accepts   the process
 *     serves    the process, one client until it leaves; the others wait in the accept queue
 *     closes    the process
 *
 * No cost at all for concurrency, and none of it: a client that holds its connection holds the
 * server. */
#include "models.h"
#include "net.h"
#include "serve.h"
#include "server.h"

static int run(struct server *server)
{
    int listenfd = net_socket(&server->address, 0);
    if (listenfd < 0 || net_bind(listenfd, &server->address) != 0 ||
        net_listen(listenfd, server->backlog) != 0)
        return server_cannot_listen(server, listenfd);
    server_ready(server, listenfd);

    int connfd;
    while ((connfd = server_accept(server, listenfd)) >= 0) {
        serve_client(server, connfd);
        server_hang_up(server, connfd);
    }
    return server_stopped(server, listenfd);
}

const struct model one_at_a_time = {"one-at-a-time", "one client after another", run, 0, NULL};
