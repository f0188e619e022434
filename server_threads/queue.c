#include "queue.h"

#include <errno.h>
#include <stdlib.h>

int queue_init(struct queue *queue, size_t capacity)
{
    *queue = (struct queue){.capacity = capacity};
    if (sem_init(&queue->slots, 0, (unsigned)capacity) != 0 || sem_init(&queue->sockets, 0, 0) != 0)
        return errno;
    queue->ring = calloc(capacity, sizeof *queue->ring);
    if (queue->ring == NULL)
        return ENOMEM;
    int failure = pthread_mutex_init(&queue->lock, NULL);
    if (failure != 0)
        free(queue->ring);
    return failure;
}

void queue_destroy(struct queue *queue)
{
    pthread_mutex_destroy(&queue->lock);
    sem_destroy(&queue->slots);
    sem_destroy(&queue->sockets);
    free(queue->ring);
}

bool queue_put(struct queue *queue, int connfd)
{
    if (sem_wait(&queue->slots) != 0)
        return false;
    pthread_mutex_lock(&queue->lock);
    queue->ring[(queue->first + queue->length++) % queue->capacity] = connfd;
    pthread_mutex_unlock(&queue->lock);
    sem_post(&queue->sockets);
    return true;
}

/* The first socket; -1 if there is none. */
static int move_out(struct queue *queue)
{
    int connfd = -1;
    pthread_mutex_lock(&queue->lock);
    if (queue->length > 0) {
        connfd = queue->ring[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->length--;
    }
    pthread_mutex_unlock(&queue->lock);
    return connfd;
}

int queue_take(struct queue *queue)
{
    while (sem_wait(&queue->sockets) != 0)
        ;
    int connfd = move_out(queue);
    /* A socket leaves a free slot. The end stays for the next one to find. */
    sem_post(connfd >= 0 ? &queue->slots : &queue->sockets);
    return connfd;
}

void queue_close(struct queue *queue)
{
    sem_post(&queue->sockets);
}
