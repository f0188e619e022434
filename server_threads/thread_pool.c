/* A fixed number of threads, made beforehand, that take one client after another.
 *
 *     --accept   queue                         direct          mutex
 *     accepts    the main thread, and puts     each worker     each worker, one at a time
 *                clients into a queue
 *     serves     the worker that takes the client
 *     closes     that worker
 *     joins      the main thread, before the listener is closed
 *
 * No client pays for the birth of a thread, and no number of clients makes more of them. But a
 * client that holds its connection, or whose request blocks, occupies a worker; when all are busy,
 * further clients wait: with `queue` as many as there are workers in our own queue, accepted and
 * counted as clients, and all others in the kernel's accept queue (--backlog). They are served in
 * the order in which they came, at the end of the server too. A crash of one takes all. */
#include <stdio.h>

#include "models.h"
#include "net.h"
#include "queue.h"
#include "serve.h"
#include "server.h"
#include "stats.h"
#include "workers.h"

enum { QUEUE, DIRECT, MUTEX };
static const char *const variants[] = {
    [QUEUE] = "queue", [DIRECT] = "direct", [MUTEX] = "mutex", NULL};

struct pool {
    struct server *server;
    int listenfd;
    struct queue queue;   /* with QUEUE: room for one client a worker */
    pthread_mutex_t turn; /* with MUTEX: whose turn it is to accept */
    struct workers workers;
};

/* Where all block in accept, Linux wakes one of them for each client, the one that has waited
 * longest: not a whole herd, as kernels once did. */
static int next_client(struct pool *pool)
{
    if (pool->server->variant == QUEUE)
        return queue_take(&pool->queue);
    if (pool->server->variant == DIRECT)
        return server_accept(pool->server, pool->listenfd);
    pthread_mutex_lock(&pool->turn);
    int connfd = server_accept(pool->server, pool->listenfd);
    pthread_mutex_unlock(&pool->turn);
    return connfd;
}

static void serve_clients(void *argument, int worker)
{
    struct pool *pool = argument;
    int connfd;
    while ((connfd = next_client(pool)) >= 0) {
        stats_worker_took(pool->server->service.stats, worker);
        serve_client(pool->server, connfd);
        server_hang_up(pool->server, connfd);
    }
}

/* A full queue makes the main thread wait, and new clients with it. If the server stops then, the
 * workers must hear of it here: they hold the clients that have to end first. */
static void accept_into_queue(struct pool *pool)
{
    int connfd;
    while ((connfd = server_accept(pool->server, pool->listenfd)) >= 0)
        while (!queue_put(&pool->queue, connfd))
            workers_pass_on_stop(&pool->workers);
    queue_close(&pool->queue);
}

static int cannot_start(const struct pool *pool, int failure)
{
    char what[64];
    snprintf(what, sizeof what, "%d workers, but for %d", pool->server->workers,
             pool->workers.count);
    return server_cannot_start(pool->listenfd, what, failure);
}

static int run(struct server *server)
{
    int listenfd = net_socket(&server->address, 0);
    if (listenfd < 0 || net_bind(listenfd, &server->address) != 0 ||
        net_listen(listenfd, server->backlog) != 0)
        return server_cannot_listen(server, listenfd);
    struct pool pool = {.server = server, .listenfd = listenfd, .turn = PTHREAD_MUTEX_INITIALIZER};
    int failure = queue_init(&pool.queue, (size_t)server->workers);
    if (failure != 0)
        return server_cannot_start(listenfd, "a queue", failure);
    failure =
        workers_prepare(&pool.workers, server->workers, server->stack_bytes, serve_clients, &pool);
    if (failure != 0) {
        queue_destroy(&pool.queue);
        return cannot_start(&pool, failure);
    }
    server_ready(server, listenfd);

    workers_start(&pool.workers);
    if (server->variant == QUEUE)
        accept_into_queue(&pool);

    workers_await_end(&pool.workers);
    queue_destroy(&pool.queue);
    return server_stopped(server, listenfd);
}

const struct model thread_pool = {"thread-pool", "a fixed number of threads take turns", run,
                                  MODEL_STACK_SIZE | MODEL_WORKERS | MODEL_ACCEPT, variants};
