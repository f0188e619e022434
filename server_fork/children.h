/* children: the processes a server has forked: made, reaped, accounted, ended.
 *
 * The parent never blocks on a client. It waits for two things at once, the next client and the
 * death of a child, and must miss neither: SIGCHLD is blocked but for the wait itself (ppoll), so
 * that a death before the wait ends the wait. What a child used is known from wait4 when it is
 * reaped.
 *
 * For the parent, which has no threads. A child uses none of this but children_fork's return. */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pollfd;
struct server;

/* Called for each child that was reaped: whether the connection of a client ended with it, which
 * counts as connected no longer. */
typedef bool children_end_f(void *context, pid_t pid, int number);

struct child {
    pid_t pid;
    int number; /* below the number of children; nobody else's while it lives */
};

struct children {
    struct server *server;
    children_end_f *on_end;
    void *context;
    sigset_t while_waiting; /* the signal mask of the wait: SIGCHLD let in */
    struct child *child;    /* behind those that there are: the numbers of those to come */
    size_t count, capacity;
    bool told_to_stop;
};

/* No children yet; SIGCHLD blocked. Returns 0, or -1 with errno. */
int children_init(struct children *children, struct server *server, children_end_f *on_end,
                  void *context);
void children_destroy(struct children *children);

/* fork(2), and the child remembered: its pid in the parent, 0 in the child, -1 with errno. The
 * child is told to stop when its parent dies. SIGCHLD stays blocked there: it has no children. */
pid_t children_fork(struct children *children);

/* The number of the child that was forked last. */
int children_last_number(const struct children *children);

/* Reaps every child that has ended, until a client waits at one of these (-1: none) or a stop
 * signal has come. */
void children_reap_until_readable(struct children *children, int listenfd, int second_listenfd);

/* Reaps every child that has ended. If there was none, waits for the death of a child, for one of
 * these descriptors, for a signal or the deadline (INT64_MAX: none), and returns after whichever
 * comes first; `revents` are set in any case. */
void children_wait(struct children *children, struct pollfd *fds, size_t count,
                   int64_t deadline_ns);

/* After a stop signal: passes it on to every child, once. None may be forked any more. */
void children_stop(struct children *children);

/* The same, and reaps them all. Those that are left when the drain time ends, or at a second
 * signal, are killed. */
void children_await_end(struct children *children);

#endif
