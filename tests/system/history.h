/* history: what one client asked on one connection, and what it was told, for invariants.h to
 * judge.
 *
 * A client asks in batches, each sent at once: it adds to the counter `n` that all clients share
 * and reads it, sets and reads a key of its own, sends a payload that nobody else sends, and has a
 * sum made. It never repeats a request whose outcome it does not know. Nothing here asserts or
 * prints, so each thread of a test may have its own client. */
#ifndef HISTORY_H
#define HISTORY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peer.h"

enum history_request {
    HISTORY_INCR,    /* of the counter of all */
    HISTORY_GET,     /* of that */
    HISTORY_SET_OWN, /* to `argument` */
    HISTORY_GET_OWN, /* of what `argument` was set to just before */
    HISTORY_ECHO,
    HISTORY_SUM, /* which is `argument` */
    HISTORY_REQUESTS
};

/* Of each request exactly one. */
enum history_outcome {
    HISTORY_UNSENT,        /* the connection ended before the last byte of it was sent */
    HISTORY_INDETERMINATE, /* it was sent, and no reply came */
    HISTORY_ERROR,         /* an error was the reply */
    HISTORY_OK,
};

struct history_step {
    enum history_request request;
    enum history_outcome outcome;
    bool is_strange;     /* OK, but not a reply to this request: another form, another payload */
    int64_t argument;    /* see above */
    int64_t value;       /* the number in an OK reply, -1 where it was null */
    int64_t asked_ns;    /* before its first byte was sent */
    int64_t answered_ns; /* when its reply had been read; 0 without one */
};

enum history_end {
    HISTORY_LEFT,   /* the client had asked all it wanted, and closed */
    HISTORY_ENDED,  /* the server closed in order */
    HISTORY_BROKEN, /* the connection was reset */
    HISTORY_SILENT, /* a reply did not come in time */
};

struct history {
    int client;
    struct history_step *steps;
    size_t count, capacity;
    enum history_end end;
    size_t surplus; /* bytes behind the last whole reply that was waited for */
};

/* What all clients of a test have in common. */
struct history_plan {
    const struct server *server;
    int batches;         /* of HISTORY_REQUESTS requests each; 0: until `over` */
    int patience_ms;     /* for a reply */
    atomic_bool over;    /* set by the test: no further batch is begun */
    atomic_long replies; /* of all clients so far */
};

struct history_client {
    pthread_t thread;
    struct history_plan *plan;
    struct peer peer;
    struct history history;
};

/* Connects, and asks in a thread of its own. False, with errno, if there is no connection. */
bool history_begin(struct history_client *c, int number, struct history_plan *plan);

/* The same for one whose peer is connected, and has read all replies. */
bool history_go_on(struct history_client *c, int number, struct history_plan *plan);

/* Awaits its end; afterwards c->history is complete. */
void history_await(struct history_client *c);
void history_free(struct history *h);

/* How many steps had this request and this outcome. */
long history_count(const struct history *h, enum history_request request,
                   enum history_outcome outcome);

/* How many had this outcome. */
long history_count_all(const struct history *h, enum history_outcome outcome);

#endif
