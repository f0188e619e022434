/* poll(2): the whole list of descriptors goes to the kernel and back at each wait. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "poller.h"

enum { FIRST_CAPACITY = 64 };

struct poller {
    struct pollfd *watched; /* without gaps, in no order */
    void **owners;          /* of the descriptor at the same index */
    int count, capacity;
    int *index_of; /* by descriptor; meaningful for those that are watched */
    int index_end;
    int next; /* where the next wait begins to collect */
};

static struct poller *create(void)
{
    return calloc(1, sizeof(struct poller));
}

static void destroy(struct poller *p)
{
    if (p == NULL)
        return;
    free(p->watched);
    free(p->owners);
    free(p->index_of);
    free(p);
}

/* Doubles an array until it has `needed` elements: its new capacity, or -1. */
static int grow(void **array, size_t element_bytes, int capacity, int needed)
{
    int larger = capacity > 0 ? capacity : FIRST_CAPACITY;
    while (larger < needed)
        larger *= 2;
    void *moved = realloc(*array, (size_t)larger * element_bytes);
    if (moved == NULL)
        return -1;
    *array = moved;
    return larger;
}

/* Room for one more, with that number. What has grown when the rest fails stays so. */
static int make_room(struct poller *p, int fd)
{
    if (fd >= p->index_end) {
        void *index_of = p->index_of;
        int end = grow(&index_of, sizeof *p->index_of, p->index_end, fd + 1);
        p->index_of = index_of;
        if (end < 0)
            return -1;
        p->index_end = end;
    }
    if (p->count < p->capacity)
        return 0;
    void *watched = p->watched, *owners = p->owners;
    int capacity = grow(&watched, sizeof *p->watched, p->capacity, p->count + 1);
    p->watched = watched;
    if (capacity < 0 || grow(&owners, sizeof *p->owners, p->capacity, p->count + 1) < 0)
        return -1;
    p->owners = owners;
    p->capacity = capacity;
    return 0;
}

static short events_of(enum poller_interest interest)
{
    return interest == POLLER_READ ? POLLIN : POLLOUT;
}

static int add(struct poller *p, int fd, enum poller_interest interest, void *owner)
{
    if (fd < 0) {
        errno = EINVAL;
        return -1;
    }
    if (make_room(p, fd) != 0)
        return -1;
    p->watched[p->count] = (struct pollfd){.fd = fd, .events = events_of(interest)};
    p->owners[p->count] = owner;
    p->index_of[fd] = p->count++;
    return 0;
}

static int change(struct poller *p, int fd, enum poller_interest interest, void *owner)
{
    p->watched[p->index_of[fd]].events = events_of(interest);
    p->owners[p->index_of[fd]] = owner;
    return 0;
}

/* The last one takes its place. */
static void remove_descriptor(struct poller *p, int fd)
{
    int gap = p->index_of[fd], last = --p->count;
    p->watched[gap] = p->watched[last];
    p->owners[gap] = p->owners[last];
    p->index_of[p->watched[gap].fd] = gap;
}

/* Collects from where the last wait stopped, once around. */
static int collect(struct poller *p, int left, void *ready[], int most)
{
    int n = 0;
    for (int i = 0; i < p->count && left > 0 && n < most; i++) {
        if (p->next >= p->count)
            p->next = 0;
        if (p->watched[p->next].revents != 0) {
            ready[n++] = p->owners[p->next];
            left--;
        }
        p->next++;
    }
    return n;
}

static int wait_ready(struct poller *p, int64_t timeout_ns, void *ready[], int most)
{
    struct timespec timeout = clock_timespec(timeout_ns > 0 ? timeout_ns : 0);
    int n = ppoll(p->watched, (nfds_t)p->count, timeout_ns == INT64_MAX ? NULL : &timeout, NULL);
    if (n < 0)
        return errno == EINTR ? 0 : -1;
    return collect(p, n, ready, most);
}

const struct poller_impl poller_poll = {
    "poll", 0, create, destroy, add, change, remove_descriptor, wait_ready};
