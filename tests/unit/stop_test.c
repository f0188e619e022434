/* A stop signal reaches whoever blocks, however unluckily it is timed. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "stop.h"

static int never_readable;

static void set_up(void)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    never_readable = ends[0];
    cr_assert_eq(stop_install(300 * CLOCK_MS), 0);
    cr_assert_not(stop_requested());
    cr_assert_not(stop_is_now());
    cr_assert_eq(stop_deadline_ns(), INT64_MAX);
}

TestSuite(stop, .init = set_up, .timeout = 10);

static void assert_blocking_read_is_interrupted(void)
{
    char byte;
    cr_assert_eq(read(never_readable, &byte, 1), -1);
    cr_assert_eq(errno, EINTR);
}

Test(stop, a_signal_before_the_blocking_call_is_not_lost)
{
    raise(SIGTERM);
    cr_assert(stop_requested());
    cr_assert_not(stop_is_now());
    for (int i = 0; i < 3; i++)
        assert_blocking_read_is_interrupted();
}

Test(stop, the_drain_time_ends)
{
    int64_t begin_ns = clock_now_ns();
    raise(SIGINT);
    while (!stop_is_now())
        assert_blocking_read_is_interrupted();
    int64_t took_ns = clock_now_ns() - begin_ns;
    cr_assert_geq(took_ns, 300 * CLOCK_MS);
    cr_assert_eq(stop_is_now(), clock_now_ns() >= stop_deadline_ns());
}

Test(stop, a_second_signal_ends_it_at_once)
{
    raise(SIGTERM);
    raise(SIGTERM);
    cr_assert(stop_is_now());
    cr_assert_lt(clock_now_ns(), stop_deadline_ns());
}

/* In the child. */
static bool is_stopped_by_its_parent_only(void)
{
    stop_in_child();
    raise(SIGINT);
    raise(SIGTERM);
    raise(STOP_PASSED_ON); /* from whomever: the parent has not said so */
    if (stop_requested())
        return false;
    stop_pass_on(); /* which is seen wherever it is said */
    raise(STOP_PASSED_ON);
    if (!stop_requested())
        return false;
    raise(STOP_PASSED_ON);
    return !stop_is_now();
}

Test(stop, a_child_is_stopped_by_its_parent_only)
{
    int status;
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0)
        _exit(is_stopped_by_its_parent_only() ? 0 : 1);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
}

/* In the middle one of three: its child, whose parent is another one from then on, tells that it is
 * stopped by the signal. */
static void leave_orphan(int told)
{
    pid_t middle = getpid(), child;
    if (stop_install(300 * CLOCK_MS) != 0 || (child = fork()) < 0)
        _exit(1);
    if (child > 0)
        _exit(0);
    stop_in_child();
    while (getppid() == middle)
        sched_yield();
    raise(STOP_PASSED_ON);
    bool is_stopped = stop_requested();
    _exit(write(told, &is_stopped, 1) == 1 ? 0 : 1);
}

Test(stop, a_child_without_a_parent_is_stopped)
{
    int ends[2];
    bool is_stopped = false;
    cr_assert_eq(pipe(ends), 0);
    pid_t middle = fork();
    cr_assert_geq(middle, 0);
    if (middle == 0)
        leave_orphan(ends[1]);
    close(ends[1]);
    cr_expect_eq(read(ends[0], &is_stopped, 1), 1);
    cr_expect(is_stopped);
    cr_assert_eq(waitpid(middle, NULL, 0), middle);
}

Test(stop, what_a_parent_passes_on_interrupts_calls)
{
    stop_in_child();
    raise(STOP_PASSED_ON);
    assert_blocking_read_is_interrupted();
}

/* Its parent was asked to stop, made it for a client that waited, and passed the signal on before
 * the child could do anything. */
Test(stop, a_child_made_at_the_end_has_its_time)
{
    raise(SIGTERM);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    raise(STOP_PASSED_ON);
    cr_assert_not(stop_is_now());
    stop_in_child();
    cr_assert_not(stop_is_now());
    while (!stop_is_now())
        assert_blocking_read_is_interrupted();
    cr_assert_geq(clock_now_ns(), stop_deadline_ns());
}

Test(stop, a_closed_pipe_and_a_lost_terminal_end_nothing)
{
    raise(SIGPIPE);
    raise(SIGHUP);
    cr_assert_not(stop_requested());
}

Test(stop, errno_survives_the_handler)
{
    errno = ENOTTY;
    raise(SIGTERM);
    cr_assert_eq(errno, ENOTTY);
}
