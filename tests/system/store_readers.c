#include "store_readers.h"

#include <criterion/criterion.h>
#include <lmdb.h>
#include <stdio.h>

MDB_env *store_readers_open(const char *folder)
{
    MDB_env *data;
    cr_assert_eq(mdb_env_create(&data), 0);
    cr_assert_eq(mdb_env_set_maxreaders(data, 1), 0); /* there are more than that already */
    cr_assert_eq(mdb_env_open(data, folder, MDB_RDONLY | MDB_NOTLS, 0), 0);
    return data;
}

struct reader {
    pid_t pid;
    bool reads;
};

/* A line is "process thread transaction", the last of them a number or -; or it is a heading. */
static int look_for(const char *line, void *context)
{
    struct reader *reader = context;
    int pid;
    long transaction;
    if (sscanf(line, "%d %*s %ld", &pid, &transaction) == 2 && pid == reader->pid)
        reader->reads = true;
    return 0;
}

bool store_readers_have(MDB_env *data, pid_t pid)
{
    struct reader reader = {.pid = pid};
    cr_assert_geq(mdb_reader_list(data, look_for, &reader), 0);
    return reader.reads;
}
