/* measure: all that one worker has measured, and the sum of what several have.
 *
 * Times of one request: the plan had it due at a; at e the first connection was free to carry it;
 * at s its first system call began (connect on a new connection, else send); at c its last byte was
 * read. In a closed loop a connection plans for itself, so e is a.
 *
 *     response       c - a    what someone who wanted the answer at a had to wait
 *     blocked        e - a    the part of it in which no connection was free: the server's doing,
 * or that of the number of connections we may have generator_lag  s - e    the part that this
 * client took service        c - s    the part that the server and the network took
 *
 * A request counts if it was due within the window. Its latency is known only when it was answered:
 * what never was, or not before its timeout, is recorded in `unanswered` with the time it had
 * waited by then, because leaving it out would make a server that stops answering look fast.
 *
 * A measure belongs to one thread; all zeros is an empty one without kinds. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "sample.h"
#include "series.h"
#include "stamps.h"

/* What became of a planned request; each has exactly one outcome. */
enum outcome {
    OUTCOME_OK,
    OUTCOME_ERROR_REPLY,    /* an error where none was expected */
    OUTCOME_MISMATCH,       /* not the reply to what was asked, or no RESP */
    OUTCOME_TIMEOUT,        /* no whole reply in time */
    OUTCOME_CONNECT_FAILED, /* refused, unreachable, or not established in time */
    OUTCOME_RESET,          /* the connection broke */
    OUTCOME_CLOSED_EARLY,   /* the server closed it in good order, before the whole reply */
    OUTCOME_IN_FLIGHT,      /* sent, and neither answered nor timed out when the run was cut off */
    OUTCOME_UNSENT,         /* planned, and never sent: too late, or we had no socket for it */
    OUTCOMES,
};

/* The names of the contract: "ok", "error_reply", ... */
extern const char *const outcome_names[OUTCOMES];

struct latency {
    struct histogram answered;
    struct histogram unanswered; /* how long each of those had waited when it was given up */
};

/* The requests of one kind. */
struct tally {
    uint64_t planned;
    uint64_t outcomes[OUTCOMES];
    uint64_t in_window; /* good replies that came within the window, whenever they were due */
    struct latency response, service;
};

enum { MEASURE_MOMENTS = 20 }; /* spread evenly over the window */

struct measure {
    uint32_t kinds_count;
    struct tally *kinds;
    uint64_t arrivals_sent; /* open shapes: arrivals that were sent within the window */
    uint64_t in_window;     /* good replies that came within the window, whenever they were due */
    struct latency blocked; /* unanswered: of arrivals that never got a connection */
    struct histogram generator_lag;
    struct histogram connect, first_byte, last_byte; /* of new connections, the latter two from when
                                                        their first request was due */
    struct stamps_errors kernel_stamps;
    struct series series;
    struct sample sample;
    double in_flight[MEASURE_MOMENTS]; /* requests that were due and had no outcome, then */
    uint32_t moments;                  /* of those that have passed */
    int connect_errno;                 /* of the last connection that failed, 0 for none */
    uint64_t sockets_missing;   /* attempts to connect for which we had no port, or no descriptor */
    uint64_t counter_unsettled; /* INCR on the watched key, sent, and nobody knows if it was done */
    int64_t covered_ns; /* of the connections' time within the window, what their answered requests,
                           the thoughts behind them and closing cover; for Little's law */
    int64_t cpu_ns, wall_ns; /* of the worker's thread within the window; added up in a sum. Waiting
                                awake for a planned moment is not counted as CPU time */
    int64_t stalled_ns;    /* the worker should have run, and did not; in a sum the worst of them */
    double cpu_busy_worst; /* the highest cpu_ns / wall_ns of any thread */
    uint64_t voluntary_switches, involuntary_switches;
    bool incomplete; /* memory ran out: some of it is missing */
};

/* An empty measure of so many kinds. False when memory is short: there is nothing to free. */
bool measure_init(struct measure *m, uint32_t kinds_count);

/* Adds `other`, which must have as many kinds. */
void measure_merge(struct measure *sum, const struct measure *other);
void measure_free(struct measure *m);

/* The sum over all kinds, written over *total. */
void measure_total(const struct measure *m, struct tally *total);

/* planned = the sum of all outcomes. If it does not hold, the program is wrong. */
bool tally_adds_up(const struct tally *t);

#endif
