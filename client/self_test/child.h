/* child: a process that this one starts and that never outlives it.
 *
 * The kernel kills it when its parent ends, however that comes about; a parent that lives ends and
 * reaps it with child_wait or child_kill. For a process with one thread. Deadlines are moments of
 * clock_now_ns. */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
    pid_t pid; /* 0: there is none, or no longer */
    int pidfd; /* readable when it has ended; meaningless without a child */
};

enum { CHILD_ANY_CPU = -1 };

/* As fork: returns twice, with 0 in the child, which must leave by exec or _exit; -1 with errno
 * when there is no child. The child runs on this CPU only, unless it is CHILD_ANY_CPU; where it may
 * not, it ends at once with status 127. Signals that the parent blocks are blocked in the child. */
pid_t child_fork(struct child *c, int cpu);

/* Waits for its end and reaps it; at the deadline it is killed. Returns its exit status, or -1 if a
 * signal ended it or there was none. */
int child_wait(struct child *c, int64_t deadline_ns);

/* Ends and reaps it; harmless when there is none. */
void child_kill(struct child *c);

#endif
