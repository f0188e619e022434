/* stop: how a server is told to end, and how everything that blocks hears of it.
 *
 * SIGTERM or SIGINT asks the server to stop: no new clients, what has been received is answered,
 * and connections end by FIN. After the drain time, or at a second signal, it ends at once.
 *
 * The handler sets a flag and starts a timer that ticks every STOP_TICK_MS. The signal, or a tick
 * soon after it, interrupts any blocking call with EINTR; whoever blocks then looks at the flag.
 * Because ticks repeat, a signal that comes between the look and the call is not lost, and no
 * request pays for a poll. (The other known way, shutdown(connfd, SHUT_RD) from the handler, wakes
 * a reader as well, but then Linux answers the client's next bytes with RST instead of letting the
 * connection end in order.)
 *
 * The flags are one process'. Functions are async-signal-safe where they say so. */
#ifndef STOP_H
#define STOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum { STOP_TICK_MS = 10 };

/* How a parent passes the stop signal on to its children: a signal that nobody sends to a whole
 * group of processes, as terminals and service managers do with the others. */
enum { STOP_PASSED_ON = SIGUSR1 };

/* Installs the handlers and ignores SIGPIPE, SIGHUP, and SIGXFSZ: a file that may not grow is an
 * error like any other. Lets all signals through, whatever whoever started the program has blocked.
 * For a process with one thread. Returns 0, or -1 with errno. */
int stop_install(int64_t drain_ns);

/* In a freshly forked child: from now on it stops when its parent says so, by stop_pass_on and then
 * STOP_PASSED_ON, or when that signal comes and the parent is dead, and for no other signal, nor
 * for that one from anybody else: one to the whole group (Ctrl-C) is for the parent to pass on, and
 * one to a child alone would make it empty the accept queue that it shares. Only the parent decides
 * to end at once. The child's timer is its own. */
void stop_in_child(void);

/* In the parent, which is the process that called stop_install: STOP_PASSED_ON means from now on
 * that its children are to stop. It sends them that signal next. */
void stop_pass_on(void);

/* A stop was asked for: finish what has been received. */
bool stop_requested(void);

/* The drain time is over, or a second signal came: give up what you are doing. */
bool stop_is_now(void);

/* When the drain time ends (CLOCK_MONOTONIC); INT64_MAX while no stop was asked for. */
int64_t stop_deadline_ns(void);

#endif
