/* store_environment: the LMDB environment of this process. Private to the store. */
#ifndef STORE_ENVIRONMENT_H
#define STORE_ENVIRONMENT_H

#include <lmdb.h>

#include "diag.h"
#include "gate.h"

struct store;

/* The one data base of the environment: that without a name has the number 1 in any. */
enum { STORE_DBI = 1 };

/* What this process has opened, opened now if need be; NULL with what LMDB or errno said in
 * *failure. The next call tries again. */
MDB_env *store_environment(struct store *store, int *failure);

/* What stands before the locks of LMDB, in memory that all processes of the server share. */
struct store_gates {
    struct gate readers; /* only while a read begins, or slots of dead readers are cleared */
    struct gate writers; /* for the whole transaction */
    /* Processes that have died, and how many of them no longer have slots as readers. */
    _Atomic unsigned dead, cleared;
    struct diag_limit failure_told; /* whoever meets it */
};
struct store_gates *store_gates(struct store *store);

#endif
