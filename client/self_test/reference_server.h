/* reference_server: a server of which the latency is known, to measure the client with.
 *
 * A process of its own with one thread. It answers each PING exactly a fixed time after it came in,
 * and can freeze once. "Came in" is the moment at which the kernel received it (SO_TIMESTAMPNS), so
 * that what this process takes to wake up is not in the answer's time, as long as it is less than
 * the delay; where the kernel stamps nothing, it is the moment of reading. Any other request ends
 * the connection. Requests that come while a reply of their connection is due are answered with it.
 *
 * It sleeps until shortly before a reply is due and spends the rest awake; when it was late all the
 * same, it tells. */
#ifndef REFERENCE_SERVER_H
#define REFERENCE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "child.h"

/* When a reply is called late. */
#define REFERENCE_SERVER_LATE_NS INT64_C(50000)

struct reference_server_plan {
    int64_t delay_ns;        /* from a request to its reply */
    int64_t freeze_after_ns; /* this long after the first request of all ... */
    int64_t freeze_ns;       /* ... nothing is read or answered for so long; 0: it never freezes */
};

struct reference_server_record {
    uint64_t answers, late; /* replies sent, and those of them sent late, for whatever reason */
    int64_t frozen_ns;      /* how long it was frozen, measured */
};

struct reference_server {
    struct child child;
    uint16_t port; /* of 127.0.0.1 */
    int heardfd;   /* end of file from the first request on, or when the server has ended */
    int stopfd;    /* the server ends when this is closed */
    struct reference_server_record *record; /* shared with it */
};

/* Clients may connect when this returns. False with errno: there is nothing to stop. */
bool reference_server_start(struct reference_server *s, const struct reference_server_plan *plan,
                            int cpu);

/* Ends and reaps it. False when it did not end well: *record is then not to be relied on. */
bool reference_server_stop(struct reference_server *s, struct reference_server_record *record);

#endif
