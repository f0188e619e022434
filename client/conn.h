/* conn: one non-blocking connection to the server, and what is under way on it.
 *
 * The functions here make the system calls and know nothing of windows or statistics. A connection
 * is registered for reading from its first moment to its last; only when a send was short is it
 * registered for writing too, until the rest is out. Connecting needs no extra round: the first
 * send is tried at once, and on the loopback it nearly always succeeds.
 *
 * Memory: an idle connection holds no buffer at all. One scratch area lent by the worker receives
 * for all its connections; only a reply that came in part is moved to memory of the connection.
 *
 * A connection belongs to one worker, and so to one thread. */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "net.h"
#include "resp.h"
#include "stamps.h"
#include "timeline.h"

enum conn_state {
    CONN_CLOSED,
    CONN_CONNECTING, /* connect is under way; what is to be sent waits in `out` */
    CONN_OPEN,
};

struct conn {
    struct timeline_event event; /* its timeout while it waits for replies, else its next turn, or
                                    since when it has been free */
    int fd;
    enum conn_state state;
    bool writable_wanted; /* registered for EPOLLOUT */
    bool busy;            /* a turn is under way */
    bool counts;          /* the requests under way belong to the window */
    bool first_reply;     /* no byte has come on this connection yet */
    bool first_turn;      /* its first requests are under way */
    bool sampled;         /* the request under way is in the sample, as `sample_number` */
    bool counter_seen;    /* `counter` is the last reply to INCR on the watched key */
    bool unasked;         /* bytes came that no request asked for */
    bool partial;         /* `parser` has seen a part of the reply at the head of `in` */
    bool ended;           /* it has asked for the last time */
    uint32_t number;      /* from 0, over all workers */
    uint32_t awaited;     /* replies still to come */
    uint32_t failures;    /* attempts to connect since the last that succeeded */
    uint64_t sequence;    /* of the next request, over all connections of this number */
    uint64_t asked;       /* requests on this connection */
    uint64_t answered;    /* good replies of the window */
    uint64_t sample_number;
    int64_t counter;
    int64_t due_ns;      /* of the requests under way: when they were due, */
    int64_t eligible_ns; /* when this connection could first have carried them, */
    int64_t start_ns;    /* and when their first system call began */
    struct resp_reply parser;
    struct stamps *stamps; /* the worker's; NULL: not wanted */
    struct stamp stamp;
    struct buf in, out; /* the rest of what came, of what is to go; mostly without memory */
};

enum conn_io {
    CONN_DONE,  /* send: all is out; receive: bytes came */
    CONN_AGAIN, /* nothing now: epoll will tell */
    CONN_END,   /* receive: the server closed in good order */
    CONN_ERROR, /* errno says why; the connection is of no use any more */
};

void conn_init(struct conn *c, uint32_t number);

/* How connections are made. */
struct conn_manner {
    const struct net_address *target;
    const struct net_address *source; /* NULL: the system chooses */
    bool close_by_rst;                /* our close sends RST */
};

/* Makes a socket and begins to connect; *established_ns is when connect() returned. Its state is
 * then CONN_CONNECTING, and conn_send comes next. False with errno: it stays closed. */
bool conn_open(struct conn *c, const struct conn_manner *manner, int64_t *established_ns);

/* True for an errno of conn_open that is our own shortage: no port or no descriptor is left. */
bool conn_is_shortage(int open_errno);

/* Sends. What does not go out now is copied, and conn_flush continues with it when epoll reports
 * the connection as writable. The first success makes it CONN_OPEN. */
enum conn_io conn_send(struct conn *c, int epollfd, const char *bytes, size_t length);
enum conn_io conn_flush(struct conn *c, int epollfd);

/* One recv to the end of c->in, which is first set over the scratch area when it has no memory; the
 * caller ends that loan (buf_keep, buf_free) before the scratch area is used again. */
enum conn_io conn_receive(struct conn *c, char *scratch, size_t scratch_bytes);

/* Closes, forgets the turn under way and gives all memory back. Numbers and counts stay. */
void conn_close(struct conn *c);

#endif
