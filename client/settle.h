/* settle: a request has its outcome; it is counted, and its times are recorded.
 *
 * Called by the worker that owns the connection. */
#ifndef SETTLE_H
#define SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "draw.h"
#include "measure.h"

struct worker;
struct conn;

/* The point from which a request of this connection is drawn. */
struct draw_point settle_point(const struct worker *w, const struct conn *c, uint64_t sequence);

/* `count` requests of this connection, from c->sequence on, are planned. */
void settle_planned(struct worker *w, struct conn *c, uint32_t count);

/* The first system call for them begins now, at c->start_ns. */
void settle_started(struct worker *w, struct conn *c, uint64_t number);

/* The oldest request under way has its outcome, at w->now_ns. */
void settle(struct worker *w, struct conn *c, enum outcome outcome);

/* All requests under way have this outcome, and no answer. */
void settle_all(struct worker *w, struct conn *c, enum outcome outcome);

/* An arrival of the plan never got a connection. */
void settle_unsent(struct worker *w, int64_t due_ns);

/* The part of a time that lies within the window, as far as the window's ends are known. */
int64_t settle_within_window(const struct worker *w, int64_t from_ns, int64_t to_ns);

#endif
