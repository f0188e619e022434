/* liar: a small server in threads of the test that answers history.h's clients, and once, when it
 * has been asked often enough, breaks one promise. Nothing of it is the product's.
 *
 * A thread serves each connection, so it ends when its clients have gone. */
#ifndef LIAR_H
#define LIAR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "server.h"

enum liar_fault {
    LIAR_HONEST,
    LIAR_LOSES_UPDATE,   /* two INCR find the same value */
    LIAR_UNDOES_UPDATE,  /* an INCR is answered, and afterwards was not */
    LIAR_ADDS_TWICE,     /* an INCR is done twice, and answered once */
    LIAR_READS_OLD,      /* a GET gives what was true long ago */
    LIAR_SWAPS_REPLIES,  /* of one connection */
    LIAR_MIXES_CLIENTS,  /* an ECHO has another client's payload */
    LIAR_DROPS_REPLY,    /* and goes on */
    LIAR_REPEATS_REPLY,  /* one comes twice */
    LIAR_SPEAKS_UNASKED, /* a byte more behind the last reply */
    LIAR_FORGETS_OWN,    /* a SET is answered and not done */
    LIAR_CANNOT_ADD,     /* a SUM is wrong */
    LIAR_ENDS_WITHIN_REPLY,
    LIAR_ENDS_UNANSWERED, /* an INCR is done, the connection ends in order, and no reply comes */
    LIAR_RESETS,          /* a connection, behind a whole reply */
    LIAR_FAILS,           /* an INCR is answered with an error */
    LIAR_MISCOUNTS,       /* INFO has a connection too few */
    LIAR_FAULTS
};

enum { LIAR_MOST_CONNECTIONS = 64, LIAR_OWN_KEYS = 64 };

struct liar {
    struct server server; /* for peer_connect and history_begin: only its address is filled in */
    enum liar_fault fault;
    int listenfd;
    pthread_t acceptor;
    pthread_t threads[LIAR_MOST_CONNECTIONS];
    int connections;
    pthread_mutex_t lock; /* of what follows */
    int64_t counter, own[LIAR_OWN_KEYS];
    int64_t asked[64]; /* requests so far, by the first letter of their name */
    int64_t commands, connected;
    bool has_lied;
};

/* Listens on a port of 127.0.0.1 that the system chooses. Fails the test if that is not possible.
 */
void liar_start(struct liar *l, enum liar_fault fault);

/* Ends it; call it when its clients are gone. */
void liar_stop(struct liar *l);

#endif
