/* gate: a lock among processes in which any may be killed at any moment.
 *
 * It is a robust mutex, which the kernel releases for a dead owner. But a wake-up can be lost: if a
 * waiter that has just been woken is killed, and another has taken the lock meanwhile without
 * knowing of waiters, the kernel wakes nobody in its stead, and who still waits may do so for ever
 * (handle_futex_death in Linux' kernel/futex/core.c wakes only where the lock is free). Here nobody
 * waits longer than GATE_PATIENCE_MS without looking again.
 *
 * Who only passes (gate_enter) finds nothing to mend after a dead owner. Who changes what the gate
 * protects (gate_begin) is told when the last change was cut off by a death, and then mends it,
 * from what a single store makes true. It must lie in memory that all of them share. */
#ifndef GATE_H
#define GATE_H

#include <pthread.h>
#include <stdbool.h>

enum { GATE_PATIENCE_MS = 20 };

struct gate {
    pthread_mutex_t mutex;
    bool changing; /* somebody is in the middle of a change, or died there */
};

/* Returns 0 or an errno. */
int gate_init(struct gate *gate);

void gate_enter(struct gate *gate);
void gate_leave(struct gate *gate);

/* Enters for a change; gate_end leaves. True if whoever changed last died in the middle of it. */
bool gate_begin(struct gate *gate);
void gate_end(struct gate *gate);

#endif
