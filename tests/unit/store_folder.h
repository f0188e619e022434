/* store_folder: a folder in which a test's stores live, and small steps with a store. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include "store.h"

/* A new folder, to which TMPDIR points from now on. It is removed by store_folder_end, which fails
 * the test if anything is left in it. */
void store_folder_begin(void);
void store_folder_end(void);

/* The path of `name` in it; good until the next call. */
const char *store_folder_path(const char *name);

/* Removes the data base of that folder, and it. */
void store_folder_remove(const char *folder);

/* A temporary store with room for map_bytes; 0: as much as is usual. */
struct store *store_with(size_t map_bytes);

struct store_bytes bytes_of(const char *text);

enum store_outcome store_put(struct store *store, const char *key, const char *value);

/* The integer that a key has; fails the test if it has none. */
int64_t store_number(struct store *store, const char *key);

#endif
