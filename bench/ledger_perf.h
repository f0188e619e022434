/* ledger_perf: the kernel's counters of a process and of all it will ever fork
 * (perf_event_open(2)): exact, whoever of them has ended.
 *
 * Each event is a descriptor of its own: with inheritance, groups cannot be read. Counting costs
 * time with each fork and each switch, so what is counted is never timed. */
#ifndef LEDGER_PERF_H
#define LEDGER_PERF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum perf_event {
    PERF_EVENT_CPU_NS, /* task-clock */
    PERF_EVENT_SWITCHES,
    PERF_EVENT_FAULTS,
    PERF_EVENT_SYSCALLS, /* raw_syscalls:sys_enter */
    PERF_EVENTS,
};

enum { PERF_WHY_BYTES = 96 };

struct perf_probe {
    int64_t syscalls_id;                   /* of the tracepoint; -1 when not known */
    char why[PERF_EVENTS][PERF_WHY_BYTES]; /* an event cannot be counted; "" when it can */
};

/* Tries every event. The tracepoint's number is read where tracefs is mounted; where it is not, a
 * child mounts it for the moment, in a mount namespace that ends with it. */
struct perf_probe perf_probe(void);

struct perf {
    int fds[PERF_EVENTS]; /* -1: not counted */
};

/* Counts from the moment at which pid, a child that waits, begins its program. */
void perf_attach(struct perf *p, const struct perf_probe *probe, pid_t pid);

struct perf_counts {
    int64_t values[PERF_EVENTS]; /* -1: not known */
};
struct perf_counts perf_read(const struct perf *p);

void perf_close(struct perf *p);

#endif
