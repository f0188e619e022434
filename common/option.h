/* option: values on a command line, read strictly.
 *
 * Every function is for use in an argp parser. A value that is malformed or out of range ends the
 * program with one line naming the option, the value and what is allowed, and exit status 2:
 *
 *     server_threads: --port=70000: must be a whole number from 0 to 65535
 *
 * Counts and sizes take the suffixes k, m and g (sizes: of 1024; counts: of 1000). Times take ns,
 * us, ms, s, m or h, and fractions; a bare number has the unit the option states. The text forms
 * are for other places that hold such values, as a workload file does: they return false and leave
 * *value alone when the text is not a value in the range. */
#ifndef OPTION_H
#define OPTION_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OPTION_USAGE_STATUS = 2 };

struct option_range {
    int64_t min, max;
};

bool option_count_text(const char *text, struct option_range range, int64_t *value);
bool option_size_text(const char *text, struct option_range range, int64_t *value);
bool option_time_text(const char *text, int64_t unit_ns, struct option_range range_ns,
                      int64_t *value_ns);

int64_t option_count(struct argp_state *state, const char *option, const char *text,
                     struct option_range range);
int64_t option_size(struct argp_state *state, const char *option, const char *text,
                    struct option_range range);
int64_t option_time_ns(struct argp_state *state, const char *option, const char *text,
                       int64_t unit_ns, struct option_range range_ns);

/* The phrase for a range in a message: "a whole number from 0 to 65535", "a size from 16k to 1g",
 * "a time from 1ms to 1h". Written to text; returns text. */
enum { OPTION_TEXT_BYTES = 96 };
char *option_count_phrase(char text[OPTION_TEXT_BYTES], struct option_range range);
char *option_size_phrase(char text[OPTION_TEXT_BYTES], struct option_range range);
char *option_time_phrase(char text[OPTION_TEXT_BYTES], struct option_range range_ns);

/* A wrong use of the command line that is no range: one line, exit status 2. Does not return. */
void option_fail(struct argp_state *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
