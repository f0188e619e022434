/* worker: one thread of the load: its connections, its epoll, its clock, its measure.
 *
 * The loop sends what is due, then waits until a connection is ready or the next thing is due: an
 * arrival of the plan, a timeout, the end of a thought, the end of an interval or of the window.
 * Each step of a request is in exchange.h and answer.h. */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "conn.h"
#include "control.h"
#include "counter.h"
#include "load.h"
#include "measure.h"
#include "pacer.h"
#include "plan.h"
#include "stamps.h"
#include "timeline.h"

enum { WORKER_SCRATCH_BYTES = 256 << 10 };

enum worker_window { WINDOW_BEFORE, WINDOW_OPEN, WINDOW_CLOSED };

struct worker {
    const struct load *load;
    struct worker_control *control;
    struct worker_news news;
    pthread_t thread;
    uint32_t number; /* from 0 */

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
    struct plan plan;         /* open shapes: what is due when */
    uint64_t turns;           /* closed loop: turns begun */
    struct timeline waiting;  /* for replies, by timeout */
    struct timeline thinking; /* by the moment the next request is due */
    struct timeline pausing;  /* after a failure to connect, or before the first request */
    struct timeline free;     /* open shapes: for an arrival; at_ns is since when */

    char *scratch;                  /* what is received goes here first */
    struct buf out, word, expected; /* what is encoded and computed, empty between two uses */
    const struct buf *literal, *literal_reply; /* NULL when they differ, or must not be looked at */

    struct measure measure;
    struct stamps stamps;   /* without a descriptor unless the load wants it */
    struct counter counter; /* replies to INCR on the watched key */
    enum worker_window window;
    struct histogram interval; /* of the interval that runs */
    int64_t interval_begin_ns;
    uint64_t pending_at_close;         /* requests without an outcome when the window closed */
    int64_t moment_ns, moment_step_ns; /* when to note the number under way, and how often */
    int64_t mark_ns;  /* the window's next event: it opens, an interval ends, it closes */
    int64_t close_ns; /* INT64_MAX in a window bounded by a number: it closes with the last reply */
    int64_t last_reply_ns;
    int64_t cpu_begin_ns;
    int64_t spun_ns; /* spent awake, waiting for a planned moment */
    long voluntary_begin, involuntary_begin;
};

/* Prepares the worker of this number for `count` connections, of which the first has the number
 * first_number, and for `requests` of the window if the load is bounded by a number. False with
 * errno: it holds nothing. */
struct worker_share {
    uint32_t number, first_number, count;
    uint64_t requests;
};
bool worker_init(struct worker *w, const struct load *load, struct worker_control *control,
                 struct worker_share share);
void worker_free(struct worker *w);

/* The thread; its argument is a struct worker *. */
void *worker_run(void *worker);

/* Requests that were due by now_ns and have no outcome: those under way, and about as many as the
 * plan has arrivals that still wait for a connection. */
double worker_pending(const struct worker *w, int64_t now_ns);

/* The number of the next turn in a closed loop, in the order of this worker's sending. */
uint64_t worker_next_number(struct worker *w);

/* Wakes the main thread. */
void worker_notify(struct worker *w);

#endif
