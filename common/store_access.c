/* What is done in the store: a job, which is a transaction, for each request. */
#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "resp.h"
#include "store.h"
#include "store_environment.h"
#include "store_job.h"

/* So that the empty key is one too. */
enum { KEY_LETTER = ':' };

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

/* ---- one key ---- */

struct getting {
    struct key key;
    store_take *take;
    void *context;
};

static int get(struct store_job *job, void *details)
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
    return store_job_read(store, get, &getting);
}

struct setting {
    struct key key;
    MDB_val value;
    enum store_condition condition;
    store_take *take;
    void *context;
};

/* What depends on the value there is. */
static int look_first(struct store_job *job, struct setting *setting)
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

static int set(struct store_job *job, void *details)
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
    return store_job_change(store, set, &setting);
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
static int increment(struct store_job *job, void *details)
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
    enum store_outcome outcome = store_job_change(store, increment, &adding);
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

static int for_each(struct store_job *job, struct listing *listing,
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

static int delete_listed(struct store_job *job, void *details)
{
    return for_each(job, details, delete_key);
}

static int count_listed(struct store_job *job, void *details)
{
    return for_each(job, details, find_key);
}

enum store_outcome store_delete(struct store *store, store_key_at *key_at, const void *context,
                                size_t keys, int64_t *count)
{
    struct listing listing = {.key_at = key_at, .context = context, .keys = keys};
    enum store_outcome outcome = store_job_change(store, delete_listed, &listing);
    *count = listing.found;
    return outcome;
}

enum store_outcome store_exists(struct store *store, store_key_at *key_at, const void *context,
                                size_t keys, int64_t *count)
{
    struct listing listing = {.key_at = key_at, .context = context, .keys = keys};
    enum store_outcome outcome = store_job_read(store, count_listed, &listing);
    *count = listing.found;
    return outcome;
}

/* ---- all keys ---- */

static int measure(struct store_job *job, void *details)
{
    MDB_stat stat;
    int failure = mdb_stat(job->transaction, STORE_DBI, &stat);
    if (failure == 0)
        *(int64_t *)details = (int64_t)stat.ms_entries;
    return failure;
}

enum store_outcome store_size(struct store *store, int64_t *keys)
{
    return store_job_read(store, measure, keys);
}

static int drop(struct store_job *job, void *details)
{
    (void)details;
    return mdb_drop(job->transaction, STORE_DBI, 0);
}

/* Deletes up to *details keys, those that come first; MISSING if there are none. */
static int delete_first(struct store_job *job, void *details)
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
        enum store_outcome outcome = store_job_change(store, delete_first, &portion);
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
    enum store_outcome outcome = store_job_change(store, drop, NULL);
    return outcome == STORE_FULL ? clear_by_portions(store) : outcome;
}
