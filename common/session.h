/* session: one client's conversation, without its socket: bytes in, bytes out, a state.
 *
 * The session parses requests from the unread bytes of `in`, runs their commands, and appends the
 * replies to `out`. Whoever owns the socket moves the bytes: the blocking driver (serve.h) for a
 * model with a thread or a process for each client, an event loop for a multiplexed one. Both bufs
 * belong to that owner; the session keeps no pointer into them, so they may be lent scratch memory.
 *
 *     OPEN --- a whole request ---------------------> OPEN
 *       |----- replies fill `out` ------------------> FULL     send `out`, then run again
 *       |----- QUIT, a protocol error --------------> CLOSING  send `out`, linger, close
 *       |----- no memory for a reply ---------------> STARVED  send `out`, say so, linger
 * (parting.h)
 *       |----- HTTP --------------------------------> ABORTED  close, send nothing
 *
 * Invariants:
 *   1. Replies stand in `out` whole and in the order of their requests, one for each of them.
 *   2. After CLOSING, STARVED or ABORTED no byte of `in` is looked at again.
 *   3. In OPEN, `in` holds at most one incomplete request; all others are answered in `out`.
 *   4. The session never exits, blocks only in SLEEP, SPIN and where the store does, and touches
 *      no descriptor but those of the store and one through which INFO asks the kernel. DEBUG,
 *      where it is allowed, breaks all of this.
 *
 * One session belongs to one thread at a time. */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resp.h"

struct buf;
struct service;

enum session_state {
    SESSION_OPEN,
    SESSION_FULL,
    SESSION_CLOSING,
    SESSION_STARVED,
    SESSION_ABORTED
};

/* Replies are handed over when service.pending_bytes have gathered. This is the usual number:
 * enough for few, large sends; small enough that a client which asks for more than it reads costs
 * no more.
 */
enum { SESSION_FULL_BYTES = 65536 };

struct session {
    const struct service *service;
    struct resp_request request;
    enum session_state state;
    int version;   /* of RESP: 2, or 3 after HELLO 3 */
    int64_t id;    /* 0 until someone asks; see session_id */
    char *name;    /* CLIENT SETNAME; NULL for none */
    bool is_local; /* its client has a loopback address: whoever owns the socket says so, if asked
                      for by SERVICE_DEBUG_LOCAL; false at first */
};

/* A new conversation; *service must outlive it. Allocates nothing. */
void session_init(struct session *session, const struct service *service);

/* Ends it and frees what it holds. */
void session_free(struct session *session);

/* Runs every complete request of `in`, until there is no more or `out` is full. */
enum session_state session_run(struct session *session, struct buf *in, struct buf *out);

/* How many bytes the next read should have room for: a buffer's worth, or more for a long payload,
 * but never more than has already come: memory grows with the bytes, not with what is announced. */
size_t session_read_bytes(const struct session *session, const struct buf *in);

/* The number CLIENT ID and HELLO show: unique in this server, given at the first question. */
int64_t session_id(struct session *session);

#endif
