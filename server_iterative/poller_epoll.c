/* epoll(7): the kernel keeps the list of watched descriptors, and one of those that are ready. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "poller.h"

enum { MOST_EVENTS = 256 };

struct poller {
    int epollfd;
    struct epoll_event events[MOST_EVENTS];
};

static struct poller *create(void)
{
    struct poller *p = malloc(sizeof *p);
    if (p == NULL)
        return NULL;
    p->epollfd = epoll_create1(EPOLL_CLOEXEC);
    if (p->epollfd >= 0)
        return p;
    free(p);
    return NULL;
}

static void destroy(struct poller *p)
{
    if (p == NULL)
        return;
    close(p->epollfd);
    free(p);
}

/* EPOLLHUP and EPOLLERR are always watched. */
static int control(struct poller *p, int operation, int fd, enum poller_interest interest,
                   void *owner)
{
    struct epoll_event event = {.events = interest == POLLER_READ ? EPOLLIN : EPOLLOUT,
                                .data.ptr = owner};
    return epoll_ctl(p->epollfd, operation, fd, &event);
}

static int add(struct poller *p, int fd, enum poller_interest interest, void *owner)
{
    return control(p, EPOLL_CTL_ADD, fd, interest, owner);
}

static int change(struct poller *p, int fd, enum poller_interest interest, void *owner)
{
    return control(p, EPOLL_CTL_MOD, fd, interest, owner);
}

static void remove_descriptor(struct poller *p, int fd)
{
    epoll_ctl(p->epollfd, EPOLL_CTL_DEL, fd, NULL);
}

/* Rounded up: to wake a moment too early would mean to wait again for nothing. */
static int milliseconds(int64_t timeout_ns)
{
    if (timeout_ns <= 0)
        return 0;
    if (timeout_ns > INT_MAX * CLOCK_MS)
        return timeout_ns == INT64_MAX ? -1 : INT_MAX;
    return (int)((timeout_ns + CLOCK_MS - 1) / CLOCK_MS);
}

/* The kernel puts the descriptors that it has reported behind the others that are ready. */
static int wait_ready(struct poller *p, int64_t timeout_ns, void *ready[], int most)
{
    int n = epoll_wait(p->epollfd, p->events, most < MOST_EVENTS ? most : MOST_EVENTS,
                       milliseconds(timeout_ns));
    for (int i = 0; i < n; i++)
        ready[i] = p->events[i].data.ptr;
    return n < 0 && errno == EINTR ? 0 : n;
}

const struct poller_impl poller_epoll = {"epoll",           0,         create, destroy, add, change,
                                         remove_descriptor, wait_ready};
