/* The kernel's stamps: what control messages say, what is compared, and whose stamp it is. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "net.h"
#include "stamps.h"

enum { CONTROL_BYTES = 512 };
#define STAMP_NS (INT64_C(1700000000) * CLOCK_S + 123456789)

/* ---- control messages ---- */

struct built {
    size_t used;
    union {
        struct cmsghdr align;
        char bytes[CONTROL_BYTES];
    } control;
};

static void put(struct built *b, int level, int type, const void *data, size_t length)
{
    struct cmsghdr header = {.cmsg_len = CMSG_LEN(length), .cmsg_level = level, .cmsg_type = type};
    memcpy(b->control.bytes + b->used, &header, sizeof header);
    memcpy(b->control.bytes + b->used + CMSG_LEN(0), data, length);
    b->used += CMSG_SPACE(length);
}

static void put_stamp(struct built *b)
{
    struct scm_timestamping stamps = {.ts = {[0] = {STAMP_NS / CLOCK_S, STAMP_NS % CLOCK_S}}};
    put(b, SOL_SOCKET, SCM_TIMESTAMPING, &stamps, sizeof stamps);
}

static void put_error(struct built *b, int level, int type, struct sock_extended_err error)
{
    /* As the kernel sends it, the address of the offender behind it. */
    struct {
        struct sock_extended_err error;
        struct sockaddr_in offender;
    } whole = {.error = error};
    put(b, level, type, &whole, sizeof whole);
}

static struct stamps_message parse(struct built *b)
{
    struct msghdr message = {.msg_control = b->control.bytes, .msg_controllen = b->used};
    return stamps_parse(&message);
}

static const struct sock_extended_err sent = {.ee_errno = ENOMSG,
                                              .ee_origin = SO_EE_ORIGIN_TIMESTAMPING,
                                              .ee_info = SCM_TSTAMP_SND,
                                              .ee_data = 4711};

Test(stamps_parse, of_a_read)
{
    struct built b = {0};
    put_stamp(&b);
    struct stamps_message parsed = parse(&b);
    cr_expect_eq(parsed.real_ns, STAMP_NS);
    cr_expect_not(parsed.is_send);
}

Test(stamps_parse, of_a_send)
{
    static const int kinds[][2] = {{SOL_IP, IP_RECVERR}, {SOL_IPV6, IPV6_RECVERR}};
    for (int i = 0; i < 2; i++) {
        for (int stamp_first = 0; stamp_first < 2; stamp_first++) {
            struct built b = {0};
            if (stamp_first)
                put_stamp(&b);
            put_error(&b, kinds[i][0], kinds[i][1], sent);
            if (!stamp_first)
                put_stamp(&b);
            struct stamps_message parsed = parse(&b);
            cr_expect_eq(parsed.real_ns, STAMP_NS);
            cr_expect(parsed.is_send);
            cr_expect_eq(parsed.byte, 4711);
        }
    }
}

Test(stamps_parse, other_errors_are_no_send)
{
    struct sock_extended_err others[] = {sent, sent, sent};
    others[0].ee_errno = ECONNREFUSED;
    others[1].ee_origin = SO_EE_ORIGIN_ICMP;
    others[2].ee_info = SCM_TSTAMP_ACK;
    for (int i = 0; i < 3; i++) {
        struct built b = {0};
        put_error(&b, SOL_IP, IP_RECVERR, others[i]);
        put_stamp(&b);
        cr_expect_not(parse(&b).is_send, "case %d", i);
    }
}

Test(stamps_parse, what_is_foreign_or_too_short_is_nothing)
{
    struct built b = {0};
    struct stamps_message parsed = parse(&b);
    cr_expect(parsed.real_ns == 0 && !parsed.is_send);
    int64_t some = -1;
    put(&b, SOL_SOCKET, SCM_RIGHTS, &some, sizeof some);
    put(&b, SOL_IP, IP_TTL, &some, sizeof some);
    put(&b, SOL_IP, IP_RECVERR, &some, sizeof some);
    put(&b, SOL_SOCKET, SCM_TIMESTAMPING, &some, sizeof some);
    parsed = parse(&b);
    cr_expect(parsed.real_ns == 0 && !parsed.is_send);
}

/* ---- comparisons ---- */

Test(stamps_record, negative_errors_need_an_excuse)
{
    struct stamps_errors *e = calloc(2, sizeof *e);
    cr_assert_not_null(e);
    stamps_record(&e[0], &e[0].send, 7000, 50);
    stamps_record(&e[0], &e[0].send, -50, 50);
    cr_expect_eq(e[0].impossible, 0);
    stamps_record(&e[0], &e[0].receive, -51, 50);
    cr_expect_eq(e[0].impossible, 1);
    stamps_record(&e[1], &e[1].receive, 300, 90);
    stamps_merge(&e[0], &e[1]);
    cr_expect(e[0].send.count == 2 && e[0].send.min_ns == 0 && e[0].send.max_ns == 7000);
    cr_expect(e[0].receive.count == 2 && e[0].receive.max_ns == 300);
    cr_expect(e[0].impossible == 1 && e[0].clock_error_ns == 90);
    free(e);
}

Test(stamps_clock, agrees_with_both_clocks)
{
    for (int i = 0; i < 1000; i++) {
        struct stamps_clock clock = stamps_clock_read();
        int64_t before_ns = clock_now_ns(), real_ns = clock_of_ns(CLOCK_REALTIME);
        int64_t after_ns = clock_now_ns(), converted_ns = real_ns - clock.offset_ns;
        cr_assert(clock.error_ns > 0 && converted_ns >= before_ns - clock.error_ns &&
                      converted_ns <= after_ns + clock.error_ns,
                  "%ld is not from %ld to %ld, give or take %ld", (long)converted_ns,
                  (long)before_ns, (long)after_ns, (long)clock.error_ns);
    }
}

Test(stamps_wants, one_in_a_hundred_without_a_step)
{
    enum { CALLS = 100000 };
    struct stamps s = {0};
    int wanted = 0, last = 0, gap = 0, same_gaps = 0;
    for (int i = 0; i < CALLS; i++) {
        if (!stamps_wants(&s))
            continue;
        same_gaps += i - last == gap;
        gap = i - last;
        last = i;
        wanted++;
    }
    cr_expect(wanted > 850 && wanted < 1150, "%d", wanted); /* 1000, five standard deviations */
    cr_expect(same_gaps < 50, "%d", same_gaps);
}

/* ---- on a connection ---- */

static struct stamps_errors errors;
static struct stamps stamps;
static struct stamp stamp;
static int fd, peer;

static void connect_both(void)
{
    struct net_address address;
    cr_assert_null(net_resolve(&address, "127.0.0.1", 0));
    int listenfd = net_socket(&address, 0);
    cr_assert(listenfd >= 0 && net_bind(listenfd, &address) == 0 && net_listen(listenfd, 1) == 0);
    cr_assert_eq(net_local_address(listenfd, &address), 0);
    cr_assert(stamps_init(&stamps, AF_INET, &errors), "%s", strerror(errno));
    fd = net_socket(&address, 0);
    cr_assert(fd >= 0 && net_connect(fd, &address) == 0);
    peer = accept(listenfd, NULL, NULL);
    cr_assert(peer >= 0);
    close(listenfd);
    stamps_prepare(&stamp, fd);
    cr_assert(stamp.ready);
}

static void disconnect_both(void)
{
    close(fd);
    close(peer);
    stamps_free(&stamps);
}

TestSuite(stamps_connection, .init = connect_both, .fini = disconnect_both, .timeout = 20);

static void send_plain(const char *text)
{
    ssize_t n = send(fd, text, strlen(text), 0);
    cr_assert_eq(n, (ssize_t)strlen(text));
    stamp.sent_bytes += (uint32_t)n;
}

static void send_sampled(const char *text)
{
    stamps_begin(&stamp, true, clock_now_ns());
    ssize_t n = stamps_send(&stamp, fd, text, strlen(text));
    cr_assert_eq(n, (ssize_t)strlen(text));
    stamp.sent_bytes += (uint32_t)n;
}

/* The kernel may stamp a moment after the send has returned. */
static void collect(void)
{
    while (!stamps_collect(&stamps, &stamp, fd))
        ;
}

Test(stamps_connection, only_sampled_sends_are_stamped)
{
    send_plain("0123456789");
    cr_expect_not(stamps_collect(&stamps, &stamp, fd));
    for (uint64_t i = 1; i <= 20; i++) {
        send_sampled("ask");
        collect();
        send_plain("ask again");
        cr_assert_not(stamps_collect(&stamps, &stamp, fd));
        cr_assert_eq(errors.send.count, i);
    }
    cr_expect_eq(errors.impossible, 0);
}

Test(stamps_connection, the_stamp_of_another_send_is_not_compared)
{
    stamp.sent_bytes += 2; /* as if two bytes had gone out that did not */
    send_sampled("ask");
    collect();
    cr_expect_eq(errors.send.count, 0);
}

static void ask_and_receive(void)
{
    char text[8];
    send_sampled("ask");
    cr_assert_eq(send(peer, "reply", 5, 0), 5);
    cr_assert_eq(stamps_receive(&stamp, fd, text, sizeof text), 5);
    cr_expect_arr_eq(text, "reply", 5);
}

/* The kernel begins to stamp what comes in a little after the first socket has asked for it. */
Test(stamps_connection, reads_are_compared_once)
{
    while (errors.receive.count == 0) {
        ask_and_receive();
        stamps_received(&stamps, &stamp, clock_now_ns());
        stamps_received(&stamps, &stamp, clock_now_ns());
    }
    cr_expect_eq(errors.receive.count, 1);
    cr_expect_eq(errors.impossible, 0);
}

Test(stamps_connection, a_broken_connection_has_no_stamps)
{
    struct linger reset = {.l_onoff = 1};
    char byte;
    cr_assert_eq(setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    close(peer);
    peer = -1;
    cr_expect_not(stamps_collect(&stamps, &stamp, fd));
    cr_expect(recv(fd, &byte, 1, 0) == -1 && errno == ECONNRESET, "the error is still there");
    stamps_prepare(&stamp, fd);
    cr_expect(!stamp.send_wanted && !stamp.receive_wanted);
}
