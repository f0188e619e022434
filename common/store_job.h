/* store_job: something to do in the store, as one transaction. Private to the store.
 *
 * It takes place whole or not at all. A change passes the gate of writers for the whole
 * transaction, a read that of readers while it begins. Slots of dead readers are cleared before a
 * change if there was a death since the last time. If slots of readers or pages run out, it is done
 * too, pages that others freed are made usable, and the job is done once more.
 *
 * From any thread of any process; waits for other writers, and for the disk where the store is to
 * survive a power cut. */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include <lmdb.h>

#include "store.h"

struct store_gates;
struct store_job;

/* The work. Returns 0, with job->outcome set if it is not STORE_OK, or a failure of LMDB's. It may
 * be called a second time for the same job, and begins anew then. */
typedef int store_work(struct store_job *job, void *details);

struct store_job {
    MDB_env *environment;
    struct store_gates *gates;
    MDB_txn *transaction;
    enum store_outcome outcome; /* OK at first; a change is committed only then */
    store_work *work;
    void *details;
};

/* Returns what the work says, STORE_FULL, or STORE_FAILED, which is told on standard error. */
enum store_outcome store_job_read(struct store *store, store_work *work, void *details);
enum store_outcome store_job_change(struct store *store, store_work *work, void *details);

#endif
