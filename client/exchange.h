/* exchange: one connection's turn: ask, wait, and be free again.
 *
 * In a closed loop a connection plans for itself; in the open shapes the plan hands arrivals to the
 * connection that has been free for longest.
 *
 *     paused --start--> waiting --all replies--> thinking --start--> waiting ...
 *     (free)               |                     (free)
 *                          | timeout, reset, ...    | end of the window
 *                          v                        v
 *                 thinking or pausing             ended
 *                      (free)
 *
 * With a pipeline the requests of one turn are sent together; each reply has the stamp of the read
 * that brought it, and the next turn begins when all have come. For a new connection the turn
 * begins with connect. All functions are called by the worker that owns the connection. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdint.h>

#include "conn.h"
#include "measure.h"

struct worker;

/* Before the first turn of a connection. In a closed loop that is due at once, or, when connections
 * think, somewhere within one thought, each at another moment: else all would ask in step for ever,
 * and the last of a crowd would be late. */
void exchange_begin(struct worker *w, struct conn *c, int64_t start_ns);

/* The connection's turn, which was due at c->due_ns and for which it was free at c->eligible_ns,
 * begins now; or it ends, when the plan has nothing more for it. It is in no timeline. `number` is
 * that of the turn among those of the plan, for the sample. */
void exchange_start(struct worker *w, struct conn *c, uint64_t number);

/* All is answered: the connection is free, and closed if it has asked often enough. */
void exchange_finish(struct worker *w, struct conn *c);

/* It was established at now_ns. */
void exchange_established(struct worker *w, struct conn *c, int64_t now_ns);

/* The connection is lost to `outcome`, for a reason or 0. */
void exchange_fail(struct worker *w, struct conn *c, enum outcome outcome, int failure_errno);

/* The same when send or recv has failed; ENOMEM is our own doing. */
void exchange_fail_io(struct worker *w, struct conn *c, int io_errno);

/* The replies did not come in time. */
void exchange_time_out(struct worker *w, struct conn *c);

/* It asks no more: closed, and whatever it waits for is counted as given up. */
void exchange_end(struct worker *w, struct conn *c);

#endif
