#include "conn.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"

void conn_init(struct conn *c, uint32_t number)
{
    *c = (struct conn){.fd = -1, .number = number};
}

static bool prepare(int fd, const struct conn_manner *manner)
{
    if (manner->source != NULL && net_bind_source(fd, manner->source) != 0)
        return false;
    return !manner->close_by_rst || net_reset_on_close(fd) == 0;
}

bool conn_open(struct conn *c, const struct conn_manner *manner, int64_t *established_ns)
{
    c->fd = net_socket(manner->target, SOCK_NONBLOCK);
    if (c->fd < 0)
        return false;
    bool going =
        prepare(c->fd, manner) && (net_connect(c->fd, manner->target) == 0 || errno == EINPROGRESS);
    *established_ns = clock_now_ns();
    if (!going) {
        int connect_errno = errno;
        close(c->fd);
        c->fd = -1;
        errno = connect_errno;
        return false;
    }
    c->state = CONN_CONNECTING;
    c->first_reply = c->first_turn = true;
    c->counter_seen = false;
    resp_reply_init(&c->parser, &resp_default_limits);
    if (c->stamps != NULL)
        stamps_prepare(&c->stamp, c->fd);
    return true;
}

bool conn_is_shortage(int open_errno)
{
    return open_errno == EADDRNOTAVAIL || open_errno == EMFILE || open_errno == ENFILE ||
           open_errno == ENOBUFS;
}

/* Registers the socket, or changes its registration; in the steady loop neither is needed. */
static bool watch(struct conn *c, int epollfd, bool is_new, bool writable)
{
    if (!is_new && writable == c->writable_wanted)
        return true;
    struct epoll_event event = {.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = c};
    c->writable_wanted = writable;
    return epoll_ctl(epollfd, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &event) == 0;
}

/* Whether the turn that begins is compared with the kernel's stamps. */
static void choose_stamp(struct conn *c, bool is_new)
{
    if (c->stamps == NULL || !c->stamp.ready)
        return;
    bool fits = c->counts && c->awaited == 1;
    stamps_begin(&c->stamp, fits && stamps_wants(c->stamps), is_new ? 0 : c->start_ns);
}

static ssize_t send_once(struct conn *c, const char *bytes, size_t length)
{
    if (c->stamp.send_wanted)
        return stamps_send(&c->stamp, c->fd, bytes, length);
    return send(c->fd, bytes, length, MSG_NOSIGNAL);
}

static ssize_t receive_once(struct conn *c, char *bytes, size_t room)
{
    if (c->stamp.receive_wanted)
        return stamps_receive(&c->stamp, c->fd, bytes, room);
    return recv(c->fd, bytes, room, 0);
}

/* As much as goes now. An established connection shows by its first success. */
static enum conn_io send_some(struct conn *c, const char *bytes, size_t length, size_t *sent)
{
    *sent = 0;
    do {
        ssize_t n = send_once(c, bytes + *sent, length - *sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == ENOTCONN ? CONN_AGAIN : CONN_ERROR;
        c->state = CONN_OPEN;
        *sent += (size_t)n;
        c->stamp.sent_bytes += (uint32_t)n;
    } while (*sent < length);
    return CONN_DONE;
}

enum conn_io conn_send(struct conn *c, int epollfd, const char *bytes, size_t length)
{
    bool is_new = c->state == CONN_CONNECTING;
    size_t sent;
    choose_stamp(c, is_new);
    enum conn_io io = send_some(c, bytes, length, &sent);
    if (io == CONN_ERROR)
        return io;
    if (io == CONN_AGAIN && !buf_append(&c->out, bytes + sent, length - sent)) {
        errno = ENOMEM;
        return CONN_ERROR;
    }
    return watch(c, epollfd, is_new, io == CONN_AGAIN) ? io : CONN_ERROR;
}

enum conn_io conn_flush(struct conn *c, int epollfd)
{
    size_t sent;
    enum conn_io io = send_some(c, buf_head(&c->out), buf_length(&c->out), &sent);
    if (io == CONN_ERROR)
        return io;
    buf_consume(&c->out, sent);
    if (io == CONN_DONE)
        buf_free(&c->out);
    return watch(c, epollfd, false, io == CONN_AGAIN) ? io : CONN_ERROR;
}

enum conn_io conn_receive(struct conn *c, char *scratch, size_t scratch_bytes)
{
    /* Room for the rest of a reply, but not for all that a header claims at once. */
    enum { ROOM_LEAST = 16 << 10, ROOM_MOST = 1 << 20 };
    if (c->in.bytes == NULL)
        c->in = buf_over(scratch, scratch_bytes);
    size_t room = c->parser.missing < ROOM_LEAST ? ROOM_LEAST : c->parser.missing;
    if (!buf_reserve(&c->in, room < ROOM_MOST ? room : ROOM_MOST)) {
        errno = ENOMEM;
        return CONN_ERROR;
    }
    ssize_t n;
    do
        n = receive_once(c, buf_tail(&c->in), buf_room(&c->in));
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        buf_extend(&c->in, (size_t)n);
        return CONN_DONE;
    }
    if (n == 0)
        return CONN_END;
    return errno == EAGAIN ? CONN_AGAIN : CONN_ERROR;
}

void conn_close(struct conn *c)
{
    if (c->fd >= 0)
        close(c->fd); /* which also ends its registration */
    c->fd = -1;
    c->state = CONN_CLOSED;
    c->busy = c->writable_wanted = c->partial = c->unasked = false;
    c->awaited = 0;
    c->asked = 0;
    c->stamp = (struct stamp){0};
    buf_free(&c->in);
    buf_free(&c->out);
}
