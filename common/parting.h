/* parting: how conversations end, for whoever drives them: the blocking driver, or an event loop.
 *
 * A fault is mostly the client's, or of the way to it: it is counted in the statistics, and told on
 * standard error only to who asks (--verbose). */
#ifndef PARTING_H
#define PARTING_H

#include <stdint.h>

#include "clock.h"
#include "stats.h"

struct session;

/* After an error line or QUIT, and when the server stops, our side ends first (shutdown), and the
 * client is given this long to end its own. What it still sends is read and dropped: closing with
 * unread bytes would send RST, which can destroy the last reply. */
#define PARTING_LINGER_NS CLOCK_S

/* How long the blocking driver lingers now: PARTING_LINGER_NS, but while the server stops at most a
 * part of what is left of the drain time, the smaller the more others there are. Where clients take
 * turns, those who do not end can so never use up the time of who comes after them. */
int64_t parting_linger_ns(struct stats *stats);

/* Notes why a client is cut off: STATS_IDLE_TIMEOUTS, _REQUEST_TIMEOUTS, _WRITE_TIMEOUTS,
 * _OUT_OF_MEMORY, or STATS_RESETS, which is an error of the socket that errno tells. A want of
 * memory is the server's own: it is also told to who does not ask, at most once a second. */
void parting_note(struct stats *stats, int connfd, enum stats_counter fault);

/* Notes STATS_OUT_OF_MEMORY and tells the client by an error line, if the socket takes it at once.
 * For a client to whom all replies have been sent whole. Allocates nothing. The connection is then
 * to be ended as after any error line. */
void parting_no_memory(struct stats *stats, int connfd);

/* Tells, once its conversation is over, of a client that did not speak RESP. The session has
 * counted it. */
void parting_note_session(const struct session *session, int connfd);

#endif
