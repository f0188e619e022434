#include "idle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "contender.h"
#include "interrupt.h"
#include "net.h"

#define ANSWER_NS (5 * CLOCK_S)

/* What a server and this program have open besides. */
enum { OTHER_DESCRIPTORS = 200 };

bool idle_make_room(size_t clients, size_t *allowed)
{
    struct rlimit limit;
    rlim_t wanted = clients + OTHER_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        limit.rlim_cur = 0;
    *allowed = limit.rlim_cur;
    if (limit.rlim_cur >= wanted)
        return true;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted)
        limit.rlim_max = wanted; /* only for the privileged */
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool is_answered(int fd)
{
    static const char request[] = "*1\r\n$4\r\nPING\r\n", wanted[] = "+PONG\r\n";
    char reply[sizeof wanted - 1];
    size_t length = 0;
    if (net_send_all(fd, request, sizeof request - 1) != 0)
        return false;
    while (length < sizeof reply) {
        ssize_t n = recv(fd, reply + length, sizeof reply - length, 0);
        if (n > 0)
            length += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return false;
    }
    return memcmp(reply, wanted, sizeof reply) == 0;
}

/* A connection that has had its answer; -1 with errno, which is 0 for a wrong answer. */
static int open_one(const struct net_address *address)
{
    int fd = net_socket(address, 0);
    if (fd < 0)
        return -1;
    errno = 0;
    if (net_set_timeouts(fd, ANSWER_NS, ANSWER_NS) == 0 && net_reset_on_close(fd) == 0 &&
        net_connect(fd, address) == 0) {
        errno = 0;
        if (is_answered(fd))
            return fd;
    }
    int saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return -1;
}

static bool reserve(struct idle *idle, size_t clients)
{
    int *fds = reallocarray(idle->fds, clients, sizeof *fds);
    if (fds != NULL)
        idle->fds = fds;
    return fds != NULL;
}

bool idle_open(struct idle *idle, size_t clients, uint16_t port, char *why)
{
    struct net_address address;
    if (net_resolve(&address, "127.0.0.1", port) != NULL || !reserve(idle, clients)) {
        snprintf(why, CONTENDER_WHY_BYTES, "no address or no memory");
        return false;
    }
    while (idle->count < clients) {
        if (interrupt_arrived()) {
            snprintf(why, CONTENDER_WHY_BYTES, "interrupted");
            return false;
        }
        int fd = open_one(&address);
        if (fd < 0) {
            snprintf(why, CONTENDER_WHY_BYTES, "client %zu gets no answer: %s", idle->count + 1,
                     errno != 0 ? strerror(errno) : "another one, or the end of its connection");
            return false;
        }
        idle->fds[idle->count++] = fd;
    }
    return true;
}

size_t idle_ask(const struct idle *idle)
{
    size_t answered = 0;
    while (answered < idle->count && is_answered(idle->fds[answered]))
        answered++;
    return answered;
}

void idle_close(struct idle *idle)
{
    for (size_t i = 0; i < idle->count; i++)
        close(idle->fds[i]);
    free(idle->fds);
    *idle = (struct idle){0};
}
