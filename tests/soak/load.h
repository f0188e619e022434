/* load: clients that ask without pause and check every reply.
 *
 * A client has one session after another. A session is a connection with a batch, or with many; a
 * batch is one request, or up to LOAD_PIPELINE in one send: PING, ECHO, SUM, BLOB, SET and GET of a
 * key of the client's own, INCR of the key that all count up. So every session comes to its end,
 * and a server with one client at a time can serve them all. */
#ifndef LOAD_H
#define LOAD_H

#include <pthread.h>

#include "soak.h"

enum { LOAD_CLIENTS = 4, LOAD_PIPELINE = 16 };

struct load {
    pthread_t thread;
    struct soak *soak;
    int number; /* of the client, from 0 on */
    uint64_t random;
    int64_t end_ns;      /* no session begins after that */
    bool may_be_refused; /* the server may be full: a session that hears nothing else is no fault */
    int64_t requests;    /* answered rightly */
    int64_t acknowledged, indeterminate;
    char fault[256]; /* the first thing that was wrong; "" */
};

/* LOAD_CLIENTS clients, until end_ns. False if there is no thread for one: none is started. */
bool load_start(struct load *loads, struct soak *s, int64_t end_ns, bool may_be_refused);

/* Awaits their end, adds up what they did, and tells what was wrong. */
void load_end(struct load *loads, struct soak *s);

/* The value behind ':' in an answer to INCR that begins at so many bytes in p->in; -1 if the
 * connection ended before it, or it is something else. *end is where it ends. */
int64_t load_await_number(struct peer *p, size_t at, size_t *end);

#endif
