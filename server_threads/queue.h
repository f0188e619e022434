/* queue: a bounded queue of connected sockets, between who accepts and who serves.
 *
 * First in, first out. Who puts into a full queue waits for room, who takes from an empty one waits
 * for a socket; nothing is dropped. Two semaphores count the free slots and the sockets, a mutex
 * guards the ring for the few instructions of a move. No operation makes a system call unless it
 * must wait or somebody waits for it, and then one sleeper is woken, not all.
 *
 * Semaphores and not condition variables, because a wait for a semaphore ends when a signal comes:
 * so the thread that puts hears of a stop (stop.h) though the queue is full.
 *
 * Any number of threads may put and take at once. The queue never closes a socket. */
#ifndef QUEUE_H
#define QUEUE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

struct queue {
    sem_t slots;          /* free ones */
    sem_t sockets;        /* that can be taken; and, once closed, one more: the end */
    pthread_mutex_t lock; /* over all that follows */
    int *ring;
    size_t capacity, first, length;
};

/* An empty queue for at most `capacity` sockets, 1 or more. Returns 0, or an errno and nothing. */
int queue_init(struct queue *queue, size_t capacity);

/* When no thread uses it any more. */
void queue_destroy(struct queue *queue);

/* Waits for room and puts the socket behind the others. False if a signal came first: the socket is
 * still the caller's, who looks what the signal was for and tries again. */
bool queue_put(struct queue *queue, int connfd);

/* Waits for a socket and takes the first. -1 if the queue is closed and empty. Signals do not end
 * the wait. */
int queue_take(struct queue *queue);

/* No more will be put: those who wait take what is left, and then all get -1. Once. */
void queue_close(struct queue *queue);

#endif
