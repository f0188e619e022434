#include "ledger_perf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the number of the tracepoint ---- */

static int64_t read_id(const char *folder)
{
    char path[128];
    long long id = -1;
    snprintf(path, sizeof path, "%s/events/raw_syscalls/sys_enter/id", folder);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    if (fscanf(file, "%lld", &id) != 1)
        id = -1;
    fclose(file);
    return id;
}

/* In a child. Nobody else sees the mount, and it goes with the child. */
static int64_t mount_and_read_id(void)
{
    static const char folder[] = "/sys/kernel/tracing";
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", folder, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        return -1;
    return read_id(folder);
}

static int64_t ask_child_for_id(void)
{
    int pipefd[2];
    int64_t id = -1;
    if (pipe2(pipefd, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        id = mount_and_read_id();
        _exit(write(pipefd[1], &id, sizeof id) != sizeof id);
    }
    close(pipefd[1]);
    if (pid > 0) {
        if (read(pipefd[0], &id, sizeof id) != sizeof id)
            id = -1;
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    close(pipefd[0]);
    return id;
}

static int64_t find_id(void)
{
    int64_t id = read_id("/sys/kernel/tracing");
    if (id < 0)
        id = read_id("/sys/kernel/debug/tracing");
    return id >= 0 ? id : ask_child_for_id();
}

/* ---- events ---- */

static int open_event(enum perf_event event, int64_t syscalls_id, pid_t pid)
{
    static const uint64_t software[] = {
        [PERF_EVENT_CPU_NS] = PERF_COUNT_SW_TASK_CLOCK,
        [PERF_EVENT_SWITCHES] = PERF_COUNT_SW_CONTEXT_SWITCHES,
        [PERF_EVENT_FAULTS] = PERF_COUNT_SW_PAGE_FAULTS,
    };
    bool traced = event == PERF_EVENT_SYSCALLS;
    struct perf_event_attr attr = {
        .type = traced ? PERF_TYPE_TRACEPOINT : PERF_TYPE_SOFTWARE,
        .size = sizeof attr,
        .config = traced ? (uint64_t)syscalls_id : software[event],
        .disabled = 1,
        .inherit = 1,
        .enable_on_exec = 1,
    };
    return (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

struct perf_probe perf_probe(void)
{
    struct perf_probe probe = {.syscalls_id = find_id()};
    for (int e = 0; e < PERF_EVENTS; e++) {
        if (e == PERF_EVENT_SYSCALLS && probe.syscalls_id < 0) {
            snprintf(probe.why[e], PERF_WHY_BYTES, "tracefs cannot be read");
            continue;
        }
        int fd = open_event((enum perf_event)e, probe.syscalls_id, 0);
        if (fd >= 0)
            close(fd);
        else
            snprintf(probe.why[e], PERF_WHY_BYTES, "perf_event_open: %s", strerror(errno));
    }
    return probe;
}

void perf_attach(struct perf *p, const struct perf_probe *probe, pid_t pid)
{
    for (int e = 0; e < PERF_EVENTS; e++)
        p->fds[e] =
            probe->why[e][0] == '\0' ? open_event((enum perf_event)e, probe->syscalls_id, pid) : -1;
}

struct perf_counts perf_read(const struct perf *p)
{
    struct perf_counts counts;
    for (int e = 0; e < PERF_EVENTS; e++) {
        uint64_t value;
        bool good = p->fds[e] >= 0 && read(p->fds[e], &value, sizeof value) == sizeof value;
        counts.values[e] = good ? (int64_t)value : -1;
    }
    return counts;
}

void perf_close(struct perf *p)
{
    for (int e = 0; e < PERF_EVENTS; e++) {
        if (p->fds[e] >= 0)
            close(p->fds[e]);
        p->fds[e] = -1;
    }
}
