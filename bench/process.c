#include "process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"

/* What SIGKILL may take; only a process stuck in the kernel needs longer. */
#define KILL_NS (5 * CLOCK_S)

/* ---- starting ---- */

/* In the child, between fork and exec. Does not return. */
static void become(const char *const argv[], int outfd, int errfd, const cpu_set_t *cpus,
                   pid_t parent)
{
    setpgid(0, 0);
    /* The parent may have gone before the kernel was asked to tell. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(127);
    int nullfd = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nullfd, STDIN_FILENO);
    dup2(outfd >= 0 ? outfd : nullfd, STDOUT_FILENO);
    dup2(errfd, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < SIGRTMIN; s++)
        signal(s, SIG_DFL); /* what this program's starter ignored is not the child's affair */
    if (cpus != NULL && sched_setaffinity(0, sizeof *cpus, cpus) != 0)
        dprintf(STDERR_FILENO, "cannot be pinned to its CPUs: %s\n", strerror(errno));
    else {
        execvp(argv[0], (char *const *)argv);
        dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
    }
    _exit(127);
}

/* In the child: until the other end of the pipe is closed, which its program's exec must not keep
 * open. */
static void wait_at_gate(const int gate[2])
{
    char byte;
    close(gate[1]);
    while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
        continue;
}

static bool open_outputs(struct process *p, bool keep_output, int *write_end)
{
    int pipefd[2];
    p->errfd = memfd_create("stderr", MFD_CLOEXEC);
    if (p->errfd < 0)
        return false;
    if (!keep_output)
        return true;
    if (pipe2(pipefd, O_CLOEXEC) != 0)
        return false;
    p->outfd = pipefd[0];
    *write_end = pipefd[1];
    return fcntl(p->outfd, F_SETFL, O_NONBLOCK) == 0;
}

static void close_if_open(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

bool process_start(struct process *p, const char *const argv[], bool keep_output,
                   const cpu_set_t *cpus)
{
    return process_start_attached(p, argv, keep_output, cpus, NULL, NULL);
}

bool process_start_attached(struct process *p, const char *const argv[], bool keep_output,
                            const cpu_set_t *cpus, void (*attach)(pid_t pid, void *context),
                            void *context)
{
    *p = (struct process){.pidfd = -1, .outfd = -1, .errfd = -1};
    int write_end = -1, gate[2] = {-1, -1};
    pid_t parent = getpid(), pid = -1;
    if (open_outputs(p, keep_output, &write_end) && pipe2(gate, O_CLOEXEC) == 0)
        pid = fork();
    if (pid == 0) {
        wait_at_gate(gate);
        become(argv, write_end, p->errfd, cpus, parent);
    }
    int saved_errno = errno;
    if (pid > 0 && attach != NULL)
        attach(pid, context);
    close_if_open(&write_end);
    close_if_open(&gate[0]);
    close_if_open(&gate[1]);
    if (pid > 0) {
        setpgid(pid, pid); /* the child does it too; whoever comes first */
        p->pid = pid;
        p->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (p->pidfd >= 0)
            return true;
        saved_errno = errno;
        process_kill(p);
    }
    process_close(p);
    errno = saved_errno;
    return false;
}

/* ---- waiting ---- */

/* poll until the deadline; 0 when it passed. Descriptors of -1 are passed over. */
static int poll_until(struct pollfd *fds, nfds_t count, int64_t deadline_ns)
{
    for (;;) {
        int64_t left_ns = deadline_ns - clock_now_ns();
        struct timespec left = clock_timespec(left_ns > 0 ? left_ns : 0);
        int ready = ppoll(fds, count, &left, NULL);
        if (ready >= 0)
            return ready;
        if (errno != EINTR)
            return 0; /* no kernel memory: as if the time were up, so that nothing waits for ever */
    }
}

enum process_wait process_wait(const struct process *p, const struct process *peer,
                               int64_t deadline_ns)
{
    struct pollfd fds[] = {
        {.fd = peer != NULL ? peer->pidfd : -1, .events = POLLIN},
        {.fd = p->pidfd, .events = POLLIN},
        {.fd = interrupt_fd(), .events = POLLIN},
    };
    if (poll_until(fds, 3, deadline_ns) == 0)
        return PROCESS_LATE;
    if (fds[2].revents != 0)
        return PROCESS_INTERRUPTED;
    /* The peer first: p may well have ended because its peer did. */
    return fds[0].revents != 0 ? PROCESS_PEER_ENDED : PROCESS_ENDED;
}

/* Hands out one buffered line, if a whole one is there. */
static bool take_line(struct process *p, char line[PROCESS_LINE_BYTES])
{
    char *head = p->out + p->out_start;
    char *end = memchr(head, '\n', p->out_end - p->out_start);
    if (end == NULL)
        return false;
    size_t length = (size_t)(end - head);
    memcpy(line, head, length);
    line[length] = '\0';
    p->out_start += length + 1;
    return true;
}

/* Moves what is unread to the front and reads more behind it. As read. */
static ssize_t read_more(struct process *p)
{
    p->out_end -= p->out_start;
    memmove(p->out, p->out + p->out_start, p->out_end);
    p->out_start = 0;
    ssize_t n = read(p->outfd, p->out + p->out_end, sizeof p->out - p->out_end);
    if (n > 0)
        p->out_end += (size_t)n;
    return n;
}

enum process_line process_read_line(struct process *p, char line[PROCESS_LINE_BYTES],
                                    int64_t deadline_ns)
{
    for (;;) {
        if (take_line(p, line))
            return PROCESS_LINE;
        if (p->out_end - p->out_start == sizeof p->out)
            return PROCESS_LINE_LONG;
        struct pollfd fds[] = {
            {.fd = p->outfd, .events = POLLIN},
            {.fd = p->pid != 0 ? p->pidfd : -1, .events = POLLIN},
            {.fd = p->pid != 0 ? interrupt_fd() : -1, .events = POLLIN},
        };
        if (poll_until(fds, 3, deadline_ns) == 0)
            return PROCESS_LINE_LATE;
        if (fds[2].revents != 0)
            return PROCESS_LINE_INTERRUPTED;
        ssize_t n = read_more(p);
        /* EAGAIN: it has ended, and what keeps its output open is a process it left behind. */
        if (n == 0 || (n < 0 && errno != EINTR))
            return PROCESS_NO_LINE;
    }
}

/* Output first: what was printed before an end is heard before it. */
static bool hear(struct process *p, char line[PROCESS_LINE_BYTES])
{
    if (take_line(p, line))
        return true;
    if (p->out_end - p->out_start == sizeof p->out)
        p->out_start = p->out_end;
    ssize_t n = read_more(p);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_if_open(&p->outfd);
    return take_line(p, line);
}

enum process_wait process_wait_line(struct process *p, const struct process *peer,
                                    char line[PROCESS_LINE_BYTES], int64_t deadline_ns)
{
    while (p->outfd >= 0) {
        if (hear(p, line))
            return PROCESS_SAID;
        struct pollfd fds[] = {
            {.fd = p->outfd, .events = POLLIN},
            {.fd = peer != NULL ? peer->pidfd : -1, .events = POLLIN},
            {.fd = p->pidfd, .events = POLLIN},
            {.fd = interrupt_fd(), .events = POLLIN},
        };
        if (poll_until(fds, 4, deadline_ns) == 0)
            return PROCESS_LATE;
        if (fds[0].revents == 0)
            break;
    }
    return process_wait(p, peer, deadline_ns);
}

/* ---- ending ---- */

static bool reap_until(struct process *p, int64_t deadline_ns)
{
    struct pollfd fd = {.fd = p->pidfd, .events = POLLIN};
    if (p->pidfd >= 0 && poll_until(&fd, 1, deadline_ns) == 0)
        return false;
    while (wait4(p->pid, &p->status, 0, &p->usage) < 0)
        if (errno != EINTR)
            break;
    p->pid = 0;
    return true;
}

void process_kill(struct process *p)
{
    if (p->pid == 0)
        return;
    kill(-p->pid, SIGKILL);
    kill(p->pid, SIGKILL); /* it may not yet lead its group */
    reap_until(p, clock_now_ns() + KILL_NS);
}

bool process_stop(struct process *p, int64_t deadline_ns)
{
    if (p->pid == 0)
        return true;
    kill(p->pid, SIGTERM);
    if (reap_until(p, deadline_ns))
        return true;
    process_kill(p);
    return false;
}

/* ---- looking ---- */

char *process_message(const struct process *p, char text[PROCESS_TEXT_BYTES])
{
    char tail[1024];
    text[0] = '\0';
    off_t size = lseek(p->errfd, 0, SEEK_END);
    off_t from = size > (off_t)sizeof tail ? size - (off_t)sizeof tail : 0;
    ssize_t n = pread(p->errfd, tail, sizeof tail, from);
    while (n > 0 && isspace((unsigned char)tail[n - 1]))
        n--;
    if (n <= 0)
        return text;
    const char *newline = memrchr(tail, '\n', (size_t)n);
    const char *line = newline != NULL ? newline + 1 : tail;
    snprintf(text, PROCESS_TEXT_BYTES, "%.*s", (int)(tail + n - line), line);
    for (char *c = text; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return text;
}

char *process_status_text(int status, char text[PROCESS_TEXT_BYTES])
{
    if (WIFSIGNALED(status))
        snprintf(text, PROCESS_TEXT_BYTES, "signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(text, PROCESS_TEXT_BYTES, "exit status %d", WEXITSTATUS(status));
    return text;
}

void process_close(struct process *p)
{
    close_if_open(&p->pidfd);
    close_if_open(&p->outfd);
    close_if_open(&p->errfd);
}

/* ---- a whole run ---- */

/* Everything a started process prints. False when it does not fit or does not end in time. */
static bool read_all(struct process *p, int64_t deadline_ns, char *output, size_t bytes)
{
    char line[PROCESS_LINE_BYTES];
    size_t length = 0;
    enum process_line result;
    while ((result = process_read_line(p, line, deadline_ns)) == PROCESS_LINE) {
        int n = snprintf(output + length, bytes - length, "%s\n", line);
        if ((size_t)n >= bytes - length)
            return false;
        length += (size_t)n;
    }
    return result == PROCESS_NO_LINE && process_wait(p, NULL, deadline_ns) == PROCESS_ENDED;
}

bool process_capture(const char *const argv[], int64_t deadline_ns, char *output, size_t bytes,
                     char error[PROCESS_TEXT_BYTES])
{
    struct process p;
    output[0] = '\0';
    if (!process_start(&p, argv, true, NULL)) {
        snprintf(error, PROCESS_TEXT_BYTES, "cannot start a process: %s", strerror(errno));
        return false;
    }
    bool complete = read_all(&p, deadline_ns, output, bytes);
    process_kill(&p);
    bool good = complete && WIFEXITED(p.status) && WEXITSTATUS(p.status) == 0;
    if (!complete)
        snprintf(error, PROCESS_TEXT_BYTES, "did not end in time, or printed too much");
    else if (!good && process_message(&p, error)[0] == '\0')
        process_status_text(p.status, error);
    process_close(&p);
    return good;
}
