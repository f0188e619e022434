/* poller: which of many descriptors are ready? Three system calls answer that, behind one
 * interface.
 *
 *     poller   the kernel is told of a descriptor   a wait costs time for         limit
 *     epoll    once, when it is added               those that are ready          memory
 *     poll     at each wait                         all that are watched          memory
 *     select   at each wait                         all numbers up to the highest FD_SETSIZE
 *
 * All are level-triggered: a descriptor is reported by each wait for as long as it is ready, so
 * whoever takes only a part of what is there hears of the rest again. Each file poller_*.c ends in
 * one constant.
 *
 * A poller belongs to one thread and must not be used across a fork. Functions that return int
 * return -1 with errno for a failure, after which nothing has changed. */
#ifndef POLLER_H
#define POLLER_H

#include <stdint.h>

/* What a descriptor is watched for: exactly one of the two. A hang-up or an error counts as both.
 */
enum poller_interest { POLLER_READ, POLLER_WRITE };

struct poller;

struct poller_impl {
    const char *name;    /* as in --poller=NAME */
    int descriptors_end; /* only those below it can be watched; 0: any */

    /* A poller that watches nothing, to be destroyed; NULL with errno. */
    struct poller *(*create)(void);
    void (*destroy)(struct poller *p); /* NULL is fine */

    /* Watches a descriptor that is not watched so far, and hands `owner`, which is not NULL, out
     * when it is ready. EINVAL: the descriptor is out of range. */
    int (*add)(struct poller *p, int fd, enum poller_interest interest, void *owner);

    /* Of one that is watched: something else from now on. */
    int (*change)(struct poller *p, int fd, enum poller_interest interest, void *owner);

    /* No longer: to be called before the descriptor is closed. No later wait reports it; an owner
     * that an earlier one has handed out is the caller's affair. */
    void (*remove)(struct poller *p, int fd);

    /* Waits until a descriptor is ready, a signal comes, or the time has passed, rounded up to
     * what the call can tell (epoll: milliseconds); 0 or less: looks only; INT64_MAX: no limit.
     * Returns how many owners now stand in ready[], each once, at most `most` (at least 1). If
     * there were more, the next waits report them before they report these again. 0 after a signal.
     */
    int (*wait)(struct poller *p, int64_t timeout_ns, void *ready[], int most);
};

extern const struct poller_impl poller_epoll, poller_poll, poller_select;

#endif
