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
    argp_failure(state, OPTION_USAGE_STATUS, 0, "%s", text);
    exit(OPTION_USAGE_STATUS); /* for a parser that runs with ARGP_NO_EXIT */
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
