/* The three pollers: the same promises, one table. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "poller.h"

enum { MOST = 64, SOON_NS = 20 * 1000000 };

#define POLLER_TEST(NAME)                                                                          \
    ParameterizedTestParameters(poller, NAME)                                                      \
    {                                                                                              \
        static int numbers[] = {0, 1, 2};                                                          \
        return cr_make_param_array(int, numbers, 3, NULL);                                         \
    }                                                                                              \
    ParameterizedTest(int *number, poller, NAME, .init = set_up, .timeout = 20)

static const struct poller_impl *const impls[] = {&poller_epoll, &poller_poll, &poller_select};
static const struct poller_impl *impl;
static struct poller *poller;
static int ends[2]; /* a connected pair: the first is watched */
static void *ready[MOST];

static void set_up(void)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

static void start(int number)
{
    impl = impls[number];
    poller = impl->create();
    cr_assert_not_null(poller, "%s", impl->name);
}

static void stop(void)
{
    impl->destroy(poller);
}

static void add(int fd, enum poller_interest interest, void *owner)
{
    cr_assert_eq(impl->add(poller, fd, interest, owner), 0, "%s: %s", impl->name, strerror(errno));
}

/* How many are ready without waiting. */
static int look(void)
{
    return impl->wait(poller, 0, ready, MOST);
}

static void expect_ready(void *owner)
{
    int n = impl->wait(poller, 5 * CLOCK_S, ready, MOST);
    cr_expect(n == 1 && ready[0] == owner, "%s: %d are ready", impl->name, n);
}

static void expect_nobody(void)
{
    int n = look();
    cr_expect(n == 0, "%s: %d are ready", impl->name, n);
}

static void say(int fd)
{
    cr_assert_eq(send(fd, "x", 1, MSG_NOSIGNAL), 1);
}

POLLER_TEST(readable_until_it_is_read)
{
    char byte;
    start(*number);
    add(ends[0], POLLER_READ, ends);
    expect_nobody();
    say(ends[1]);
    expect_ready(ends);
    expect_ready(ends); /* level-triggered */
    cr_assert_eq(recv(ends[0], &byte, 1, 0), 1);
    expect_nobody();
    stop();
}

POLLER_TEST(writable_while_there_is_room)
{
    static char bytes[65536];
    start(*number);
    add(ends[0], POLLER_WRITE, ends);
    expect_ready(ends);
    while (send(ends[0], bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        ;
    expect_nobody();
    while (recv(ends[1], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    expect_ready(ends);
    stop();
}

POLLER_TEST(only_what_it_is_watched_for)
{
    int other;
    start(*number);
    say(ends[1]);
    add(ends[0], POLLER_WRITE, ends);
    expect_ready(ends);
    cr_assert_eq(impl->change(poller, ends[0], POLLER_READ, &other), 0);
    expect_ready(&other); /* as its new owner */
    char byte;
    cr_assert_eq(recv(ends[0], &byte, 1, 0), 1);
    expect_nobody();
    cr_assert_eq(impl->change(poller, ends[0], POLLER_WRITE, ends), 0);
    expect_ready(ends);
    stop();
}

POLLER_TEST(hang_up_counts_as_both)
{
    static const enum poller_interest interests[] = {POLLER_READ, POLLER_WRITE};
    start(*number);
    close(ends[1]);
    add(ends[0], POLLER_READ, ends);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(impl->change(poller, ends[0], interests[i], ends), 0);
        expect_ready(ends);
    }
    stop();
}

POLLER_TEST(removed_while_ready)
{
    int others[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, others), 0);
    start(*number);
    say(ends[1]);
    say(others[1]);
    add(ends[0], POLLER_READ, ends);
    add(others[0], POLLER_READ, others);
    cr_expect_eq(look(), 2, "%s", impl->name);
    impl->remove(poller, ends[0]);
    expect_ready(others);
    /* And again, with the number given to somebody else. */
    add(ends[0], POLLER_READ, others);
    impl->remove(poller, others[0]);
    expect_ready(others);
    impl->remove(poller, ends[0]);
    expect_nobody();
    stop();
}

/* More than one wait can report: each has been reported before one is a second time. */
POLLER_TEST(everybody_in_turn)
{
    enum { MANY = 100, FEW = 7 };
    static int pairs[MANY][2], times[MANY];
    start(*number);
    for (int i = 0; i < MANY; i++) {
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]), 0);
        say(pairs[i][1]);
        add(pairs[i][0], POLLER_READ, &times[i]);
    }
    for (int reported = 0; reported < MANY * FEW;) {
        int n = impl->wait(poller, CLOCK_S, ready, FEW);
        cr_assert(n > 0 && n <= FEW, "%s: %d", impl->name, n);
        for (int i = 0; i < n; i++)
            ++*(int *)ready[i];
        reported += n;
    }
    for (int i = 0; i < MANY; i++)
        cr_expect(times[i] >= FEW - 1 && times[i] <= FEW + 1, "%s: number %d was reported %d times",
                  impl->name, i, times[i]);
    stop();
}

/* Removed from the middle of many, the others are still found under their numbers. */
POLLER_TEST(many)
{
    enum { MANY = 300 };
    static int pairs[MANY][2];
    start(*number);
    for (int i = 0; i < MANY; i++) {
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]), 0);
        add(pairs[i][0], POLLER_READ, pairs[i]);
    }
    for (int i = 0; i < MANY; i += 3) {
        impl->remove(poller, pairs[i][0]);
        say(pairs[i][1]);
    }
    expect_nobody();
    for (int i = MANY - 1; i >= 0; i--) {
        char byte;
        if (i % 3 == 0)
            continue;
        say(pairs[i][1]);
        expect_ready(pairs[i]);
        cr_assert_eq(recv(pairs[i][0], &byte, 1, 0), 1);
    }
    stop();
}

/* Descriptors beyond those that there is room for at first; select cannot watch them. */
POLLER_TEST(high_numbers)
{
    enum { HIGH = 5000 };
    struct rlimit limit;
    start(*number);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = HIGH + 1;
    if (limit.rlim_max <= HIGH || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        cr_skip_test("descriptors end at %d", (int)limit.rlim_max);
    cr_assert_eq(fcntl(ends[0], F_DUPFD_CLOEXEC, HIGH), HIGH);
    say(ends[1]);
    if (impl->descriptors_end == 0) {
        add(HIGH, POLLER_READ, ends);
        expect_ready(ends);
    } else {
        cr_expect_eq(impl->descriptors_end, FD_SETSIZE);
        cr_expect(impl->add(poller, HIGH, POLLER_READ, ends) == -1 && errno == EINVAL);
        expect_nobody();
    }
    stop();
}

POLLER_TEST(waits_no_less_than_it_was_told)
{
    start(*number);
    add(ends[0], POLLER_READ, ends);
    int64_t start_ns = clock_now_ns();
    cr_expect_eq(impl->wait(poller, SOON_NS + 1, ready, MOST), 0);
    cr_expect(clock_now_ns() - start_ns > SOON_NS, "%s", impl->name);
    cr_expect_eq(impl->wait(poller, -CLOCK_S, ready, MOST), 0); /* overdue */
    stop();
}

static void on_signal(int signal_number)
{
    (void)signal_number;
}

/* Without a limit of time, a signal that comes again and again is what ends the wait. */
POLLER_TEST(a_signal_ends_the_wait)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct itimerval tick = {{0, SOON_NS / 1000}, {0, SOON_NS / 1000}};
    start(*number);
    add(ends[0], POLLER_READ, ends);
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    cr_assert_eq(setitimer(ITIMER_REAL, &tick, NULL), 0);
    cr_expect_eq(impl->wait(poller, INT64_MAX, ready, MOST), 0, "%s", impl->name);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    stop();
}

POLLER_TEST(nothing_to_destroy)
{
    impls[*number]->destroy(NULL);
}
