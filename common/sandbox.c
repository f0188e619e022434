#include "sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A new namespace would give the rights of root in it. */
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

#define CALL(NAME)                                                                                 \
    {                                                                                              \
        .number = SCMP_SYS(NAME)                                                                   \
    }
/* Only if argument I, seen through MASK, is VALUE. */
#define CALL_IF(NAME, I, MASK, VALUE)                                                              \
    {                                                                                              \
        .number = SCMP_SYS(NAME), .checks = 1, .check = {                                          \
            .arg = (I),                                                                            \
            .op = SCMP_CMP_MASKED_EQ,                                                              \
            .datum_a = (MASK),                                                                     \
            .datum_b = (VALUE)                                                                     \
        }                                                                                          \
    }
#define WHOLE UINT64_MAX

static const struct rule {
    int number;
    unsigned checks;
    struct scmp_arg_cmp check;
} allowed[] = {
    /* clients: taken, served, parted with, passed to another process; how much one has sent */
    CALL(accept4), CALL(recvfrom), CALL(recvmsg), CALL(sendto), CALL(sendmsg), CALL(shutdown),
    CALL(close), CALL(getsockname), CALL(getpeername), CALL(getsockopt), CALL(setsockopt),
    CALL(fcntl), CALL_IF(socketpair, 0, WHOLE, AF_UNIX), CALL(pipe2),
    CALL_IF(ioctl, 1, WHOLE, FIONREAD),
    /* waiting, for any of several, for a while, for a lock; what the kernel resumes by itself */
    CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6), CALL(epoll_create1), CALL(epoll_ctl),
    CALL(epoll_wait), CALL(epoll_pwait), CALL(nanosleep), CALL(clock_nanosleep),
    CALL(clock_gettime), CALL(futex), CALL(pause), CALL(restart_syscall),
    /* signals: the tick of stop.h, deaths of children, stops that are passed on, last words */
    CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(rt_sigtimedwait),
    CALL(setitimer), CALL(kill), CALL(tgkill),
    /* threads and children: made, known, ended, reaped */
    CALL_IF(clone, 0, NAMESPACES, 0), CALL(set_robust_list), CALL(rseq),
    CALL_IF(prctl, 0, WHOLE, PR_SET_PDEATHSIG), CALL(sched_yield), CALL(getpid), CALL(getppid),
    CALL(geteuid), CALL(gettid), CALL(wait4), CALL(getrusage), CALL(exit), CALL(exit_group),
    /* memory, none of it executable; limits, but to look at them; malloc has as many arenas as
       there are processors, and guards its lists by chance */
    CALL(brk), CALL_IF(mmap, 2, PROT_EXEC, 0), CALL_IF(mprotect, 2, PROT_EXEC, 0), CALL(mremap),
    CALL(munmap), CALL(madvise), CALL(memfd_create), CALL_IF(prlimit64, 2, WHOLE, 0),
    CALL(sched_getaffinity), CALL(getrandom),
    /* what is printed; a terminal is asked whether it is one */
    CALL(write), CALL(writev), CALL_IF(ioctl, 1, WHOLE, TCGETS),
    /* files: the store's, opened, locked, made durable, removed at the end; /proc, for INFO. LMDB
       asks for the kernel's name, to know whether it can trust its fdatasync */
    CALL(openat), CALL(read), CALL(pread64), CALL(pwrite64), CALL(pwritev), CALL(lseek),
    CALL(fstat), CALL(newfstatat), CALL(fstatfs), CALL(ftruncate), CALL(flock), CALL(fsync),
    CALL(fdatasync), CALL(msync), CALL(unlinkat), CALL(rmdir), CALL(uname)};

/* si_code of a signal that a filter has sent; older C libraries do not name it SYS_SECCOMP. */
enum { BY_A_FILTER = 1 };

static const char *name_of_program;

static void say(const char *text)
{
    for (size_t length = strlen(text); length > 0;) {
        ssize_t n = write(STDERR_FILENO, text, length);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0) {
            text += n;
            length -= (size_t)n;
        }
    }
}

/* A signal handler may write, but not format. */
static void report(unsigned number)
{
    char line[160] = "", digits[12];
    char *first = digits + sizeof digits - 1;
    *first = '\0';
    do
        *--first = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    strncat(line, name_of_program, 64);
    strcat(line, ": system call ");
    strcat(line, first);
    strcat(line, " is not allowed by the sandbox\n");
    say(line);
}

static void on_forbidden_call(int signal_number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_code == BY_A_FILTER) /* else somebody has sent the signal */
        report((unsigned)info->si_syscall);
    signal(signal_number, SIG_DFL);
    raise(signal_number); /* comes when this handler returns */
}

static int handle_forbidden_calls(void)
{
    struct sigaction action = {.sa_sigaction = on_forbidden_call, .sa_flags = SA_SIGINFO};
    sigfillset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL);
}

/* Returns 0 or a negative errno, as libseccomp does. */
static int fill(scmp_filter_ctx filter)
{
    int failure;
    if ((failure = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1)) != 0 ||
        (failure = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) != 0)
        return failure;
    /* Its flags are in memory, where no filter can see them. glibc then takes clone. */
    failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (size_t i = 0; failure == 0 && i < sizeof allowed / sizeof *allowed; i++)
        failure = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed[i].number,
                                         allowed[i].checks, &allowed[i].check);
    return failure;
}

int sandbox_install(const char *program)
{
    name_of_program = program;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    if (filter == NULL) {
        errno = ENOMEM;
        return -1;
    }
    int failure = fill(filter);
    /* A tree, not a list: as many comparisons for the last call as for the first. Older libraries
     * know only the list. */
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (failure == 0 && handle_forbidden_calls() != 0)
        failure = -errno;
    if (failure == 0)
        failure = seccomp_load(filter);
    seccomp_release(filter);
    errno = -failure;
    return failure == 0 ? 0 : -1;
}
