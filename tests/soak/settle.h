/* settle: once everybody has left, the server must be as it was, and its counters must tell what
 * happened. */
#ifndef SETTLE_H
#define SETTLE_H

#include "soak.h"

/* After the start: the server has given long replies to many, every worker has served a client that
 * used the store, and what the server then holds without clients is the base. */
void settle_base(struct soak *s);

/* After a round, with no client left: a new client is answered; the server's counters and its state
 * agree with what was done; it holds no more than the base. Each but the first is awaited for up to
 * SETTLE_S. Returns what it holds. */
enum { SETTLE_S = 5 };
struct holdings settle_check(struct soak *s);

/* The last of these alone: awaits that the server holds no more than the base, its clients having
 * left; a violation if it does. */
struct holdings settle_holdings(struct soak *s);

#endif
