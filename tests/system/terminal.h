/* terminal: a program that believes a person sits before it.
 *
 * It runs on a pseudo-terminal of its own, of 80 columns, so what it prints comes at once and not
 * in blocks, and what is sent to it counts as typed: a line ends with "\r". What arrives is kept as
 * it is, control sequences included. Every wait ends after PATIENCE_S. The functions fail the
 * running test when the system fails them or a deadline passes, and the program is killed then. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stddef.h>
#include <sys/types.h>

struct terminal {
    pid_t pid;
    int fd;     /* the screen and the keyboard */
    char *text; /* what was shown and not yet awaited; ends with a NUL */
    size_t length;
};

/* Starts arguments[0], a path or a name looked up in PATH; the list ends with NULL. */
void terminal_start(struct terminal *t, const char *const arguments[]);

/* Awaits that it shows this, and forgets that with all before. */
void terminal_await(struct terminal *t, const char *text);

void terminal_type(struct terminal *t, const char *keys);

/* Awaits its end, gives everything back, and returns its exit status; 128 + signal if one ended it.
 */
int terminal_wait(struct terminal *t);

#endif
