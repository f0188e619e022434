/* A worker that is stopped for a while, by a signal that no process can catch. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "companion_task.h"

#define CATCH_NS    (500 * CLOCK_MS) /* children that live for one request are hard to catch */
#define TURN_SHARE  10               /* the stop takes this part of the measured time */
#define STOPPING_NS (500 * CLOCK_MS) /* the most that a busy machine needs to stop it */

enum { PATH_BYTES = 64, TEXT_BYTES = 512 };

/* Of /proc/PID/stat, see proc_pid_stat(5). */
struct status {
    char state;
    int parent;
};

/* A small file of /proc/PID; "" when there is none. */
static void read_file(char text[TEXT_BYTES], int pid, const char *name)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    text[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, text, TEXT_BYTES - 1);
    text[n > 0 ? n : 0] = '\0';
    close(fd);
}

/* The name in the second field may hold blanks and brackets. */
static bool read_status(struct status *status, int pid)
{
    char text[TEXT_BYTES];
    read_file(text, pid, "stat");
    const char *name_end = strrchr(text, ')');
    return name_end != NULL && sscanf(name_end + 1, " %c %d", &status->state, &status->parent) == 2;
}

/* True when it has stopped; it may have ended instead. */
static bool stop(int pid)
{
    const struct timespec pause = {.tv_nsec = CLOCK_MS / 10};
    int64_t deadline_ns = clock_now_ns() + STOPPING_NS;
    struct status status;
    if (kill(pid, SIGSTOP) != 0)
        return false;
    while (read_status(&status, pid) && strchr("ZX", status.state) == NULL &&
           clock_now_ns() < deadline_ns) {
        if (strchr("Tt", status.state) != NULL)
            return true;
        nanosleep(&pause, NULL);
    }
    kill(pid, SIGCONT);
    return false;
}

/* Stops the first child of the server that lives; 0 when there is none. As short as can be between
 * seeing and stopping it, for it may live for one request only. */
static int stop_child(int server)
{
    int stopped = 0;
    DIR *processes = opendir("/proc");
    if (processes == NULL)
        return 0;
    for (struct dirent *entry; stopped == 0 && (entry = readdir(processes)) != NULL;) {
        struct status status;
        int pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
        if (pid > 0 && read_status(&status, pid) && status.parent == server && stop(pid))
            stopped = pid;
    }
    closedir(processes);
    return stopped;
}

/* Returns whom it has stopped; 0: nobody. */
static int stop_worker(const struct companion_task *task)
{
    int server = task->setting->server, child = 0;
    int64_t deadline_ns = clock_now_ns() + CATCH_NS;
    if (!task->setting->has_children)
        return stop(server) ? server : 0;
    while (child == 0 && clock_now_ns() < deadline_ns && companion_pause(task, 0))
        child = stop_child(server);
    return child;
}

void companion_stall(struct companion_task *task)
{
    double *stops = &task->report.values[0], *children = &task->report.values[1],
           *stopped_ms = &task->report.values[2];
    *stops = *children = *stopped_ms = 0;
    for (size_t i = 0; i < task->order.count; i++) {
        if (!companion_pause(task, companion_turn_ns(task, i)))
            return;
        int pid = stop_worker(task);
        if (pid == 0)
            continue;
        int64_t begin_ns = clock_now_ns();
        companion_pause(task, begin_ns + task->setting->run_ns / TURN_SHARE);
        kill(pid, SIGCONT);
        *stops += 1;
        *children += pid != task->setting->server;
        *stopped_ms += (double)(clock_now_ns() - begin_ns) / (double)CLOCK_MS;
    }
}
