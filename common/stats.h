/* stats: a server's counters, right for threads and for processes.
 *
 * They live in one anonymous shared mapping made before the first client, so that forked children
 * count into the same memory, and are atomic, so that threads may. A process that is killed in
 * mid-count leaves them whole. Who counts what: the accept loop counts connections and clients (a
 * child that crashes cannot forget to leave), the conversation counts commands and errors.
 *
 * Of worker processes each may be killed alone, at any moment, be it between accepting a client and
 * counting it. So it is noted at the worker, by one store, whether it has a client: that is what is
 * true. How many have one is counted beside, under a lock; when somebody has died in the middle of
 * a change the next one counts anew. */
#ifndef STATS_H
#define STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "gate.h"

enum stats_counter {
    STATS_CONNECTIONS,      /* accepted and given to a handler */
    STATS_REJECTED,         /* accepted and refused: over --max-clients or --max-per-address */
    STATS_PEAK_CLIENTS,     /* most clients at once */
    STATS_COMMANDS,         /* requests executed, failing ones included */
    STATS_ERROR_REPLIES,    /* of those, answered with an error */
    STATS_PROTOCOL_ERRORS,  /* clients cut off because they did not speak RESP */
    STATS_IDLE_TIMEOUTS,    /* clients cut off: no request for too long */
    STATS_REQUEST_TIMEOUTS, /* a request that began did not end in time */
    STATS_WRITE_TIMEOUTS,   /* a reply was not read in time */
    STATS_RESETS,           /* connections that ended by an error of the network or a RST */
    STATS_OUT_OF_MEMORY,    /* clients cut off because memory was short */
    STATS_ACCEPT_RETRIES,   /* accept failed for a reason of that client's own */
    STATS_ACCEPT_SHORTAGES, /* accept failed for want of descriptors or memory */
    STATS_SPAWN_FAILURES,   /* a thread or process could not be made */
    STATS_CHILDREN_KILLED,  /* child processes that died by a signal */
    STATS_CHILDREN_FAILED,  /* that ended by themselves, but with a status other than 0 */
    STATS_CPU_CHILDREN_US,  /* CPU time of children that were reaped */
    STATS_SHOWN,            /* the counters above are shown at the end, in this order */

    STATS_CLIENTS = STATS_SHOWN, /* connected now, but for those of worker processes */
    STATS_LAST_CLIENT_ID,
    STATS_PAUSING,        /* who pauses now before another accept, because something is short */
    STATS_LEFT_TO_ACCEPT, /* of a stopping server: clients in its accept queue that it still serves;
                             STATS_NOT_STOPPING before that */
    STATS_COUNTERS,
};

#define STATS_NOT_STOPPING INT64_MIN

/* One of a fixed number of threads or processes, on a cache line of its own. A process that takes
 * the place of another goes on with its counter. */
struct stats_worker {
    _Alignas(64) _Atomic int64_t connections; /* that it took */
    bool has_client;                          /* a process has, which may be killed alone */
};

struct stats {
    _Atomic int64_t counter[STATS_COUNTERS];
    struct diag_limit shortage_told; /* of those who accept, however many: here for them all */
    struct diag_limit memory_told;   /* of those who serve */
    struct gate gate;
    _Atomic int64_t with_workers; /* how many workers have a client */
    int workers;
    struct stats_worker worker[];
};

/* Zeroed counters in shared memory, with so many workers, or NULL with errno. */
struct stats *stats_create(int workers);
void stats_destroy(struct stats *stats);

/* "connections", "rejected", ...: as in the served line. For shown counters. */
const char *stats_name(enum stats_counter counter);

/* Adds n, which may be negative; returns the new value. */
static inline int64_t stats_add(struct stats *stats, enum stats_counter counter, int64_t n)
{
    return atomic_fetch_add_explicit(&stats->counter[counter], n, memory_order_relaxed) + n;
}

static inline int64_t stats_get(struct stats *stats, enum stats_counter counter)
{
    return atomic_load_explicit(&stats->counter[counter], memory_order_relaxed);
}

/* A worker, from 0 on, has taken a connection. */
static inline void stats_worker_took(struct stats *stats, int worker)
{
    atomic_fetch_add_explicit(&stats->worker[worker].connections, 1, memory_order_relaxed);
}

static inline int64_t stats_worker_connections(struct stats *stats, int worker)
{
    return atomic_load_explicit(&stats->worker[worker].connections, memory_order_relaxed);
}

/* One client more, and the peak raised if that is a new one; false, and nothing changed, if there
 * are `most` already. However many accept at the same time, there are never more. */
bool stats_client_came(struct stats *stats, int64_t most);
void stats_client_left(struct stats *stats);

/* The same where a worker has the client, which is a process and has one at a time. Who has died is
 * told to have left by its parent. True if it had one. Either takes a lock for less than a
 * microsecond. */
bool stats_worker_came(struct stats *stats, int worker, int64_t most);
bool stats_worker_left(struct stats *stats, int worker);

/* How many are connected now, whoever has them. */
int64_t stats_clients(struct stats *stats);

#endif
