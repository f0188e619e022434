/* control: what the main thread and the workers tell each other while a load runs. */
#ifndef CONTROL_H
#define CONTROL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "series.h"

/* What a worker tells the main thread while it runs: written after each interval, or on a change.
 */
struct worker_news {
    _Atomic uint64_t ok, failed, in_flight;
    _Atomic(const struct series_interval *) interval; /* the latest full one; NULL before */
    _Atomic int connect_errno;
    _Atomic bool hopeless; /* none of its connections was ever established */
};

/* What the main thread tells the workers; shared by all of them. */
struct worker_control {
    pthread_mutex_t gate; /* held by the main thread until all workers may begin */
    int64_t start_ns;     /* set before the gate opens; 0: do not begin */
    _Atomic int stop;     /* 1: end the window, 2: end the drain too */
    int stopfd;           /* eventfd, written after `stop` is raised */
    int newsfd;           /* eventfd, written by a worker that is hopeless or at its end */
    _Atomic uint32_t running;
};

#endif
