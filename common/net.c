#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "clock.h"

const char *net_resolve(struct net_address *address, const char *host, uint16_t port)
{
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list;
    int failure = getaddrinfo(host, service, &hints, &list);
    if (failure == EAI_SYSTEM)
        return strerror(errno);
    if (failure != 0)
        return gai_strerror(failure);
    memset(address, 0, sizeof *address);
    memcpy(&address->storage, list->ai_addr, list->ai_addrlen);
    address->length = list->ai_addrlen;
    freeaddrinfo(list);
    return NULL;
}

char *net_host_text(const struct net_address *address, char text[NET_TEXT_BYTES])
{
    if (getnameinfo((const struct sockaddr *)&address->storage, address->length, text,
                    NET_TEXT_BYTES, NULL, 0, NI_NUMERICHOST) != 0)
        snprintf(text, NET_TEXT_BYTES, "?");
    return text;
}

uint16_t net_port(const struct net_address *address)
{
    if (address->storage.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
}

void net_set_port(struct net_address *address, uint16_t port)
{
    if (address->storage.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)&address->storage)->sin_port = htons(port);
}

int net_local_address(int fd, struct net_address *address)
{
    memset(address, 0, sizeof *address);
    address->length = sizeof address->storage;
    return getsockname(fd, (struct sockaddr *)&address->storage, &address->length);
}

int net_peer_address(int fd, struct net_address *address)
{
    memset(address, 0, sizeof *address);
    address->length = sizeof address->storage;
    return getpeername(fd, (struct sockaddr *)&address->storage, &address->length);
}

static bool is_loopback_ipv4(uint32_t in_network_order)
{
    return ntohl(in_network_order) >> 24 == IN_LOOPBACKNET;
}

bool net_is_loopback(const struct net_address *address)
{
    if (address->storage.ss_family == AF_INET)
        return is_loopback_ipv4(((const struct sockaddr_in *)&address->storage)->sin_addr.s_addr);
    if (address->storage.ss_family != AF_INET6)
        return false;
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)&address->storage)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(in6))
        return is_loopback_ipv4(in6->s6_addr32[3]);
    return IN6_IS_ADDR_LOOPBACK(in6);
}

int net_socket(const struct net_address *address, int flags)
{
    return socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

static int set_number(int fd, int level, int name, int number)
{
    return setsockopt(fd, level, name, &number, sizeof number);
}

static int set_flag(int fd, int level, int name)
{
    return set_number(fd, level, name, 1);
}

int net_ipv6_alone(int listenfd)
{
    return set_flag(listenfd, IPPROTO_IPV6, IPV6_V6ONLY);
}

int net_bind(int listenfd, const struct net_address *address)
{
    if (set_flag(listenfd, SOL_SOCKET, SO_REUSEADDR) != 0)
        return -1;
    return bind(listenfd, (const struct sockaddr *)&address->storage, address->length);
}

static int keep_alive(int fd)
{
    if (set_flag(fd, SOL_SOCKET, SO_KEEPALIVE) != 0 ||
        set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, NET_KEEPALIVE_IDLE_S) != 0 ||
        set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL, NET_KEEPALIVE_INTERVAL_S) != 0)
        return -1;
    return set_number(fd, IPPROTO_TCP, TCP_KEEPCNT, NET_KEEPALIVE_PROBES);
}

int net_listen(int listenfd, int backlog)
{
    if (set_flag(listenfd, IPPROTO_TCP, TCP_NODELAY) != 0 || keep_alive(listenfd) != 0)
        return -1;
    return listen(listenfd, backlog);
}

enum net_accept_class net_accept_class(int accept_errno)
{
    switch (accept_errno) {
    /* accept(2): Linux passes the new socket's pending errors on; they are that client's. */
    case EINTR:
    case EAGAIN:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM: /* a firewall rule */
    case ETIMEDOUT:
        return NET_ACCEPT_AGAIN;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return NET_ACCEPT_SHORTAGE;
    default:
        return NET_ACCEPT_STOP;
    }
}

int net_connect(int fd, const struct net_address *address)
{
    if (set_flag(fd, IPPROTO_TCP, TCP_NODELAY) != 0)
        return -1;
    return connect(fd, (const struct sockaddr *)&address->storage, address->length);
}

int net_bind_source(int fd, const struct net_address *address)
{
    /* Of the level IP for IPv6 too: Linux has no other name for it there. */
    if (set_flag(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT) != 0)
        return -1;
    return bind(fd, (const struct sockaddr *)&address->storage, address->length);
}

int net_reset_on_close(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static int set_timeout(int fd, int name, int64_t ns)
{
    /* Rounded up: no microsecond at all would mean "for ever". */
    ns += ns > INT64_MAX - CLOCK_US ? 0 : CLOCK_US - 1;
    struct timeval t = {.tv_sec = (time_t)(ns / CLOCK_S),
                        .tv_usec = (suseconds_t)(ns % CLOCK_S / CLOCK_US)};
    return setsockopt(fd, SOL_SOCKET, name, &t, sizeof t);
}

int net_set_timeouts(int fd, int64_t receive_ns, int64_t send_ns)
{
    if (set_timeout(fd, SO_RCVTIMEO, receive_ns) != 0)
        return -1;
    return set_timeout(fd, SO_SNDTIMEO, send_ns);
}

int net_send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}
