#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "net.h"

static struct net_address resolve(const char *host, uint16_t port)
{
    struct net_address address;
    const char *failure = net_resolve(&address, host, port);
    cr_assert_null(failure, "%s: %s", host, failure);
    return address;
}

/* A listener on a port that the system chose; *address becomes where it listens. */
static int listen_on(const char *host, struct net_address *address)
{
    *address = resolve(host, 0);
    int listenfd = net_socket(address, 0);
    cr_assert_geq(listenfd, 0);
    cr_assert_eq(net_bind(listenfd, address), 0, "%s", strerror(errno));
    cr_assert_eq(net_listen(listenfd, 16), 0);
    cr_assert_eq(net_local_address(listenfd, address), 0);
    cr_assert_neq(net_port(address), 0);
    return listenfd;
}

static int connect_to(const struct net_address *address)
{
    int fd = net_socket(address, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(net_connect(fd, address), 0, "%s", strerror(errno));
    return fd;
}

/* Two ends of one connection. */
struct pair {
    int client, server;
};

static struct pair connect_pair(void)
{
    struct net_address address;
    int listenfd = listen_on("127.0.0.1", &address);
    struct pair pair = {.client = connect_to(&address)};
    pair.server = accept4(listenfd, NULL, NULL, SOCK_CLOEXEC);
    cr_assert_geq(pair.server, 0);
    close(listenfd);
    return pair;
}

static void close_pair(struct pair pair)
{
    close(pair.client);
    close(pair.server);
}

static int socket_option(int fd, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof value;
    cr_assert_eq(getsockopt(fd, level, name, &value, &length), 0);
    return value;
}

/* ---- names ---- */

Test(net, numeric_hosts)
{
    struct net_address address = resolve("127.0.0.1", 31470);
    char text[NET_TEXT_BYTES];
    cr_expect_eq(address.storage.ss_family, AF_INET);
    cr_expect_str_eq(net_host_text(&address, text), "127.0.0.1");
    cr_expect_eq(net_port(&address), 31470);
    const struct sockaddr_in *in4 = (const struct sockaddr_in *)&address.storage;
    cr_expect_eq(in4->sin_port, htons(31470), "network byte order");
    address = resolve("::1", 65535);
    cr_expect_eq(address.storage.ss_family, AF_INET6);
    cr_expect_str_eq(net_host_text(&address, text), "::1");
    cr_expect_eq(net_port(&address), 65535);
}

Test(net, host_names)
{
    struct net_address address;
    if (access("/etc/hosts", R_OK) != 0)
        cr_skip_test("this machine has no /etc/hosts, and so no name of its own");
    address = resolve("localhost", 1);
    cr_expect(net_is_loopback(&address));
}

Test(net, loopback)
{
    static const char *const yes[] = {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1",
                                      "::ffff:127.255.0.9"};
    static const char *const no[] = {"0.0.0.0",     "126.255.255.255",
                                     "128.0.0.1",   "10.0.0.1",
                                     "::",          "fe80::1",
                                     "2001:db8::1", "::ffff:10.0.0.1",
                                     "::127.0.0.1", "::2"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        struct net_address address = resolve(yes[i], 1);
        cr_expect(net_is_loopback(&address), "%s", yes[i]);
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        struct net_address address = resolve(no[i], 1);
        cr_expect_not(net_is_loopback(&address), "%s", no[i]);
    }
}

Test(net, hosts_that_are_none)
{
    /* Each is refused by its form alone: no name server is asked. */
    static const char *const hosts[] = {"",      "no host", "127.0.0.1 ",
                                        "::1::", "[::1]",   "1.2.3.4:80"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct net_address address;
        const char *failure = net_resolve(&address, hosts[i], 1);
        cr_expect_not_null(failure, "%s", hosts[i]);
        cr_expect(failure == NULL || *failure != '\0');
    }
}

/* ---- listening, connecting ---- */

static void expect_conversation(const char *host)
{
    struct net_address address;
    int listenfd = listen_on(host, &address);
    int client = connect_to(&address);
    struct net_address peer;
    peer.length = sizeof peer.storage;
    int server = accept4(listenfd, (struct sockaddr *)&peer.storage, &peer.length, SOCK_CLOEXEC);
    cr_assert_geq(server, 0);
    struct net_address client_address;
    cr_assert_eq(net_local_address(client, &client_address), 0);
    char text[NET_TEXT_BYTES];
    cr_expect_str_eq(net_host_text(&peer, text), host);
    cr_expect_eq(net_port(&peer), net_port(&client_address));
    cr_expect_neq(socket_option(client, IPPROTO_TCP, TCP_NODELAY), 0);
    cr_expect_neq(socket_option(server, IPPROTO_TCP, TCP_NODELAY), 0, "handed down");
    cr_expect_neq(fcntl(listenfd, F_GETFD) & FD_CLOEXEC, 0);
    cr_expect_neq(fcntl(client, F_GETFD) & FD_CLOEXEC, 0);
    cr_expect_eq(net_send_all(client, "bonjour", 7), 0);
    char bytes[8];
    cr_expect_eq(recv(server, bytes, 7, MSG_WAITALL), 7);
    cr_expect_arr_eq(bytes, "bonjour", 7);
    close(client);
    close(server);
    close(listenfd);
}

Test(net, conversation_over_ipv4)
{
    expect_conversation("127.0.0.1");
}

Test(net, conversation_over_ipv6)
{
    expect_conversation("::1");
}

Test(net, a_port_in_use)
{
    struct net_address address;
    int listenfd = listen_on("127.0.0.1", &address);
    int second = net_socket(&address, 0);
    cr_expect_eq(net_bind(second, &address), -1);
    cr_expect_eq(errno, EADDRINUSE);
    close(second);
    close(listenfd);
}

Test(net, a_restart_does_not_wait_for_old_connections)
{
    struct net_address address;
    int listenfd = listen_on("127.0.0.1", &address);
    int client = connect_to(&address);
    int server = accept4(listenfd, NULL, NULL, SOCK_CLOEXEC);
    close(server); /* first: this side keeps TIME_WAIT */
    char byte;
    cr_expect_eq(recv(client, &byte, 1, 0), 0);
    close(client);
    close(listenfd);
    listenfd = net_socket(&address, 0);
    cr_expect_eq(net_bind(listenfd, &address), 0, "%s", strerror(errno));
    cr_expect_eq(net_listen(listenfd, 1), 0);
    close(listenfd);
}

Test(net, nobody_listens)
{
    struct net_address address;
    close(listen_on("127.0.0.1", &address));
    int fd = net_socket(&address, 0);
    cr_expect_eq(net_connect(fd, &address), -1);
    cr_expect_eq(errno, ECONNREFUSED);
    close(fd);
}

Test(net, a_connect_that_does_not_block)
{
    struct net_address address;
    int listenfd = listen_on("127.0.0.1", &address);
    int fd = net_socket(&address, SOCK_NONBLOCK);
    cr_assert(net_connect(fd, &address) == 0 || errno == EINPROGRESS);
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    cr_expect_eq(poll(&poller, 1, 5000), 1);
    cr_expect_eq(socket_option(fd, SOL_SOCKET, SO_ERROR), 0);
    close(fd);
    close(listenfd);
}

/* ---- accept ---- */

Test(net, accept_classes)
{
    static const int again[] = {EINTR,        EAGAIN,      ECONNABORTED, EPROTO,
                                ENETDOWN,     ENOPROTOOPT, EHOSTDOWN,    ENONET,
                                EHOSTUNREACH, EOPNOTSUPP,  ENETUNREACH,  EPERM};
    static const int shortage[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    static const int stop[] = {EINVAL, EBADF, ENOTSOCK, EFAULT, 0};
    for (size_t i = 0; i < sizeof again / sizeof again[0]; i++)
        cr_expect_eq(net_accept_class(again[i]), NET_ACCEPT_AGAIN, "%s", strerror(again[i]));
    for (size_t i = 0; i < sizeof shortage / sizeof shortage[0]; i++)
        cr_expect_eq(net_accept_class(shortage[i]), NET_ACCEPT_SHORTAGE, "%s",
                     strerror(shortage[i]));
    for (size_t i = 0; i < sizeof stop / sizeof stop[0]; i++)
        cr_expect_eq(net_accept_class(stop[i]), NET_ACCEPT_STOP, "%s", strerror(stop[i]));
}

Test(net, a_listener_that_is_shut_down_stops)
{
    struct net_address address;
    int listenfd = listen_on("127.0.0.1", &address);
    cr_assert_eq(shutdown(listenfd, SHUT_RDWR), 0);
    cr_expect_eq(accept4(listenfd, NULL, NULL, SOCK_CLOEXEC), -1);
    cr_expect_eq(net_accept_class(errno), NET_ACCEPT_STOP, "%s", strerror(errno));
    close(listenfd);
}

/* ---- timeouts, sending ---- */

static int64_t timeout_ns(int fd, int name)
{
    struct timeval t;
    socklen_t length = sizeof t;
    cr_assert_eq(getsockopt(fd, SOL_SOCKET, name, &t, &length), 0);
    return (int64_t)t.tv_sec * CLOCK_S + (int64_t)t.tv_usec * CLOCK_US;
}

Test(net, timeouts_are_set_and_never_rounded_to_for_ever)
{
    struct pair pair = connect_pair();
    cr_assert_eq(net_set_timeouts(pair.client, 3 * CLOCK_S, 250 * CLOCK_MS), 0);
    cr_expect_eq(timeout_ns(pair.client, SO_RCVTIMEO), 3 * CLOCK_S);
    cr_expect_geq(timeout_ns(pair.client, SO_SNDTIMEO), 250 * CLOCK_MS);
    cr_assert_eq(net_set_timeouts(pair.client, 1, 999), 0);
    cr_expect_gt(timeout_ns(pair.client, SO_RCVTIMEO), 0);
    cr_expect_gt(timeout_ns(pair.client, SO_SNDTIMEO), 0);
    cr_assert_eq(net_set_timeouts(pair.client, 0, 0), 0);
    cr_expect_eq(timeout_ns(pair.client, SO_RCVTIMEO), 0);
    cr_expect_eq(timeout_ns(pair.client, SO_SNDTIMEO), 0);
    close_pair(pair);
}

Test(net, a_receive_that_times_out)
{
    struct pair pair = connect_pair();
    cr_assert_eq(net_set_timeouts(pair.client, 20 * CLOCK_MS, 0), 0);
    int64_t begin_ns = clock_now_ns();
    char byte;
    cr_expect_eq(recv(pair.client, &byte, 1, 0), -1);
    cr_expect_eq(errno, EAGAIN);
    cr_expect_geq(clock_now_ns() - begin_ns, 19 * CLOCK_MS);
    close_pair(pair);
}

Test(net, a_listener_hands_timeouts_down)
{
    struct net_address address;
    int listenfd = listen_on("127.0.0.1", &address);
    cr_assert_eq(net_set_timeouts(listenfd, 2 * CLOCK_S, CLOCK_S), 0);
    int client = connect_to(&address);
    int server = accept4(listenfd, NULL, NULL, SOCK_CLOEXEC);
    cr_expect_eq(timeout_ns(server, SO_RCVTIMEO), 2 * CLOCK_S);
    cr_expect_eq(timeout_ns(server, SO_SNDTIMEO), CLOCK_S);
    close(client);
    close(server);
    close(listenfd);
}

static int number_of(int fd, int level, int name)
{
    int number = -1;
    socklen_t length = sizeof number;
    cr_assert_eq(getsockopt(fd, level, name, &number, &length), 0);
    return number;
}

Test(net, a_peer_that_is_gone_is_asked_for)
{
    struct net_address address;
    int listenfd = listen_on("127.0.0.1", &address);
    int client = connect_to(&address);
    int server = accept4(listenfd, NULL, NULL, SOCK_CLOEXEC);
    cr_expect_eq(number_of(server, SOL_SOCKET, SO_KEEPALIVE), 1);
    cr_expect_eq(number_of(server, IPPROTO_TCP, TCP_KEEPIDLE), NET_KEEPALIVE_IDLE_S);
    cr_expect_eq(number_of(server, IPPROTO_TCP, TCP_KEEPINTVL), NET_KEEPALIVE_INTERVAL_S);
    cr_expect_eq(number_of(server, IPPROTO_TCP, TCP_KEEPCNT), NET_KEEPALIVE_PROBES);
    close(client);
    close(server);
    close(listenfd);
}

enum { MUCH_BYTES = 1 << 20 };

static char byte_at(size_t i)
{
    return (char)(i * 2654435761U >> 13);
}

struct slow_reader {
    int fd;
    size_t read_bytes;
    bool exact;
};

/* Reads all there is, in pieces of odd sizes, much less at a time than is sent, and leaves SIGALRM
 * to the sender. */
static void *read_slowly(void *argument)
{
    struct slow_reader *reader = argument;
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    reader->exact = true;
    char piece[997];
    ssize_t n;
    while ((n = recv(reader->fd, piece, 1 + reader->read_bytes % sizeof piece, 0)) > 0)
        for (ssize_t i = 0; i < n; i++)
            reader->exact = reader->exact && piece[i] == byte_at(reader->read_bytes++);
    return NULL;
}

static volatile sig_atomic_t interruptions;

static void count_interruption(int signal)
{
    (void)signal;
    interruptions++;
}

/* SIGALRM every half millisecond, without SA_RESTART: a send that blocks returns what it has sent,
 * or EINTR. */
static void interrupt_often(bool on)
{
    struct sigaction action = {.sa_handler = count_interruption};
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    struct itimerval timer = {{0, on ? 500 : 0}, {0, on ? 500 : 0}};
    cr_assert_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

Test(net, all_is_sent_in_however_many_pieces)
{
    struct pair pair = connect_pair();
    int small = 4096;
    cr_assert_eq(setsockopt(pair.client, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    char *bytes = malloc(MUCH_BYTES);
    cr_assert_not_null(bytes);
    for (size_t i = 0; i < MUCH_BYTES; i++)
        bytes[i] = byte_at(i);
    struct slow_reader reader = {.fd = pair.server};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, read_slowly, &reader), 0);
    interrupt_often(true);
    cr_expect_eq(net_send_all(pair.client, bytes, MUCH_BYTES), 0, "%s", strerror(errno));
    interrupt_often(false);
    cr_expect_gt(interruptions, 0);
    shutdown(pair.client, SHUT_WR);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(reader.read_bytes, MUCH_BYTES);
    cr_expect(reader.exact);
    free(bytes);
    close_pair(pair);
}

Test(net, a_peer_that_does_not_read_strikes_the_send_timeout)
{
    struct pair pair = connect_pair();
    cr_assert_eq(net_set_timeouts(pair.client, 0, 20 * CLOCK_MS), 0);
    size_t much = 64 << 20;
    char *bytes = calloc(1, much);
    cr_assert_not_null(bytes);
    cr_expect_eq(net_send_all(pair.client, bytes, much), -1);
    cr_expect_eq(errno, EAGAIN, "%s", strerror(errno));
    free(bytes);
    close_pair(pair);
}

Test(net, sending_to_a_closed_peer_is_an_error_not_a_signal)
{
    struct pair pair = connect_pair();
    cr_expect_eq(net_send_all(pair.client, NULL, 0), 0, "nothing is always sent");
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(pair.server, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(pair.server);
    cr_expect_eq(net_send_all(pair.client, "x", 1), -1);
    cr_expect(errno == ECONNRESET || errno == EPIPE, "%s", strerror(errno));
    cr_expect_eq(net_send_all(pair.client, "x", 1), -1);
    cr_expect_eq(errno, EPIPE, "%s", strerror(errno));
    close(pair.client);
}
