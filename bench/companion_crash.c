/* One client whose request kills its handler, and then others who ask whether somebody is left. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "companion_task.h"

#define AGAIN_NS    CLOCK_MS         /* from one question to the next */
#define PATIENCE_NS (500 * CLOCK_MS) /* after so long without an answer nobody is left */

static const char kill_request[] = "*2\r\n$5\r\nDEBUG\r\n$8\r\nSEGFAULT\r\n";
static const char ping_request[] = "*1\r\n$4\r\nPING\r\n";

enum end { END_CRASHED, END_NOT_SERVED, END_REFUSED };

/* Waits for a reply or the end of the connection, however long others are served before. False when
 * the companion is to end before that. */
static bool await_reply(const struct companion_task *task, int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = task->stopfd, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0)
        if (errno != EINTR)
            return false;
    return fds[0].revents != 0;
}

/* The end of the connection is the end of the handler. */
static enum end send_killer(struct companion_task *task)
{
    char reply[128];
    int fd = companion_connect(task);
    if (fd < 0)
        return END_NOT_SERVED;
    enum end end = END_NOT_SERVED;
    if (net_send_all(fd, kill_request, sizeof kill_request - 1) == 0 && await_reply(task, fd)) {
        ssize_t n = recv(fd, reply, sizeof reply, 0);
        if (n > 0)
            end = END_REFUSED;
        else if (n == 0 || errno == ECONNRESET)
            end = END_CRASHED;
    }
    close(fd);
    return end;
}

/* Whether a new client is answered. *nobody: nothing listens there. */
static bool is_answered(struct companion_task *task, bool *nobody)
{
    char reply[64];
    int fd = companion_connect(task);
    *nobody = fd < 0 && errno == ECONNREFUSED;
    if (fd < 0)
        return false;
    net_set_timeouts(fd, PATIENCE_NS, PATIENCE_NS);
    bool answered = net_send_all(fd, ping_request, sizeof ping_request - 1) == 0 &&
                    recv(fd, reply, sizeof reply, 0) > 0 && reply[0] == '+';
    close(fd);
    return answered;
}

/* How long after the crash the first new client has its answer; -1 when none gets one. */
static int64_t silence_ns(struct companion_task *task, int64_t crash_ns)
{
    for (int refused = 0; clock_now_ns() - crash_ns < PATIENCE_NS && refused < 10;) {
        bool nobody;
        if (is_answered(task, &nobody))
            return clock_now_ns() - crash_ns;
        refused += nobody;
        if (!companion_pause(task, clock_now_ns() + AGAIN_NS))
            break;
    }
    return -1;
}

void companion_crash(struct companion_task *task)
{
    double *crashes = &task->report.values[0], *survived = &task->report.values[1],
           *longest_ms = &task->report.values[2];
    *crashes = *survived = 0;
    for (size_t i = 0; i < task->order.count; i++) {
        if (!companion_pause(task, companion_turn_ns(task, i)))
            return;
        enum end end = send_killer(task);
        if (end == END_REFUSED)
            snprintf(task->error, sizeof task->error,
                     "the server answers DEBUG SEGFAULT: it needs --enable-debug");
        if (end != END_CRASHED)
            return;
        *crashes += 1;
        int64_t time_ns = silence_ns(task, clock_now_ns());
        if (time_ns < 0)
            return;
        *survived += 1;
        double time_ms = (double)time_ns / (double)CLOCK_MS;
        if (*survived == 1 || time_ms > *longest_ms)
            *longest_ms = time_ms;
    }
}
