#include "ini_file.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

/* What is known while the INI library calls back. */
struct reading {
    const struct ini_file_use *use;
    const char *path;
    FILE *file;
    int line;
    bool failed; /* error holds the first mistake, unless it is one for the user to tell */
    char *error;
    size_t error_bytes;
};

static bool fail(struct reading *r, const char *phrase)
{
    if (!r->failed)
        snprintf(r->error, r->error_bytes, "%s:%d: line: %s", r->path, r->line, phrase);
    r->failed = true;
    return false;
}

/* The library tells of a section only with its first pair and cuts its name, so sections are found
 * here, by its rules: blanks and, in the first line, a byte order mark may stand before it. */
static void take_section(struct reading *r, const char *line)
{
    static const char mark[] = "\xef\xbb\xbf";
    char name[256];
    if (r->line == 1 && strncmp(line, mark, strlen(mark)) == 0)
        line += strlen(mark);
    line += strspn(line, " \t");
    size_t length = strcspn(line, "]");
    if (*line != '[' || line[length] == '\0')
        return;
    snprintf(name, sizeof name, "%.*s", (int)length - 1, line + 1);
    r->failed = !r->use->section(r->use->user, r->line, name);
}

/* Whether a byte is fit for a line of text: a CR only where the line ends. */
static bool is_text(int byte, FILE *file)
{
    if (byte != '\r')
        return byte == '\n' || byte == '\t' || (byte >= ' ' && byte != '\x7f');
    int next = getc(file);
    if (next != EOF)
        ungetc(next, file);
    return next == '\n' || next == EOF;
}

/* One line of at most room - 1 bytes, as the library wants it; NULL at the end and at once when a
 * line is not fit to be parsed, which `failed` then tells. */
static char *next_line(char *line, int room, void *user)
{
    struct reading *r = user;
    int length = 0, byte = EOF;
    while (!r->failed && byte != '\n' && (byte = getc(r->file)) != EOF) {
        if (length == 0)
            r->line++;
        if (!is_text(byte, r->file))
            fail(r, "must be text without control characters");
        else if (length == room - 1)
            fail(r, "must be shorter");
        else
            line[length++] = (char)byte;
    }
    line[length] = '\0';
    if (!r->failed)
        take_section(r, line);
    return r->failed || length == 0 ? NULL : line;
}

static int take_pair(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;
    (void)section; /* as cut by the library */
    r->failed = r->failed || !r->use->pair(r->use->user, r->line, key, value);
    return !r->failed;
}

static void parse(struct reading *r)
{
    ini_use_stack = false; /* its own buffer on the stack holds 200 bytes */
    ini_initial_alloc = ini_max_line = INI_FILE_LINE_BYTES;
    ini_allow_multiline = false; /* an indented key is a key */
    int result = ini_parse_stream(next_line, r, take_pair, r);
    if (result == -2) {
        fail(r, "must fit into memory");
    } else if (result > 0 && !r->failed) {
        r->line = result;
        fail(r, "must be [section], key = value, or a comment that begins with ;");
    }
}

bool ini_file_read(const char *path, const struct ini_file_use *use, char *error,
                   size_t error_bytes)
{
    struct reading r = {.use = use, .path = path, .error = error, .error_bytes = error_bytes};
    r.file = fopen(path, "re");
    if (r.file == NULL) {
        snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
        return false;
    }
    errno = 0;
    parse(&r);
    if (ferror(r.file) && !r.failed) { /* a folder, for one, opens but cannot be read */
        snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
        r.failed = true;
    }
    fclose(r.file);
    return !r.failed;
}
