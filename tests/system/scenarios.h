/* scenarios: what clients say and what they must hear, one row for each rule of the protocol.
 *
 * A row is bytes to send, the reply, and what becomes of the connection. The player takes a row in
 * several deliveries, because TCP keeps no message boundaries: whatever the split into segments,
 * the reply is the same. Rows that are Redis' own behaviour are played against a redis-server as
 * well, so that the table itself is under test; `ours` marks those that are not. */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include <stdbool.h>
#include <stddef.h>

#include "server.h"

enum scenario_end {
    KEPT,       /* the connection lives on and answers the next request */
    CLOSED,     /* the server closes it; in order, if there was anything to read before */
    HALF_CLOSED /* the client has ended its side behind the request: the reply, then end of file */
};

/* In a reply: any bytes, or none. */
#define ANY "\1"

struct scenario {
    const char *name;
    const char *request;
    size_t request_length;
    const char *reply;
    size_t reply_length;
    enum scenario_end end;
    bool ours;     /* not what a redis-server does */
    bool together; /* holds only when all of it arrives at once */
};

/* All rows; made at the first call. */
const struct scenario *scenarios(size_t *count);

enum delivery {
    WHOLE, /* in one send */
    BYTES, /* each byte awaited by the server's read before the next is sent */
    CUT,   /* in two reads, cut at every place, one after another */
    TWICE, /* the same request again in the same send */
    DELIVERIES
};
extern const char *const delivery_names[DELIVERIES];

/* Plays a row and returns NULL, or what went wrong, to be freed. Long rows pass at once where they
 * would take long and show nothing more. `lenient` allows for a server that breaks a connection
 * instead of closing it, which may destroy the end of its last reply. */
char *scenario_play(const struct scenario *row, enum delivery delivery, const struct server *server,
                    bool lenient);

/* All rows that leave the connection open, back to back in one stream. */
char *scenario_play_chain(const struct server *server);

#endif
