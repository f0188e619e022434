/* Where an outgoing connection comes from, and how it ends. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "net.h"

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51 /* Linux 6.3 has it, older headers do not */
#endif

static struct net_address resolve(const char *host)
{
    struct net_address address;
    const char *failure = net_resolve(&address, host, 0);
    cr_assert_null(failure, "%s: %s", host, failure);
    return address;
}

/* A listener; *address becomes where it listens. Skips the test on a machine without that host. */
static int listen_on(const char *host, struct net_address *address)
{
    *address = resolve(host);
    int listenfd = net_socket(address, 0);
    if (listenfd < 0 && errno == EAFNOSUPPORT)
        cr_skip_test("this machine does not know %s", host);
    cr_assert_geq(listenfd, 0);
    int bound = net_bind(listenfd, address);
    if (bound != 0 && errno == EADDRNOTAVAIL)
        cr_skip_test("this machine has no address %s", host);
    cr_assert_eq(bound, 0, "%s", strerror(errno));
    cr_assert_eq(net_listen(listenfd, 16), 0);
    cr_assert_eq(net_local_address(listenfd, address), 0);
    return listenfd;
}

static int bound_to(const char *source)
{
    struct net_address address = resolve(source);
    int fd = net_socket(&address, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(net_bind_source(fd, &address), 0, "%s", strerror(errno));
    return fd;
}

static uint16_t local_port(int fd)
{
    struct net_address address;
    cr_assert_eq(net_local_address(fd, &address), 0);
    return net_port(&address);
}

/* Accepts one connection and tells whom the server sees. */
static int accept_from(int listenfd, struct net_address *peer)
{
    memset(peer, 0, sizeof *peer);
    peer->length = sizeof peer->storage;
    int fd = accept4(listenfd, (struct sockaddr *)&peer->storage, &peer->length, SOCK_CLOEXEC);
    cr_assert_geq(fd, 0);
    return fd;
}

static void expect_seen(const char *target, const char *source)
{
    struct net_address address, peer;
    int listenfd = listen_on(target, &address), client = bound_to(source);
    cr_expect_eq(local_port(client), 0, "the port is left to the connect");
    cr_assert_eq(net_connect(client, &address), 0, "%s", strerror(errno));
    int server = accept_from(listenfd, &peer);
    char text[NET_TEXT_BYTES];
    cr_expect_str_eq(net_host_text(&peer, text), source);
    cr_expect_neq(net_port(&peer), 0);
    cr_expect_eq(net_port(&peer), local_port(client));
    close(client);
    close(server);
    close(listenfd);
}

Test(net_source, the_server_sees_it_over_ipv4)
{
    expect_seen("127.0.0.1", "127.0.0.2");
    expect_seen("127.0.0.1", "127.200.3.4");
}

Test(net_source, the_server_sees_it_over_ipv6)
{
    expect_seen("::1", "::1");
}

Test(net_source, many_connections_from_one)
{
    enum { MANY = 8 };
    struct net_address address, peer;
    int listenfd = listen_on("127.0.0.1", &address), clients[MANY], servers[MANY];
    for (int i = 0; i < MANY; i++)
        clients[i] = bound_to("127.0.0.2");
    for (int i = 0; i < MANY; i++) {
        cr_assert_eq(net_connect(clients[i], &address), 0, "%s", strerror(errno));
        servers[i] = accept_from(listenfd, &peer);
        char text[NET_TEXT_BYTES];
        cr_expect_str_eq(net_host_text(&peer, text), "127.0.0.2");
        for (int j = 0; j < i; j++)
            cr_expect_neq(local_port(clients[j]), net_port(&peer));
    }
    for (int i = 0; i < MANY; i++) {
        close(clients[i]);
        close(servers[i]);
    }
    close(listenfd);
}

/* Two servers, and a source that is left with a single port: it serves towards both. */
static void expect_port_shared(const char *target, const char *source)
{
    struct net_address one, other, peer;
    int first_listenfd = listen_on(target, &one), second_listenfd = listen_on(target, &other);
    int first = bound_to(source);
    cr_assert_eq(net_connect(first, &one), 0, "%s", strerror(errno));
    struct net_address address = resolve(source);
    int second = net_socket(&address, 0);
    uint32_t port = local_port(first), only = port << 16 | port;
    if (setsockopt(second, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &only, sizeof only) != 0)
        cr_skip_test("this kernel cannot narrow the ports of a socket");
    cr_assert_eq(net_bind_source(second, &address), 0, "%s", strerror(errno));
    cr_assert_eq(net_connect(second, &other), 0, "%s", strerror(errno));
    int server = accept_from(second_listenfd, &peer);
    cr_expect_eq(net_port(&peer), port);
    close(server);
    close(second);
    close(first);
    close(second_listenfd);
    close(first_listenfd);
}

Test(net_source, a_port_serves_towards_each_destination_over_ipv4)
{
    expect_port_shared("127.0.0.1", "127.0.0.2");
}

Test(net_source, a_port_serves_towards_each_destination_over_ipv6)
{
    expect_port_shared("::1", "::1");
}

Test(net_source, an_address_of_another_machine)
{
    struct net_address address = resolve("192.0.2.1"); /* RFC 5737: for documents only */
    int fd = net_socket(&address, 0);
    cr_expect_eq(net_bind_source(fd, &address), -1);
    cr_expect_eq(errno, EADDRNOTAVAIL, "%s", strerror(errno));
    close(fd);
}

Test(net_source, no_socket)
{
    struct net_address address = resolve("127.0.0.2");
    cr_expect_eq(net_bind_source(-1, &address), -1);
    cr_expect_eq(errno, EBADF);
    cr_expect_eq(net_reset_on_close(-1), -1);
    cr_expect_eq(errno, EBADF);
}

/* ---- the end ---- */

/* What the server reads after the client closed: what recv returns, and errno. */
static ssize_t read_after_close(bool reset, int *error)
{
    struct net_address address, peer;
    int listenfd = listen_on("127.0.0.1", &address), client = bound_to("127.0.0.2");
    if (reset)
        cr_assert_eq(net_reset_on_close(client), 0);
    cr_assert_eq(net_connect(client, &address), 0, "%s", strerror(errno));
    int server = accept_from(listenfd, &peer);
    close(client);
    char byte;
    errno = 0;
    ssize_t n = recv(server, &byte, 1, 0);
    *error = errno;
    close(server);
    close(listenfd);
    return n;
}

Test(net_source, a_close_is_an_end_of_file_unless_it_shall_reset)
{
    int error;
    cr_expect_eq(read_after_close(false, &error), 0);
    cr_expect_eq(read_after_close(true, &error), -1);
    cr_expect_eq(error, ECONNRESET, "%s", strerror(error));
}
