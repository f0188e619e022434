/* command_table: what a command is, for the files that implement some.
 *
 * A command is a function and a row: the table is in command.c, the functions are in command_work.c
 * (those that do what a workload asks for), command_state.c (those on shared state),
 * command_admin.c (those that client libraries need to get along), command_debug.c (faults on
 * purpose) and info.c. Adding one costs a function, its prototype here, and a row. */
#ifndef COMMAND_TABLE_H
#define COMMAND_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "resp.h"
#include "service.h"
#include "session.h"
#include "stats.h"

/* One request on its way through a command. */
struct call {
    struct session *session;
    const char *bytes; /* the request, to which the argument offsets belong */
    struct buf *out;
};

struct text {
    const char *bytes;
    size_t length;
};

struct command {
    const char *name; /* lower case */
    int arity;        /* arguments with the name; negative: at least that many */
    const char *group;
    const char *summary;
    void (*run)(struct call *call);
    const struct command *subcommands; /* NULL, or rows that end with a NULL name */
};

/* All commands; the last row has a NULL name. */
extern const struct command command_table[];
size_t command_table_size(void);

/* The row of that name (any case), or NULL. */
const struct command *command_find(const struct command *rows, struct text name);

static inline size_t call_arguments(const struct call *call)
{
    return call->session->request.count;
}

static inline struct text call_argument(const struct call *call, size_t i)
{
    struct resp_slice slice = resp_argument(&call->session->request, i);
    return (struct text){call->bytes + slice.offset, slice.length};
}

/* Compares a whole text with a lower-case word, without regard to case; "PING" followed by a NUL is
 * not "ping". */
bool text_is(struct text text, const char *word);

/* For messages: at most `most` bytes of a text, unprintable ones as '?' (CR and LF as a blank),
 * terminated. `into` has room for most + 1 bytes. Returns into. */
char *text_printable(char *into, struct text text, size_t most);

/* An error reply, counted. The format begins with its code, as "ERR syntax error". */
void call_fail(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
void call_fail_arity(struct call *call, const char *full_name);

/* Argument i as an integer from min to max, or false after the error reply. */
bool call_integer(struct call *call, size_t i, int64_t *value);
bool call_bounded(struct call *call, size_t i, int64_t min, int64_t max, int64_t *value);

/* Lines of text, such as HELP's, up to a NULL: an array of simple strings. */
void call_put_lines(struct call *call, const char *const *lines);

/* True if from argument i on stands nothing, ASYNC or SYNC, which are the same here. */
bool call_is_flush(struct call *call, size_t i);

void command_ping(struct call *call);
void command_echo(struct call *call);
void command_sum(struct call *call);
void command_sleep(struct call *call);
void command_spin(struct call *call);
void command_blob(struct call *call);
void command_quit(struct call *call);
void command_turn_away(struct call *call);

void command_get(struct call *call);
void command_set(struct call *call);
void command_incr(struct call *call);
void command_incrby(struct call *call);
void command_decr(struct call *call);
void command_decrby(struct call *call);
void command_del(struct call *call);
void command_exists(struct call *call);
void command_dbsize(struct call *call);
void command_flush(struct call *call);

void command_info(struct call *call);
void command_hello(struct call *call);
void command_select(struct call *call);
void command_list_all(struct call *call);
void command_debug(struct call *call);

extern const struct command command_subcommands[];
extern const struct command config_subcommands[];
extern const struct command client_subcommands[];
extern const struct command function_subcommands[];

#endif
