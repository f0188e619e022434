#include "accept_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Returns an errno, as pthread functions do. */
static int make_shared_and_robust(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;
    int failure = pthread_mutexattr_init(&attributes);
    if (failure != 0)
        return failure;
    failure = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (failure == 0)
        failure = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (failure == 0)
        failure = pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return failure;
}

static int init_mutex(struct accept_lock *lock)
{
    lock->mutex =
        mmap(NULL, sizeof *lock->mutex, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (lock->mutex == MAP_FAILED)
        return -1;
    int failure = make_shared_and_robust(lock->mutex);
    if (failure == 0)
        return 0;
    munmap(lock->mutex, sizeof *lock->mutex);
    errno = failure;
    return -1;
}

int accept_lock_init(struct accept_lock *lock, enum accept_lock_kind kind)
{
    *lock = (struct accept_lock){.kind = kind, .fd = -1};
    if (kind == ACCEPT_LOCK_MUTEX)
        return init_mutex(lock);
    lock->fd = memfd_create("accept-lock", MFD_CLOEXEC);
    return lock->fd < 0 ? -1 : 0;
}

void accept_lock_destroy(struct accept_lock *lock)
{
    if (lock->kind == ACCEPT_LOCK_FILE) {
        close(lock->fd);
        return;
    }
    pthread_mutex_destroy(lock->mutex);
    munmap(lock->mutex, sizeof *lock->mutex);
}

/* Of the whole file. Waits for it if need be; a signal interrupts the wait. */
static int set_file_lock(int fd, short type)
{
    struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
    return fcntl(fd, F_SETLKW, &whole);
}

int accept_lock_take(struct accept_lock *lock)
{
    if (lock->kind == ACCEPT_LOCK_FILE)
        return set_file_lock(lock->fd, F_WRLCK);
    int failure = pthread_mutex_lock(lock->mutex);
    /* Its holder was killed. There is nothing to repair: the lock guards no data. */
    if (failure == EOWNERDEAD)
        failure = pthread_mutex_consistent(lock->mutex);
    if (failure == 0)
        return 0;
    errno = failure;
    return -1;
}

void accept_lock_release(struct accept_lock *lock)
{
    if (lock->kind == ACCEPT_LOCK_MUTEX)
        pthread_mutex_unlock(lock->mutex); /* which the holder can always do */
    else
        while (set_file_lock(lock->fd, F_UNLCK) != 0 && errno == EINTR)
            ;
}
