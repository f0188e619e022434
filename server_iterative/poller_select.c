/* select(2): descriptors as bits of a set, which has FD_SETSIZE of them. */
#include <errno.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>

#include "clock.h"
#include "poller.h"

struct poller {
    fd_set watched[2];        /* by interest */
    void *owners[FD_SETSIZE]; /* by descriptor; NULL: not watched */
    int end;                  /* one more than the highest that is watched */
    int next;                 /* where the next wait begins to collect */
};

static struct poller *create(void)
{
    return calloc(1, sizeof(struct poller));
}

static void destroy(struct poller *p)
{
    free(p);
}

static int change(struct poller *p, int fd, enum poller_interest interest, void *owner)
{
    FD_CLR(fd, &p->watched[POLLER_READ]);
    FD_CLR(fd, &p->watched[POLLER_WRITE]);
    FD_SET(fd, &p->watched[interest]);
    p->owners[fd] = owner;
    return 0;
}

static int add(struct poller *p, int fd, enum poller_interest interest, void *owner)
{
    if (fd < 0 || fd >= FD_SETSIZE) {
        errno = EINVAL;
        return -1;
    }
    if (fd >= p->end)
        p->end = fd + 1;
    return change(p, fd, interest, owner);
}

static void remove_descriptor(struct poller *p, int fd)
{
    FD_CLR(fd, &p->watched[POLLER_READ]);
    FD_CLR(fd, &p->watched[POLLER_WRITE]);
    p->owners[fd] = NULL;
    while (p->end > 0 && p->owners[p->end - 1] == NULL)
        p->end--;
}

/* Collects from where the last wait stopped, once around. A descriptor is in one of the sets. */
static int collect(struct poller *p, const fd_set *readable, const fd_set *writable, int left,
                   void *ready[], int most)
{
    int n = 0;
    for (int i = 0; i < p->end && left > 0 && n < most; i++) {
        if (p->next >= p->end)
            p->next = 0;
        if (FD_ISSET(p->next, readable) || FD_ISSET(p->next, writable)) {
            ready[n++] = p->owners[p->next];
            left--;
        }
        p->next++;
    }
    return n;
}

/* A hang-up or an error makes a descriptor both readable and writable for select. */
static int wait_ready(struct poller *p, int64_t timeout_ns, void *ready[], int most)
{
    fd_set readable = p->watched[POLLER_READ], writable = p->watched[POLLER_WRITE];
    struct timespec timeout = clock_timespec(timeout_ns > 0 ? timeout_ns : 0);
    int n = pselect(p->end, &readable, &writable, NULL, timeout_ns == INT64_MAX ? NULL : &timeout,
                    NULL);
    if (n < 0)
        return errno == EINTR ? 0 : -1;
    return collect(p, &readable, &writable, n, ready, most);
}

const struct poller_impl poller_select = {"select", FD_SETSIZE,        create,    destroy, add,
                                          change,   remove_descriptor, wait_ready};
