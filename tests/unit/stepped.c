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

void stepped_kill_after(pid_t pid, int instructions)
{
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    if (!WIFSTOPPED(status))
        cr_skip_test("may not trace");
    for (int i = 0; i < instructions; i++) {
        cr_assert(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0, "%m");
        cr_assert(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
    }
    kill(pid, SIGKILL);
    cr_assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}
