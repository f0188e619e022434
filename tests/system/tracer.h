/* tracer: strace(1) on a running server, to see its system calls or to make some fail.
 *
 * It is attached to all processes of a server that is ready and detached before that ends, so that
 * start-up and a sanitizer's report at exit are not disturbed. Threads and children made meanwhile
 * are traced too.
 */
#ifndef TRACER_H
#define TRACER_H

#include "server.h"

struct tracer {
    struct process strace;
    const struct process *traced;
    char log[64]; /* file */
};

/* Attaches with -e OPTION for each of a list that NULL ends. Skips the test, saying why, where
 * strace is missing or may not trace. */
void tracer_attach(struct tracer *t, const struct server *s, const char *const expressions[]);

/* Awaits that the server is at rest and detaches; the server runs on undisturbed. Returns what was
 * traced, one call a line, to be freed. Its struct must be where it was when it was attached. */
char *tracer_detach(struct tracer *t);

/* How many lines of a text contain both words. */
int count_lines(const char *text, const char *word, const char *other);

/* How many calls of one process or thread contain a word. */
int count_calls_of(const char *text, pid_t pid, const char *word);

#endif
