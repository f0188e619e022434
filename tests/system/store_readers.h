/* store_readers: who reads in a server's store, as another program sees it.
 *
 * For the test's own thread. The functions fail the running test when LMDB fails them. */
#ifndef STORE_READERS_H
#define STORE_READERS_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct MDB_env MDB_env;

/* Opens the data base of a server that has been started, without a slot for readers of its own.
 * While it is open nobody finds the table of readers unused, and so nobody begins it anew. To be
 * closed by mdb_env_close. */
MDB_env *store_readers_open(const char *folder);

/* True if a process is in the middle of a read, or died there and its slot was not cleared. */
bool store_readers_have(MDB_env *data, pid_t pid);

#endif
