/* worker: one thread of the load: its connections, its epoll, its clock, its measure.
 *
 * The loop waits until a connection is ready or the next thing is due: a timeout, the end of a
 * thought, a full second, an end of the window. Each step of a request is in exchange.h. */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "conn.h"
#include "load.h"
#include "measure.h"
#include "pacer.h"
#include "timeline.h"

enum { WORKER_SCRATCH_BYTES = 256 << 10 };

enum worker_window { WINDOW_BEFORE, WINDOW_OPEN, WINDOW_CLOSED };

/* What a worker tells the main thread while it runs: written once a second, or on a change. */
struct worker_news {
    _Atomic uint64_t ok, failed, in_flight;
    _Atomic int connect_errno;
    _Atomic bool hopeless; /* none of its connections was ever established */
};

/* What the main thread tells the workers; shared by all of them. */
struct worker_control {
    pthread_mutex_t gate; /* held by the main thread until all workers may begin */
    int64_t start_ns;     /* set before the gate opens; 0: do not begin */
    _Atomic int stop;     /* 1: end the window, 2: end the drain too */
    int stopfd;           /* eventfd, written after `stop` is raised */
    int newsfd;           /* eventfd, written by a worker that is hopeless or at its end */
    _Atomic uint32_t running;
};

struct worker {
    const struct load *load;
    struct worker_control *control;
    struct worker_news news;
    pthread_t thread;

    int epollfd;
    struct conn *conns;
    uint32_t conns_count;
    uint32_t active;    /* connections that have not asked for the last time */
    uint32_t given_up;  /* connections that failed to connect several times in a row */
    bool established;   /* some connection once was */
    bool draining;      /* the window is over, nothing new starts */
    bool cut_off;       /* the drain is over too */
    uint64_t in_flight; /* requests without an outcome */
    int64_t now_ns;     /* the latest stamp */

    struct pacer pacer;
    struct timeline waiting;  /* for replies, by timeout */
    struct timeline thinking; /* by the moment the next request is due */
    struct timeline pausing;  /* after a failure to connect, or before the first request */

    char *scratch;                  /* what is received goes here first */
    struct buf out, word, expected; /* what is encoded and computed, empty between two uses */
    const struct buf *literal, *literal_reply; /* NULL when they differ, or must not be looked at */

    struct measure measure;
    enum worker_window window;
    struct histogram second; /* of the second that runs */
    int64_t second_begin_ns;
    int64_t mark_ns;  /* the window's next event: it opens, a second is full, it closes */
    int64_t close_ns; /* INT64_MAX in a window bounded by a number: it closes with the last reply */
    int64_t last_reply_ns;
    int64_t cpu_begin_ns;
    int64_t spun_ns; /* spent awake, waiting for a planned moment */
    long voluntary_begin, involuntary_begin;
};

/* Prepares a worker for `count` connections, of which the first has the number first_number, and
 * for `requests` of the window if the load is bounded by a number. False with errno: it holds
 * nothing. */
bool worker_init(struct worker *w, const struct load *load, struct worker_control *control,
                 uint32_t first_number, uint32_t count, uint64_t requests);
void worker_free(struct worker *w);

/* The thread; its argument is a struct worker *. */
void *worker_run(void *worker);

/* Opens the window, saves full seconds, closes the window: all that is due at now_ns >= mark_ns. */
void worker_mark(struct worker *w, int64_t now_ns);

/* Wakes the main thread. */
void worker_notify(struct worker *w);

#endif
