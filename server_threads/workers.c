#include "workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "attributes.h"
#include "stop.h"

static void *worker_thread(void *argument)
{
    struct worker *self = argument;
    struct workers *all = self->all;
    pthread_mutex_lock(&all->gate);
    bool may_work = all->may_work;
    pthread_mutex_unlock(&all->gate);
    if (may_work)
        all->work(all->context, self->number);
    sem_post(&all->ended);
    return NULL;
}

/* Makes as many as it can. Returns 0 if those are all. */
static int make_threads(struct workers *workers, int count, size_t stack_bytes)
{
    pthread_attr_t attributes;
    int failure = attributes_init(&attributes, stack_bytes);
    if (failure != 0)
        return failure;
    for (; workers->count < count; workers->count++) {
        struct worker *next = &workers->worker[workers->count];
        *next = (struct worker){.all = workers, .number = workers->count};
        failure = pthread_create(&next->thread, &attributes, worker_thread, next);
        if (failure != 0)
            break;
    }
    pthread_attr_destroy(&attributes);
    return failure;
}

int workers_prepare(struct workers *workers, int count, size_t stack_bytes, workers_work *work,
                    void *context)
{
    *workers = (struct workers){.work = work, .context = context};
    workers->worker = calloc((size_t)count, sizeof *workers->worker);
    if (workers->worker == NULL)
        return ENOMEM;
    int failure = pthread_mutex_init(&workers->gate, NULL);
    if (failure != 0 || sem_init(&workers->ended, 0, 0) != 0) {
        free(workers->worker);
        return failure != 0 ? failure : errno;
    }
    pthread_mutex_lock(&workers->gate);
    failure = make_threads(workers, count, stack_bytes);
    if (failure != 0) {
        pthread_mutex_unlock(&workers->gate);
        workers_await_end(workers);
    }
    return failure;
}

void workers_start(struct workers *workers)
{
    workers->may_work = true;
    pthread_mutex_unlock(&workers->gate);
}

void workers_pass_on_stop(const struct workers *workers)
{
    if (!stop_requested())
        return;
    for (int w = 0; w < workers->count; w++)
        pthread_kill(workers->worker[w].thread, SIGALRM);
}

void workers_await_end(struct workers *workers)
{
    for (int ended = 0; ended < workers->count;)
        if (sem_wait(&workers->ended) == 0)
            ended++;
        else
            workers_pass_on_stop(workers);
    for (int w = 0; w < workers->count; w++)
        pthread_join(workers->worker[w].thread, NULL);
    sem_destroy(&workers->ended);
    pthread_mutex_destroy(&workers->gate);
    free(workers->worker);
}
