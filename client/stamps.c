#include "stamps.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "draw.h"

enum {
    ONE_IN = 100,
    BRACKETS = 5,
    CONTROL_BYTES = 256, /* twice what a stamp and the error it comes with need */
};

/* No request for TX stamps: those are made send by send. */
static const uint32_t socket_flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
                                     SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;

union control {
    struct cmsghdr align;
    char bytes[CONTROL_BYTES];
};

/* ---- comparisons ---- */

void stamps_record(struct stamps_errors *e, struct histogram *h, int64_t error_ns,
                   int64_t clock_error_ns)
{
    histogram_record(h, error_ns);
    e->impossible += error_ns < -clock_error_ns;
    if (clock_error_ns > e->clock_error_ns)
        e->clock_error_ns = clock_error_ns;
}

void stamps_merge(struct stamps_errors *sum, const struct stamps_errors *other)
{
    histogram_merge(&sum->send, &other->send);
    histogram_merge(&sum->receive, &other->receive);
    sum->impossible += other->impossible;
    if (other->clock_error_ns > sum->clock_error_ns)
        sum->clock_error_ns = other->clock_error_ns;
}

struct stamps_clock stamps_clock_read(void)
{
    struct stamps_clock best = {.error_ns = INT64_MAX};
    for (int i = 0; i < BRACKETS; i++) {
        int64_t before_ns = clock_now_ns(), real_ns = clock_of_ns(CLOCK_REALTIME);
        int64_t error_ns = (clock_now_ns() - before_ns + 1) / 2;
        if (error_ns < best.error_ns)
            best = (struct stamps_clock){real_ns - before_ns - error_ns, error_ns};
    }
    return best;
}

/* ---- what belongs to a worker ---- */

static bool set_flags(int fd)
{
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &socket_flags, sizeof socket_flags) == 0;
}

bool stamps_init(struct stamps *s, int family, struct stamps_errors *errors)
{
    *s = (struct stamps){.errors = errors, .keepfd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (s->keepfd >= 0 && set_flags(s->keepfd))
        return true;
    int saved_errno = errno;
    stamps_free(s);
    errno = saved_errno;
    return false;
}

void stamps_free(struct stamps *s)
{
    if (s->keepfd >= 0)
        close(s->keepfd);
    s->keepfd = -1;
}

bool stamps_wants(struct stamps *s)
{
    return draw_below(draw_mix(++s->drawn * DRAW_STEP), ONE_IN) == 0;
}

/* ---- control messages ---- */

static void parse_error(const struct cmsghdr *header, struct stamps_message *parsed)
{
    struct sock_extended_err error;
    if (header->cmsg_len < CMSG_LEN(sizeof error))
        return;
    memcpy(&error, CMSG_DATA(header), sizeof error);
    parsed->is_send = error.ee_errno == ENOMSG && error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING &&
                      error.ee_info == SCM_TSTAMP_SND;
    parsed->byte = error.ee_data;
}

struct stamps_message stamps_parse(const struct msghdr *message)
{
    struct stamps_message parsed = {0};
    struct scm_timestamping stamps;
    /* CMSG_NXTHDR wants one it may write to, and does not. */
    struct msghdr m = *message;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
        if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
            (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
            parse_error(c, &parsed);
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING &&
                   c->cmsg_len >= CMSG_LEN(sizeof stamps)) {
            memcpy(&stamps, CMSG_DATA(c), sizeof stamps);
            parsed.real_ns = (int64_t)stamps.ts[0].tv_sec * CLOCK_S + stamps.ts[0].tv_nsec;
        }
    }
    return parsed;
}

/* ---- one connection ---- */

void stamps_prepare(struct stamp *stamp, int fd)
{
    *stamp = (struct stamp){.ready = set_flags(fd)};
}

void stamps_begin(struct stamp *stamp, bool wanted, int64_t send_ns)
{
    stamp->send_wanted = stamp->receive_wanted = wanted;
    stamp->real_ns = 0;
    if (wanted)
        stamp->send_ns = send_ns;
}

ssize_t stamps_send(struct stamp *stamp, int fd, const char *bytes, size_t length)
{
    union control control = {.bytes = {0}};
    struct iovec part = {(void *)(uintptr_t)bytes, length};
    const uint32_t flag = SOF_TIMESTAMPING_TX_SOFTWARE;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE(sizeof flag)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SO_TIMESTAMPING;
    header->cmsg_len = CMSG_LEN(sizeof flag);
    memcpy(CMSG_DATA(header), &flag, sizeof flag);
    if (stamp->send_ns == 0)
        stamp->send_ns = clock_now_ns();
    ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
        return n;
    /* What went out in part goes on when the peer lets it: that is no error of ours. */
    stamp->send_wanted = false;
    stamp->send_awaited = n == (ssize_t)length;
    stamp->last_byte = stamp->sent_bytes + (uint32_t)length - 1;
    return n;
}

ssize_t stamps_receive(struct stamp *stamp, int fd, char *bytes, size_t room)
{
    union control control;
    struct iovec part = {bytes, room};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(fd, &message, 0);
    if (n > 0)
        stamp->real_ns = stamps_parse(&message).real_ns;
    return n;
}

void stamps_received(struct stamps *s, struct stamp *stamp, int64_t now_ns)
{
    if (stamp->receive_wanted && stamp->real_ns != 0) {
        struct stamps_clock clock = stamps_clock_read();
        stamps_record(s->errors, &s->errors->receive, now_ns - (stamp->real_ns - clock.offset_ns),
                      clock.error_ns);
    }
    stamp->receive_wanted = false;
}

/* The kernel counts the bytes from the first that is not acknowledged: from the SYN, if that was
 * still under way when the socket was prepared. No request is as short as one byte. */
static bool is_of_send(const struct stamp *stamp, const struct stamps_message *message)
{
    return stamp->send_awaited && message->is_send && message->real_ns != 0 &&
           message->byte - stamp->last_byte <= 1;
}

bool stamps_collect(struct stamps *s, struct stamp *stamp, int fd)
{
    union control control;
    bool any = false;
    for (;;) {
        struct msghdr message = {.msg_control = control.bytes,
                                 .msg_controllen = sizeof control.bytes};
        ssize_t n = recvmsg(fd, &message, MSG_ERRQUEUE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return any;
        struct stamps_message parsed = stamps_parse(&message);
        any = true;
        if (!is_of_send(stamp, &parsed))
            continue;
        struct stamps_clock clock = stamps_clock_read();
        stamps_record(s->errors, &s->errors->send,
                      parsed.real_ns - clock.offset_ns - stamp->send_ns, clock.error_ns);
        stamp->send_awaited = false;
    }
}
