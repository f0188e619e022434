/* A client counts as connected from the accept until it is hung up on, whoever has it. */
#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"
#include "server.h"
#include "stats.h"
#include "stepped.h"

enum { WORKERS = 2, MOST = 2 };

static struct server server;
static int listenfd;

static void set_up(void)
{
    server = (struct server){.service = {.max_clients = MOST, .stats = stats_create(WORKERS)}};
    cr_assert_not_null(server.service.stats);
    cr_assert_null(net_resolve(&server.address, "127.0.0.1", 0));
    listenfd = net_socket(&server.address, SOCK_NONBLOCK);
    cr_assert_eq(net_bind(listenfd, &server.address), 0, "%m");
    cr_assert_eq(net_listen(listenfd, 16), 0, "%m");
    cr_assert_eq(net_local_address(listenfd, &server.address), 0, "%m");
}

static void tear_down(void)
{
    close(listenfd);
    stats_destroy(server.service.stats);
}

TestSuite(accept, .init = set_up, .fini = tear_down, .timeout = 60);

static int connect_client(void)
{
    int fd = net_socket(&server.address, 0);
    cr_assert(
        connect(fd, (const struct sockaddr *)&server.address.storage, server.address.length) == 0,
        "%m");
    return fd;
}

static void expect_clients(int64_t count)
{
    cr_expect_eq(stats_clients(server.service.stats), count);
}

static int64_t peak(void)
{
    return stats_get(server.service.stats, STATS_PEAK_CLIENTS);
}

/* From the parent, which accepts it, to a worker, back, and to another. */
Test(accept, who_is_handed_over_counts_once)
{
    int connfd, client = connect_client();
    cr_assert_eq(server_accept_one(&server, listenfd, &connfd), SERVER_CLIENT);
    expect_clients(1);
    server_handed_over(&server, connfd, 0);
    expect_clients(1);
    server_taken_back(&server, 0, connfd);
    expect_clients(1);
    cr_expect(!server_process_ended(&server, 0), "it went with a process that had not had it");
    expect_clients(1);
    server_handed_over(&server, connfd, 1);
    cr_expect(server_process_ended(&server, 1));
    cr_expect(!server_process_ended(&server, 1));
    expect_clients(0);
    cr_expect_eq(peak(), 1);
    close(connfd);
    close(client);
}

Test(accept, limit_is_that_of_all_workers_and_the_parent)
{
    struct stats *stats = server.service.stats;
    int connfd, client = connect_client();
    cr_expect(stats_worker_came(stats, 0, MOST));
    cr_expect(stats_worker_came(stats, 1, MOST));
    cr_expect_eq(server_accept_one(&server, listenfd, &connfd), SERVER_NOBODY);
    cr_expect_eq(stats_get(stats, STATS_REJECTED), 1);
    stats_worker_left(stats, 1);
    cr_expect(stats_client_came(stats, MOST));
    cr_expect(!stats_worker_came(stats, 1, MOST));
    cr_expect(!stats_worker_left(stats, 1));
    expect_clients(MOST);
    cr_expect_eq(peak(), MOST);
    close(client);
}

/* A child, once it has begun. */
static pid_t accept_and_hang_up(int worker)
{
    int connfd;
    pid_t pid = fork();
    cr_assert(pid >= 0, "%m");
    if (pid > 0)
        return pid;
    server_serve_as(&server, worker);
    stepped_begin();
    if (server_accept_one(&server, listenfd, &connfd) == SERVER_CLIENT)
        server_hang_up(&server, connfd);
    stats_add(server.service.stats, STATS_COMMANDS, 1);
    for (;;)
        ;
}

/* Wherever between these two a worker is killed: its client is counted no longer when it is reaped,
 * and the other's still is. */
Test(accept, killed_at_any_moment)
{
    struct stats *stats = server.service.stats;
    int64_t lost = 0;
    cr_assert(stats_worker_came(stats, 0, MOST));
    int first = connect_client(), queued;
    int length = stepped_length(accept_and_hang_up(1), &stats->counter[STATS_COMMANDS]);
    for (int n = 0; n < length; n += stepped_stride(length, 20000)) {
        int client = connect_client();
        stepped_kill_after(accept_and_hang_up(1), n);
        lost += server_process_ended(&server, 1);
        cr_assert_eq(stats_clients(stats), 1, "killed after %d", n);
        if ((queued = accept(listenfd, NULL, NULL)) >= 0)
            close(queued);
        close(client);
    }
    cr_expect(lost > 0, "none was killed while it had a client");
    cr_expect_eq(stats_get(stats, STATS_REJECTED), 0);
    cr_expect_eq(peak(), MOST);
    close(first);
}
