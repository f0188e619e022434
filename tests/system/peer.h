/* peer: one connection to a server, byte by byte in the test's hands.
 *
 * A peer never blocks in send or recv: while it waits for the one, it does the other, so neither
 * side can stall the other. What arrives is kept in `in`, from the first byte of the connection on
 * or since the last peer_forget. No function here asserts or prints, so threads of a test may each
 * have their own peers. Every wait ends after PATIENCE_S. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server.h"

enum peer_state {
    PEER_OPEN,
    PEER_ENDED, /* end of file: the server closed in order */
    PEER_RESET, /* the connection broke: ECONNRESET or EPIPE */
    PEER_SILENT /* patience ran out */
};

struct peer {
    int fd;
    enum peer_state state;
    char *in;
    size_t length, capacity;
    uint64_t sent; /* bytes, since the connection began */
};

/* False, with errno, if there is no connection. */
bool peer_connect(struct peer *p, const struct server *s);

/* Sends all of it unless the connection ends before. */
void peer_send(struct peer *p, const void *bytes, size_t length);
void peer_send_text(struct peer *p, const char *text);

/* Receives until `in` holds at least so many bytes, or ends with these, or until the server closes.
 * True if that is what happened. */
bool peer_await_length(struct peer *p, size_t length);
bool peer_await_ending(struct peer *p, const void *bytes, size_t length);
bool peer_await_end(struct peer *p);

/* Awaits that the server's program has taken all bytes sent so far out of its socket, so that what
 * is sent next comes with another read. False if the connection ended, or if the kernel does not
 * tell. */
bool peer_await_taken(struct peer *p);

/* Sends a request and receives a reply of known length; true if it is that reply. */
bool peer_ask(struct peer *p, const char *request, const char *reply);

void peer_forget(struct peer *p);     /* empties `in` */
void peer_half_close(struct peer *p); /* no more will be sent */
void peer_close(struct peer *p);      /* and frees it */
void peer_break(struct peer *p);      /* closes by RST, and frees it */

#endif
