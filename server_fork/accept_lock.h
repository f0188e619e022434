/* accept_lock: lets one process at a time call accept.
 *
 * Two kinds, for the same purpose. Either is given back by the system when its holder is killed,
 * but not when it stands still (SIGSTOP, a debugger): then nobody accepts until it goes on. That is
 * the price of taking turns; without a lock the kernel wakes another one.
 *
 *     ACCEPT_LOCK_FILE    a record lock, fcntl(F_SETLKW), on a file in memory. Of the file locks
 *                         this one, and not flock(2), because it belongs to the process: an flock
 *                         belongs to the open file, which children inherit as one and the same
 *     ACCEPT_LOCK_MUTEX   a pthread mutex in shared memory, which costs no system call while
 *                         nobody else wants it; robust, that is, its death does not go unnoticed
 *
 * Made by the parent before it forks; taken and released by the children. */
#ifndef ACCEPT_LOCK_H
#define ACCEPT_LOCK_H

#include <pthread.h>

enum accept_lock_kind { ACCEPT_LOCK_FILE, ACCEPT_LOCK_MUTEX };

struct accept_lock {
    enum accept_lock_kind kind;
    int fd;                 /* of the file; else -1 */
    pthread_mutex_t *mutex; /* in a mapping of its own; else NULL */
};

/* Returns 0, or -1 with errno. */
int accept_lock_init(struct accept_lock *lock, enum accept_lock_kind kind);

/* For the last that has it: without anyone who holds it or waits for it. */
void accept_lock_destroy(struct accept_lock *lock);

/* Waits until this process has the lock. Returns 0, or -1 with errno: EINTR (a file lock only) when
 * a signal came first, or a failure of the system's, as ENOLCK. Whoever waits for the mutex hears
 * of a stop signal when it has it, which is soon, because accept is interrupted as well. */
int accept_lock_take(struct accept_lock *lock);
void accept_lock_release(struct accept_lock *lock);

#endif
