#include "option.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

struct suffix {
    const char *name;
    int64_t factor;
};

static const struct suffix count_suffixes[] = {
    {"", 1}, {"k", 1000}, {"m", 1000000}, {"g", 1000000000}, {NULL, 0}};
static const struct suffix size_suffixes[] = {
    {"", 1}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {NULL, 0}};
static const struct suffix time_suffixes[] = {
    {"ns", 1},           {"us", CLOCK_US},      {"ms", CLOCK_MS}, {"s", CLOCK_S},
    {"m", 60 * CLOCK_S}, {"h", 3600 * CLOCK_S}, {NULL, 0},
};

static const struct suffix *find_suffix(const struct suffix *list, const char *name)
{
    for (; list->name != NULL; list++)
        if (strcasecmp(list->name, name) == 0)
            return list;
    return NULL;
}

static bool store_in_range(int64_t result, struct option_range range, int64_t *value)
{
    if (result < range.min || result > range.max)
        return false;
    *value = result;
    return true;
}

static bool whole_number(const char *text, const struct suffix *suffixes, struct option_range range,
                         int64_t *value)
{
    if (!isdigit((unsigned char)*text) && *text != '-')
        return false;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    const struct suffix *suffix = find_suffix(suffixes, end);
    int64_t result;
    if (errno != 0 || end == text || suffix == NULL ||
        __builtin_mul_overflow((int64_t)number, suffix->factor, &result))
        return false;
    return store_in_range(result, range, value);
}

bool option_count_text(const char *text, struct option_range range, int64_t *value)
{
    return whole_number(text, count_suffixes, range, value);
}

bool option_size_text(const char *text, struct option_range range, int64_t *value)
{
    return whole_number(text, size_suffixes, range, value);
}

bool option_time_text(const char *text, int64_t unit_ns, struct option_range range_ns,
                      int64_t *value_ns)
{
    /* Digits and a point only: strtod would also take hexadecimal, exponents, inf and nan. */
    size_t digits = strspn(text, "0123456789.");
    char *end;
    double number = strtod(text, &end);
    if (digits == 0 || end != text + digits)
        return false;
    int64_t factor = unit_ns;
    if (*end != '\0') {
        const struct suffix *suffix = find_suffix(time_suffixes, end);
        if (suffix == NULL)
            return false;
        factor = suffix->factor;
    }
    double ns = number * (double)factor + 0.5;
    if (!(ns < 0x1p63)) /* beyond an int64, where the conversion would be undefined */
        return false;
    return store_in_range((int64_t)ns, range_ns, value_ns);
}

/* A number with the largest suffix that loses nothing: 65536 as "64k". */
static void short_number(char *text, size_t bytes, int64_t value, const struct suffix *suffixes)
{
    const struct suffix *best = suffixes;
    for (const struct suffix *s = suffixes; s->name != NULL; s++)
        if (value % s->factor == 0)
            best = s;
    if (value == 0) {
        snprintf(text, bytes, "0");
        return;
    }
    snprintf(text, bytes, "%lld%s", (long long)(value / best->factor), best->name);
}

static char *phrase(char text[OPTION_TEXT_BYTES], const char *what, struct option_range range,
                    const struct suffix *suffixes)
{
    char min[24], max[24];
    short_number(min, sizeof min, range.min, suffixes);
    short_number(max, sizeof max, range.max, suffixes);
    snprintf(text, OPTION_TEXT_BYTES, "%s from %s to %s", what, min, max);
    return text;
}

char *option_count_phrase(char text[OPTION_TEXT_BYTES], struct option_range range)
{
    return phrase(text, "a whole number", range, (const struct suffix[]){{"", 1}, {NULL, 0}});
}

char *option_size_phrase(char text[OPTION_TEXT_BYTES], struct option_range range)
{
    return phrase(text, "a size", range, size_suffixes);
}

char *option_time_phrase(char text[OPTION_TEXT_BYTES], struct option_range range_ns)
{
    return phrase(text, "a time", range_ns, time_suffixes);
}

void option_fail(struct argp_state *state, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *c = text; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    fprintf(stderr, "%s: %s\n", state->name, text);
    exit(OPTION_USAGE_STATUS);
}

int64_t option_count(struct argp_state *state, const char *option, const char *text,
                     struct option_range range)
{
    int64_t value = 0;
    char allowed[OPTION_TEXT_BYTES];
    if (!option_count_text(text, range, &value))
        option_fail(state, "--%s=%.200s: must be %s", option, text,
                    option_count_phrase(allowed, range));
    return value;
}

int64_t option_size(struct argp_state *state, const char *option, const char *text,
                    struct option_range range)
{
    int64_t value = 0;
    char allowed[OPTION_TEXT_BYTES];
    if (!option_size_text(text, range, &value))
        option_fail(state, "--%s=%.200s: must be %s", option, text,
                    option_size_phrase(allowed, range));
    return value;
}

int64_t option_time_ns(struct argp_state *state, const char *option, const char *text,
                       int64_t unit_ns, struct option_range range_ns)
{
    int64_t value_ns = 0;
    char allowed[OPTION_TEXT_BYTES];
    if (!option_time_text(text, unit_ns, range_ns, &value_ns))
        option_fail(state, "--%s=%.200s: must be %s", option, text,
                    option_time_phrase(allowed, range_ns));
    return value_ns;
}

/* ---- a whole command line ----
 * argp is told to be silent: it would say what getopt found, with the path of the program in front,
 * and add a line of advice. So the word that stopped it is looked at once more, here. */

enum { KEY_HELP = '?', KEY_USAGE = -3 };

static const struct argp_option help_options[] = {
    {"help", KEY_HELP, NULL, 0, "Give this help list", -1},
    {"usage", KEY_USAGE, NULL, 0, "Give a short usage message", 0},
    {0},
};

struct line {
    const struct argp *argp;
    const char *program;
    void *input;
    int next; /* in argv: the word that is read next, or still has letters to read */
};

static bool is_last(const struct argp_option *o)
{
    return o->name == NULL && o->key == 0 && o->doc == NULL && o->group == 0;
}

/* The options a long name may stand for: the one it names, or all that begin so. */
struct candidates {
    const struct argp_option *option; /* the one, or one of them */
    size_t count;
    char names[256];
};

static void find_long(struct candidates *c, const struct argp_option *o, const char *name,
                      size_t length)
{
    for (; !is_last(o); o++) {
        if (o->name == NULL || strncmp(o->name, name, length) != 0)
            continue;
        c->option = o;
        if (o->name[length] == '\0') {
            c->count = 1;
            return;
        }
        size_t used = strlen(c->names);
        snprintf(c->names + used, sizeof c->names - used, " --%s", o->name);
        c->count++;
    }
}

static void refuse_long(struct argp_state *state, const struct line *line, const char *word)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    int shown = length < 200 ? (int)length : 200;
    struct candidates c = {.option = NULL};
    if (length > 0) {
        find_long(&c, help_options, name, length);
        find_long(&c, line->argp->options, name, length);
    }
    if (c.count == 0)
        option_fail(state, "--%.*s: no such option; --help lists them", shown, name);
    if (c.count > 1)
        option_fail(state, "--%.*s: may be any of%s", shown, name, c.names);
    option_fail(state, "--%s: %s", c.option->name,
                c.option->arg != NULL ? "needs a value" : "takes no value");
}

static const struct argp_option *find_short(const struct argp_option *o, char letter)
{
    for (; !is_last(o); o++)
        if (o->key == letter)
            return o;
    return NULL;
}

/* A word of letters: one is unknown, or the last needs a value and nothing follows. */
static void refuse_short(struct argp_state *state, const struct line *line, const char *word)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const struct argp_option *option = find_short(line->argp->options, *letter);
        if (option != NULL && option->arg != NULL)
            option_fail(state, "-%c, --%s: needs a value", *letter, option->name);
        if (option == NULL && *letter != KEY_HELP)
            option_fail(state, "-%c: no such option; --help lists them", *letter);
    }
}

/* Stands between argp and the program's own parser, to know how far they have come. */
static error_t parse_own(int key, char *arg, struct argp_state *state)
{
    struct line *line = state->input;
    state->name = (char *)line->program; /* argp only reads it */
    if (key == ARGP_KEY_ERROR) {
        const char *word = state->argv[line->next];
        if (strncmp(word, "--", 2) == 0)
            refuse_long(state, line, word);
        else
            refuse_short(state, line, word);
        return 0;
    }
    state->input = line->input;
    error_t result = line->argp->parser(key, arg, state);
    state->input = line;
    if (key == ARGP_KEY_ARG && result == ARGP_ERR_UNKNOWN)
        option_fail(state, "unexpected argument '%.200s'", arg);
    if (key != ARGP_KEY_INIT)
        line->next = state->next;
    return result;
}

static error_t parse_help(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    struct line *line = state->input;
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = line;
    else if (key != KEY_HELP && key != KEY_USAGE)
        return ARGP_ERR_UNKNOWN;
    else {
        state->name = (char *)line->program;
        state->flags &= ~(unsigned)ARGP_NO_ERRS; /* which silences help as well */
        argp_state_help(state, stdout,
                        key == KEY_HELP ? ARGP_HELP_STD_HELP : ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
    }
    return 0;
}

void option_parse(const struct argp *argp, const char *program, int argc, char **argv, void *input)
{
    struct argp own = *argp;
    own.parser = parse_own;
    struct argp_child children[] = {{&own, 0, NULL, 0}, {0}};
    struct argp whole = {help_options, parse_help, NULL, NULL, children, NULL, NULL};
    struct line line = {.argp = argp, .program = program, .input = input, .next = 1};
    error_t failure =
        argp_parse(&whole, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_IN_ORDER, NULL, &line);
    if (failure == 0)
        return;
    fprintf(stderr, "%s: %s\n", program, strerror(failure)); /* no memory */
    exit(1);
}
