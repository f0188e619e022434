#include "reference_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "net.h"
#include "timeline.h"

enum { EVENTS = 64, ROOM_BYTES = 4096, BACKLOG = 1024 };
#define AWAKE_NS     (100 * CLOCK_US)
#define OLDEST_NS    (10 * CLOCK_S) /* no request waits longer: an older stamp is of another clock */
#define STOP_WAIT_NS (2 * CLOCK_S)

static const char request[] = "*1\r\n$4\r\nPING\r\n", reply[] = "+PONG\r\n";

struct peer {
    struct timeline_event event; /* the first member: in `owing` while a reply is due */
    int fd;
    size_t matched; /* bytes of the next request that are there */
    int owed;
};

/* The server's own process. */
struct station {
    struct reference_server_plan plan;
    struct reference_server_record *record;
    int epollfd, listenfd, stopfd, heardfd;
    struct timeline owing;
    int64_t freeze_at_ns;
    bool over;
};

/* ---- a request ---- */

static void drop(struct peer *p)
{
    timeline_remove(&p->event);
    close(p->fd);
    free(p);
}

/* When the kernel received what `message` brought, in the time of clock_now_ns. */
static int64_t arrival_ns(struct msghdr *message)
{
    int64_t now_ns = clock_now_ns(), real_ns = clock_of_ns(CLOCK_REALTIME);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        struct timespec stamp;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
        int64_t age_ns = real_ns - ((int64_t)stamp.tv_sec * CLOCK_S + stamp.tv_nsec);
        if (age_ns >= 0 && age_ns < OLDEST_NS)
            return now_ns - age_ns;
    }
    return now_ns;
}

/* False when they are of no PING. */
static bool match(struct peer *p, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != request[p->matched])
            return false;
        if (++p->matched == sizeof request - 1) {
            p->matched = 0;
            p->owed++;
        }
    }
    return true;
}

static void hear(struct station *s, int64_t now_ns)
{
    if (s->heardfd < 0)
        return;
    close(s->heardfd);
    s->heardfd = -1;
    if (s->plan.freeze_ns > 0)
        s->freeze_at_ns = now_ns + s->plan.freeze_after_ns;
}

static void receive(struct station *s, struct peer *p)
{
    char bytes[ROOM_BYTES];
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } control;
    struct iovec room = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &room,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(p->fd, &message, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || !match(p, bytes, (size_t)n)) {
        drop(p);
        return;
    }
    int64_t at_ns = arrival_ns(&message);
    hear(s, at_ns);
    if (p->owed > 0 && p->event.next == NULL)
        timeline_add(&s->owing, &p->event, at_ns + s->plan.delay_ns);
}

/* ---- replies ---- */

static void answer(struct station *s, struct peer *p, int64_t late_ns)
{
    timeline_remove(&p->event);
    for (; p->owed > 0; p->owed--) {
        if (send(p->fd, reply, sizeof reply - 1, MSG_NOSIGNAL) != (ssize_t)sizeof reply - 1) {
            shutdown(p->fd, SHUT_RDWR); /* its client is gone, or never reads: dropped when read */
            p->owed = 0;
            return;
        }
        s->record->answers++;
        s->record->late += late_ns > REFERENCE_SERVER_LATE_NS;
    }
}

static void answer_due(struct station *s)
{
    for (;;) {
        int64_t now_ns = clock_now_ns(), due_ns = timeline_first_ns(&s->owing);
        if (due_ns > now_ns)
            return;
        answer(s, (struct peer *)(void *)timeline_first(&s->owing), now_ns - due_ns);
    }
}

static void freeze(struct station *s)
{
    int64_t begin_ns = clock_now_ns();
    struct timespec until = clock_timespec(begin_ns + s->plan.freeze_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
    s->record->frozen_ns = clock_now_ns() - begin_ns;
    s->freeze_at_ns = INT64_MAX;
}

/* ---- the loop ---- */

static bool watch(struct station *s, int fd, void *as)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = as};
    return epoll_ctl(s->epollfd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void welcome(struct station *s)
{
    int fd = accept4(s->listenfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
    struct peer *p = calloc(1, sizeof *p);
    if (fd >= 0 && p != NULL && watch(s, fd, p)) {
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one); /* else stamped when read */
        p->fd = fd;
        return;
    }
    free(p);
    if (fd >= 0)
        close(fd);
}

static int wait_for(struct station *s, struct epoll_event events[EVENTS])
{
    int64_t now_ns = clock_now_ns(), wake_ns = timeline_first_ns(&s->owing) - AWAKE_NS;
    if (s->freeze_at_ns < wake_ns)
        wake_ns = s->freeze_at_ns;
    if (wake_ns > now_ns + CLOCK_S)
        wake_ns = now_ns + CLOCK_S;
    struct timespec timeout = clock_timespec(wake_ns > now_ns ? wake_ns - now_ns : 0);
    return epoll_pwait2(s->epollfd, events, EVENTS, &timeout, NULL);
}

static void serve(struct station *s)
{
    struct epoll_event events[EVENTS];
    while (!s->over) {
        int n = wait_for(s, events);
        if (clock_now_ns() >= s->freeze_at_ns)
            freeze(s);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL)
                s->over = true;
            else if (events[i].data.ptr == s)
                welcome(s);
            else
                receive(s, events[i].data.ptr);
            answer_due(s);
        }
        answer_due(s);
    }
}

/* In the child. Does not return. */
static void be_server(struct station *s)
{
    s->freeze_at_ns = INT64_MAX;
    timeline_init(&s->owing);
    prctl(PR_SET_TIMERSLACK, 1);
    s->epollfd = epoll_create1(EPOLL_CLOEXEC);
    if (s->epollfd < 0 || !watch(s, s->stopfd, NULL) || !watch(s, s->listenfd, s))
        _exit(1);
    serve(s);
    _exit(0);
}

/* ---- its parent ---- */

static int open_listener(uint16_t *port)
{
    struct net_address address;
    net_resolve(&address, "127.0.0.1", 0); /* numeric: always good */
    int fd = net_socket(&address, SOCK_NONBLOCK);
    if (fd >= 0 && net_bind(fd, &address) == 0 && net_listen(fd, BACKLOG) == 0 &&
        net_local_address(fd, &address) == 0) {
        *port = net_port(&address);
        return fd;
    }
    int open_errno = errno;
    if (fd >= 0)
        close(fd);
    errno = open_errno;
    return -1;
}

static void close_all(const int *fds, int count)
{
    int saved_errno = errno;
    for (int i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    errno = saved_errno;
}

static void forget(struct reference_server *s)
{
    int saved_errno = errno;
    if (s->record != MAP_FAILED)
        munmap(s->record, sizeof *s->record);
    errno = saved_errno;
}

bool reference_server_start(struct reference_server *s, const struct reference_server_plan *plan,
                            int cpu)
{
    enum { LISTEN, STOP_READ, STOP_WRITE, HEARD_READ, HEARD_WRITE, FDS };
    int fds[FDS] = {-1, -1, -1, -1, -1};
    *s = (struct reference_server){.record = mmap(NULL, sizeof *s->record, PROT_READ | PROT_WRITE,
                                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
    pid_t pid = -1;
    fds[LISTEN] = open_listener(&s->port);
    if (s->record != MAP_FAILED && fds[LISTEN] >= 0 && pipe2(fds + STOP_READ, O_CLOEXEC) == 0 &&
        pipe2(fds + HEARD_READ, O_CLOEXEC) == 0)
        pid = child_fork(&s->child, cpu);
    if (pid == 0) {
        struct station station = {.plan = *plan,
                                  .record = s->record,
                                  .listenfd = fds[LISTEN],
                                  .stopfd = fds[STOP_READ],
                                  .heardfd = fds[HEARD_WRITE]};
        close(fds[STOP_WRITE]); /* else its closing by the parent would not be the last */
        be_server(&station);
    }
    if (pid < 0) {
        close_all(fds, FDS);
        forget(s);
        return false;
    }
    close_all((int[]){fds[LISTEN], fds[STOP_READ], fds[HEARD_WRITE]}, 3);
    s->stopfd = fds[STOP_WRITE];
    s->heardfd = fds[HEARD_READ];
    return true;
}

bool reference_server_stop(struct reference_server *s, struct reference_server_record *record)
{
    close(s->stopfd);
    bool good = child_wait(&s->child, clock_now_ns() + STOP_WAIT_NS) == 0;
    close(s->heardfd);
    *record = *s->record;
    forget(s);
    return good;
}
