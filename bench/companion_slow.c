/* Clients that are slow to send, or do not read what they asked for. One thread has all of them:
 * what each does next, and when. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "companion_task.h"

#define BYTE_NS   (2 * CLOCK_MS)  /* from one byte of a slow sender to its next */
#define HOLD_NS   (30 * CLOCK_MS) /* how long a reply that has begun is not read */
#define AWAY_NS   (30 * CLOCK_MS) /* after that */
#define FAILED_NS (10 * CLOCK_MS) /* after a connection that was refused or has broken */

/* More than the buffers of both sides hold: the server's may grow to 4 MiB. */
static const char unread_request[] = "*2\r\n$4\r\nBLOB\r\n$7\r\n6291456\r\n";
static const char trickle_request[] = "*1\r\n$4\r\nPING\r\n";

enum state { AWAY, SENDING, ASKING, HOLDING };

struct slow {
    enum state state;
    int fd;          /* -1 when away */
    size_t sent;     /* bytes of the request */
    int64_t next_ns; /* when it does something by itself; not while it is asking */
};

static void leave(struct slow *s, int64_t back_ns)
{
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct slow){.state = AWAY, .fd = -1, .next_ns = back_ns};
}

static void come(struct slow *s, const struct companion_task *task, int64_t now_ns)
{
    const int small = 4096;
    s->fd = companion_connect(task);
    if (s->fd < 0) {
        leave(s, now_ns + FAILED_NS);
        return;
    }
    if (task->order.kind == COMPANION_UNREAD)
        setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small); /* else it holds more */
    s->state = SENDING;
    s->next_ns = now_ns;
}

static void send_more(struct slow *s, const struct companion_task *task, int64_t now_ns)
{
    bool at_once = task->order.kind == COMPANION_UNREAD;
    const char *request = at_once ? unread_request : trickle_request;
    size_t length = strlen(request), step = at_once ? length : 1;
    if (send(s->fd, request + s->sent, step, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)step) {
        leave(s, now_ns + FAILED_NS);
        return;
    }
    s->sent += step;
    s->next_ns = now_ns + BYTE_NS;
    if (s->sent == length)
        s->state = ASKING;
}

/* Its time has come. */
static void act(struct slow *s, struct companion_task *task, int64_t now_ns)
{
    switch (s->state) {
    case AWAY:
        come(s, task, now_ns);
        break;
    case SENDING:
        send_more(s, task, now_ns);
        break;
    case HOLDING:
        task->report.values[0]++;
        leave(s, now_ns + AWAY_NS);
        break;
    case ASKING:
        break;
    }
}

/* The reply has begun, or the connection has ended. */
static void hear(struct slow *s, struct companion_task *task, int64_t now_ns)
{
    char reply[64];
    if (task->order.kind == COMPANION_UNREAD) {
        s->state = HOLDING;
        s->next_ns = now_ns + HOLD_NS;
        return;
    }
    bool answered = recv(s->fd, reply, sizeof reply, MSG_DONTWAIT) > 0 && reply[0] == '+';
    task->report.values[0] += answered;
    leave(s, answered ? now_ns : now_ns + FAILED_NS);
}

/* What to poll for, and until when at most. */
static int64_t prepare_wait(const struct slow *all, struct pollfd *waits, size_t count)
{
    int64_t first_ns = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        waits[i].fd = all[i].state == ASKING ? all[i].fd : -1;
        if (all[i].state != ASKING && all[i].next_ns < first_ns)
            first_ns = all[i].next_ns;
    }
    return first_ns;
}

/* Until it is to end. waits has one place more, for that. */
static void go_on(struct companion_task *task, struct slow *all, struct pollfd *waits)
{
    size_t count = task->order.count;
    for (;;) {
        int64_t now_ns = clock_now_ns(), left_ns = prepare_wait(all, waits, count) - now_ns;
        left_ns = left_ns < 0 ? 0 : left_ns > COMPANION_WAIT_NS ? COMPANION_WAIT_NS : left_ns;
        struct timespec left = clock_timespec(left_ns);
        if (ppoll(waits, count + 1, &left, NULL) < 0)
            continue; /* interrupted, or no kernel memory at the moment */
        if (waits[count].revents != 0)
            return;
        now_ns = clock_now_ns();
        for (size_t i = 0; i < count; i++)
            if (all[i].state == ASKING && waits[i].revents != 0)
                hear(&all[i], task, now_ns);
            else if (all[i].state != ASKING && all[i].next_ns <= now_ns)
                act(&all[i], task, now_ns);
    }
}

void companion_be_slow(struct companion_task *task)
{
    size_t count = task->order.count;
    struct slow *all = calloc(count, sizeof *all);
    struct pollfd *waits = calloc(count + 1, sizeof *waits);
    if (all != NULL && waits != NULL) {
        task->report.values[0] = 0;
        for (size_t i = 0; i < count; i++) {
            waits[i].events = POLLIN;
            all[i].fd = -1;
        }
        waits[count] = (struct pollfd){.fd = task->stopfd, .events = POLLIN};
        go_on(task, all, waits);
        for (size_t i = 0; i < count; i++)
            leave(&all[i], 0);
    } else {
        snprintf(task->error, sizeof task->error, "out of memory for slow clients");
    }
    free(all);
    free(waits);
}
