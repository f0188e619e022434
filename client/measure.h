/* measure: all that one worker has measured, and the sum of what several have.
 *
 * Times of one request: it was due at a, its first system call began at s (connect on a new
 * connection, else send), its last byte was read at c.
 *
 *     response       c - a    what someone who wanted the answer at a had to wait
 *     service        c - s    the part of it that the server and the network took
 *     generator_lag  s - a    the part that this client took
 *
 * A request counts if it was due within the window. Its latency is known only when it was answered:
 * what never was, or not before its timeout, is recorded in `unanswered` with the time it had
 * waited by then, because leaving it out would make a server that stops answering look fast.
 *
 * A measure belongs to one thread; all zeros is an empty one. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "series.h"

/* What became of a planned request; each has exactly one outcome. */
enum outcome {
    OUTCOME_OK,
    OUTCOME_ERROR_REPLY,    /* an error where none was expected */
    OUTCOME_MISMATCH,       /* not the reply to what was asked, or no RESP */
    OUTCOME_TIMEOUT,        /* no whole reply in time */
    OUTCOME_CONNECT_FAILED, /* refused, unreachable, no descriptor, or not established in time */
    OUTCOME_RESET,          /* the connection broke */
    OUTCOME_CLOSED_EARLY,   /* the server closed it in good order, before the whole reply */
    OUTCOME_IN_FLIGHT,      /* sent, and neither answered nor timed out when the run was cut off */
    OUTCOME_UNSENT,         /* planned, and never sent */
    OUTCOMES,
};

/* The names of the contract: "ok", "error_reply", ... */
extern const char *const outcome_names[OUTCOMES];

struct latency {
    struct histogram answered;
    struct histogram unanswered; /* how long each of those had waited when it was given up */
};

struct measure {
    uint64_t planned;
    uint64_t outcomes[OUTCOMES];
    uint64_t in_window; /* good replies that came within the window, whenever they were due */
    struct latency response, service;
    struct histogram generator_lag, connect, first_byte;
    struct series series;
    int connect_errno;  /* of the last connection that failed, 0 for none */
    int64_t covered_ns; /* of the connections' time within the window, what their answered requests
                           and the thoughts behind them cover; for Little's law */
    int64_t cpu_ns, wall_ns; /* of the worker's thread within the window; added up in a sum. Waiting
                                awake for a planned moment is not counted as CPU time */
    double cpu_busy_worst;   /* the highest cpu_ns / wall_ns of any thread */
    uint64_t voluntary_switches, involuntary_switches;
    bool incomplete; /* memory ran out: some of it is missing */
};

void measure_merge(struct measure *sum, const struct measure *other);
void measure_free(struct measure *m);

/* planned = the sum of all outcomes. If it does not hold, the program is wrong. */
bool measure_adds_up(const struct measure *m);

#endif
