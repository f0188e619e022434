/* ledger: what a run has cost, quantity by quantity, each with the source it is from; and what the
 * parts do not explain of the whole.
 *
 * It covers the client's measured window, which the client announces at its begin and its end
 * (--announce-window), unless a source is named that tells of the whole run. A quantity that no
 * source gives is NaN with the reason, never 0. bench/METHOD.md tells the trap of each source.
 *
 * Two kinds of runs: a timed one, which is only looked at (files of /proc and of a control group,
 * what the kernel keeps anyway); and a counting one, whose server carries counters that make it
 * slower, and which therefore is never timed. */
#ifndef LEDGER_H
#define LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "ledger_cgroup.h"
#include "ledger_perf.h"
#include "ledger_proc.h"

enum ledger_quantity {
    /* of a timed run; "a request" is a right reply that came in the window */
    LEDGER_SERVER_CPU, /* us a request, of the server and all its children and threads */
    LEDGER_CLIENT_CPU,
    LEDGER_MACHINE_CPU,     /* all processors, busy with whatever */
    LEDGER_UNEXPLAINED_CPU, /* machine - server - client; below 0 shows how coarse the clocks are */
    LEDGER_SWITCHES,        /* of context, a request, of the server's tree */
    LEDGER_FAULTS,          /* of pages, a request, of the server's tree */
    LEDGER_STALL,           /* us a request in which some thread of the server was ready and no
                               processor free */
    LEDGER_DELAY,           /* the same, added up over the threads that were there all the time */
    LEDGER_FORKS,           /* processes and threads made in a second, on the whole machine */
    LEDGER_OVERFLOWS,       /* of accept queues, on the whole machine */
    LEDGER_RETRANSMITS,     /* of TCP segments, on the whole machine */
    LEDGER_BUSIEST,         /* clients that the busiest worker accepted, over the mean of all fixed
                               workers: 1 is even */
    /* of a counting run */
    LEDGER_SYSCALLS, /* a request, of the server's tree */
    LEDGER_COUNTED_SWITCHES,
    LEDGER_COUNTED_FAULTS,
    LEDGER_COUNTED_CPU,
    LEDGER_MEMORY, /* KiB a client, companions included: what the tree has grown by since it was
                      ready */
    LEDGER_QUANTITIES,
};

/* "server_cpu_us_per_request", ... */
extern const char *const ledger_names[LEDGER_QUANTITIES];

/* What was found at the start of the suite, for all its runs. */
struct ledger_sources {
    struct cgroup cgroup;
    struct perf_probe perf;
    bool strace;    /* counts the system calls, since perf cannot and strace can */
    bool elsewhere; /* the servers run on another host, which sends an account; no more is found */
};

void ledger_probe(struct ledger_sources *sources);
void ledger_release(struct ledger_sources *sources);

struct ledger_entry {
    double value;       /* NaN when not known */
    const char *source; /* static */
    const char *why;    /* it is not known; NULL when it is. Static, or of the sources */
};

/* The readings at one end of the window. */
struct ledger_reading {
    bool taken;
    int64_t cgroup_cpu_us, cgroup_stall_us; /* -1: not known */
    int64_t client_cpu_ns;                  /* -1: not known */
    struct proc_machine machine;
    struct proc_tree tree;
    struct perf_counts perf;
};

struct ledger {
    const struct ledger_sources *sources;
    bool counting;
    int64_t straced_calls; /* of the whole counting run; -1: not known */
    bool placed;           /* the server is in the control group */
    pid_t server;
    bool unknown_server; /* it runs who knows where: nothing can be read of it */
    size_t companions;   /* clients beside the measured ones */
    struct perf perf;
    int64_t rest_kib, window_kib; /* memory before the load, and in it; -1: not known */
    struct ledger_reading begin, end;
    bool elsewhere; /* the server ran on another host, where the readings were taken; then: */
    int64_t overflows, retransmits; /* there; -1: not known */
    int64_t late_ns; /* the later one of the two readings, after the moment it should tell of */
    struct ledger_entry entries[LEDGER_QUANTITIES];
};

/* Begins with nothing known. sources, which must outlive it, NULL: nothing will be known. */
void ledger_begin(struct ledger *ledger, const struct ledger_sources *sources, bool counting);

/* For process_start_attached; the context is the ledger. */
void ledger_attach(pid_t server, void *context);

/* The server of this run is to be started under strace, and without the other counters, which
 * would count strace as well. */
bool ledger_wants_strace(const struct ledger *ledger);

/* When the server is ready and has no client yet. */
void ledger_rest(struct ledger *ledger);

/* Takes a reading if the line is one of the client's two announcements. */
void ledger_hear(struct ledger *ledger, const char *line, pid_t client);

/* When server and client are gone: computes the entries, and gives back what was held. The objects
 * may be NULL; usage is that of wait4 for the server, NULL when it is not known. */
void ledger_settle(struct ledger *ledger, const json_t *client, const json_t *served,
                   const struct rusage *usage);

/* {"NAME": {"value", "source", "not_available"}}, for the quantities of its kind of run. The caller
 * owns it; NULL when memory is short. served may be NULL. */
json_t *ledger_json(const struct ledger *ledger, const json_t *served);

/* What such JSON of a timed run tells. The texts are borrowed from it. */
void ledger_restore(struct ledger *ledger, const json_t *json);

/* The quantity is one of a counting run. */
static inline bool ledger_is_counted(enum ledger_quantity quantity)
{
    return quantity >= LEDGER_SYSCALLS;
}

#endif
