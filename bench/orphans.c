#include "orphans.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define SWEEP_NS (5 * CLOCK_S)

bool orphans_init(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}

/* The parent of a process, from the fourth field of its stat file; -1 when it is not to be had. The
 * second field is the name in parentheses and may hold anything, blanks and parentheses too. */
static int parent_of(const char *pid_text)
{
    char path[64], stat[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid_text);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, stat, sizeof stat - 1);
    close(fd);
    stat[n > 0 ? n : 0] = '\0';
    const char *name_end = strrchr(stat, ')');
    int parent;
    if (name_end == NULL || sscanf(name_end, ") %*c %d", &parent) != 1)
        return -1;
    return parent;
}

static void kill_children(void)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]) && parent_of(entry->d_name) == getpid())
            kill((pid_t)atol(entry->d_name), SIGKILL);
    closedir(proc);
}

size_t orphans_sweep(bool *all_gone)
{
    size_t found = 0;
    int64_t deadline_ns = clock_now_ns() + SWEEP_NS;
    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0)
            break; /* no child is left */
        if (pid > 0) {
            found++;
            continue;
        }
        if (clock_now_ns() > deadline_ns)
            break;
        /* Again and again: the children of a killed child become ours in turn. */
        kill_children();
        nanosleep(&(struct timespec){.tv_nsec = CLOCK_MS}, NULL);
    }
    *all_gone = waitpid(-1, NULL, WNOHANG) < 0;
    return found;
}
