/* net: TCP sockets, each step of the lecture one function.
 *
 *     server   net_resolve  net_socket  net_bind  net_listen  accept4  ...  close
 *     client   net_resolve  net_socket  net_connect  ...  close
 *
 * Every descriptor made here is close-on-exec. Functions return -1 and set errno unless they say
 * otherwise; none prints, none exits, none keeps state. Thread-safe and fork-safe. */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct net_address {
    struct sockaddr_storage storage; /* IPv4 or IPv6, port in network byte order */
    socklen_t length;
};

enum { NET_TEXT_BYTES = 64 };

/* The first stream address of a host name or a numeric IPv4 or IPv6 address.
 * NULL for success, else a short text that says what is wrong with the host. */
const char *net_resolve(struct net_address *address, const char *host, uint16_t port);

/* The numeric host of an address as text, "127.0.0.1" or "::1". Returns text. */
char *net_host_text(const struct net_address *address, char text[NET_TEXT_BYTES]);
uint16_t net_port(const struct net_address *address);
void net_set_port(struct net_address *address, uint16_t port);

/* The address a socket is bound to: after a bind to port 0, the port that the system chose. */
int net_local_address(int fd, struct net_address *address);

/* The address of who is at the other end of a connection. */
int net_peer_address(int fd, struct net_address *address);

/* True for 127.0.0.0/8, also as ::ffff:127.0.0.0/104, as which it comes through a socket of IPv6,
 * and for ::1. */
bool net_is_loopback(const struct net_address *address);

/* A stream socket of the address' family; flags may be SOCK_NONBLOCK or 0. */
int net_socket(const struct net_address *address, int flags);

/* A listener of IPv6 that is not to take clients of IPv4 too; before net_bind. */
int net_ipv6_alone(int listenfd);

/* Names the socket. SO_REUSEADDR first, so that a restart does not wait for TIME_WAIT to end. */
int net_bind(int listenfd, const struct net_address *address);

/* Opens the accept queue. TCP_NODELAY and keepalive are set on the listener because Linux hands
 * them down to every socket accepted from it, which saves system calls for each connection.
 *
 * Keepalive finds peers that went without a word, a machine switched off or a cable pulled: after
 * so long without a byte the kernel asks whether the peer is still there, and ends the connection
 * (ETIMEDOUT) when several questions were not answered, at last 5 minutes and 5 after that. */
enum { NET_KEEPALIVE_IDLE_S = 300, NET_KEEPALIVE_INTERVAL_S = 100, NET_KEEPALIVE_PROBES = 3 };
int net_listen(int listenfd, int backlog);

/* What to do after accept failed with an errno. */
enum net_accept_class {
    NET_ACCEPT_AGAIN,    /* that client gave up, or a signal came: accept the next */
    NET_ACCEPT_SHORTAGE, /* no descriptor or memory now: pause, then accept again */
    NET_ACCEPT_STOP,     /* the listener is shut down or was never one */
};
enum net_accept_class net_accept_class(int accept_errno);

/* Connects, with TCP_NODELAY. On a non-blocking socket -1 with EINPROGRESS is the normal answer. */
int net_connect(int fd, const struct net_address *address);

/* Names the address that a connection will come from, before net_connect; its port must be 0. The
 * system chooses the port at the connect, where it need only be free towards that one destination:
 * chosen here, it would have to be free towards all, and 28000 connections would use up a source.
 */
int net_bind_source(int fd, const struct net_address *address);

/* close() will send RST and drop what was not sent yet: the peer reads ECONNRESET, and this side
 * keeps no TIME_WAIT. */
int net_reset_on_close(int fd);

/* How long one recv and one send may block; 0 for ever. A listener hands both down as well. */
int net_set_timeouts(int fd, int64_t receive_ns, int64_t send_ns);

/* Sends all of it, whatever number of send calls that takes, and never raises SIGPIPE.
 * On -1 an unknown part was sent; EAGAIN means the send timeout struck. */
int net_send_all(int fd, const char *bytes, size_t length);

#endif
