/* invariants: what must be true of all that clients were told, whatever happened to the server.
 *
 * Each function looks at the histories of all clients of a server and adds a line to the findings
 * for each promise that was broken; no line is what must come out. They are pure: a test decides
 * what to do about it. The counter is taken to be 0 before the first client came.
 *
 * After Jepsen's counter checker (a read lies between what was acknowledged and what was
 * attempted), with what distinct replies of INCR tell besides. */
#ifndef INVARIANTS_H
#define INVARIANTS_H

#include <stddef.h>
#include <stdint.h>

#include "history.h"

struct findings {
    int count;
    char text[4096]; /* the first of them, a line each */
};

/* What is in the counter after the last client has gone: no less than was acknowledged, and no more
 * than that and all INCR whose outcome nobody knows. */
void invariants_counter(struct findings *f, const struct history *histories, size_t count,
                        int64_t final);

/* No value was told twice, none that was never reached; those missing from 1 to `final` are no more
 * than INCR without a reply. On each connection they rise. */
void invariants_distinct(struct findings *f, const struct history *histories, size_t count,
                         int64_t final);

/* In real time, over all connections: who asks after others were told n is told n by a GET, or more
 * than n by an INCR; and nobody is told of more than had been asked for by then. */
void invariants_order(struct findings *f, const struct history *histories, size_t count);

/* On each connection: a reply for each request, in their order, with its own payload, key and sum,
 * and not a byte more. A connection that was `cut`, one of those numbered in the list that -1 ends
 * (NULL: none), may end within a reply; every other one ends behind a whole one. */
void invariants_replies(struct findings *f, const struct history *histories, size_t count,
                        const int *cut);

/* Nobody but those in the list was disturbed: each reply came and was no error. */
void invariants_isolation(struct findings *f, const struct history *histories, size_t count,
                          const int *hit);

/* A server that has ended in good order: the counter is exactly what was acknowledged, so nothing
 * was done without an answer and no answer was for nothing; each connection ended in order behind a
 * whole reply. One that was never served may be reset: then nothing of it was done. */
void invariants_drain(struct findings *f, const struct history *histories, size_t count,
                      int64_t final);

/* What INFO says, when nobody is left but who asks for it. Since `before`, which is an earlier
 * INFO, these clients have come, and so many who asked. */
void invariants_account(struct findings *f, const struct history *histories, size_t count,
                        const char *before, const char *after, int askers);

#endif
