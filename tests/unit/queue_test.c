/* The bounded queue: order, waiting at either end, its own end; alone and among many threads. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "queue.h"

TestSuite(queue, .timeout = 30);

static struct queue *queue_of(size_t capacity)
{
    struct queue *queue = malloc(sizeof *queue);
    cr_assert_eq(queue_init(queue, capacity), 0);
    return queue;
}

static void dispose(struct queue *queue)
{
    queue_destroy(queue);
    free(queue);
}

/* Three fill it, so that every place of the ring is the first once. */
Test(queue, first_in_is_first_out)
{
    struct queue *queue = queue_of(3);
    for (int i = 0; i < 100; i += 2) {
        cr_assert(queue_put(queue, i));
        cr_assert(queue_put(queue, i + 1));
        cr_assert_eq(queue_take(queue), i);
        cr_assert_eq(queue_take(queue), i + 1);
    }
    dispose(queue);
}

Test(queue, what_is_left_at_the_end_is_taken)
{
    struct queue *queue = queue_of(2);
    cr_assert(queue_put(queue, 0));
    cr_assert(queue_put(queue, 7));
    queue_close(queue);
    cr_assert_eq(queue_take(queue), 0);
    cr_assert_eq(queue_take(queue), 7);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(queue_take(queue), -1);
    dispose(queue);
}

/* ---- full ---- */

static atomic_int interruptions;

static void on_signal(int signal_number)
{
    (void)signal_number;
}

static void *put_until_it_is_in(void *queue)
{
    while (!queue_put(queue, 3))
        atomic_fetch_add(&interruptions, 1);
    return NULL;
}

/* Who puts into a full queue waits, hears of each signal, and gets the first slot that is free. */
Test(queue, full)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    struct queue *queue = queue_of(2);
    cr_assert(queue_put(queue, 1));
    cr_assert(queue_put(queue, 2));
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, put_until_it_is_in, queue), 0);
    while (atomic_load(&interruptions) < 3)
        pthread_kill(thread, SIGUSR1);
    for (int i = 1; i <= 3; i++)
        cr_assert_eq(queue_take(queue), i);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    dispose(queue);
}

/* ---- many threads ---- */

enum { TAKERS = 8, PUTTERS = 4, EACH = 5000, CAPACITY = 5 };

static _Atomic unsigned char taken[PUTTERS * EACH];
static atomic_bool in_order = true;

/* What one taker gets from one putter must rise. */
static void *take_all(void *queue)
{
    int last[PUTTERS], connfd;
    for (int p = 0; p < PUTTERS; p++)
        last[p] = -1;
    while ((connfd = queue_take(queue)) >= 0) {
        atomic_fetch_add(&taken[connfd], 1);
        if (connfd <= last[connfd / EACH])
            in_order = false;
        last[connfd / EACH] = connfd;
    }
    return NULL;
}

struct putter {
    pthread_t thread;
    struct queue *queue;
    int number;
};

static void *put_each(void *argument)
{
    struct putter *self = argument;
    for (int i = 0; i < EACH; i++)
        while (!queue_put(self->queue, self->number * EACH + i))
            ;
    return NULL;
}

/* Each socket comes out once, and the end reaches everyone. */
Test(queue, many_threads)
{
    struct queue *queue = queue_of(CAPACITY);
    pthread_t takers[TAKERS];
    struct putter putters[PUTTERS];
    for (int t = 0; t < TAKERS; t++)
        cr_assert_eq(pthread_create(&takers[t], NULL, take_all, queue), 0);
    for (int p = 0; p < PUTTERS; p++) {
        putters[p] = (struct putter){.queue = queue, .number = p};
        cr_assert_eq(pthread_create(&putters[p].thread, NULL, put_each, &putters[p]), 0);
    }
    for (int p = 0; p < PUTTERS; p++)
        pthread_join(putters[p].thread, NULL);
    queue_close(queue);
    for (int t = 0; t < TAKERS; t++)
        pthread_join(takers[t], NULL);
    for (int i = 0; i < PUTTERS * EACH; i++)
        cr_assert_eq(taken[i], 1, "%d was taken %d times", i, taken[i]);
    cr_assert(in_order);
    dispose(queue);
}

/* Those who wait when it is closed are woken, all of them. */
Test(queue, close_wakes_everyone)
{
    struct queue *queue = queue_of(CAPACITY);
    pthread_t takers[TAKERS];
    for (int t = 0; t < TAKERS; t++)
        cr_assert_eq(pthread_create(&takers[t], NULL, take_all, queue), 0);
    queue_close(queue);
    for (int t = 0; t < TAKERS; t++)
        cr_assert_eq(pthread_join(takers[t], NULL), 0);
    dispose(queue);
}
