/* clients: the threads that serve a client now, so that the end can reach and await them all.
 *
 * Every thread is joined, though nobody waits for it while the server runs: a thread that ends
 * joins the one that ended CLIENTS_UNJOINED before it. That one has long gone, so the join does not
 * wait; no more than so many ended threads are ever unjoined, and clients_await_end joins those.
 * The lock is held for a few instructions when a client comes and when it leaves.
 *
 * clients_start and clients_await_end are for the accepting thread alone. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <pthread.h>
#include <stddef.h>

struct server;

enum { CLIENTS_UNJOINED = 16 };

struct client {
    struct clients *all;
    struct client *previous, *next;
    pthread_t thread;
    int connfd;
};

struct clients {
    struct server *server;
    pthread_attr_t attributes;
    pthread_mutex_t lock; /* over all that follows */
    pthread_cond_t someone_left;
    struct client *first; /* the threads that run */
    size_t unfinished;    /* those, and the threads just created */
    size_t ended;         /* threads that ended since the start; the last few are unjoined: */
    pthread_t unjoined[CLIENTS_UNJOINED];
};

/* An empty set, whose threads get stacks of stack_bytes. Returns 0 or an errno. */
int clients_init(struct clients *clients, struct server *server, size_t stack_bytes);
void clients_destroy(struct clients *clients);

/* A new thread for that client; it serves, closes connfd, and leaves the set. Returns 0, or an
 * errno when there is no thread or memory for it: connfd is then still the caller's. */
int clients_start(struct clients *clients, int connfd);

/* After a stop signal: wakes those who wait for their client, until all have ended, and joins the
 * last ones. They end on their own by the end of the drain time (stop.h). */
void clients_await_end(struct clients *clients);

#endif
