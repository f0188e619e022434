#include "command.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command_table.h"

enum { QUOTED_BYTES = 128 }; /* of a peer's words in an error text, as in Redis */

/* The most frequent first: the search is linear, and two dozen short names need nothing cleverer.
 */
const struct command command_table[] = {
    {"ping", -1, "connection", "Answers PONG, or the message given.", command_ping, NULL},
    {"echo", 2, "connection", "Answers the message.", command_echo, NULL},
    {"incr", 2, "string", "Adds 1 to the integer of a key.", command_incr, NULL},
    {"get", 2, "string", "Answers the value of a key.", command_get, NULL},
    {"set", -3, "string", "Gives a key a value.", command_set, NULL},
    {"sum", -2, "work", "Adds 64-bit integers.", command_sum, NULL},
    {"sleep", 2, "work", "Blocks the handler for microseconds.", command_sleep, NULL},
    {"spin", 2, "work", "Computes for microseconds of CPU time.", command_spin, NULL},
    {"blob", 2, "work", "Answers that many bytes.", command_blob, NULL},
    {"del", -2, "generic", "Deletes keys.", command_del, NULL},
    {"exists", -2, "generic", "Counts which of the keys there are.", command_exists, NULL},
    {"incrby", 3, "string", "Adds to the integer of a key.", command_incrby, NULL},
    {"decr", 2, "string", "Takes 1 from the integer of a key.", command_decr, NULL},
    {"decrby", 3, "string", "Takes from the integer of a key.", command_decrby, NULL},
    {"dbsize", 1, "server", "Counts all keys.", command_dbsize, NULL},
    {"flushall", -1, "server", "Deletes all keys.", command_flush, NULL},
    {"flushdb", -1, "server", "Deletes all keys.", command_flush, NULL},
    {"info", -1, "server", "Describes the server and its counters.", command_info, NULL},
    {"quit", -1, "connection", "Ends the connection.", command_quit, NULL},
    {"select", 2, "connection", "Chooses the database; there is only 0.", command_select, NULL},
    {"hello", -1, "connection", "Chooses the protocol version.", command_hello, NULL},
    {"client", -2, "connection", "Names and numbers this connection.", NULL, client_subcommands},
    {"config", -2, "server", "Shows settings.", NULL, config_subcommands},
    {"command", -1, "server", "Lists the commands.", command_list_all, command_subcommands},
    {"debug", -2, "server", "Crashes, leaks or hangs, where that is allowed.", command_debug, NULL},
    {"function", -2, "scripting", "Deletes functions.", NULL, function_subcommands},
    {"post", -1, NULL, NULL, command_turn_away, NULL},
    {"host:", -1, NULL, NULL, command_turn_away, NULL},
    {0},
};

size_t command_table_size(void)
{
    size_t n = 0;
    for (const struct command *c = command_table; c->name != NULL; c++)
        n += c->summary != NULL;
    return n;
}

/* Not strncasecmp: the protocol's letters are ASCII whatever the locale, and a forked child should
 * not have to fault in the C library's tables for one word. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool text_is(struct text text, const char *word)
{
    size_t i = 0;
    while (i < text.length && word[i] != '\0' && lower(text.bytes[i]) == word[i])
        i++;
    return i == text.length && word[i] == '\0';
}

char *text_printable(char *into, struct text text, size_t most)
{
    size_t length = text.length < most ? text.length : most;
    for (size_t i = 0; i < length; i++) {
        char c = text.bytes[i];
        into[i] = c == '\r' || c == '\n' ? ' ' : c >= ' ' && c <= '~' ? c : '?';
    }
    into[length] = '\0';
    return into;
}

const struct command *command_find(const struct command *rows, struct text name)
{
    for (; rows->name != NULL; rows++)
        if (text_is(name, rows->name))
            return rows;
    return NULL;
}

void call_fail(struct call *call, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    resp_put_error(call->out, "%s", message);
    stats_add(call->session->service->stats, STATS_ERROR_REPLIES, 1);
}

void call_fail_arity(struct call *call, const char *full_name)
{
    call_fail(call, "ERR wrong number of arguments for '%s' command", full_name);
}

bool call_integer(struct call *call, size_t i, int64_t *value)
{
    struct text text = call_argument(call, i);
    if (resp_integer(text.bytes, text.length, value))
        return true;
    call_fail(call, "ERR value is not an integer or out of range");
    return false;
}

bool call_bounded(struct call *call, size_t i, int64_t min, int64_t max, int64_t *value)
{
    if (!call_integer(call, i, value))
        return false;
    if (*value >= min && *value <= max)
        return true;
    call_fail(call, "ERR value must be from %lld to %lld", (long long)min, (long long)max);
    return false;
}

bool call_is_flush(struct call *call, size_t i)
{
    size_t arguments = call_arguments(call);
    if (arguments == i)
        return true;
    struct text word = call_argument(call, i);
    return arguments == i + 1 && (text_is(word, "async") || text_is(word, "sync"));
}

/* Redis' text: the arguments quoted, a blank after each, about 128 bytes in all. */
static void fail_unknown(struct call *call)
{
    char name[QUOTED_BYTES + 1], word[QUOTED_BYTES + 1], words[2 * QUOTED_BYTES + 8];
    size_t length = 0;
    words[0] = '\0';
    for (size_t i = 1; i < call_arguments(call) && length < QUOTED_BYTES; i++) {
        text_printable(word, call_argument(call, i), QUOTED_BYTES - length);
        length += (size_t)snprintf(words + length, sizeof words - length, "'%s' ", word);
    }
    call_fail(call, "ERR unknown command '%s', with args beginning with: %s",
              text_printable(name, call_argument(call, 0), QUOTED_BYTES), words);
}

static void fail_unknown_subcommand(struct call *call, const struct command *command)
{
    char word[QUOTED_BYTES + 1], upper[32];
    size_t i = 0;
    for (; command->name[i] != '\0' && i < sizeof upper - 1; i++)
        upper[i] = (char)toupper((unsigned char)command->name[i]);
    upper[i] = '\0';
    call_fail(call, "ERR unknown subcommand '%s'. Try %s HELP.",
              text_printable(word, call_argument(call, 1), QUOTED_BYTES), upper);
}

static bool arity_fits(const struct command *command, size_t arguments)
{
    if (command->arity >= 0)
        return arguments == (size_t)command->arity;
    return arguments >= (size_t)-command->arity;
}

/* A subcommand's full name is "config|get". */
static void fail_arity_of(struct call *call, const struct command *parent,
                          const struct command *command)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", parent != NULL ? parent->name : "",
             parent != NULL ? "|" : "", command->name);
    call_fail_arity(call, name);
}

void command_run(struct session *session, const char *bytes, struct buf *out)
{
    struct call call = {.session = session, .bytes = bytes, .out = out};
    stats_add(session->service->stats, STATS_COMMANDS, 1);
    const struct command *parent = NULL;
    const struct command *command = command_find(command_table, call_argument(&call, 0));
    if (command == NULL) {
        fail_unknown(&call);
        return;
    }
    if (command->subcommands != NULL && call_arguments(&call) > 1) {
        const struct command *sub = command_find(command->subcommands, call_argument(&call, 1));
        if (sub == NULL) {
            fail_unknown_subcommand(&call, command);
            return;
        }
        parent = command;
        command = sub;
    }
    if (arity_fits(command, call_arguments(&call)))
        command->run(&call);
    else
        fail_arity_of(&call, parent, command);
}
