/* ledger_proc: what /proc tells of the machine and of a server with its children.
 *
 * Parsers are pure. Counters only grow: two readings are subtracted. */
#ifndef LEDGER_PROC_H
#define LEDGER_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Of the whole machine since it started (/proc/stat, see proc_stat(5)). */
struct proc_machine {
    bool known;
    int64_t busy_ticks; /* all processors: user, nice, system, irq, softirq */
    int64_t switches;   /* of context */
    int64_t forks;      /* processes and threads made */
};

/* known is false when a line is missing. */
struct proc_machine proc_machine_parse(const char *text);
struct proc_machine proc_machine_read(void);

/* Of one process (/proc/PID/stat, see proc_pid_stat(5)). */
struct proc_usage {
    pid_t group;
    int64_t children_ticks; /* user and system, of the children that it has waited for */
};

/* False when the text is not such a line. The name in it may hold blanks and brackets. */
bool proc_usage_parse(const char *text, struct proc_usage *usage);

/* How long a thread has waited for a processor since it began: the second number of
 * /proc/PID/task/TID/schedstat. -1 when the text is not such a line, or nothing is accounted. */
int64_t proc_delay_parse_ns(const char *text);

/* Of a server: its processes that live, each with the children it waited for. A child that ends
 * while the reading goes on may be missing in it. */
struct proc_tree {
    bool known;
    int64_t cpu_ns;      /* of those that live to the nanosecond, of children in ticks */
    int64_t delay_ns;    /* of the threads that live; -1 when not known */
    uint64_t threads_id; /* differs when the threads that live are other ones */
};

/* procs: a file that lists the processes, one number a line (cgroup.procs); NULL: those of the
 * process group. */
struct proc_tree proc_tree_read(const char *procs, pid_t group);

/* CPU time of a process with all its threads, those that are gone included, by its CPU clock. -1
 * when there is no such process. */
int64_t proc_cpu_ns(pid_t pid);

/* Ticks of /proc in microseconds. */
double proc_ticks_us(int64_t ticks);

#endif
