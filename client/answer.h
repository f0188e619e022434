/* answer: what comes back on a connection: received, taken apart, judged, settled.
 *
 * Called by the worker that owns the connection. */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdint.h>

struct worker;
struct conn;

/* epoll has reported something. */
void answer_ready(struct worker *w, struct conn *c, uint32_t events);

#endif
