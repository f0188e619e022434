/* Asks the kernel what the server's end of a connection has received, and how much of that its
 * program has not read yet: sock_diag(7), the interface behind ss(8), which finds one socket by its
 * addresses. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "peer.h"

/* The kernel's numbers; <netinet/tcp.h> has them, but cannot be included beside <linux/tcp.h>. */
enum { ESTABLISHED = 1, CLOSE_WAIT = 8 };

struct question {
    struct nlmsghdr header;
    struct inet_diag_req_v2 socket;
};

static void put_address(__be32 to[4], __be16 *port, const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
        memcpy(to, &in6->sin6_addr, sizeof in6->sin6_addr);
        *port = in6->sin6_port;
    } else {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)address;
        memcpy(to, &in4->sin_addr, sizeof in4->sin_addr);
        *port = in4->sin_port;
    }
}

static bool ask_about_other_end(struct question *q, int fd)
{
    struct sockaddr_storage here, there;
    socklen_t length = sizeof here;
    if (getsockname(fd, (struct sockaddr *)&here, &length) != 0)
        return false;
    length = sizeof there;
    if (getpeername(fd, (struct sockaddr *)&there, &length) != 0)
        return false;
    *q = (struct question){
        .header = {.nlmsg_len = sizeof *q,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST},
        .socket = {.sdiag_family = (__u8)here.ss_family,
                   .sdiag_protocol = IPPROTO_TCP,
                   .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                   .idiag_states = ~0u,
                   .id = {.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
    };
    put_address(q->socket.id.idiag_src, &q->socket.id.idiag_sport, &there);
    put_address(q->socket.id.idiag_dst, &q->socket.id.idiag_dport, &here);
    return true;
}

enum answer { TAKEN, NOT_YET, NO_ANSWER };

static enum answer read_answer(int netlink, uint64_t sent)
{
    _Alignas(struct nlmsghdr) char bytes[4096];
    ssize_t n = recv(netlink, bytes, sizeof bytes, 0);
    const struct nlmsghdr *header = (const struct nlmsghdr *)bytes;
    if (n < 0 || !NLMSG_OK(header, (size_t)n) || header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return NO_ANSWER;
    const struct inet_diag_msg *message = NLMSG_DATA(header);
    /* Once the server has closed, nobody reads there any more. */
    if (message->idiag_state != ESTABLISHED && message->idiag_state != CLOSE_WAIT)
        return NO_ANSWER;
    size_t left = header->nlmsg_len - NLMSG_LENGTH(sizeof *message);
    for (const struct rtattr *a = (const struct rtattr *)(message + 1); RTA_OK(a, left);
         a = RTA_NEXT(a, left)) {
        if (a->rta_type != INET_DIAG_INFO)
            continue;
        struct tcp_info info = {0};
        memcpy(&info, RTA_DATA(a), RTA_PAYLOAD(a) < sizeof info ? RTA_PAYLOAD(a) : sizeof info);
        bool taken = info.tcpi_bytes_received >= sent && message->idiag_rqueue == 0;
        return taken ? TAKEN : NOT_YET;
    }
    return NO_ANSWER;
}

bool peer_await_taken(struct peer *p)
{
    struct question q;
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink < 0 || !ask_about_other_end(&q, p->fd)) {
        close(netlink);
        return false;
    }
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    enum answer answer;
    do {
        if (send(netlink, &q, sizeof q, 0) < 0)
            answer = NO_ANSWER;
        else
            answer = read_answer(netlink, p->sent);
        if (answer == NOT_YET)
            sched_yield();
    } while (answer == NOT_YET && clock_now_ns() < deadline_ns);
    close(netlink);
    return answer == TAKEN;
}
