#include "memory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"

#define REST_NS  (10 * CLOCK_S)
#define PAUSE_NS (50 * CLOCK_MS)

enum { READINGS = 3, TOLERANCE_PARTS = 1000, USUAL_STACK_KIB = 16, PATH_BYTES = 64 };

/* The number behind "NAME:" in a file of such lines; -1 when there is none, or no such file. */
static int64_t field_of(const char *path, const char *name)
{
    char line[256];
    size_t length = strlen(name);
    int64_t value = -1;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    while (value < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            value = strtoll(line + length + 1, NULL, 10);
    fclose(file);
    return value;
}

static pid_t group_of(const char *pid)
{
    char path[PATH_BYTES], line[512];
    int group = -1;
    snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    /* Field 5, counted behind the name, which may hold blanks and brackets. */
    const char *name_end = fgets(line, sizeof line, file) != NULL ? strrchr(line, ')') : NULL;
    if (name_end == NULL || sscanf(name_end + 1, " %*c %*d %d", &group) != 1)
        group = -1;
    fclose(file);
    return group;
}

/* Linux before 5.4 has only the sum, with the pages of files. */
static int64_t pss_kib(const char *rollup)
{
    int64_t anonymous_kib = field_of(rollup, "Pss_Anon");
    int64_t shared_kib = field_of(rollup, "Pss_Shmem");
    return anonymous_kib < 0 || shared_kib < 0 ? field_of(rollup, "Pss")
                                               : anonymous_kib + shared_kib;
}

/* 0 for a process that has ended. */
static int64_t memory_of_process_kib(const char *pid, int64_t stack_kib)
{
    char status[PATH_BYTES], rollup[PATH_BYTES];
    snprintf(status, sizeof status, "/proc/%.16s/status", pid);
    snprintf(rollup, sizeof rollup, "/proc/%.16s/smaps_rollup", pid);
    int64_t pages_kib = pss_kib(rollup);
    int64_t tables_kib = field_of(status, "VmPTE");
    int64_t threads = field_of(status, "Threads");
    if (pages_kib < 0 || tables_kib < 0 || threads < 0)
        return 0;
    return pages_kib + tables_kib + threads * stack_kib;
}

int64_t memory_of_group_kib(pid_t group)
{
    const struct dirent *entry;
    int64_t sum_kib = 0, stack_kib = memory_kernel_stack_kib();
    DIR *processes = opendir("/proc");
    if (processes == NULL)
        return -1;
    while ((entry = readdir(processes)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]) && group_of(entry->d_name) == group)
            sum_kib += memory_of_process_kib(entry->d_name, stack_kib);
    closedir(processes);
    errno = ESRCH;
    return sum_kib > 0 ? sum_kib : -1;
}

int64_t memory_at_rest_kib(pid_t group)
{
    int64_t deadline_ns = clock_now_ns() + REST_NS, first_kib = 0;
    int alike = 0;
    while (alike < READINGS) {
        int64_t now_kib = memory_of_group_kib(group);
        if (now_kib < 0 || clock_now_ns() > deadline_ns)
            return -1;
        alike++;
        if (llabs(now_kib - first_kib) > first_kib / TOLERANCE_PARTS) {
            first_kib = now_kib;
            alike = 1;
        }
        struct timespec pause = clock_timespec(PAUSE_NS);
        nanosleep(&pause, NULL);
    }
    return first_kib;
}

/* Of the whole system; field 4 of /proc/loadavg is "RUNNING/ALL". */
static int64_t count_threads(void)
{
    long long all = -1;
    FILE *file = fopen("/proc/loadavg", "re");
    if (file == NULL)
        return -1;
    if (fscanf(file, "%*s %*s %*s %*d/%lld", &all) != 1)
        all = -1;
    fclose(file);
    return all;
}

int64_t memory_kernel_stack_kib(void)
{
    int64_t all_kib = field_of("/proc/meminfo", "KernelStack"), threads = count_threads();
    if (all_kib <= 0 || threads <= 0)
        return USUAL_STACK_KIB;
    /* The nearest in proportion: 1.41 of a power of two is as far from it as from the next. */
    int64_t stack_kib = 4;
    while (stack_kib * threads * 141 / 100 < all_kib)
        stack_kib *= 2;
    return stack_kib;
}
