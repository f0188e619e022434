#include "ledger_proc.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

enum { PATH_BYTES = 128, LINE_BYTES = 1024, FILE_BYTES = 256 << 10 };

/* Reads a small file as text. False when there is none, or no longer. */
static bool read_text(const char *path, char *text, size_t bytes)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t length = fread(text, 1, bytes - 1, file);
    text[length] = '\0';
    fclose(file);
    return length > 0;
}

/* ---- the machine ---- */

/* The number behind a line's first word. */
static bool number_of_line(const char *text, const char *word, int64_t *number)
{
    size_t length = strlen(word);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, word, length) == 0 && line[length] == ' ')
            return sscanf(line + length, "%" SCNd64, number) == 1;
    }
    return false;
}

struct proc_machine proc_machine_parse(const char *text)
{
    struct proc_machine m = {0};
    int64_t user, nice, system, irq, softirq;
    /* Idle time and waiting for disks, the fourth and fifth, are no work. */
    if (sscanf(text, "cpu %" SCNd64 " %" SCNd64 " %" SCNd64 " %*d %*d %" SCNd64 " %" SCNd64, &user,
               &nice, &system, &irq, &softirq) != 5)
        return m;
    m.busy_ticks = user + nice + system + irq + softirq;
    m.known =
        number_of_line(text, "ctxt", &m.switches) && number_of_line(text, "processes", &m.forks);
    return m;
}

struct proc_machine proc_machine_read(void)
{
    struct proc_machine m = {0};
    char *text = malloc(FILE_BYTES); /* a line for each processor, and a long one of interrupts */
    if (text != NULL && read_text("/proc/stat", text, FILE_BYTES))
        m = proc_machine_parse(text);
    free(text);
    return m;
}

double proc_ticks_us(int64_t ticks)
{
    return (double)ticks * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

/* ---- processes ---- */

int64_t proc_cpu_ns(pid_t pid)
{
    clockid_t id;
    struct timespec t;
    if (clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &t) != 0)
        return -1;
    return (int64_t)t.tv_sec * CLOCK_S + t.tv_nsec;
}

bool proc_usage_parse(const char *text, struct proc_usage *usage)
{
    int64_t user, system;
    int group;
    const char *name_end = strrchr(text, ')');
    if (name_end == NULL ||
        sscanf(name_end + 1,
               " %*c %*d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %" SCNd64 " %" SCNd64, &group,
               &user, &system) != 3)
        return false;
    *usage = (struct proc_usage){.group = group, .children_ticks = user + system};
    return true;
}

int64_t proc_delay_parse_ns(const char *text)
{
    int64_t ran_ns, delay_ns;
    if (sscanf(text, "%" SCNd64 " %" SCNd64, &ran_ns, &delay_ns) != 2 || ran_ns == 0)
        return -1;
    return delay_ns;
}

/* A sum over numbers that looks random: it does not depend on their order, and two sets with the
 * same one are the same set, but for odds of 2^-64. */
static uint64_t scatter(uint64_t number)
{
    number = (number ^ number >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    return (number ^ number >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
}

static void add_threads(struct proc_tree *tree, long pid)
{
    char path[PATH_BYTES], text[LINE_BYTES];
    const struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *threads = opendir(path);
    if (threads == NULL)
        return;
    while ((entry = readdir(threads)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof path, "/proc/%ld/task/%.16s/schedstat", pid, entry->d_name);
        int64_t delay_ns = read_text(path, text, sizeof text) ? proc_delay_parse_ns(text) : -1;
        tree->threads_id += scatter(strtoull(entry->d_name, NULL, 10));
        tree->delay_ns = delay_ns < 0 || tree->delay_ns < 0 ? -1 : tree->delay_ns + delay_ns;
    }
    closedir(threads);
}

/* group 0: of whatever group it is. */
static void add_process(struct proc_tree *tree, long pid, pid_t group)
{
    char path[PATH_BYTES], text[LINE_BYTES];
    struct proc_usage usage;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (!read_text(path, text, sizeof text) || !proc_usage_parse(text, &usage) ||
        (group != 0 && usage.group != group))
        return;
    int64_t cpu_ns = proc_cpu_ns((pid_t)pid);
    if (cpu_ns < 0)
        return;
    tree->known = true;
    tree->cpu_ns += cpu_ns + (int64_t)(proc_ticks_us(usage.children_ticks) * 1e3);
    add_threads(tree, pid);
}

static void add_listed(struct proc_tree *tree, FILE *procs)
{
    long pid;
    while (fscanf(procs, "%ld", &pid) == 1)
        add_process(tree, pid, 0);
}

static void add_group(struct proc_tree *tree, pid_t group)
{
    const struct dirent *entry;
    DIR *processes = opendir("/proc");
    if (processes == NULL)
        return;
    while ((entry = readdir(processes)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]))
            add_process(tree, strtol(entry->d_name, NULL, 10), group);
    closedir(processes);
}

struct proc_tree proc_tree_read(const char *procs, pid_t group)
{
    struct proc_tree tree = {0};
    FILE *file = procs != NULL ? fopen(procs, "re") : NULL;
    if (file == NULL) {
        add_group(&tree, group);
        return tree;
    }
    add_listed(&tree, file);
    fclose(file);
    return tree;
}
