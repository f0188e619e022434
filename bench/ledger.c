#include "ledger.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fields.h"
#include "ledger_strace.h"
#include "memory.h"

/* By how much of the window a reading may miss its end. */
#define LATE_SHARE 0.05

const char *const ledger_names[LEDGER_QUANTITIES] = {
    [LEDGER_SERVER_CPU] = "server_cpu_us_per_request",
    [LEDGER_CLIENT_CPU] = "client_cpu_us_per_request",
    [LEDGER_MACHINE_CPU] = "machine_cpu_us_per_request",
    [LEDGER_UNEXPLAINED_CPU] = "unexplained_cpu_us_per_request",
    [LEDGER_SWITCHES] = "switches_per_request",
    [LEDGER_FAULTS] = "faults_per_request",
    [LEDGER_STALL] = "run_queue_stall_us_per_request",
    [LEDGER_DELAY] = "run_queue_delay_us_per_request",
    [LEDGER_FORKS] = "forks_per_second",
    [LEDGER_OVERFLOWS] = "listen_overflows",
    [LEDGER_RETRANSMITS] = "retransmits",
    [LEDGER_BUSIEST] = "busiest_worker_accepts_over_mean",
    [LEDGER_SYSCALLS] = "syscalls_per_request",
    [LEDGER_COUNTED_SWITCHES] = "counted_switches_per_request",
    [LEDGER_COUNTED_FAULTS] = "counted_faults_per_request",
    [LEDGER_COUNTED_CPU] = "counted_server_cpu_us_per_request",
    [LEDGER_MEMORY] = "memory_kib_per_connection",
};

void ledger_probe(struct ledger_sources *sources)
{
    *sources = (struct ledger_sources){.perf = perf_probe()};
    cgroup_open(&sources->cgroup);
    sources->strace = sources->perf.why[PERF_EVENT_SYSCALLS][0] != '\0' && strace_is_usable();
}

void ledger_release(struct ledger_sources *sources)
{
    cgroup_close(&sources->cgroup);
}

/* ---- during the run ---- */

void ledger_begin(struct ledger *ledger, const struct ledger_sources *sources, bool counting)
{
    *ledger = (struct ledger){.sources = sources,
                              .counting = counting,
                              .rest_kib = -1,
                              .window_kib = -1,
                              .straced_calls = -1};
    for (int e = 0; e < PERF_EVENTS; e++)
        ledger->perf.fds[e] = -1;
    for (int q = 0; q < LEDGER_QUANTITIES; q++)
        ledger->entries[q] = (struct ledger_entry){.value = NAN, .why = "the run did not end well"};
}

void ledger_attach(pid_t server, void *context)
{
    struct ledger *ledger = context;
    ledger->server = server;
    if (ledger->sources == NULL || ledger->sources->elsewhere)
        return; /* what was started is a stand-in */
    ledger->placed = cgroup_place(&ledger->sources->cgroup, server);
    perf_close(&ledger->perf); /* of one before it, which did not come to serve */
    if (ledger->counting && !ledger->sources->strace)
        perf_attach(&ledger->perf, &ledger->sources->perf, server);
}

bool ledger_wants_strace(const struct ledger *ledger)
{
    return ledger->counting && ledger->sources != NULL && ledger->sources->strace;
}

void ledger_rest(struct ledger *ledger)
{
    if (ledger->counting && !(ledger->sources != NULL && ledger->sources->elsewhere))
        ledger->rest_kib = memory_of_group_kib(ledger->server);
}

/* CPU times first, and close together: what follows takes some itself. */
static struct ledger_reading take_reading(const struct ledger *ledger, pid_t client)
{
    const struct cgroup *cgroup = &ledger->sources->cgroup;
    struct ledger_reading r = {.taken = true};
    r.machine = proc_machine_read();
    r.client_cpu_ns = proc_cpu_ns(client);
    r.cgroup_cpu_us = ledger->placed ? cgroup_cpu_us(cgroup) : -1;
    r.cgroup_stall_us = ledger->placed ? cgroup_stall_us(cgroup) : -1;
    r.perf = perf_read(&ledger->perf);
    if (!ledger->unknown_server)
        r.tree = proc_tree_read(ledger->placed ? cgroup->procs : NULL, ledger->server);
    return r;
}

static void note_lateness(struct ledger *ledger, const json_t *announced, int64_t now_ns)
{
    int64_t late_ns = now_ns - fields_number(announced, "at_ns", now_ns);
    if (late_ns > ledger->late_ns)
        ledger->late_ns = late_ns;
}

void ledger_hear(struct ledger *ledger, const char *line, pid_t client)
{
    int64_t now_ns = clock_now_ns();
    json_t *begin = fields_parse(line, "window-begin"), *end = fields_parse(line, "window-end");
    if (ledger->sources != NULL && (begin != NULL || end != NULL)) {
        struct ledger_reading *reading = begin != NULL ? &ledger->begin : &ledger->end;
        *reading = take_reading(ledger, client);
        note_lateness(ledger, begin != NULL ? begin : end, now_ns);
        if (begin != NULL && ledger->counting)
            ledger->window_kib = memory_of_group_kib(ledger->server);
    }
    json_decref(begin);
    json_decref(end);
}

/* ---- the entries ---- */

/* What the entries are computed from. */
struct facts {
    struct ledger *ledger;
    double requests; /* right replies in the window */
    double window_s;
    double commands; /* of the whole run */
    const json_t *client, *served;
    const struct rusage *usage;
};

static double number_at(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    return json_is_number(number) ? json_number_value(number) : NAN;
}

static void set(const struct facts *f, enum ledger_quantity q, double value, const char *source)
{
    f->ledger->entries[q] = (struct ledger_entry){.value = value, .source = source};
    if (!isfinite(value))
        f->ledger->entries[q] = (struct ledger_entry){
            .value = NAN, .source = source, .why = "no reply or no time to divide it by"};
}

static void lack(const struct facts *f, enum ledger_quantity q, const char *why)
{
    f->ledger->entries[q] = (struct ledger_entry){.value = NAN, .why = why};
}

static const char unknown_server[] = "the server is not one that the suite started";

static void set_server_cpu(const struct facts *f)
{
    const struct ledger_reading *b = &f->ledger->begin, *e = &f->ledger->end;
    if (b->cgroup_cpu_us >= 0 && e->cgroup_cpu_us >= 0)
        set(f, LEDGER_SERVER_CPU, (double)(e->cgroup_cpu_us - b->cgroup_cpu_us) / f->requests,
            "cgroup v2 cpu.stat");
    else if (b->tree.known && e->tree.known)
        set(f, LEDGER_SERVER_CPU, (double)(e->tree.cpu_ns - b->tree.cpu_ns) / 1e3 / f->requests,
            "CPU clocks of its processes, /proc/PID/stat");
    else
        lack(f, LEDGER_SERVER_CPU, "no process of the server could be read in /proc");
}

static void set_cpu(const struct facts *f)
{
    const struct ledger_reading *b = &f->ledger->begin, *e = &f->ledger->end;
    const struct ledger_entry *entries = f->ledger->entries;
    set_server_cpu(f);
    if (f->ledger->elsewhere)
        set(f, LEDGER_CLIENT_CPU,
            number_at(json_object_get(f->client, "client"), "cpu_us_per_request"),
            "CPU clocks of the clients' threads, on their hosts");
    else if (b->client_cpu_ns >= 0 && e->client_cpu_ns >= 0)
        set(f, LEDGER_CLIENT_CPU, (double)(e->client_cpu_ns - b->client_cpu_ns) / 1e3 / f->requests,
            "CPU clock of the client's process");
    else
        lack(f, LEDGER_CLIENT_CPU, "the clock of its process could not be read");
    if (b->machine.known && e->machine.known)
        set(f, LEDGER_MACHINE_CPU,
            proc_ticks_us(e->machine.busy_ticks - b->machine.busy_ticks) / f->requests,
            "/proc/stat");
    else
        lack(f, LEDGER_MACHINE_CPU, "/proc/stat could not be read");
    if (f->ledger->unknown_server) { /* nor can what it took be told from what others did */
        lack(f, LEDGER_SERVER_CPU, unknown_server);
        lack(f, LEDGER_UNEXPLAINED_CPU, unknown_server);
        return;
    }
    double rest = entries[LEDGER_MACHINE_CPU].value - entries[LEDGER_SERVER_CPU].value -
                  (f->ledger->elsewhere ? 0 : entries[LEDGER_CLIENT_CPU].value);
    if (isfinite(rest))
        set(f, LEDGER_UNEXPLAINED_CPU, rest,
            f->ledger->elsewhere ? "machine - server" : "machine - server - client");
    else
        lack(f, LEDGER_UNEXPLAINED_CPU, "one of machine, server and client is not known");
}

/* By what the kernel tells whoever reaps a process, of it and of all children it waited for. */
static void set_reaped(const struct facts *f)
{
    static const char source[] = "wait4 of the server, whole run";
    const struct rusage *u = f->usage;
    const char *why = f->ledger->unknown_server ? unknown_server
                      : u == NULL               ? "the server was not reaped"
                      : !(f->commands > 0)      ? "the server does not tell its commands"
                                                : NULL;
    if (why != NULL) {
        lack(f, LEDGER_SWITCHES, why);
        lack(f, LEDGER_FAULTS, why);
        return;
    }
    set(f, LEDGER_SWITCHES, (double)(u->ru_nvcsw + u->ru_nivcsw) / f->commands, source);
    set(f, LEDGER_FAULTS, (double)(u->ru_minflt + u->ru_majflt) / f->commands, source);
}

/* Two readings of waiting for a processor that must not be compared with each other. */
static void set_delay(const struct facts *f)
{
    const struct ledger_reading *b = &f->ledger->begin, *e = &f->ledger->end;
    if (f->ledger->unknown_server) {
        lack(f, LEDGER_STALL, unknown_server);
        lack(f, LEDGER_DELAY, unknown_server);
        return;
    }
    if (b->cgroup_stall_us >= 0 && e->cgroup_stall_us >= 0)
        set(f, LEDGER_STALL, (double)(e->cgroup_stall_us - b->cgroup_stall_us) / f->requests,
            "cgroup v2 cpu.pressure");
    else
        lack(f, LEDGER_STALL, "there is no cpu.pressure of a control group");
    if (b->tree.delay_ns < 0 || e->tree.delay_ns < 0 || !b->tree.known || !e->tree.known)
        lack(f, LEDGER_DELAY, "/proc/PID/task/TID/schedstat could not be read");
    else if (b->tree.threads_id != e->tree.threads_id)
        lack(f, LEDGER_DELAY, "threads came and went");
    else
        set(f, LEDGER_DELAY, (double)(e->tree.delay_ns - b->tree.delay_ns) / 1e3 / f->requests,
            "/proc/PID/task/TID/schedstat");
}

static void set_forks(const struct facts *f)
{
    const struct proc_machine *b = &f->ledger->begin.machine, *e = &f->ledger->end.machine;
    if (b->known && e->known)
        set(f, LEDGER_FORKS, (double)(e->forks - b->forks) / f->window_s,
            "/proc/stat, whole machine");
    else
        lack(f, LEDGER_FORKS, "/proc/stat could not be read");
}

/* Of the host on which the server ran. */
static void set_network_elsewhere(const struct facts *f, enum ledger_quantity q, int64_t value)
{
    if (value < 0)
        lack(f, q, "/proc/net/netstat could not be read on the server's host");
    else
        set(f, q, (double)value, "/proc/net/netstat and snmp of the server's host");
}

static void set_network(const struct facts *f)
{
    static const char source[] = "/proc/net/netstat and snmp, read by the client";
    const json_t *kernel = json_object_get(f->client, "kernel");
    static const struct {
        enum ledger_quantity quantity;
        const char *key;
    } wanted[] = {{LEDGER_OVERFLOWS, "listen_overflows"}, {LEDGER_RETRANSMITS, "retransmits"}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        double value = number_at(kernel, wanted[i].key);
        if (isnan(value))
            lack(f, wanted[i].quantity, "the client could not read /proc/net/netstat");
        else
            set(f, wanted[i].quantity, value, source);
    }
}

/* Of a list such as "3,1,2": how many times its mean the largest is; 0 without anything in it. */
static double busiest_of(const char *list)
{
    double most = 0, sum = 0, workers = 0;
    for (char *end; list != NULL && *list != '\0'; list = *end == ',' ? end + 1 : "") {
        double accepts = strtod(list, &end);
        most = fmax(most, accepts);
        sum += accepts;
        workers++;
    }
    return sum > 0 ? most * workers / sum : 0;
}

static void set_busiest(const struct facts *f)
{
    const json_t *accepts = json_object_get(f->served, "worker_connections");
    double busiest = json_is_number(accepts) ? json_number_value(accepts) > 0
                                             : busiest_of(json_string_value(accepts));
    if (f->served == NULL)
        lack(f, LEDGER_BUSIEST, "the server does not tell of its workers");
    else if (accepts == NULL)
        lack(f, LEDGER_BUSIEST, "the server has no fixed workers");
    else if (busiest > 0)
        set(f, LEDGER_BUSIEST, busiest, "served line, whole run");
    else
        lack(f, LEDGER_BUSIEST, "no worker took a client");
}

static void set_counted(const struct facts *f, enum ledger_quantity q, enum perf_event event,
                        double unit, const char *source)
{
    int64_t begin = f->ledger->begin.perf.values[event], end = f->ledger->end.perf.values[event];
    const char *why = f->ledger->sources->perf.why[event];
    if (begin >= 0 && end >= 0)
        set(f, q, (double)(end - begin) / unit / f->requests, source);
    else if (*why == '\0' && f->ledger->sources->strace)
        lack(f, q, "strace, which counted the system calls, would be counted too");
    else if (f->ledger->elsewhere)
        lack(f, q, "it could not be counted on the server's host");
    else
        lack(f, q, *why != '\0' ? why : "the counter could not be read");
}

static void set_memory(const struct facts *f)
{
    const struct ledger *l = f->ledger;
    double connections = number_at(f->client, "connections") + (double)l->companions;
    if (l->rest_kib < 0 || l->window_kib < 0)
        lack(f, LEDGER_MEMORY, "smaps_rollup of the server could not be read");
    else if (l->window_kib <= l->rest_kib)
        lack(f, LEDGER_MEMORY, "with its few clients the server had no more memory than before");
    else
        set(f, LEDGER_MEMORY, (double)(l->window_kib - l->rest_kib) / connections,
            "/proc/PID/smaps_rollup and status");
}

static void set_all(const struct facts *f)
{
    if (!f->ledger->counting) {
        set_cpu(f);
        set_forks(f);
        set_delay(f);
        return;
    }
    set_counted(f, LEDGER_SYSCALLS, PERF_EVENT_SYSCALLS, 1, "perf raw_syscalls:sys_enter");
    set_counted(f, LEDGER_COUNTED_SWITCHES, PERF_EVENT_SWITCHES, 1, "perf context-switches");
    set_counted(f, LEDGER_COUNTED_FAULTS, PERF_EVENT_FAULTS, 1, "perf page-faults");
    set_counted(f, LEDGER_COUNTED_CPU, PERF_EVENT_CPU_NS, 1e3, "perf task-clock");
    set_memory(f);
}

static void lack_all(const struct facts *f, const char *why)
{
    for (int q = 0; q < LEDGER_QUANTITIES; q++)
        lack(f, (enum ledger_quantity)q, why);
}

void ledger_settle(struct ledger *ledger, const json_t *client, const json_t *served,
                   const struct rusage *usage)
{
    struct facts f = {.ledger = ledger, .client = client, .served = served, .usage = usage};
    f.window_s = number_at(client, "duration_s");
    f.requests = number_at(client, "throughput_rps") * f.window_s;
    f.commands = (double)fields_number(served, "commands", 0);
    perf_close(&ledger->perf);
    if (client == NULL || ledger->sources == NULL)
        return; /* as begun: it did not end well */
    if (!ledger->begin.taken || !ledger->end.taken)
        lack_all(&f, "the client did not announce its measured time");
    else if ((double)ledger->late_ns > f.window_s * LATE_SHARE * 1e9)
        lack_all(&f, "the readings were late: the machine was too busy");
    else
        set_all(&f);
    if (ledger->straced_calls >= 0)
        set(&f, LEDGER_SYSCALLS, (double)ledger->straced_calls / f.commands,
            "strace -f -c, whole run");
    if (ledger->counting)
        return;
    set_reaped(&f);
    set_busiest(&f);
    if (ledger->elsewhere) {
        set_network_elsewhere(&f, LEDGER_OVERFLOWS, ledger->overflows);
        set_network_elsewhere(&f, LEDGER_RETRANSMITS, ledger->retransmits);
    } else {
        set_network(&f);
    }
}
