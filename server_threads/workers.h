/* workers: a fixed number of threads that are made before the first client comes.
 *
 * They wait at a gate until all of them exist and the server is ready, do one piece of work each,
 * and end. None is ever made later: if not all can be had, there are none, and the server does not
 * start. An idle worker costs its stack as address space and a page or two of memory.
 *
 * All functions are for the main thread, which also gets the signals of stop.h and passes its ticks
 * on: a worker blocks in calls that only a signal to itself interrupts. */
#ifndef WORKERS_H
#define WORKERS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

/* What a worker does. They are numbered from 0. */
typedef void workers_work(void *context, int number);

struct worker {
    struct workers *all;
    pthread_t thread;
    int number;
};

struct workers {
    workers_work *work;
    void *context;
    struct worker *worker;
    int count;            /* that exist */
    bool may_work;        /* else what waits at the gate just ends */
    pthread_mutex_t gate; /* held by the main thread until the workers may go on */
    sem_t ended;          /* workers that did, and were not awaited yet */
};

/* Makes `count` threads with stacks of stack_bytes, which wait at the gate. Returns 0, or an errno
 * when not all could be made: then those that were have ended, and workers->count tells how many
 * that had been. */
int workers_prepare(struct workers *workers, int count, size_t stack_bytes, workers_work *work,
                    void *context);

/* Opens the gate. Each worker calls work(context, number). */
void workers_start(struct workers *workers);

/* Interrupts whatever blocks the workers, if a stop was asked for: to be called when a signal has
 * interrupted the main thread. */
void workers_pass_on_stop(const struct workers *workers);

/* Waits until every worker has ended, with workers_pass_on_stop at each tick; joins them and frees
 * what workers_prepare took. */
void workers_await_end(struct workers *workers);

#endif
