/* gate: a lock among processes in which any may be killed at any moment.
 *
 * It is a robust mutex, which the kernel releases for a dead owner. But a wake-up can be lost: if a
 * waiter that has just been woken is killed, and another has taken the lock meanwhile without
 * knowing of waiters, the kernel wakes nobody in its stead, and who still waits may do so for ever
 * (handle_futex_death in Linux' kernel/futex/core.c wakes only where the lock is free). Here nobody
 * waits longer than GATE_PATIENCE_MS without looking again.
 *
 * A gate protects nothing but the order of those who pass: a dead owner leaves nothing to mend. It
 * must lie in memory that all of them share. */
#ifndef GATE_H
#define GATE_H

#include <pthread.h>

enum { GATE_PATIENCE_MS = 20 };

struct gate {
    pthread_mutex_t mutex;
};

/* Returns 0 or an errno. */
int gate_init(struct gate *gate);

void gate_enter(struct gate *gate);
void gate_leave(struct gate *gate);

#endif
