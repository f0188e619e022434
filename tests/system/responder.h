/* responder: a server in a thread of the test, which answers as badly as a test wants it to.
 *
 * It serves one client after another and understands one request only: "ECHO {payload:64}" as the
 * client sends it, whose length is always the same, or one whose bytes are. To each it calls the
 * test's function, which sends what it likes. Nothing of it is the product's. */
#ifndef RESPONDER_H
#define RESPONDER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The request, and the right reply to it: the end of the request. */
#define RESPONDER_HEAD "*2\r\n$4\r\nECHO\r\n"
enum {
    RESPONDER_REPLY_BYTES = 5 + 64 + 2,
    RESPONDER_REQUEST_BYTES = sizeof RESPONDER_HEAD - 1 + RESPONDER_REPLY_BYTES
};

enum responder_next {
    RESPONDER_GO_ON,
    RESPONDER_CLOSE, /* this connection, in good order */
    RESPONDER_RESET, /* this connection, by RST */
    RESPONDER_DIE    /* this connection and the listening socket */
};

/* Answers one request on fd. `reply` is the right reply to an ECHO, which it may change; `number`
 * counts the requests from 0, over all connections. */
typedef enum responder_next responder_answer(int fd, char reply[RESPONDER_REPLY_BYTES],
                                             uint64_t number);

struct responder {
    uint16_t port;
    int listenfd;
    pthread_t thread;
    const char *request;      /* all bytes of the one it understands; NULL: ECHO */
    responder_answer *answer; /* NULL: every connection is closed before anything is read */
    uint64_t requests;        /* so far; to be read after responder_stop */
    bool strange;             /* something else than that request came */
    sem_t warm;               /* posted once, when 100 requests have been answered */
};

/* Listens on a port of 127.0.0.1 that the system chooses. Fails the test if that is not possible.
 */
void responder_start(struct responder *r, responder_answer *answer);

/* The same for another request than ECHO, of at most RESPONDER_REQUEST_BYTES. */
void responder_start_for(struct responder *r, const char *request, responder_answer *answer);

/* Ends it; call it when its clients are gone. */
void responder_stop(struct responder *r);

/* Sends all of it, or as much as the client takes. */
void responder_send(int fd, const void *bytes, size_t length);

#endif
