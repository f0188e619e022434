#include "peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

enum { RECEIVE_BYTES = 64 << 10 };

static int64_t patience(void)
{
    return clock_now_ns() + PATIENCE_S * CLOCK_S;
}

bool peer_connect(struct peer *p, const struct server *s)
{
    *p = (struct peer){.fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (p->fd < 0)
        return false;
    /* TCP_NODELAY: every send is a segment of its own. */
    int one = 1;
    struct timeval limit = {.tv_sec = PATIENCE_S};
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit); /* bounds connect */
    if (connect(p->fd, (const struct sockaddr *)&s->address, s->address_length) == 0)
        return true;
    int saved_errno = errno;
    close(p->fd);
    errno = saved_errno;
    return false;
}

static void receive(struct peer *p)
{
    if (p->capacity - p->length < RECEIVE_BYTES) {
        p->capacity = 2 * p->capacity + RECEIVE_BYTES;
        p->in = realloc(p->in, p->capacity);
    }
    ssize_t n = recv(p->fd, p->in + p->length, p->capacity - p->length, MSG_DONTWAIT);
    if (n > 0)
        p->length += (size_t)n;
    else if (n == 0)
        p->state = PEER_ENDED;
    else if (errno != EAGAIN && errno != EINTR)
        p->state = PEER_RESET;
}

/* Waits for a turn of the connection and receives what came. False when it is over. */
static bool turn(struct peer *p, short events, int64_t deadline_ns)
{
    if (p->state != PEER_OPEN)
        return false;
    struct pollfd ready = {.fd = p->fd, .events = events};
    int64_t left_ms = (deadline_ns - clock_now_ns()) / CLOCK_MS;
    if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) == 0) {
        p->state = PEER_SILENT;
        return false;
    }
    if (ready.revents & ~POLLOUT)
        receive(p);
    return p->state == PEER_OPEN;
}

void peer_send(struct peer *p, const void *bytes, size_t length)
{
    int64_t deadline_ns = patience();
    const char *from = bytes;
    while (length > 0 && p->state == PEER_OPEN) {
        ssize_t n = send(p->fd, from, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            from += n;
            length -= (size_t)n;
            p->sent += (uint64_t)n;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            /* What the server said before it closed is still to be received. */
            receive(p);
            if (p->state == PEER_OPEN)
                p->state = PEER_RESET;
        } else {
            turn(p, POLLIN | POLLOUT, deadline_ns);
        }
    }
}

void peer_send_text(struct peer *p, const char *text)
{
    peer_send(p, text, strlen(text));
}

bool peer_await_length(struct peer *p, size_t length)
{
    int64_t deadline_ns = patience();
    while (p->length < length && turn(p, POLLIN, deadline_ns))
        ;
    return p->length >= length;
}

static bool ends_with(const struct peer *p, const void *bytes, size_t length)
{
    return p->length >= length && memcmp(p->in + p->length - length, bytes, length) == 0;
}

bool peer_await_ending(struct peer *p, const void *bytes, size_t length)
{
    int64_t deadline_ns = patience();
    while (!ends_with(p, bytes, length) && turn(p, POLLIN, deadline_ns))
        ;
    return ends_with(p, bytes, length);
}

bool peer_await_end(struct peer *p)
{
    int64_t deadline_ns = patience();
    while (turn(p, POLLIN, deadline_ns))
        ;
    return p->state == PEER_ENDED;
}

bool peer_ask(struct peer *p, const char *request, const char *reply)
{
    peer_forget(p);
    peer_send_text(p, request);
    return peer_await_length(p, strlen(reply)) && p->length == strlen(reply) &&
           memcmp(p->in, reply, p->length) == 0;
}

void peer_forget(struct peer *p)
{
    p->length = 0;
}

void peer_half_close(struct peer *p)
{
    shutdown(p->fd, SHUT_WR);
}

void peer_close(struct peer *p)
{
    close(p->fd);
    free(p->in);
    *p = (struct peer){.fd = -1};
}

void peer_break(struct peer *p)
{
    struct linger at_once = {.l_onoff = 1};
    setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    peer_close(p);
}
