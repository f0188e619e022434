/* load: one run. It starts the workers, follows them, ends them, and adds up what they measured.
 *
 *     main    prepares struct load, opens the gate, then sleeps until a second is full or a signal
 *             comes; joins; merges
 *     worker  one thread with connections, epoll, histograms and counters of its own; the workers
 *             share nothing that is written during the run */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "fairness.h"
#include "kernel.h"
#include "measure.h"
#include "net.h"

struct request;

/* What to do; fixed before the first thread starts. */
struct load {
    struct net_address target;
    const struct request *request;
    uint32_t connections, threads; /* threads <= connections */
    uint32_t pipeline;
    uint64_t requests;                /* of the window; 0: it is bounded by duration_ns */
    uint64_t requests_per_connection; /* 0: for ever */
    int64_t warmup_ns, duration_ns, think_ns, timeout_ns;
    uint64_t seed;
    bool verify;
    bool show_progress; /* a line on standard error, refreshed each second */
};

struct load_result {
    struct measure sum;
    struct fairness fairness;
    struct kernel_counters kernel; /* what they grew by */
    double window_s;               /* length of the window, as it was */
    double throughput_rps;         /* good replies that came within the window, each second */
    bool interrupted;              /* ended by SIGINT or SIGTERM */
    bool hopeless; /* ended early: no connection was ever established; see sum.connect_errno */
};

/* Runs the load. During the call SIGINT and SIGTERM end the window, a second one ends the drain
 * too. NULL: it could not begin; error holds one line that says why. Free with load_result_free.
 * Call it from the only thread of a process. */
enum { LOAD_ERROR_BYTES = 160 };
struct load_result *load_run(const struct load *load, char error[LOAD_ERROR_BYTES]);
void load_result_free(struct load_result *result);

#endif
