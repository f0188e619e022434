/* option: a command line, read strictly.
 *
 * Wrong use ends the program with exit status 2 and one line on standard error that names the
 * program and the option; for a value that is malformed or out of range also what is allowed:
 *
 *     server_threads: --colour: no such option; --help lists them
 *     server_threads: --port=70000: must be a whole number from 0 to 65535
 *
 * A program describes its options to argp and calls option_parse; its parser calls the others.
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

/* Reads the command line as argp_parse does, in the order in which it stands, and returns when all
 * of it was good. `program` is the name for messages and for --help, which this adds, as --usage.
 * Unknown or ambiguous options, a value that lacks or is too much, and arguments that argp->parser
 * does not know (ARGP_KEY_ARG) are wrong use; that parser returns 0 or ARGP_ERR_UNKNOWN, no other
 * error. *argp has no children. Exit status 1 if there is no memory. */
void option_parse(const struct argp *argp, const char *program, int argc, char **argv, void *input);

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

/* Wrong use of another kind: the line, with `state->name` in front and bytes that are not printable
 * as '?', and the exit. */
void option_fail(struct argp_state *state, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
