#include "children.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "server.h"
#include "stats.h"
#include "stop.h"

/* Installed so that SIGCHLD interrupts the wait; the reaping is done outside. */
static void on_child_end(int signal_number)
{
    (void)signal_number;
}

int children_init(struct children *children, struct server *server, children_end_f *on_end,
                  void *context)
{
    *children = (struct children){.server = server, .on_end = on_end, .context = context};
    struct sigaction action = {.sa_handler = on_child_end, .sa_flags = SA_NOCLDSTOP};
    sigset_t child_end;
    sigemptyset(&child_end);
    sigaddset(&child_end, SIGCHLD);
    if (sigaction(SIGCHLD, &action, NULL) != 0)
        return -1;
    return sigprocmask(SIG_BLOCK, &child_end, &children->while_waiting);
}

void children_destroy(struct children *children)
{
    free(children->child);
    *children = (struct children){0};
}

static int make_room(struct children *children)
{
    if (children->count < children->capacity)
        return 0;
    size_t capacity = children->capacity > 0 ? 2 * children->capacity : 64;
    struct child *child = reallocarray(children->child, capacity, sizeof *child);
    if (child == NULL)
        return -1;
    for (size_t i = children->capacity; i < capacity; i++)
        child[i].number = (int)i;
    children->child = child;
    children->capacity = capacity;
    return 0;
}

pid_t children_fork(struct children *children)
{
    if (make_room(children) != 0)
        return -1;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid > 0) {
        children->child[children->count++].pid = pid;
    } else if (pid == 0) {
        stop_in_child();
        prctl(PR_SET_PDEATHSIG, (unsigned long)STOP_PASSED_ON);
        if (getppid() != parent) /* it died before it could be watched */
            raise(STOP_PASSED_ON);
    }
    return pid;
}

int children_last_number(const struct children *children)
{
    return children->child[children->count - 1].number;
}

/* Returns its number, which the next child gets; -1 for one that is not ours: whoever became this
 * program may have left it some. */
static int forget(struct children *children, pid_t pid)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->child[i].pid == pid) {
            struct child gone = children->child[i];
            children->child[i] = children->child[--children->count];
            children->child[children->count] = gone;
            return gone.number;
        }
    return -1;
}

static void account(struct children *children, pid_t pid, int status, const struct rusage *usage)
{
    int64_t cpu_us = (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
                     usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
    struct stats *stats = children->server->service.stats;
    int number = forget(children, pid);
    if (number < 0)
        return;
    if (status != 0)
        server_process_died(children->server);
    stats_add(stats, STATS_CPU_CHILDREN_US, cpu_us);
    const char *lost =
        children->on_end(children->context, pid, number) ? "; its client is lost" : "";
    if (WIFSIGNALED(status) && !stop_is_now()) { /* at the very end it is we who kill */
        stats_add(stats, STATS_CHILDREN_KILLED, 1);
        diag_error("child %d was killed by signal %d (%s)%s", (int)pid, WTERMSIG(status),
                   strsignal(WTERMSIG(status)), lost);
    } else if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
        stats_add(stats, STATS_CHILDREN_FAILED, 1);
        diag_error("child %d ended with status %d%s", (int)pid, WEXITSTATUS(status), lost);
    }
}

/* Returns how many there were. */
static size_t reap_all(struct children *children)
{
    int status;
    struct rusage usage;
    pid_t pid;
    size_t before = children->count;
    while (children->count > 0 && (pid = wait4(-1, &status, WNOHANG, &usage)) > 0)
        account(children, pid, status, &usage);
    return before - children->count;
}

void children_reap_until_readable(struct children *children, int listenfd, int second_listenfd)
{
    struct pollfd listeners[] = {{.fd = listenfd, .events = POLLIN},
                                 {.fd = second_listenfd, .events = POLLIN}};
    do
        reap_all(children);
    while (!stop_requested() && ppoll(listeners, 2, NULL, &children->while_waiting) < 0 &&
           errno == EINTR);
}

void children_wait(struct children *children, struct pollfd *fds, size_t count, int64_t deadline_ns)
{
    for (size_t i = 0; i < count; i++)
        fds[i].revents = 0;
    if (reap_all(children) > 0)
        return;
    struct timespec left = {0}, *most = NULL;
    if (deadline_ns != INT64_MAX) {
        int64_t now_ns = clock_now_ns();
        left = clock_timespec(deadline_ns > now_ns ? deadline_ns - now_ns : 0);
        most = &left;
    }
    ppoll(fds, (nfds_t)count, most, &children->while_waiting); /* the caller looks at everything */
}

static void signal_all(const struct children *children, int signal_number)
{
    for (size_t i = 0; i < children->count; i++)
        kill(children->child[i].pid, signal_number);
}

void children_stop(struct children *children)
{
    if (children->told_to_stop)
        return;
    stop_pass_on();
    signal_all(children, STOP_PASSED_ON);
    children->told_to_stop = true;
}

/* A child that ends by itself at the end of the drain time, which for it began a little later, is
 * not killed for that. A second signal leaves no such time. */
static bool is_patience_over(void)
{
    int64_t now_ns = clock_now_ns(), deadline_ns = stop_deadline_ns();
    return stop_is_now() && (now_ns < deadline_ns || now_ns > deadline_ns + 100 * CLOCK_MS);
}

void children_await_end(struct children *children)
{
    sigset_t child_end;
    sigemptyset(&child_end);
    sigaddset(&child_end, SIGCHLD);
    struct timespec tick = clock_timespec(STOP_TICK_MS * CLOCK_MS);
    children_stop(children);
    for (reap_all(children); children->count > 0; reap_all(children)) {
        if (is_patience_over())
            signal_all(children, SIGKILL);
        sigtimedwait(&child_end, NULL, &tick);
    }
}
