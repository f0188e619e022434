/* Fault 9 once more, with nobody left to answer: the link is cut, so what the server sends is lost,
 * and no RST tells it that its client is gone. The time-outs free what the client held; without
 * them keepalive does. Afterwards, as always, the server is what it was. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "net.h"
#include "network.h"

/* What a loaded machine and a sanitizer may add to a time that is awaited. */
enum { SLACK_MS = SANITIZED ? 5000 : 2000 };

static void enter_network(void)
{
    if (!network_enter_own())
        cr_skip_test("may not have a network of its own: %s", strerror(errno));
}

static void expect_number(const char *line, const char *key, double value)
{
    cr_expect(field_number(line, key) == value, "%s is not %.0f in: %s", key, value, line);
}

/* Connections that the server has not closed, whether it has accepted them yet or not: the kernel's
 * list of this network, of which each line is "number: address:port address:port state ...". */
static int count_connections(const struct server *s)
{
    enum { ESTABLISHED = 1 }; /* of the kernel's states */
    char line[256];
    unsigned port, state;
    int count = 0;
    FILE *file = fopen("/proc/thread-self/net/tcp", "re");
    cr_assert(file != NULL, "%m");
    while (fgets(line, sizeof line, file) != NULL)
        count += sscanf(line, " %*u: %*x:%x %*x:%*x %x", &port, &state) == 2 && port == s->port &&
                 state == ESTABLISHED;
    fclose(file);
    return count;
}

/* The kernel goes through all it knows for each look. */
enum { LOOK_MS = 50 };

/* Cuts the link until the server has closed all connections, of which there are so many. */
static void cut_until_closed(const struct server *s, int connections, int most_ms)
{
    int64_t start_ns = clock_now_ns(), deadline_ns = start_ns + PATIENCE_S * CLOCK_S;
    int left = count_connections(s);
    cr_expect(left == connections, "%s has %d connections, must be %d", s->model->name, left,
              connections);
    cr_assert(network_set_link(false), "the link cannot be cut: %m");
    while ((left = count_connections(s)) > 0 && clock_now_ns() < deadline_ns)
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * CLOCK_MS}, NULL);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(left == 0 && took_ms < most_ms,
              "%s: after %d ms %d clients are there, must be 0 after %d", s->model->name,
              (int)took_ms, left, most_ms);
    cr_assert(network_set_link(true), "the link cannot be restored: %m");
}

/* One silent, one within a request, one that has not taken its replies. */
FAULT_TEST(faults_link, fault_09_link_is_cut, FAULT_ALL)
{
    enum { TIMEOUT_MS = 500, REPLIES = 10 };
    struct server server;
    struct peer idle, asking, reading;
    enter_network();
    server_start(&server, model,
                 (const char *[]){"--idle-timeout=500ms", "--request-timeout=500ms",
                                  "--write-timeout=500ms", NULL});
    struct fault_base base = fault_base(&server);
    fault_connect(&idle, &server);
    cr_expect(peer_ask(&idle, "PING\r\n", "+PONG\r\n"));
    fault_connect(&asking, &server);
    peer_send_text(&asking, "ECHO ab");
    fault_connect(&reading, &server);
    for (int i = 0; i < REPLIES; i++) /* more than the sockets' buffers hold */
        peer_send_text(&reading, "BLOB 4000000\r\n");
    if (server_serves_many(model))
        cr_expect(peer_await_taken(&asking) && peer_await_length(&reading, 1000));
    cut_until_closed(&server, 3, 3 * TIMEOUT_MS + SLACK_MS);
    peer_close(&idle);
    peer_close(&asking);
    peer_close(&reading);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "idle_timeouts", 1);
    expect_number(served, "request_timeouts", 1);
    expect_number(served, "write_timeouts", 1);
    free(served);
}

/* ---- keepalive ---- */

/* The server's listening socket, as a descriptor of ours. Sockets that it accepts have its options.
 */
static int borrow_listener(const struct server *s)
{
    enum { MOST_DESCRIPTORS = 256 };
    int pidfd = (int)syscall(SYS_pidfd_open, s->process.pid, 0);
    if (pidfd < 0)
        cr_skip_test("cannot have the server's listener: pidfd_open: %s", strerror(errno));
    for (int number = 0; number < MOST_DESCRIPTORS; number++) {
        int listens = 0, fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
        socklen_t length = sizeof listens;
        if (fd < 0 && errno != EBADF)
            cr_skip_test("cannot have the server's listener: pidfd_getfd: %s", strerror(errno));
        if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 &&
            listens) {
            close(pidfd);
            return fd;
        }
        if (fd >= 0)
            close(fd);
    }
    cr_assert_fail("%s has no listener", s->model->name);
    return -1;
}

/* Expects an option to be this, and makes it that. */
static void replace_option(int fd, int level, int name, int is, int becomes)
{
    int value = -1;
    socklen_t length = sizeof value;
    cr_assert(getsockopt(fd, level, name, &value, &length) == 0 && value == is,
              "option %d of level %d is %d, must be %d", name, level, value, is);
    cr_assert(setsockopt(fd, level, name, &becomes, sizeof becomes) == 0, "%m");
}

/* Minutes as seconds: all else is as the server has set it. */
FAULT_TEST(faults_link, fault_09_keepalive_alone, FAULT_ALL)
{
    enum { IDLE_S = 1, INTERVAL_S = 1, PROBES = 2, LONGEST_S = IDLE_S + INTERVAL_S * PROBES };
    struct server server;
    struct peer idle, asking;
    enter_network();
    server_start(&server, model, (const char *[]){"--idle-timeout=0", NULL});
    struct fault_base base = fault_base(&server);
    int listener = borrow_listener(&server);
    replace_option(listener, SOL_SOCKET, SO_KEEPALIVE, 1, 1);
    replace_option(listener, IPPROTO_TCP, TCP_KEEPIDLE, NET_KEEPALIVE_IDLE_S, IDLE_S);
    replace_option(listener, IPPROTO_TCP, TCP_KEEPINTVL, NET_KEEPALIVE_INTERVAL_S, INTERVAL_S);
    replace_option(listener, IPPROTO_TCP, TCP_KEEPCNT, NET_KEEPALIVE_PROBES, PROBES);
    close(listener);
    fault_connect(&idle, &server);
    cr_expect(peer_ask(&idle, "PING\r\n", "+PONG\r\n"));
    fault_connect(&asking, &server);
    peer_send_text(&asking, "ECHO ab");
    if (server_serves_many(model))
        cr_expect(peer_await_taken(&asking));
    cut_until_closed(&server, 2, LONGEST_S * 1000 + SLACK_MS);
    peer_close(&idle);
    peer_close(&asking);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "idle_timeouts", 0);
    expect_number(served, "request_timeouts", 0);
    expect_number(served, "children_failed", 0);
    free(served);
}
