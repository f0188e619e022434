/* clients: the threads that serve a client now, so that the end can reach and await them all.
 *
 * Every thread is joined, though nobody waits for it while the server runs: a thread that ends
 * joins the one that ended before it, so at most one ended thread is ever unjoined, and the last is
 * joined by clients_await_end. The lock is held for a few instructions at a birth and at a death.
 *
 * clients_start and clients_await_end are for the accepting thread alone. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct server;

struct client {
    struct clients *all;
    struct client *previous, *next;
    pthread_t thread;
    int connfd;
};

struct clients {
    struct server *server;
    pthread_attr_t attributes;
    pthread_mutex_t lock;
    pthread_cond_t someone_left;
    struct client *first; /* under the lock, as all that follows */
    pthread_t last_ended;
    bool has_last_ended;
};

/* An empty set, whose threads get stacks of stack_bytes. Returns 0 or an errno. */
int clients_init(struct clients *clients, struct server *server, size_t stack_bytes);
void clients_destroy(struct clients *clients);

/* A new thread for that client; it serves, closes connfd, and leaves the set. Returns 0, or an
 * errno when there is no thread or memory for it: connfd is then still the caller's. */
int clients_start(struct clients *clients, int connfd);

/* After a stop signal: wakes those who wait for their client, until all have ended, and joins the
 * last. They end on their own by the end of the drain time (stop.h). */
void clients_await_end(struct clients *clients);

#endif
