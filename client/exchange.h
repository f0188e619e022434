/* exchange: one connection's turn: ask, wait, judge, record, and be free again.
 *
 *     paused --start--> waiting --all replies--> thinking --start--> waiting ...
 *                          |                        |
 *                          | timeout, reset, ...    | end of the window
 *                          v                        v
 *                 thinking or pausing             ended
 *
 * With a pipeline the requests of one turn are sent together; each reply has the stamp of the read
 * that brought it, and the next turn begins when all have come. For a new connection the turn
 * begins with connect. All functions are called by the worker that owns the connection. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdint.h>

struct worker;
struct conn;

/* The first turn of a connection: at once, or, when connections think, somewhere within one
 * thought, each at another moment: else all would ask in step for ever, and the last of a crowd
 * would be late. */
void exchange_begin(struct worker *w, struct conn *c, int64_t start_ns);

/* The connection's turn, which was due at c->due_ns, begins now; or it ends, when the plan has
 * nothing more for it. It is in no timeline. */
void exchange_start(struct worker *w, struct conn *c);

/* epoll has reported something. */
void exchange_ready(struct worker *w, struct conn *c, uint32_t events);

/* The replies did not come in time. */
void exchange_time_out(struct worker *w, struct conn *c);

/* It asks no more: closed, and whatever it waits for is counted as given up. */
void exchange_end(struct worker *w, struct conn *c);

#endif
