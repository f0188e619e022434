#include "rows.h"

/* A pool is held to the target as it is when nobody says how it is to share out its clients. */
const struct row rows[] = {
    {ROW_KEPT, "kept-redis", "multiplexed", "redis-server", 1.10},
    {ROW_KEPT, "kept-multiplexed", "multiplexed", "bare epoll", 0.88},
    {ROW_KEPT, "kept-threads", "thread-per-client", "bare threads", 0.90},
    {ROW_KEPT, "kept-fork", "fork-per-client", "bare fork", 0.90},
    {ROW_KEPT, "kept-pool", "thread-pool -w50", "bare threads", 0.90},
    {ROW_KEPT, "kept-preforked", "preforked -w50", "bare fork", 0.90},

    {ROW_ONCE, "once-threads", "thread-per-client", "bare threads", 0.90},
    {ROW_ONCE, "once-fork", "fork-per-client", "bare fork", 0.90},
    {ROW_ONCE, "once-pool", "thread-pool -w50", "bare epoll", 0.90},
    {ROW_ONCE, "once-preforked", "preforked -w50", "bare epoll", 0.90},
    {ROW_ONCE, "once-pool-direct", "thread-pool -w50 --accept=direct", "bare epoll", 0},
    {ROW_ONCE, "once-pool-mutex", "thread-pool -w50 --accept=mutex", "bare epoll", 0},
    {ROW_ONCE, "once-preforked-flock", "preforked -w50 --accept=flock", "bare epoll", 0},
    {ROW_ONCE, "once-preforked-mutex", "preforked -w50 --accept=mutex", "bare epoll", 0},
    {ROW_ONCE, "once-preforked-pass", "preforked -w50 --accept=pass", "bare epoll", 0},
    {ROW_ONCE, "once-multiplexed", "multiplexed", "bare epoll", 0},

    {ROW_INCR, "incr-one-at-a-time", "one-at-a-time --durability=process", NULL, 0.5},
    {ROW_INCR, "incr-multiplexed", "multiplexed --durability=process", NULL, 0.5},
    {ROW_INCR, "incr-threads", "thread-per-client --durability=process", NULL, 0.5},
    {ROW_INCR, "incr-pool", "thread-pool -w50 --durability=process", NULL, 0.5},
    {ROW_INCR, "incr-fork", "fork-per-client --durability=process", NULL, 0.5},
    {ROW_INCR, "incr-preforked", "preforked -w50 --durability=process", NULL, 0.5},

    {ROW_MEMORY, "memory-multiplexed", "multiplexed", NULL, 1},
    {ROW_MEMORY, "memory-threads", "thread-per-client", NULL, 40},
    {ROW_MEMORY, "memory-fork", "fork-per-client", NULL, 130},
    {ROW_MEMORY, "memory-bare-epoll", "bare epoll", NULL, 0},
    {ROW_MEMORY, "memory-bare-threads", "bare threads", NULL, 0},
    {ROW_MEMORY, "memory-bare-fork", "bare fork", NULL, 0},

    {ROW_CLIENTS, "clients-multiplexed", "multiplexed", NULL, ROWS_CLIENTS},
    {ROW_CLIENTS, "clients-threads", "thread-per-client", NULL, ROWS_CLIENTS},
    {ROW_CLIENTS, "clients-fork", "fork-per-client", NULL, ROWS_CLIENTS},
};
const size_t rows_count = sizeof rows / sizeof *rows;
_Static_assert(sizeof rows / sizeof *rows <= ROWS_MOST, "more rows than ROWS_MOST");

const char *row_kind_title(enum row_kind kind)
{
    static const char *const titles[] = {
        [ROW_KEPT] = "50 connections that are kept, PING: ratio of requests/s",
        [ROW_ONCE] = "A connection for each PING, 50 at a time: ratio of requests/s",
        [ROW_INCR] = "50 connections that are kept: requests/s of INCR on one key / PING",
        [ROW_MEMORY] = "Memory of an idle connection, KiB",
        [ROW_CLIENTS] = "10,000 connected clients: how many are answered",
    };
    return titles[kind];
}
