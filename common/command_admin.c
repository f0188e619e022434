/* The commands that client libraries send on their own account: HELLO, CLIENT, CONFIG, COMMAND,
 * SELECT, FUNCTION. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "command_table.h"

enum { PATTERN_BYTES = 64, NAME_BYTES = 256 };

static void put_pair(struct buf *out, const char *name, const char *value)
{
    resp_put_bulk_text(out, name);
    resp_put_bulk_text(out, value);
}

void call_put_lines(struct call *call, const char *const *lines)
{
    size_t n = 0;
    while (lines[n] != NULL)
        n++;
    resp_put_array(call->out, n);
    for (size_t i = 0; i < n; i++)
        resp_put_simple(call->out, lines[i]);
}

/* ---- SELECT, HELLO ---- */

void command_select(struct call *call)
{
    int64_t index;
    if (!call_integer(call, 1, &index))
        return;
    if (index == 0)
        resp_put_simple(call->out, "OK");
    else
        call_fail(call, "ERR DB index is out of range");
}

/* A name may hold what is printable and no blank, as in Redis: it is shown in one line with others.
 */
static bool set_name(struct call *call, struct text name)
{
    for (size_t i = 0; i < name.length; i++)
        if (name.bytes[i] < '!' || name.bytes[i] > '~') {
            call_fail(call, "ERR Client names cannot contain spaces, newlines or special "
                            "characters.");
            return false;
        }
    if (name.length > NAME_BYTES) {
        call_fail(call, "ERR Client names cannot be longer than %d bytes", NAME_BYTES);
        return false;
    }
    char *copy = NULL;
    if (name.length > 0 && (copy = strndup(name.bytes, name.length)) == NULL) {
        call_fail(call, "ERR out of memory");
        return false;
    }
    free(call->session->name);
    call->session->name = copy;
    return true;
}

static void put_greeting(struct call *call)
{
    struct session *session = call->session;
    resp_put_map(call->out, 7, session->version);
    put_pair(call->out, "server", "server-models");
    put_pair(call->out, "version", SERVICE_REDIS_VERSION);
    resp_put_bulk_text(call->out, "proto");
    resp_put_integer(call->out, session->version);
    resp_put_bulk_text(call->out, "id");
    resp_put_integer(call->out, session_id(session));
    put_pair(call->out, "mode", "standalone");
    put_pair(call->out, "role", "master");
    resp_put_bulk_text(call->out, "modules");
    resp_put_array(call->out, 0);
}

/* HELLO [2|3 [SETNAME name]]. There are no users here, so AUTH is no option of ours. */
void command_hello(struct call *call)
{
    int64_t version = call->session->version;
    size_t arguments = call_arguments(call);
    if (arguments > 1) {
        struct text text = call_argument(call, 1);
        if (!resp_integer(text.bytes, text.length, &version)) {
            call_fail(call, "ERR Protocol version is not an integer or out of range");
            return;
        }
        if (version != 2 && version != 3) {
            call_fail(call, "NOPROTO unsupported protocol version");
            return;
        }
    }
    for (size_t i = 2; i < arguments; i += 2) {
        if (!text_is(call_argument(call, i), "setname") || i + 1 == arguments) {
            char word[129];
            call_fail(call, "ERR Syntax error in HELLO option '%s'",
                      text_printable(word, call_argument(call, i), sizeof word - 1));
            return;
        }
        if (!set_name(call, call_argument(call, i + 1)))
            return;
    }
    call->session->version = (int)version;
    put_greeting(call);
}

/* ---- CLIENT ---- */

static void client_id(struct call *call)
{
    resp_put_integer(call->out, session_id(call->session));
}

static void client_setname(struct call *call)
{
    if (set_name(call, call_argument(call, 2)))
        resp_put_simple(call->out, "OK");
}

static void client_getname(struct call *call)
{
    if (call->session->name != NULL)
        resp_put_bulk_text(call->out, call->session->name);
    else
        resp_put_null(call->out, call->session->version);
}

/* Libraries tell their name and version here. Nothing depends on it, but it must be well formed. */
static void client_setinfo(struct call *call)
{
    struct text attribute = call_argument(call, 2);
    char word[129];
    if (text_is(attribute, "lib-name") || text_is(attribute, "lib-ver"))
        resp_put_simple(call->out, "OK");
    else
        call_fail(call, "ERR Unrecognized option '%s'",
                  text_printable(word, attribute, sizeof word - 1));
}

static void client_help(struct call *call)
{
    call_put_lines(call, (const char *const[]){
                             "CLIENT <subcommand> [<arg> [value]]. Subcommands are:",
                             "GETNAME",
                             "    The name of this connection.",
                             "ID",
                             "    The number of this connection.",
                             "SETINFO <LIB-NAME|LIB-VER> <value>",
                             "    Tells which client library this is.",
                             "SETNAME <name>",
                             "    Gives this connection a name.",
                             "HELP",
                             "    This text.",
                             NULL,
                         });
}

const struct command client_subcommands[] = {
    {"id", 2, "connection", "The number of this connection.", client_id, NULL},
    {"setname", 3, "connection", "Names this connection.", client_setname, NULL},
    {"getname", 2, "connection", "The name of this connection.", client_getname, NULL},
    {"setinfo", 4, "connection", "Tells the client library.", client_setinfo, NULL},
    {"help", 2, "connection", "Lists the subcommands.", client_help, NULL},
    {0},
};

/* ---- CONFIG ---- */

struct setting {
    const char *name;
    char value[NAME_BYTES];
};

enum { SETTINGS = 7 };

/* What clients ask for by Redis' names, as far as it has a meaning here. */
static void collect_settings(const struct service *service, struct setting settings[SETTINGS])
{
    for (int i = 0; i < SETTINGS; i++)
        settings[i] = (struct setting){0};
    settings[0].name = "save"; /* empty: no snapshots */
    settings[1].name = "appendonly";
    snprintf(settings[1].value, NAME_BYTES, "no");
    settings[2].name = "maxclients";
    snprintf(settings[2].value, NAME_BYTES, "%lld", (long long)service->max_clients);
    settings[3].name = "timeout";
    snprintf(settings[3].value, NAME_BYTES, "%lld",
             (long long)(service->idle_timeout_ns / CLOCK_S));
    settings[4].name = "bind";
    snprintf(settings[4].value, NAME_BYTES, "%s", service->host);
    settings[5].name = "port";
    snprintf(settings[5].value, NAME_BYTES, "%u", (unsigned)service->port);
    settings[6].name = "proto-max-bulk-len";
    const struct resp_limits *limits = &service->limits;
    int64_t longest = limits->bulk_bytes;
    if ((uint64_t)longest > limits->message_bytes)
        longest = (int64_t)limits->message_bytes;
    snprintf(settings[6].value, NAME_BYTES, "%lld", (long long)longest);
}

static bool is_asked_for(const struct call *call, const char *name)
{
    char pattern[PATTERN_BYTES + 1];
    for (size_t i = 2; i < call_arguments(call); i++) {
        struct text text = call_argument(call, i);
        /* A pattern that is cut or holds a NUL matches nothing here, as it should. */
        if (text.length > PATTERN_BYTES || memchr(text.bytes, '\0', text.length) != NULL)
            continue;
        memcpy(pattern, text.bytes, text.length);
        pattern[text.length] = '\0';
        if (fnmatch(pattern, name, FNM_CASEFOLD) == 0)
            return true;
    }
    return false;
}

static void config_get(struct call *call)
{
    struct setting settings[SETTINGS];
    collect_settings(call->session->service, settings);
    bool asked[SETTINGS];
    size_t found = 0;
    for (int i = 0; i < SETTINGS; i++)
        found += asked[i] = is_asked_for(call, settings[i].name);
    resp_put_map(call->out, found, call->session->version);
    for (int i = 0; i < SETTINGS; i++)
        if (asked[i])
            put_pair(call->out, settings[i].name, settings[i].value);
}

static void config_help(struct call *call)
{
    call_put_lines(call, (const char *const[]){
                             "CONFIG <subcommand> [<arg> [value]]. Subcommands are:",
                             "GET <pattern> [<pattern> ...]",
                             "    The settings whose names match, with their values.",
                             "HELP",
                             "    This text.",
                             NULL,
                         });
}

const struct command config_subcommands[] = {
    {"get", -3, "server", "Settings by pattern.", config_get, NULL},
    {"help", 2, "server", "Lists the subcommands.", config_help, NULL},
    {0},
};

/* ---- FUNCTION ---- */

/* There are no functions to delete. Test suites of clients ask for it between two tests. */
static void function_flush(struct call *call)
{
    char word[129];
    if (call_is_flush(call, 2))
        resp_put_simple(call->out, "OK");
    else if (call_arguments(call) > 3)
        call_fail(call,
                  "ERR unknown subcommand or wrong number of arguments for '%s'. "
                  "Try FUNCTION HELP.",
                  text_printable(word, call_argument(call, 1), sizeof word - 1));
    else
        call_fail(call, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
}

static void function_help(struct call *call)
{
    call_put_lines(call, (const char *const[]){
                             "FUNCTION <subcommand> [<arg> [value]]. Subcommands are:",
                             "FLUSH [ASYNC|SYNC]",
                             "    Deletes all functions; there are none.",
                             "HELP",
                             "    This text.",
                             NULL,
                         });
}

const struct command function_subcommands[] = {
    {"flush", -2, "scripting", "Deletes all functions.", function_flush, NULL},
    {"help", 2, "scripting", "Lists the subcommands.", function_help, NULL},
    {0},
};

/* ---- COMMAND ---- */

/* Redis' row for a command: name, arity, flags; which arguments are keys: first, last (-1: that of
 * the request), step. In the groups that have keys, the first argument is one, or all are. */
static void put_row(struct call *call, const struct command *command)
{
    bool all = strcmp(command->group, "generic") == 0;
    bool keys = all || strcmp(command->group, "string") == 0;
    resp_put_array(call->out, 6);
    resp_put_bulk_text(call->out, command->name);
    resp_put_integer(call->out, command->arity);
    resp_put_array(call->out, 0);
    resp_put_integer(call->out, keys);
    resp_put_integer(call->out, all ? -1 : keys);
    resp_put_integer(call->out, keys);
}

void command_list_all(struct call *call)
{
    resp_put_array(call->out, command_table_size());
    for (const struct command *c = command_table; c->name != NULL; c++)
        if (c->summary != NULL)
            put_row(call, c);
}

static void command_count(struct call *call)
{
    resp_put_integer(call->out, (int64_t)command_table_size());
}

static void command_list(struct call *call)
{
    resp_put_array(call->out, command_table_size());
    for (const struct command *c = command_table; c->name != NULL; c++)
        if (c->summary != NULL)
            resp_put_bulk_text(call->out, c->name);
}

static const struct command *named(struct call *call, size_t i)
{
    const struct command *command = command_find(command_table, call_argument(call, i));
    return command != NULL && command->summary != NULL ? command : NULL;
}

static void command_info_rows(struct call *call)
{
    if (call_arguments(call) == 2) {
        command_list_all(call);
        return;
    }
    resp_put_array(call->out, call_arguments(call) - 2);
    for (size_t i = 2; i < call_arguments(call); i++) {
        const struct command *command = named(call, i);
        if (command != NULL)
            put_row(call, command);
        else
            resp_put_null(call->out, call->session->version);
    }
}

static void put_documentation(struct call *call, const struct command *command)
{
    resp_put_bulk_text(call->out, command->name);
    resp_put_map(call->out, 2, call->session->version);
    put_pair(call->out, "summary", command->summary);
    put_pair(call->out, "group", command->group);
}

/* redis-cli asks for all of it when it starts, for its hints. */
static void command_docs(struct call *call)
{
    bool all = call_arguments(call) == 2;
    size_t found = 0;
    for (size_t i = 2; i < call_arguments(call); i++)
        found += named(call, i) != NULL;
    resp_put_map(call->out, all ? command_table_size() : found, call->session->version);
    for (const struct command *c = command_table; all && c->name != NULL; c++)
        if (c->summary != NULL)
            put_documentation(call, c);
    for (size_t i = 2; i < call_arguments(call); i++)
        if (named(call, i) != NULL)
            put_documentation(call, named(call, i));
}

static void command_help(struct call *call)
{
    call_put_lines(call, (const char *const[]){
                             "COMMAND <subcommand> [<arg> [value]]. Subcommands are:",
                             "(no subcommand)",
                             "    Describes all commands.",
                             "COUNT",
                             "    How many commands there are.",
                             "DOCS [<command> ...]",
                             "    What they do, in a sentence.",
                             "INFO [<command> ...]",
                             "    Describes the commands named.",
                             "LIST",
                             "    Their names.",
                             "HELP",
                             "    This text.",
                             NULL,
                         });
}

const struct command command_subcommands[] = {
    {"count", 2, "server", "How many commands there are.", command_count, NULL},
    {"docs", -2, "server", "What commands do.", command_docs, NULL},
    {"info", -2, "server", "Describes commands.", command_info_rows, NULL},
    {"list", 2, "server", "The names of all commands.", command_list, NULL},
    {"help", 2, "server", "Lists the subcommands.", command_help, NULL},
    {0},
};
