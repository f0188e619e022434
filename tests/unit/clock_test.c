#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

Test(clock, never_steps_back_and_moves)
{
    int64_t begin_ns = clock_now_ns(), last_ns = begin_ns;
    do {
        int64_t now_ns = clock_now_ns();
        cr_assert_geq(now_ns, last_ns);
        last_ns = now_ns;
    } while (last_ns - begin_ns < CLOCK_MS);
}

Test(clock, is_the_same_in_all_processes)
{
    int64_t before_ns = clock_now_ns(), child_ns = 0;
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        child_ns = clock_now_ns();
        _exit(write(fds[1], &child_ns, sizeof child_ns) == sizeof child_ns ? 0 : 1);
    }
    cr_assert_eq(read(fds[0], &child_ns, sizeof child_ns), sizeof child_ns);
    int64_t after_ns = clock_now_ns();
    cr_expect_geq(child_ns, before_ns);
    cr_expect_leq(child_ns, after_ns);
    cr_expect_eq(waitpid(pid, NULL, 0), pid);
}

Test(clock, cpu_time_is_of_work_not_of_waiting)
{
    int64_t begin_ns = clock_thread_cpu_ns(), begin_wall_ns = clock_now_ns();
    struct timespec pause = clock_timespec(20 * CLOCK_MS);
    cr_assert_eq(clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL), 0);
    cr_expect_geq(clock_now_ns() - begin_wall_ns, 20 * CLOCK_MS);
    cr_expect_lt(clock_thread_cpu_ns() - begin_ns, 10 * CLOCK_MS);
    while (clock_thread_cpu_ns() - begin_ns < CLOCK_MS)
        ;
}

Test(clock, timespec)
{
    struct timespec t = clock_timespec(3 * CLOCK_S + 5 * CLOCK_MS + 7 * CLOCK_US + 9);
    cr_expect_eq(t.tv_sec, 3);
    cr_expect_eq(t.tv_nsec, 5007009);
    t = clock_timespec(CLOCK_S - 1);
    cr_expect_eq(t.tv_sec, 0);
    cr_expect_eq(t.tv_nsec, 999999999);
}
