#include "workload.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "template.h"

const struct option_range workload_connections = {1, 100000};
const struct option_range workload_requests_per_connection = {0, INT64_C(1000000000000)};
const struct option_range workload_pipeline = {1, 10000};
const struct option_range workload_think_ns = {0, 3600 * CLOCK_S};

/* What is known while the INI library calls back. */
struct reading {
    struct workload *workload;
    const char *path;
    FILE *file;
    int line;
    unsigned seen; /* one bit for each of `keys`, to find a key that is given twice */
    bool failed;   /* error holds the first mistake */
    char *error;
};

static bool fail(struct reading *r, const char *what, const char *phrase)
{
    if (!r->failed)
        snprintf(r->error, WORKLOAD_ERROR_BYTES, "%s:%d: %.100s: %s", r->path, r->line, what,
                 phrase);
    r->failed = true;
    return false;
}

static bool fail_value(struct reading *r, const char *key, const char *value, const char *phrase)
{
    char what[100];
    snprintf(what, sizeof what, "%.40s=%.50s", key, value);
    return fail(r, what, phrase);
}

/* ---- words of a command ---- */

/* Copies one word to `to` without its quotes, and moves *text behind it. False: the quotes are not
 * balanced, or a byte other than a blank follows the closing one. */
static bool split_word(const char **text, char *to)
{
    const char *from = *text;
    bool quoted = *from == '"';
    from += quoted;
    while (*from != '\0' && (quoted ? *from != '"' : !isblank((unsigned char)*from))) {
        if (quoted && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
            from++;
        *to++ = *from++;
    }
    *to = '\0';
    if (quoted && *from++ != '"')
        return false;
    *text = from;
    return *from == '\0' || isblank((unsigned char)*from);
}

static bool add_word(struct workload *w, const char *word)
{
    char **argv = reallocarray(w->argv, (size_t)w->argc + 2, sizeof *argv);
    if (argv == NULL)
        return false;
    w->argv = argv;
    argv[w->argc] = strdup(word);
    if (argv[w->argc] == NULL)
        return false;
    argv[++w->argc] = NULL;
    return true;
}

static bool check_word(struct reading *r, const char *word)
{
    struct template template;
    char error[TEMPLATE_ERROR_BYTES];
    if (!template_compile(&template, word, error))
        return fail_value(r, "command", word, error);
    template_free(&template);
    return true;
}

static bool read_command(struct reading *r, const char *value)
{
    char *word = malloc(strlen(value) + 1);
    bool good = word != NULL;
    while (good) {
        value += strspn(value, " \t");
        if (*value == '\0')
            break;
        if (!split_word(&value, word)) {
            good = fail_value(r, "command", value, "must close its quotes, before a blank");
            break;
        }
        good = add_word(r->workload, word);
        if (good && !check_word(r, word))
            break;
    }
    free(word);
    if (!good)
        return fail(r, "command", "must fit into memory");
    return true;
}

static bool read_question(struct reading *r, const char *value)
{
    r->workload->question = strdup(value);
    return r->workload->question != NULL || fail(r, "question", "must fit into memory");
}

/* ---- keys ---- */

static bool read_count(struct reading *r, const char *key, const char *value,
                       struct option_range range, int64_t *number)
{
    char phrase[OPTION_TEXT_BYTES], error[OPTION_TEXT_BYTES + 8];
    if (option_count_text(value, range, number))
        return true;
    snprintf(error, sizeof error, "must be %s", option_count_phrase(phrase, range));
    return fail_value(r, key, value, error);
}

static bool read_connections(struct reading *r, const char *value)
{
    return read_count(r, "connections", value, workload_connections, &r->workload->connections);
}

static bool read_requests(struct reading *r, const char *value)
{
    return read_count(r, "requests-per-connection", value, workload_requests_per_connection,
                      &r->workload->requests_per_connection);
}

static bool read_pipeline(struct reading *r, const char *value)
{
    return read_count(r, "pipeline", value, workload_pipeline, &r->workload->pipeline);
}

static bool read_think(struct reading *r, const char *value)
{
    char phrase[OPTION_TEXT_BYTES], error[OPTION_TEXT_BYTES + 8];
    if (option_time_text(value, CLOCK_S, workload_think_ns, &r->workload->think_ns))
        return true;
    snprintf(error, sizeof error, "must be %s", option_time_phrase(phrase, workload_think_ns));
    return fail_value(r, "think", value, error);
}

static const struct key {
    const char *section, *name;
    bool (*read)(struct reading *r, const char *value);
} keys[] = {
    {"workload", "question", read_question},
    {"load", "connections", read_connections},
    {"load", "requests-per-connection", read_requests},
    {"load", "pipeline", read_pipeline},
    {"load", "think", read_think},
    {"request", "command", read_command},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

/* The line with the names that would have been right: those of the section, or all sections. */
static bool fail_name(struct reading *r, const char *section, const char *name, const char *value)
{
    char names[160] = "must be one of", what[100];
    bool known = false;
    for (int i = 0; i < KEYS; i++) {
        if (strcmp(keys[i].section, section) == 0) {
            known = true;
            strncat(names, " ", sizeof names - strlen(names) - 1);
            strncat(names, keys[i].name, sizeof names - strlen(names) - 1);
        }
    }
    if (known)
        return fail_value(r, name, value, names);
    snprintf(what, sizeof what, "[%.40s]", section);
    return fail(r, what, "must be one of [workload] [load] [request]");
}

static int take_pair(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    for (unsigned i = 0; i < KEYS; i++) {
        if (strcmp(keys[i].section, section) != 0 || strcmp(keys[i].name, name) != 0)
            continue;
        if (r->seen & 1u << i)
            return fail_value(r, name, value, "must be given once");
        r->seen |= 1u << i;
        return keys[i].read(r, value);
    }
    return fail_name(r, section, name, value);
}

/* ---- the file ---- */

/* One line of at most room - 1 bytes, as the INI library wants it; NULL at the end and at once when
 * a line is not fit to be parsed, which `failed` then tells. */
static char *next_line(char *line, int room, void *user)
{
    struct reading *r = user;
    int length = 0, byte = EOF;
    while (!r->failed && byte != '\n' && (byte = getc(r->file)) != EOF) {
        if (length == 0)
            r->line++;
        if (byte < ' ' && byte != '\t' && byte != '\r' && byte != '\n')
            fail(r, "line", "must be text without control characters");
        else if (length == room - 1)
            fail(r, "line", "must be shorter");
        else
            line[length++] = (char)byte;
    }
    line[length] = '\0';
    return r->failed || length == 0 ? NULL : line;
}

static void parse(struct reading *r)
{
    ini_use_stack = false; /* its own buffer on the stack holds 200 bytes */
    ini_initial_alloc = ini_max_line = WORKLOAD_LINE_BYTES;
    ini_allow_multiline = false; /* an indented key is a key */
    int result = ini_parse_stream(next_line, r, take_pair, r);
    if (result == -2) {
        fail(r, "file", "must fit into memory");
    } else if (result > 0 && !r->failed) {
        r->line = result;
        fail(r, "line", "must be [section], key = value, or a comment that begins with ;");
    }
}

bool workload_read(struct workload *w, const char *path, char error[WORKLOAD_ERROR_BYTES])
{
    *w = WORKLOAD_DEFAULT;
    struct reading r = {.workload = w, .path = path, .error = error};
    r.file = fopen(path, "re");
    if (r.file == NULL) {
        snprintf(error, WORKLOAD_ERROR_BYTES, "%s: %s", path, strerror(errno));
        return false;
    }
    errno = 0;
    parse(&r);
    if (ferror(r.file) && !r.failed) { /* a folder, for one, opens but cannot be read */
        snprintf(error, WORKLOAD_ERROR_BYTES, "%s: %s", path, strerror(errno));
        r.failed = true;
    }
    fclose(r.file);
    if (w->argc == 0)
        fail(&r, "command", "must be given in the section [request]");
    if (r.failed)
        workload_free(w);
    return !r.failed;
}

void workload_free(struct workload *w)
{
    free(w->question);
    for (int i = 0; i < w->argc; i++)
        free(w->argv[i]);
    free(w->argv);
    *w = (struct workload){0};
}
