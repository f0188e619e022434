#include "store_job.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "diag.h"
#include "store_environment.h"

static enum store_outcome outcome_of(const struct store_job *job, int failure)
{
    switch (failure) {
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STORE_FULL;
    default:
        diag_limited(&job->gates->failure_told, "the store failed: %s", mdb_strerror(failure));
        return STORE_FAILED;
    }
}

static int begin(struct store_job *job, unsigned flags)
{
    bool reads = flags == MDB_RDONLY;
    if (reads)
        gate_enter(&job->gates->readers);
    int failure = mdb_txn_begin(job->environment, NULL, flags, &job->transaction);
    if (reads)
        gate_leave(&job->gates->readers);
    return failure;
}

static void clear_dead_readers(const struct store_job *job)
{
    int dead;
    gate_enter(&job->gates->readers);
    mdb_reader_check(job->environment, &dead);
    gate_leave(&job->gates->readers);
}

/* Of those who have died since somebody did so last: of all that were known when this began. Who
 * finds none has only read two numbers. */
static void clear_newly_dead_readers(const struct store_job *job)
{
    struct store_gates *gates = job->gates;
    unsigned dead = atomic_load_explicit(&gates->dead, memory_order_acquire);
    if (dead == atomic_load_explicit(&gates->cleared, memory_order_relaxed))
        return;
    clear_dead_readers(job);
    atomic_store_explicit(&gates->cleared, dead, memory_order_relaxed);
}

static int work_and_end(struct store_job *job, unsigned flags)
{
    int failure = job->work(job, job->details);
    if (failure == 0 && job->outcome == STORE_OK && flags == 0)
        return mdb_txn_commit(job->transaction);
    mdb_txn_abort(job->transaction);
    return failure;
}

/* The work and its commit, or an abort; 0 or a failure of LMDB's. */
static int run_once(struct store_job *job, unsigned flags)
{
    bool writes = flags != MDB_RDONLY;
    job->outcome = STORE_OK;
    if (writes) {
        clear_newly_dead_readers(job);
        gate_enter(&job->gates->writers);
    }
    int failure = begin(job, flags);
    if (failure == 0)
        failure = work_and_end(job, flags);
    if (writes)
        gate_leave(&job->gates->writers);
    return failure;
}

/* No key of the store begins with it: see KEY_LETTER. */
enum { NO_KEY_LETTER = '.' };

/* What a transaction frees, the next but one may use. This work changes nothing else. */
static int age_free_pages(struct store_job *job, void *details)
{
    (void)details;
    MDB_val key = {1, &(char){NO_KEY_LETTER}}, value = {0, NULL};
    int failure = mdb_put(job->transaction, STORE_DBI, &key, &value, 0);
    return failure != 0 ? failure : mdb_del(job->transaction, STORE_DBI, &key, NULL);
}

/* True if it may help to try again: slots of dead readers were made free, now or by somebody else
 * just before, or pages. */
static bool is_relieved(const struct store_job *job, int failure)
{
    if (failure != MDB_READERS_FULL && failure != MDB_MAP_FULL && failure != ENOSPC)
        return false;
    clear_dead_readers(job);
    if (failure == MDB_READERS_FULL)
        return true;
    struct store_job aging = {
        .environment = job->environment, .gates = job->gates, .work = age_free_pages};
    return run_once(&aging, 0) == 0;
}

/* True if the disk, or how large a file may be, leaves room for hardly more than a value. */
static bool is_nearly_full(int fd)
{
    const uint64_t little = 2 * STORE_VALUE_BYTES;
    struct statvfs disk;
    struct stat file;
    struct rlimit most;
    if (fstatvfs(fd, &disk) == 0 && disk.f_bavail < little / disk.f_frsize)
        return true;
    return fstat(fd, &file) == 0 && getrlimit(RLIMIT_FSIZE, &most) == 0 &&
           most.rlim_cur < (uint64_t)file.st_size + little;
}

/* A write that was cut short is an I/O error to LMDB. Where there is little room, it is not one to
 * us. */
static int named(MDB_env *environment, int failure)
{
    int fd;
    if (failure != EIO || mdb_env_get_fd(environment, &fd) != 0)
        return failure;
    return is_nearly_full(fd) ? ENOSPC : EIO;
}

static enum store_outcome run(struct store *store, struct store_job *job, unsigned flags)
{
    int failure;
    job->gates = store_gates(store);
    job->environment = store_environment(store, &failure);
    if (job->environment == NULL)
        return outcome_of(job, failure);
    failure = named(job->environment, run_once(job, flags));
    if (failure != 0 && is_relieved(job, failure))
        failure = named(job->environment, run_once(job, flags));
    return failure == 0 ? job->outcome : outcome_of(job, failure);
}

enum store_outcome store_job_read(struct store *store, store_work *work, void *details)
{
    return run(store, &(struct store_job){.work = work, .details = details}, MDB_RDONLY);
}

enum store_outcome store_job_change(struct store *store, store_work *work, void *details)
{
    return run(store, &(struct store_job){.work = work, .details = details}, 0);
}
