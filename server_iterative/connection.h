/* connection: the clients of an event loop: what each waits for, and what is done when it comes.
 *
 * A client gets a turn when its socket is ready for what it waits for, or when its time is up. A
 * turn never blocks and moves a bounded number of bytes, so that no client starves another: it
 * reads once and lets the session answer what came, or sends once. (Only a handler may take long.)
 *
 *     state      waits for            its time          then
 *     IDLE       the next request     idle timeout      answers it
 *     REQUEST    the rest of one      request timeout   the same; counts from its first byte
 *     WRITING    room for replies     write timeout     sends them, and answers what was left over
 *     LINGERING  the client's end     a second          drops what it still sends
 *
 *     IDLE, REQUEST --- unsent replies, or requests left over -------> WRITING
 *     WRITING --- all is sent ----------------------------------------> IDLE, REQUEST
 *     any of them --- QUIT, protocol error, or stop: what came is read -> LINGERING
 *     any of them --- no memory, all replies before are sent: told so --> LINGERING
 *     any --- end of file, error, its time is up ----------------------> closed
 *
 * A client with unsent replies is not read, and its session does not run: what the server holds for
 * it is at most --max-pending and the one reply that exceeded them, and requests that came
 * with one read. Its time is up only if a last try finds nothing: after a stall of the whole server
 * what has come in the meantime is answered.
 *
 * An idle client holds no buffer: all read into one area and answer into another, both the loop's,
 * and only what cannot be finished within the turn is copied to memory of the client's own. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "deadline.h"
#include "poller.h"
#include "session.h"

struct server;

enum connection_state {
    CONNECTION_IDLE,
    CONNECTION_REQUEST,
    CONNECTION_WRITING,
    CONNECTION_LINGERING,
    CONNECTION_STATES
};

/* About 450 bytes. */
struct connection {
    struct deadline deadline; /* first: see owner_of in connection.c */
    int connfd;
    enum connection_state state;
    enum poller_interest interest;
    enum session_state said; /* by the last run of the session */
    bool progress;           /* this turn finished something: its time begins anew */
    int left_bytes;          /* that are still read when the server stops; -1: not known */
    struct buf in, out;      /* between turns: what is left, in memory of their own */
    struct session session;
};

/* A read takes up to CONNECTION_READ_BYTES of requests. One that continues a long request, and a
 * send, move up to CONNECTION_TURN_BYTES. */
enum { CONNECTION_READ_BYTES = 16384, CONNECTION_TURN_BYTES = 131072 };

/* All of one loop. */
struct connections {
    struct server *server;
    const struct poller_impl *poller;
    struct poller *watched;
    struct deadline_list waiting[CONNECTION_STATES];
    int64_t count;
    char in_bytes[2 * CONNECTION_READ_BYTES]; /* a short rest, and a read behind it */
    char out_bytes[2 * SESSION_FULL_BYTES];   /* replies until they are full, mostly the last too */
};

/* Nobody yet. Returns 0, or -1 with errno. The listener may be added to all->watched. */
int connections_init(struct connections *all, struct server *server,
                     const struct poller_impl *poller);

/* Closes those that are left, at once, and gives everything back. */
void connections_destroy(struct connections *all);

/* Takes a client that server_accept_now handed out, or refuses it for want of memory. */
void connections_open(struct connections *all, int connfd);

/* Its socket is ready, or its time is up. *c may be gone afterwards. */
void connection_turn(struct connections *all, struct connection *c);

/* A turn for each whose time is up at now_ns. */
void connections_expire(struct connections *all, int64_t now_ns);

/* The server stops: a turn for each that is read. Called again and again it leaves nobody IDLE or
 * in a REQUEST: what is in a client's socket at its first turn since the stop is answered, later
 * bytes are not. (To read until there is nothing would never end: while the loop serves the others,
 * a busy client has time to send more.) */
void connections_drain(struct connections *all);

/* When the next call of expire or drain is due; INT64_MAX: not before something happens. */
int64_t connections_next_ns(const struct connections *all);

#endif
