#include "gate.h"

#include <errno.h>
#include <stdatomic.h>

#include "clock.h"

int gate_init(struct gate *gate)
{
    pthread_mutexattr_t attributes;
    int failure = pthread_mutexattr_init(&attributes);
    if (failure != 0)
        return failure;
    if ((failure = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED)) == 0 &&
        (failure = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST)) == 0)
        failure = pthread_mutex_init(&gate->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return failure;
}

/* ThreadSanitizer does not see pthread_mutex_clocklock, and then takes the mutex for unlocked. */
static int wait_a_while(struct gate *gate)
{
#ifdef __SANITIZE_THREAD__
    sched_yield();
    return pthread_mutex_trylock(&gate->mutex);
#else
    struct timespec end = clock_timespec(clock_now_ns() + GATE_PATIENCE_MS * CLOCK_MS);
    return pthread_mutex_clocklock(&gate->mutex, CLOCK_MONOTONIC, &end);
#endif
}

void gate_enter(struct gate *gate)
{
    int failure = pthread_mutex_trylock(&gate->mutex);
    while (failure == EBUSY || failure == ETIMEDOUT)
        failure = wait_a_while(gate);
    if (failure == EOWNERDEAD)
        pthread_mutex_consistent(&gate->mutex);
}

void gate_leave(struct gate *gate)
{
    pthread_mutex_unlock(&gate->mutex);
}

bool gate_begin(struct gate *gate)
{
    gate_enter(gate);
    bool was_cut_off = gate->changing;
    gate->changing = true;
    atomic_signal_fence(memory_order_seq_cst); /* before any of the change, should it be cut off */
    return was_cut_off;
}

void gate_end(struct gate *gate)
{
    atomic_signal_fence(memory_order_seq_cst);
    gate->changing = false;
    gate_leave(gate);
}
