/* The server of known latency, and the process it runs in. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "net.h"
#include "reference_server.h"

#define PING "*1\r\n$4\r\nPING\r\n"
#define PONG "+PONG\r\n"

enum { PATIENCE_S = 20 };

TestSuite(reference_server, .timeout = 60);
TestSuite(child, .timeout = 60);

static int connected(const struct reference_server *s)
{
    struct net_address address;
    cr_assert_null(net_resolve(&address, "127.0.0.1", s->port));
    int fd = net_socket(&address, 0);
    cr_assert(fd >= 0 && net_set_timeouts(fd, PATIENCE_S * CLOCK_S, PATIENCE_S * CLOCK_S) == 0 &&
              net_connect(fd, &address) == 0);
    return fd;
}

static void tell(int fd, const char *text)
{
    cr_assert_eq(net_send_all(fd, text, strlen(text)), 0);
}

static void expect_replies(int fd, int count)
{
    char bytes[sizeof PONG - 1];
    for (int i = 0; i < count; i++)
        cr_assert(recv(fd, bytes, sizeof bytes, MSG_WAITALL) == (ssize_t)sizeof bytes &&
                      memcmp(bytes, PONG, sizeof bytes) == 0,
                  "reply %d", i);
}

/* How long a reply takes. */
static int64_t ask(int fd)
{
    int64_t begin_ns = clock_now_ns();
    tell(fd, PING);
    expect_replies(fd, 1);
    return clock_now_ns() - begin_ns;
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 1;
}

static void start(struct reference_server *s, struct reference_server_plan plan)
{
    cr_assert(reference_server_start(s, &plan, CHILD_ANY_CPU), "%s", strerror(errno));
}

Test(reference_server, answers_after_its_delay_and_never_before)
{
    struct reference_server s;
    struct reference_server_record record;
    int64_t shortest_ns = INT64_MAX;
    start(&s, (struct reference_server_plan){.delay_ns = 3 * CLOCK_MS});
    int fd = connected(&s);
    cr_expect(!is_readable(s.heardfd, 0));
    for (int i = 0; i < 20; i++) {
        int64_t took_ns = ask(fd);
        if (took_ns < shortest_ns)
            shortest_ns = took_ns;
    }
    cr_expect(is_readable(s.heardfd, 0));
    cr_expect(reference_server_stop(&s, &record));
    cr_expect_eq(record.answers, 20);
    /* Not exactly: the kernel's stamp and the monotonic clock are read at different moments. */
    cr_expect(shortest_ns > 2900 * CLOCK_US, "%ld ns", (long)shortest_ns);
    cr_expect(shortest_ns < 100 * CLOCK_MS, "%ld ns", (long)shortest_ns);
    close(fd);
}

Test(reference_server, answers_each_request_however_it_comes)
{
    struct reference_server s;
    struct reference_server_record record;
    start(&s, (struct reference_server_plan){0});
    int fd = connected(&s), other = connected(&s);
    tell(fd, PING PING PING);
    expect_replies(fd, 3);
    for (const char *c = PING PING; *c != '\0'; c++)
        tell(fd, (char[]){*c, '\0'});
    expect_replies(fd, 2);
    ask(other);
    cr_expect(reference_server_stop(&s, &record));
    cr_expect_eq(record.answers, 6);
    close(fd);
    close(other);
}

Test(reference_server, hangs_up_on_anything_else)
{
    struct reference_server s;
    struct reference_server_record record;
    char byte;
    start(&s, (struct reference_server_plan){0});
    int fd = connected(&s), good = connected(&s);
    tell(fd, "*1\r\n$4\r\nPONG\r\n");
    ssize_t n = recv(fd, &byte, 1, 0);
    cr_expect(n == 0 || (n < 0 && errno == ECONNRESET), "%zd bytes", n);
    ask(good);
    cr_expect(reference_server_stop(&s, &record));
    close(fd);
    close(good);
}

Test(reference_server, freezes_once)
{
    struct reference_server s;
    struct reference_server_record record;
    int64_t longest_ns = 0;
    int hangs = 0;
    start(&s, (struct reference_server_plan){.freeze_after_ns = 50 * CLOCK_MS,
                                             .freeze_ns = 300 * CLOCK_MS});
    int fd = connected(&s);
    int64_t end_ns = clock_now_ns() + 600 * CLOCK_MS;
    while (clock_now_ns() < end_ns) {
        int64_t took_ns = ask(fd);
        hangs += took_ns > 250 * CLOCK_MS;
        if (took_ns > longest_ns)
            longest_ns = took_ns;
    }
    cr_expect(reference_server_stop(&s, &record));
    cr_expect_geq(record.frozen_ns, 300 * CLOCK_MS);
    cr_expect(hangs == 1 && longest_ns <= record.frozen_ns + 100 * CLOCK_MS,
              "%d hangs, the longest %ld ns", hangs, (long)longest_ns);
    close(fd);
}

Test(reference_server, one_that_was_killed_did_not_end_well)
{
    struct reference_server s;
    struct reference_server_record record;
    start(&s, (struct reference_server_plan){0});
    kill(s.child.pid, SIGKILL);
    cr_expect(is_readable(s.heardfd, PATIENCE_S * 1000), "nobody waits for it for ever");
    cr_expect(!reference_server_stop(&s, &record));
    cr_expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "reaped");
}

/* ---- child ---- */

Test(child, its_status_is_told)
{
    struct child c;
    if (child_fork(&c, CHILD_ANY_CPU) == 0)
        _exit(7);
    cr_expect_eq(child_wait(&c, clock_now_ns() + PATIENCE_S * CLOCK_S), 7);
    cr_expect_eq(child_wait(&c, clock_now_ns()), -1, "there is none any more");
    child_kill(&c);
}

Test(child, one_that_does_not_end_is_killed_even_when_stopped)
{
    struct child c;
    if (child_fork(&c, CHILD_ANY_CPU) == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    cr_expect_eq(child_wait(&c, clock_now_ns() + 10 * CLOCK_MS), -1);
    cr_expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "reaped");
}

Test(child, dies_with_its_parent)
{
    int pipefd[2];
    struct child parent, c;
    cr_assert_eq(pipe(pipefd), 0);
    if (child_fork(&parent, CHILD_ANY_CPU) == 0) {
        if (child_fork(&c, CHILD_ANY_CPU) == 0)
            for (;;)
                pause();
        _exit(c.pid > 0 ? 0 : 1);
    }
    close(pipefd[1]);
    cr_expect_eq(child_wait(&parent, clock_now_ns() + PATIENCE_S * CLOCK_S), 0);
    cr_expect(is_readable(pipefd[0], PATIENCE_S * 1000), "the last writer is gone");
    close(pipefd[0]);
}
