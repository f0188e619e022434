/* ledger_cgroup: a control group of cgroup v2 for the servers of a suite: its CPU time counts all
 * that ever ran in it, children that are long gone included.
 *
 * The files exist whether or not controllers are enabled (cgroup-v2 of the kernel's documentation).
 * What it needs is a hierarchy in which this program may make a group, wherever it is mounted. */
#ifndef LEDGER_CGROUP_H
#define LEDGER_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { CGROUP_PATH_BYTES = 512, CGROUP_WHY_BYTES = 160 };

struct cgroup {
    char path[CGROUP_PATH_BYTES];       /* "" when there is none */
    char procs[CGROUP_PATH_BYTES + 16]; /* the file that lists its processes */
    char why[CGROUP_WHY_BYTES];         /* there is none, or no process can be moved there; or "" */
};

/* Makes the group below that of this program. False with c->why when it cannot be used; then the
 * other functions may be called all the same, and tell nothing. */
bool cgroup_open(struct cgroup *c);

/* Removes it, which works once no process is left in it. */
void cgroup_close(struct cgroup *c);

/* Moves a process there, with all its threads; children made later are born there. */
bool cgroup_place(const struct cgroup *c, pid_t pid);

/* CPU time of all that ran there (usage_usec of cpu.stat); what runs at this moment may miss its
 * last clock tick. And the time during which at least one of its threads waited for a processor
 * (the total of the line "some" of cpu.pressure). -1 when not known. */
int64_t cgroup_cpu_us(const struct cgroup *c);
int64_t cgroup_stall_us(const struct cgroup *c);

/* The parsers. A path is "" when the text holds none: the mount point of cgroup v2 in the format of
 * /proc/self/mountinfo; the group in that of /proc/self/cgroup. */
void cgroup_parse_mount(FILE *mountinfo, char path[CGROUP_PATH_BYTES]);
void cgroup_parse_group(FILE *groups, char path[CGROUP_PATH_BYTES]);
int64_t cgroup_parse_cpu_us(const char *text);
int64_t cgroup_parse_stall_us(const char *text);

#endif
