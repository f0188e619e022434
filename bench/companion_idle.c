/* Clients that connect, send a PING, and are silent from then on. Whether they are served is not
 * waited for longer than answers keep coming: a server that serves one until it leaves will not. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "companion_task.h"

#define SILENCE_NS (250 * CLOCK_MS)
#define ANSWERS_NS (5 * CLOCK_S)

static const char request[] = "*1\r\n$4\r\nPING\r\n";

/* False when not even one connects; fewer than ordered are told in the report. */
static bool connect_all(struct companion_task *task)
{
    task->fds = calloc(task->order.count, sizeof *task->fds);
    while (task->fds != NULL && task->fds_count < task->order.count) {
        int fd = companion_connect(task);
        if (fd < 0)
            break;
        task->fds[task->fds_count++] = fd;
        if (net_send_all(fd, request, sizeof request - 1) != 0)
            break; /* refused at once: it counts as connected and not answered */
    }
    if (task->fds_count == 0)
        snprintf(task->error, sizeof task->error, "no idle client connects: %s", strerror(errno));
    return task->fds_count > 0;
}

/* Takes what has come on each socket that is still awaited. Returns the number of right answers. */
static size_t take_answers(struct pollfd *waits, size_t count)
{
    size_t answered = 0;
    for (size_t i = 0; i < count; i++) {
        char reply[64];
        if (waits[i].revents == 0)
            continue;
        ssize_t n = recv(waits[i].fd, reply, sizeof reply, MSG_DONTWAIT);
        answered += n > 0 && reply[0] == '+';
        waits[i].fd = -1;
    }
    return answered;
}

static size_t await_answers(struct companion_task *task)
{
    size_t answered = 0, news = 1;
    int64_t deadline_ns = clock_now_ns() + ANSWERS_NS;
    struct pollfd *waits = calloc(task->fds_count, sizeof *waits);
    for (size_t i = 0; waits != NULL && i < task->fds_count; i++)
        waits[i] = (struct pollfd){.fd = task->fds[i], .events = POLLIN};
    while (waits != NULL && news > 0 && answered < task->fds_count &&
           clock_now_ns() < deadline_ns) {
        struct timespec silence = clock_timespec(SILENCE_NS);
        int ready = ppoll(waits, task->fds_count, &silence, NULL);
        news = ready > 0 ? (size_t)ready : 0;
        if (news > 0)
            answered += take_answers(waits, task->fds_count);
    }
    free(waits);
    return answered;
}

bool companion_idle_begin(struct companion_task *task)
{
    if (!connect_all(task))
        return false;
    task->report.values[0] = (double)task->fds_count;
    task->report.values[1] = (double)await_answers(task);
    return true;
}

void companion_idle_end(struct companion_task *task)
{
    for (size_t i = 0; i < task->fds_count; i++)
        close(task->fds[i]);
    free(task->fds);
}
