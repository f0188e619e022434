/* diag: messages to the person who started the program, on standard error.
 *
 * A message is one line, "PROGRAM: TEXT", written by one write(2), so that lines of several threads
 * and processes never mix; a text over some 350 bytes is cut. Bytes other than printable ASCII are
 * shown as '?': a text may quote what a peer sent. No lock is taken, no memory is allocated, errno
 * is left as it was. Usable from any thread and after a fork; not from a signal handler. */
#ifndef DIAG_H
#define DIAG_H

#include <stdbool.h>
#include <stdint.h>

/* Once at the start, before anything is opened: the name in front of each message (kept, not
 * copied), and whether diag_verbose speaks. Before that, messages carry no name. Standard
 * descriptors that whoever started the program has closed become /dev/null. */
void diag_init(const char *program, bool verbose);

void diag_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void diag_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For a fault that can repeat thousands of times a second: at most one message a second for each
 * `struct diag_limit` (static, zeroed), which tells how many were left out since the last. */
struct diag_limit {
    _Atomic int64_t last_ns;
    _Atomic int64_t left_out;
};
void diag_limited(struct diag_limit *limit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
