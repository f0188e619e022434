/* store_environment: the LMDB environment of this process. Private to the store. */
#ifndef STORE_ENVIRONMENT_H
#define STORE_ENVIRONMENT_H

#include <lmdb.h>

struct store;

/* The one data base of the environment: that without a name has the number 1 in any. */
enum { STORE_DBI = 1 };

/* What this process has opened, opened now if need be; NULL with what LMDB or errno said in
 * *failure. The next call tries again. */
MDB_env *store_environment(struct store *store, int *failure);

#endif
