/* A process for each client: the classic Unix server.
 *
 *     accepts   the parent
 *     serves    a child, forked when the client comes
 *     closes    the parent its copy of connfd at once, the child the other when it exits
 *     reaps     the parent, which learns what each child used
 *
 * A crash costs one client. Each costs a fork, which grows with the memory the parent has mapped.
 */
#include <errno.h>
#include <unistd.h>

#include "children.h"
#include "models.h"
#include "net.h"
#include "serve.h"
#include "server.h"

/* Each has its client until it ends. */
static bool on_child_end(void *context, pid_t pid, int number)
{
    (void)pid;
    return server_process_ended(context, number);
}

static int run(struct server *server)
{
    int listenfd = net_socket(&server->address, SOCK_NONBLOCK);
    if (listenfd < 0 || net_bind(listenfd, &server->address) != 0 ||
        net_listen(listenfd, server->backlog) != 0)
        return server_cannot_listen(server, listenfd);
    struct children children;
    if (children_init(&children, server, on_child_end, server) != 0)
        return server_cannot_start(listenfd, "children", errno);
    server_ready(server, listenfd);

    /* The wait is the reaper's, which must also hear of deaths; accept itself never blocks. */
    for (;;) {
        children_reap_until_readable(&children, listenfd, server_second_listener(server));
        int connfd;
        enum server_accepted accepted = server_accept_one(server, listenfd, &connfd);
        if (accepted == SERVER_NOBODY)
            continue;
        if (accepted == SERVER_OVER)
            break;
        switch (children_fork(&children)) {
        case -1:
            server_cannot_serve(server, connfd, "process", errno);
            break;
        case 0:
            server_close_listeners(server, listenfd);
            serve_client(server, connfd);
            _exit(0);
        default:
            server_handed_over(server, connfd, children_last_number(&children));
            close(connfd);
        }
    }
    children_await_end(&children);
    children_destroy(&children);
    return server_stopped(server, listenfd);
}

const struct model fork_per_client = {"fork-per-client", "one process for each client", run, 0,
                                      NULL};
