/* store: the state that all clients of a server share: values by key, in an LMDB data base.
 *
 * The data base is a folder with two files, which every process that needs it opens for itself and
 * at its first command that does: LMDB forbids to use after fork(2) what was opened before, and a
 * server whose clients keep no state opens nothing. Threads of one process share what it opened.
 * Who commits last wins; every reader sees what was committed before it asked.
 *
 * Options of LMDB, and why:
 *   - the map is read-only, and changes are written by pwrite. A writable map (MDB_WRITEMAP) would
 *     save some 3 us for each change, but a stray write of one process would then damage the data
 *     of all, and a disk that is full would be a SIGBUS instead of an error.
 *   - without STORE_SURVIVES_POWER_CUT, commits do not wait for the disk (MDB_NOSYNC): the page
 *     cache outlives any process, though not the machine.
 *   - a reader's slot belongs to its transaction, not to its thread (MDB_NOTLS), and is given back
 *     at once. A slot kept for the next read would save 50 ns, but each change looks through all
 *     that are taken, thousands perhaps.
 *
 * Killed processes: the lock of writers is a robust mutex, and what a dead writer did not commit
 * never was. A waiter can miss its turn for ever, though: one that is killed just after it was
 * woken takes the wake-up with it if a third has the lock by then. So all of this server's
 * processes pass a gate before that lock, where waiting is for a while and then again
 * (gate.h). A dead reader keeps its slot, and with it old pages: such slots are cleared when
 * the store is opened, when slots or pages run out, and by the first change after a death is known
 * (store_process_died), or else the data base would grow by what each change replaces. Opening is
 * one process' at a time (flock on the folder), so that one that is killed while it makes the lock
 * file leaves none half made to others.
 *
 * Functions may be called from any thread and, after fork(2), from any child. None exits, none
 * takes a signal for an error. */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

/* LMDB's keys have 511 bytes and are never empty: ours have a letter in front. */
enum { STORE_KEY_BYTES = 510, STORE_VALUE_BYTES = 16 << 20 };

enum store_durability {
    STORE_SURVIVES_PROCESS,   /* what was answered outlives a crash of any process */
    STORE_SURVIVES_POWER_CUT, /* and of the machine: each change waits for the disk */
};

struct store_options {
    const char *folder; /* made if there is none; NULL: a temporary one, in $TMPDIR or /tmp */
    enum store_durability durability;
    int64_t readers;  /* how many threads and processes may read at once */
    size_t map_bytes; /* room for everything; 0: 1 GiB, of which only what is used takes space */
};

enum store_outcome {
    STORE_OK,
    STORE_MISSING,        /* there is no such key */
    STORE_REFUSED,        /* the condition does not hold; nothing was changed */
    STORE_NOT_INTEGER,    /* the value is no 64-bit integer */
    STORE_OVERFLOW,       /* the result would be none */
    STORE_KEY_TOO_LONG,   /* over STORE_KEY_BYTES */
    STORE_VALUE_TOO_LONG, /* over STORE_VALUE_BYTES */
    STORE_FULL,           /* no room in the map or on the disk; nothing was changed */
    STORE_FAILED,         /* another failure of LMDB or the system, told on standard error */
};

struct store_bytes {
    const void *bytes;
    size_t length;
};

/* Prepares the folder (mode 0700 if it is made). One that was given is opened for a trial, so that
 * what is no data base is found now. NULL after one line on standard error. */
struct store *store_create(const struct store_options *options);

/* For the process that created it, when nobody uses it any more: closes it and removes a temporary
 * folder. That of a server that is killed stays. NULL is fine. */
void store_destroy(struct store *store);

/* A process that may have used the store has died, and was waited for: whoever changes something
 * next, in whichever process, clears what it held. Opens nothing, waits for nobody. */
void store_process_died(struct store *store);

/* Is shown a value, which is good until it returns. Within a store_set it does not use the store.
 */
typedef void store_take(void *context, struct store_bytes value);

/* OK after the value was taken, or MISSING. */
enum store_outcome store_get(struct store *store, struct store_bytes key, store_take *take,
                             void *context);

enum store_condition { STORE_ALWAYS, STORE_IF_MISSING, STORE_IF_PRESENT };

/* Sets a value, or REFUSED. `take`, unless NULL, is shown the value there was, if there was one; a
 * second time if the change had to be tried again, so what it was shown before is void. */
enum store_outcome store_set(struct store *store, struct store_bytes key, struct store_bytes value,
                             enum store_condition condition, store_take *take, void *context);

/* Adds to the integer of that key, 0 if there is none; *result is the new value if OK. */
enum store_outcome store_increment(struct store *store, struct store_bytes key, int64_t by,
                                   int64_t *result);

/* Key number i of several. */
typedef struct store_bytes store_key_at(const void *context, size_t i);

/* Deletes keys, all at once; *count of them were there. */
enum store_outcome store_delete(struct store *store, store_key_at *key_at, const void *context,
                                size_t keys, int64_t *count);

/* How many of these keys there are; one that is named twice counts twice. */
enum store_outcome store_exists(struct store *store, store_key_at *key_at, const void *context,
                                size_t keys, int64_t *count);

/* How many keys there are. */
enum store_outcome store_size(struct store *store, int64_t *keys);

/* Deletes everything. In a store too full for doing that at once, others may see some of the keys
 * gone before all are. */
enum store_outcome store_clear(struct store *store);

#endif
