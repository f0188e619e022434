#include "child.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

static void settle_in(pid_t parent, int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu != CHILD_ANY_CPU)
        CPU_SET((size_t)cpu, &set);
    /* The parent may have gone before the kernel was asked to tell. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        (cpu != CHILD_ANY_CPU && sched_setaffinity(0, sizeof set, &set) != 0))
        _exit(127);
}

pid_t child_fork(struct child *c, int cpu)
{
    pid_t parent = getpid(), pid = fork();
    *c = (struct child){.pidfd = -1};
    if (pid == 0)
        settle_in(parent, cpu);
    if (pid <= 0)
        return pid;
    c->pid = pid;
    c->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (c->pidfd >= 0)
        return pid;
    int open_errno = errno;
    child_kill(c);
    errno = open_errno;
    return -1;
}

static int reap(struct child *c)
{
    int status = 0;
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (c->pidfd >= 0)
        close(c->pidfd);
    *c = (struct child){.pidfd = -1};
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int child_wait(struct child *c, int64_t deadline_ns)
{
    struct pollfd fd = {.fd = c->pidfd, .events = POLLIN};
    int ready = 0;
    if (c->pid == 0)
        return -1;
    do {
        int64_t left_ns = deadline_ns - clock_now_ns();
        struct timespec left = clock_timespec(left_ns > 0 ? left_ns : 0);
        ready = ppoll(&fd, 1, &left, NULL);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        kill(c->pid, SIGKILL);
    return reap(c);
}

void child_kill(struct child *c)
{
    if (c->pid == 0)
        return;
    kill(c->pid, SIGKILL); /* ends a stopped one too */
    reap(c);
}
