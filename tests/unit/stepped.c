#include "stepped.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

void stepped_begin(void)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(1);
    raise(SIGSTOP);
}

static void await_begin(pid_t pid)
{
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    if (!WIFSTOPPED(status))
        cr_skip_test("may not trace");
}

static void step(pid_t pid)
{
    int status;
    cr_assert(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0, "%m");
    cr_assert(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
}

static void end(pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    cr_assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

int stepped_length(pid_t pid, _Atomic int64_t *counter)
{
    int length = 0;
    await_begin(pid);
    for (; atomic_load(counter) == 0; length++)
        step(pid);
    end(pid);
    return length;
}

/* Each round begins at 0: of n instructions there are n * n / 2 steps. */
int stepped_stride(int length, int64_t steps)
{
    return (int)(length * (int64_t)length / (2 * steps)) + 1;
}

void stepped_kill_after(pid_t pid, int instructions)
{
    await_begin(pid);
    for (int i = 0; i < instructions; i++)
        step(pid);
    end(pid);
}
