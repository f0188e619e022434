/* fatal: the last words of a server that a fault of its own kills.
 *
 * SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT end a process; with threads that is all clients. The
 * handler writes one line to standard error,
 *
 *     server_threads: killed by signal 11 (SIGSEGV): all clients are lost
 *
 * and lets the signal have its default effect, so that whoever started the server sees which it
 * was, and gets a core file if it wants one (see --enable-debug). Only the process that installed
 * the handler speaks: of a forked child its parent tells.
 *
 * A signal that has a handler already keeps it: a sanitizer's report says more. There is no
 * alternate stack: on a stack that has overflowed the handler finds no room, and the kernel ends
 * the process without the line. */
#ifndef FATAL_H
#define FATAL_H

/* Once, before threads and children are made; the name of the program is put in front of the line.
 * Returns 0, or -1 with errno. */
int fatal_install(const char *program);

#endif
