#include "ledger_account.h"

#include <inttypes.h>

#include "fields.h"

/* -1 unless both are known. */
static int64_t growth(int64_t begin, int64_t end)
{
    return begin < 0 || end < 0 ? -1 : end - begin;
}

static int64_t time_us(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static const char *const perf_names[PERF_EVENTS] = {
    [PERF_EVENT_CPU_NS] = "counted_cpu_ns",
    [PERF_EVENT_SWITCHES] = "counted_switches",
    [PERF_EVENT_FAULTS] = "counted_faults",
    [PERF_EVENT_SYSCALLS] = "counted_syscalls",
};

static void put(FILE *file, const char *key, int64_t value)
{
    fprintf(file, " %s=%" PRId64, key, value);
}

static void put_counted(FILE *file, const struct ledger *ledger)
{
    for (int e = 0; e < PERF_EVENTS; e++)
        put(file, perf_names[e], growth(ledger->begin.perf.values[e], ledger->end.perf.values[e]));
    put(file, "rest_kib", ledger->rest_kib);
    put(file, "window_kib", ledger->window_kib);
}

void ledger_account_write(FILE *file, const struct ledger *ledger, const struct rusage *usage,
                          int64_t overflows, int64_t retransmits, size_t left)
{
    const struct ledger_reading *b = &ledger->begin, *e = &ledger->end;
    bool taken = b->taken && e->taken, machine = b->machine.known && e->machine.known;
    bool tree = b->tree.known && e->tree.known;
    fputs("account", file);
    put(file, "cpu_us", time_us(usage->ru_utime) + time_us(usage->ru_stime));
    put(file, "peak_kib", usage->ru_maxrss);
    put(file, "voluntary_switches", usage->ru_nvcsw);
    put(file, "involuntary_switches", usage->ru_nivcsw);
    put(file, "minor_faults", usage->ru_minflt);
    put(file, "major_faults", usage->ru_majflt);
    put(file, "taken", taken);
    put(file, "late_ns", ledger->late_ns);
    put(file, "cgroup_cpu_us", growth(b->cgroup_cpu_us, e->cgroup_cpu_us));
    put(file, "cgroup_stall_us", growth(b->cgroup_stall_us, e->cgroup_stall_us));
    put(file, "machine_ticks", machine ? e->machine.busy_ticks - b->machine.busy_ticks : -1);
    put(file, "forks", machine ? e->machine.forks - b->machine.forks : -1);
    put(file, "tree_cpu_ns", tree ? e->tree.cpu_ns - b->tree.cpu_ns : -1);
    put(file, "listen_overflows", overflows);
    put(file, "retransmits", retransmits);
    if (ledger->counting)
        put_counted(file, ledger);
    put(file, "left", (int64_t)left);
    fputc('\n', file);
}

static int64_t get(const json_t *account, const char *key)
{
    return fields_number(account, key, -1);
}

static struct timeval timeval_of(int64_t us)
{
    return (struct timeval){.tv_sec = (time_t)(us / 1000000),
                            .tv_usec = (suseconds_t)(us % 1000000)};
}

void ledger_account_read(struct ledger *ledger, const json_t *account, struct rusage *usage)
{
    bool taken = get(account, "taken") == 1;
    struct ledger_reading begin = {.taken = taken}, end = {.taken = taken};
    begin.machine.known = end.machine.known = get(account, "machine_ticks") >= 0;
    end.machine.busy_ticks = get(account, "machine_ticks");
    end.machine.forks = get(account, "forks");
    end.cgroup_cpu_us = get(account, "cgroup_cpu_us");
    end.cgroup_stall_us = get(account, "cgroup_stall_us");
    begin.tree.known = end.tree.known = get(account, "tree_cpu_ns") >= 0;
    end.tree.cpu_ns = get(account, "tree_cpu_ns");
    begin.tree.delay_ns = end.tree.delay_ns = -1;
    begin.client_cpu_ns = end.client_cpu_ns = -1;
    for (int e = 0; e < PERF_EVENTS; e++)
        end.perf.values[e] = get(account, perf_names[e]);
    ledger->rest_kib = get(account, "rest_kib");
    ledger->window_kib = get(account, "window_kib");
    ledger->elsewhere = true;
    ledger->begin = begin;
    ledger->end = end;
    ledger->late_ns = get(account, "late_ns");
    ledger->overflows = get(account, "listen_overflows");
    ledger->retransmits = get(account, "retransmits");
    *usage = (struct rusage){
        .ru_utime = timeval_of(get(account, "cpu_us")),
        .ru_maxrss = (long)get(account, "peak_kib"),
        .ru_nvcsw = (long)get(account, "voluntary_switches"),
        .ru_nivcsw = (long)get(account, "involuntary_switches"),
        .ru_minflt = (long)get(account, "minor_faults"),
        .ru_majflt = (long)get(account, "major_faults"),
    };
}
