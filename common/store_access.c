/* What is done in the store: a transaction for each request. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "buf.h"
#include "diag.h"
#include "resp.h"
#include "store.h"
#include "store_environment.h"

/* So that the empty key is one too. */
enum { KEY_LETTER = ':', NO_KEY_LETTER = '.' };

enum { DECIMAL_BYTES = 24, MOST_AT_ONCE = 1024 };

struct key {
    MDB_val val;
    char bytes[1 + STORE_KEY_BYTES];
};

static bool set_key(struct key *key, struct store_bytes from)
{
    if (from.length > STORE_KEY_BYTES)
        return false;
    key->bytes[0] = KEY_LETTER;
    memcpy(key->bytes + 1, from.bytes, from.length);
    key->val = (MDB_val){1 + from.length, key->bytes};
    return true;
}

/* ---- transactions ---- */

/* Something to do in a transaction. */
struct job {
    MDB_env *environment;
    struct store_gates *gates;
    MDB_txn *transaction;
    enum store_outcome outcome; /* OK at first; a change is committed only then */
    int (*work)(struct job *job, void *details);
    void *details;
};

static enum store_outcome outcome_of(int failure)
{
    static struct diag_limit limit;
    switch (failure) {
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STORE_FULL;
    default:
        diag_limited(&limit, "the store failed: %s", mdb_strerror(failure));
        return STORE_FAILED;
    }
}

static int begin(struct job *job, unsigned flags)
{
    bool reads = flags == MDB_RDONLY;
    if (reads)
        store_gate_enter(&job->gates->readers);
    int failure = mdb_txn_begin(job->environment, NULL, flags, &job->transaction);
    if (reads)
        store_gate_leave(&job->gates->readers);
    return failure;
}

static int work_and_end(struct job *job, unsigned flags)
{
    int failure = job->work(job, job->details);
    if (failure == 0 && job->outcome == STORE_OK && flags == 0)
        return mdb_txn_commit(job->transaction);
    mdb_txn_abort(job->transaction);
    return failure;
}

/* The work and its commit, or an abort; 0 or a failure of LMDB's. */
static int run_once(struct job *job, unsigned flags)
{
    bool writes = flags != MDB_RDONLY;
    job->outcome = STORE_OK;
    if (writes)
        store_gate_enter(&job->gates->writers);
    int failure = begin(job, flags);
    if (failure == 0)
        failure = work_and_end(job, flags);
    if (writes)
        store_gate_leave(&job->gates->writers);
    return failure;
}

/* What a transaction frees, the next but one may use. This work changes nothing else. */
static int age_free_pages(struct job *job, void *details)
{
    (void)details;
    MDB_val key = {1, &(char){NO_KEY_LETTER}}, value = {0, NULL};
    int failure = mdb_put(job->transaction, STORE_DBI, &key, &value, 0);
    return failure != 0 ? failure : mdb_del(job->transaction, STORE_DBI, &key, NULL);
}

static int clear_dead_readers(const struct job *job)
{
    int dead = 0;
    store_gate_enter(&job->gates->readers);
    mdb_reader_check(job->environment, &dead);
    store_gate_leave(&job->gates->readers);
    return dead;
}

/* True if it may help to try again: slots of dead readers, or pages, were made free. */
static bool is_relieved(const struct job *job, int failure)
{
    if (failure != MDB_READERS_FULL && failure != MDB_MAP_FULL && failure != ENOSPC)
        return false;
    int dead = clear_dead_readers(job);
    if (failure == MDB_READERS_FULL)
        return dead > 0;
    struct job aging = {
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

static enum store_outcome run(struct store *store, struct job *job, unsigned flags)
{
    int failure;
    job->gates = store_gates(store);
    job->environment = store_environment(store, &failure);
    if (job->environment == NULL)
        return outcome_of(failure);
    failure = named(job->environment, run_once(job, flags));
    if (failure != 0 && is_relieved(job, failure))
        failure = named(job->environment, run_once(job, flags));
    return failure == 0 ? job->outcome : outcome_of(failure);
}

static enum store_outcome read_only(struct store *store, int (*work)(struct job *, void *),
                                    void *details)
{
    return run(store, &(struct job){.work = work, .details = details}, MDB_RDONLY);
}

static enum store_outcome change(struct store *store, int (*work)(struct job *, void *),
                                 void *details)
{
    return run(store, &(struct job){.work = work, .details = details}, 0);
}

/* ---- one key ---- */

struct getting {
    struct key key;
    store_take *take;
    void *context;
};

static int get(struct job *job, void *details)
{
    struct getting *getting = details;
    MDB_val value;
    int failure = mdb_get(job->transaction, STORE_DBI, &getting->key.val, &value);
    if (failure == 0)
        getting->take(getting->context, (struct store_bytes){value.mv_data, value.mv_size});
    if (failure != MDB_NOTFOUND)
        return failure;
    job->outcome = STORE_MISSING;
    return 0;
}

enum store_outcome store_get(struct store *store, struct store_bytes key, store_take *take,
                             void *context)
{
    struct getting getting;
    if (!set_key(&getting.key, key))
        return STORE_KEY_TOO_LONG;
    getting.take = take;
    getting.context = context;
    return read_only(store, get, &getting);
}

struct setting {
    struct key key;
    MDB_val value;
    enum store_condition condition;
    store_take *take;
    void *context;
};

/* What depends on the value there is. */
static int look_first(struct job *job, struct setting *setting)
{
    MDB_val old;
    int failure = mdb_get(job->transaction, STORE_DBI, &setting->key.val, &old);
    if (failure != 0 && failure != MDB_NOTFOUND)
        return failure;
    if (failure == 0 && setting->take != NULL)
        setting->take(setting->context, (struct store_bytes){old.mv_data, old.mv_size});
    if (setting->condition == (failure == 0 ? STORE_IF_MISSING : STORE_IF_PRESENT))
        job->outcome = STORE_REFUSED;
    return 0;
}

static int set(struct job *job, void *details)
{
    struct setting *setting = details;
    if (setting->condition != STORE_ALWAYS || setting->take != NULL) {
        int failure = look_first(job, setting);
        if (failure != 0 || job->outcome != STORE_OK)
            return failure;
    }
    return mdb_put(job->transaction, STORE_DBI, &setting->key.val, &setting->value, 0);
}

enum store_outcome store_set(struct store *store, struct store_bytes key, struct store_bytes value,
                             enum store_condition condition, store_take *take, void *context)
{
    struct setting setting;
    if (!set_key(&setting.key, key))
        return STORE_KEY_TOO_LONG;
    if (value.length > STORE_VALUE_BYTES)
        return STORE_VALUE_TOO_LONG;
    setting.value = (MDB_val){value.length, (void *)value.bytes}; /* LMDB only reads it */
    setting.condition = condition;
    setting.take = take;
    setting.context = context;
    return change(store, set, &setting);
}

struct adding {
    struct key key;
    int64_t by, sum;
};

static enum store_outcome add(struct adding *adding, const MDB_val *stored)
{
    int64_t value = 0;
    if (stored != NULL && !resp_integer(stored->mv_data, stored->mv_size, &value))
        return STORE_NOT_INTEGER;
    return __builtin_add_overflow(value, adding->by, &adding->sum) ? STORE_OVERFLOW : STORE_OK;
}

/* The reply to INCR, ":42" and a line end, has the value as it is stored in its middle. */
static int increment(struct job *job, void *details)
{
    struct adding *adding = details;
    char reply[DECIMAL_BYTES];
    MDB_val stored;
    int failure = mdb_get(job->transaction, STORE_DBI, &adding->key.val, &stored);
    if (failure != 0 && failure != MDB_NOTFOUND)
        return failure;
    job->outcome = add(adding, failure == 0 ? &stored : NULL);
    if (job->outcome != STORE_OK)
        return 0;
    struct buf text = buf_over(reply, sizeof reply);
    resp_put_integer(&text, adding->sum);
    MDB_val value = {buf_length(&text) - strlen(":\r\n"), buf_head(&text) + strlen(":")};
    return mdb_put(job->transaction, STORE_DBI, &adding->key.val, &value, 0);
}

enum store_outcome store_increment(struct store *store, struct store_bytes key, int64_t by,
                                   int64_t *result)
{
    struct adding adding;
    if (!set_key(&adding.key, key))
        return STORE_KEY_TOO_LONG;
    adding.by = by;
    enum store_outcome outcome = change(store, increment, &adding);
    if (outcome == STORE_OK)
        *result = adding.sum;
    return outcome;
}

/* ---- several keys ---- */

struct listing {
    store_key_at *key_at;
    const void *context;
    size_t keys;
    int64_t found;
};

static int for_each(struct job *job, struct listing *listing,
                    int (*act)(MDB_txn *transaction, MDB_val *key))
{
    listing->found = 0;
    for (size_t i = 0; i < listing->keys; i++) {
        struct key key;
        if (!set_key(&key, listing->key_at(listing->context, i))) {
            job->outcome = STORE_KEY_TOO_LONG;
            return 0;
        }
        int failure = act(job->transaction, &key.val);
        if (failure != 0 && failure != MDB_NOTFOUND)
            return failure;
        listing->found += failure == 0;
    }
    return 0;
}

static int delete_key(MDB_txn *transaction, MDB_val *key)
{
    return mdb_del(transaction, STORE_DBI, key, NULL);
}

static int find_key(MDB_txn *transaction, MDB_val *key)
{
    MDB_val value;
    return mdb_get(transaction, STORE_DBI, key, &value);
}

static int delete_listed(struct job *job, void *details)
{
    return for_each(job, details, delete_key);
}

static int count_listed(struct job *job, void *details)
{
    return for_each(job, details, find_key);
}

enum store_outcome store_delete(struct store *store, store_key_at *key_at, const void *context,
                                size_t keys, int64_t *count)
{
    struct listing listing = {.key_at = key_at, .context = context, .keys = keys};
    enum store_outcome outcome = change(store, delete_listed, &listing);
    *count = listing.found;
    return outcome;
}

enum store_outcome store_exists(struct store *store, store_key_at *key_at, const void *context,
                                size_t keys, int64_t *count)
{
    struct listing listing = {.key_at = key_at, .context = context, .keys = keys};
    enum store_outcome outcome = read_only(store, count_listed, &listing);
    *count = listing.found;
    return outcome;
}

/* ---- all keys ---- */

static int measure(struct job *job, void *details)
{
    MDB_stat stat;
    int failure = mdb_stat(job->transaction, STORE_DBI, &stat);
    if (failure == 0)
        *(int64_t *)details = (int64_t)stat.ms_entries;
    return failure;
}

enum store_outcome store_size(struct store *store, int64_t *keys)
{
    return read_only(store, measure, keys);
}

static int drop(struct job *job, void *details)
{
    (void)details;
    return mdb_drop(job->transaction, STORE_DBI, 0);
}

/* Deletes up to *details keys, those that come first; MISSING if there are none. */
static int delete_first(struct job *job, void *details)
{
    const int *portion = details;
    int failure = 0, deleted = 0;
    MDB_cursor *cursor;
    MDB_val key, value;
    if ((failure = mdb_cursor_open(job->transaction, STORE_DBI, &cursor)) != 0)
        return failure;
    while (deleted < *portion && (failure = mdb_cursor_get(cursor, &key, &value, MDB_FIRST)) == 0 &&
           (failure = mdb_cursor_del(cursor, 0)) == 0)
        deleted++;
    mdb_cursor_close(cursor);
    if (failure != 0 && failure != MDB_NOTFOUND)
        return failure;
    if (deleted == 0)
        job->outcome = STORE_MISSING;
    return 0;
}

/* Portion by portion, each as large as there is room for the pages that deleting takes. */
static enum store_outcome clear_by_portions(struct store *store)
{
    int portion = MOST_AT_ONCE;
    for (;;) {
        enum store_outcome outcome = change(store, delete_first, &portion);
        if (outcome == STORE_MISSING)
            return STORE_OK;
        if (outcome == STORE_FULL && portion > 1)
            portion /= 2;
        else if (outcome != STORE_OK)
            return outcome;
        else if (portion < MOST_AT_ONCE)
            portion *= 2;
    }
}

/* Before it frees any page, deleting takes some: for the list of those it frees. */
enum store_outcome store_clear(struct store *store)
{
    enum store_outcome outcome = change(store, drop, NULL);
    return outcome == STORE_FULL ? clear_by_portions(store) : outcome;
}
