/* rows: what bench/limits.sh measures: each row of its table, and what it is held against. */
#ifndef ROWS_H
#define ROWS_H

#include <stdbool.h>
#include <stddef.h>

enum row_kind {
    /* Requests/s of one server divided by those of another, under the same load. */
    ROW_KEPT, /* PING, for ever on the same ROWS_LOAD connections */
    ROW_ONCE, /* PING, each on a connection of its own, ROWS_LOAD of them at a time */
    ROW_INCR, /* INCR of one key on the same connections, divided by PING, of the same server */

    ROW_MEMORY,  /* KiB of a connection that is idle */
    ROW_CLIENTS, /* how many of ROWS_CLIENTS connected clients get an answer */
};

enum {
    ROWS_LOAD = 50, /* a pool has as many workers, so that no client waits for another to leave */
    ROWS_CLIENTS = 10000,
};

/* A server is a text of words between blanks: a model and further options for the server that has
 * it, "bare" and a loop of bare_server, or "redis-server". */
struct row {
    enum row_kind kind;
    const char *name;   /* as --only takes it: its group, a hyphen, what is special */
    const char *server; /* which is measured */
    const char *mark;   /* by which it is divided; NULL where there is no other server */
    double target;      /* 0: none, the row is there to compare with */
};

extern const struct row rows[];
extern const size_t rows_count;

enum { ROWS_MOST = 64 }; /* rows_count is not more */

/* Memory is to be at most its target, all else at least. */
static inline bool row_wants_less(const struct row *row)
{
    return row->kind == ROW_MEMORY;
}

static inline bool row_is_ratio(const struct row *row)
{
    return row->kind <= ROW_INCR;
}

/* What the rows of a kind have in common, as a title. */
const char *row_kind_title(enum row_kind kind);

#endif
