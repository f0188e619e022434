#include "store_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/store-test-XXXXXX";

void store_folder_begin(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
}

void store_folder_end(void)
{
    cr_expect_eq(rmdir(folder), 0, "something is left in %s: %m", folder);
}

const char *store_folder_path(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void store_folder_remove(const char *name)
{
    static const char *const files[] = {"data.mdb", "lock.mdb"};
    char path[300];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", name, files[i]);
        unlink(path);
    }
    cr_expect_eq(rmdir(name), 0, "%s: %m", name);
}

struct store *store_with(size_t map_bytes)
{
    struct store_options options = {.readers = 8, .map_bytes = map_bytes};
    struct store *store = store_create(&options);
    cr_assert_not_null(store);
    return store;
}

struct store_bytes bytes_of(const char *text)
{
    return (struct store_bytes){text, strlen(text)};
}

enum store_outcome store_put(struct store *store, const char *key, const char *value)
{
    return store_set(store, bytes_of(key), bytes_of(value), STORE_ALWAYS, NULL, NULL);
}

static void take_number(void *context, struct store_bytes value)
{
    char text[32] = "";
    cr_assert_lt(value.length, sizeof text);
    memcpy(text, value.bytes, value.length);
    *(int64_t *)context = strtoll(text, NULL, 10);
}

int64_t store_number(struct store *store, const char *key)
{
    int64_t number = 0;
    cr_assert_eq(store_get(store, bytes_of(key), take_number, &number), STORE_OK, "no %s", key);
    return number;
}
