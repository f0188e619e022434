#include "target.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "process_state.h"

enum { OUTPUT_BYTES = 64 << 10 };

/* Reads to the first line end, or to end of file, and ends it with a NUL; a length, or -1 when
 * patience runs out. */
static ssize_t read_output(int fd, char *text, size_t bytes, bool line)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    size_t length = 0;
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left_ms = (deadline_ns - clock_now_ns()) / CLOCK_MS;
        int count = left_ms > 0 ? poll(&ready, 1, (int)left_ms) : 0;
        if (count == 0 || length == bytes - 1)
            return -1;
        ssize_t n = count > 0 ? read(fd, text + length, line ? 1 : bytes - 1 - length) : -1;
        if (n < 0 && errno == EINTR)
            continue;
        length += n > 0 ? (size_t)n : 0;
        text[length] = '\0';
        if (n <= 0 || (line && text[length - 1] == '\n'))
            return (ssize_t)length;
    }
}

/* Model and address from the ready line. */
static bool understand(struct target *t, const char *ready)
{
    char model[64], host[64];
    unsigned port;
    const char *model_at = strstr(ready, " model="), *address = strstr(ready, " address=");
    if (strncmp(ready, "ready ", 6) != 0 || model_at == NULL || address == NULL ||
        sscanf(model_at, " model=%63s", model) != 1 ||
        sscanf(address, " address=%63s port=%u", host, &port) != 2)
        return false;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
        return false;
    memcpy(&t->server.address, &in, sizeof in);
    t->server.address_length = sizeof in;
    t->server.port = (uint16_t)port;
    t->serves_many = strcmp(model, "one-at-a-time") != 0;
    return true;
}

bool target_start(struct target *t, char *const arguments[])
{
    int ends[2];
    char ready[1024];
    pid_t parent = getpid();
    /* A process that the server leaves unreaped comes to us, and so is found. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    t->err = memfd_create("stderr", MFD_CLOEXEC);
    if (t->err < 0 || pipe2(ends, O_CLOEXEC) != 0 || (t->pid = fork()) < 0)
        return false;
    if (t->pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent && dup2(ends[1], STDOUT_FILENO) >= 0 &&
            dup2(t->err, STDERR_FILENO) >= 0)
            execv(arguments[0], arguments);
        dprintf(STDERR_FILENO, "cannot run %s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
    setpgid(t->pid, t->pid); /* in both, so that neither need wait for the other */
    close(ends[1]);
    t->out = ends[0];
    if (read_output(t->out, ready, sizeof ready, true) > 0 && understand(t, ready))
        return true;
    kill(-t->pid, SIGKILL);
    waitpid(t->pid, NULL, 0);
    close(t->out);
    return false;
}

const char *target_stop(struct target *t, char **served)
{
    static char output[OUTPUT_BYTES], problem[128];
    int status;
    *problem = '\0';
    kill(t->pid, SIGTERM);
    if (read_output(t->out, output, sizeof output, false) < 0)
        snprintf(problem, sizeof problem, "does not end after SIGTERM");
    if (*problem != '\0')
        kill(-t->pid, SIGKILL);
    while (waitpid(t->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(t->out);
    if (*problem == '\0' && WIFSIGNALED(status))
        snprintf(problem, sizeof problem, "was ended by signal %d", WTERMSIG(status));
    else if (*problem == '\0' && WEXITSTATUS(status) != 0)
        snprintf(problem, sizeof problem, "ended with status %d, must be 0", WEXITSTATUS(status));
    else if (*problem == '\0' && strncmp(output, "served ", 7) != 0)
        snprintf(problem, sizeof problem, "printed no served line at its end");
    else if (*problem == '\0' && (kill(-t->pid, 0) == 0 || errno != ESRCH))
        snprintf(problem, sizeof problem, "left processes behind, or a child unreaped");
    if (kill(-t->pid, SIGKILL) == 0)
        while (waitpid(-t->pid, NULL, 0) > 0)
            ;
    *served = strdup(output);
    return *problem != '\0' ? problem : NULL;
}

void target_show_complaints(const struct target *t)
{
    enum { MOST_BYTES = 2000 };
    char text[MOST_BYTES];
    off_t length = lseek(t->err, 0, SEEK_END);
    ssize_t n = pread(t->err, text, sizeof text, length > MOST_BYTES ? length - MOST_BYTES : 0);
    if (n > 0)
        fprintf(stderr, "%s%.*s", length > MOST_BYTES ? "..." : "", (int)n, text);
}

bool target_complained_of(const struct target *t, const char *text)
{
    off_t length = lseek(t->err, 0, SEEK_END);
    char *complaints = length > 0 ? malloc((size_t)length) : NULL;
    ssize_t n = complaints != NULL ? pread(t->err, complaints, (size_t)length, 0) : 0;
    bool found = n > 0 && memmem(complaints, (size_t)n, text, strlen(text)) != NULL;
    free(complaints);
    return found;
}

bool target_runs(const struct target *t)
{
    siginfo_t end = {0};
    return waitid(P_PID, (id_t)t->pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == 0;
}

/* Entries of a folder but "." and ".."; 0 if there is no such folder, or no longer. */
static int count_entries(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return 0;
    int entries = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        entries += entry->d_name[0] != '.';
    closedir(folder);
    return entries;
}

static int64_t pss_kib(pid_t pid)
{
    char path[64], line[256];
    long long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Pss: %lld kB", &kib) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kib;
}

size_t target_members(const struct target *t, pid_t *members, size_t most)
{
    DIR *folder = opendir("/proc");
    size_t count = 0;
    if (folder == NULL)
        return 0;
    for (struct dirent *entry; count < most && (entry = readdir(folder)) != NULL;) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && getpgid(pid) == t->pid)
            members[count++] = pid;
    }
    closedir(folder);
    return count;
}

bool target_is_stopped(const struct target *t)
{
    pid_t members[4096];
    size_t count = target_members(t, members, sizeof members / sizeof *members);
    for (size_t i = 0; i < count; i++)
        if (process_state(members[i]) == 'T')
            return true;
    return false;
}

struct holdings target_holdings(const struct target *t)
{
    pid_t members[4096];
    size_t count = target_members(t, members, sizeof members / sizeof *members);
    struct holdings c = {.processes = (int)count};
    for (size_t i = 0; i < count; i++) {
        c.descriptors += count_entries(members[i], "fd");
        c.threads += count_entries(members[i], "task");
        c.pss_kib += pss_kib(members[i]);
    }
    return c;
}

int target_free_descriptor(pid_t pid)
{
    char path[64];
    for (int fd = 0;; fd++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
        if (access(path, F_OK) != 0)
            return fd;
    }
}
