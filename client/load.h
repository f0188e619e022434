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

#include "counter.h"
#include "fairness.h"
#include "independence.h"
#include "kernel.h"
#include "measure.h"
#include "net.h"
#include "plan.h"
#include "trend.h"

struct mix;
struct source_list;

/* Who decides when the next request comes (Schroeder et al., NSDI 2006). Figures of different
 * shapes must not be compared. */
enum load_shape {
    LOAD_CLOSED,      /* each connection, when it has its answer and has thought */
    LOAD_OPEN,        /* the plan alone, whatever became of earlier requests */
    LOAD_PARTLY_OPEN, /* the plan starts sessions; inside, the client as in a closed loop */
};
extern const char *const load_shape_names[]; /* "closed", "open", "partly-open" */

/* What to do; fixed before the first thread starts. */
struct load {
    struct net_address target;
    const struct source_list *sources; /* of the connections; empty: the system chooses */
    const struct mix *mix;
    const char *counter_key; /* the one key whose INCR replies are checked; NULL for none */
    enum load_shape shape;
    int64_t rate_micro; /* open shapes: requests in 10^6 seconds */
    enum arrivals arrivals;
    uint32_t connections, threads;    /* threads <= connections */
    uint32_t pipeline;                /* 1 in open shapes */
    uint64_t requests;                /* of the window; 0: it is bounded by duration_ns */
    uint64_t requests_per_connection; /* 0: for ever */
    int64_t warmup_ns, duration_ns, think_ns, timeout_ns;
    int64_t interval_ns; /* of the series, see series.h; the last of SERIES_MOST has no end */
    int64_t start_at_ns; /* moment of CLOCK_REALTIME at which to begin; 0: at once */
    int64_t phase_ns;    /* by how much the plan of an open shape begins later than the warm-up */
    uint64_t seed;
    bool verify;
    bool kernel_stamps;   /* compare the kernel's time stamps of some requests with ours */
    bool close_by_rst;    /* our side of a connection ends by RST, which leaves no TIME_WAIT */
    bool announce_window; /* a line on standard output at its begin and at its end */
    bool show_progress;   /* a line on standard error, refreshed each second */
};

/* What the plan starts in 10^6 seconds: requests, or sessions of several. 0 in a closed loop. */
int64_t load_arrivals_micro(const struct load *load);

struct load_result {
    struct measure sum;
    struct tally total; /* of all kinds of requests */
    struct fairness fairness;
    struct independence independence; /* of the response times in the order of sending */
    struct counter counter;           /* the replies to INCR, of the whole run */
    struct trend in_flight;           /* growth of the number under way, a step of the window */
    struct trend throughput, p50;     /* from second to second */
    double arrival_p;              /* p-value of the arrivals as they were sent; < 0: not known */
    struct kernel_counters kernel; /* what they grew by */
    double started_s;              /* when the first connections were made, in seconds since 1970 */
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
