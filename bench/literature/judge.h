/* judge: the eight claims: from figures to a verdict and the sentences that explain it. Pure.
 *
 * Each function fills in all of *claim. Figures that are not known (NaN, ratios of no pairs) make a
 * claim CLAIM_NOT_SHOWN. Confirmed is what the whole 95 % interval says; not confirmed what it
 * excludes. */
#ifndef JUDGE_H
#define JUDGE_H

#include "claim.h"

/* Two models, or two variants of one, under the same load. Both ratios are more than 1 in favour of
 * a, whatever they are of. */
struct judge_pair {
    struct ratio rps;                        /* requests/s of a to those of b */
    struct ratio cpu;                        /* the server's CPU time for a request, of b to a */
    double a_rps, b_rps, a_cpu_us, b_cpu_us; /* medians */
    const char *a_verdict, *b_verdict;       /* as experiment_verdict */
};

/* The client was the bottleneck with one of them: its requests/s are those of the client, and the
 * CPU time of the server tells more. */
bool judge_is_limited(const struct judge_pair *pair);

/* That of the two ratios which tells more. */
const struct ratio *judge_ratio(const struct judge_pair *pair);

/* ---- what clients cost (judge_cost.c) ---- */

/* Making a process or a thread, and its end, in a process that has touched so much memory. */
struct judge_creation {
    double mib;
    double fork_us, touch_us, thread_us; /* medians; touch: the child writes to some of it */
    struct ratio ratio;                  /* of fork_us to thread_us */
};

/* (1) a: threads, b: processes, each for one PING; and the same with servers that have touched so
 * much memory more. */
void judge_fork(struct claim *claim, const struct judge_pair *pair, const struct judge_pair *heavy,
                int heavy_mib, const struct judge_creation creation[], size_t count);

/* (2) a: iterative, b: threads, by service time, of which the first is 0 (a PING); and to processes
 * at 0. One request per connection. */
void judge_iterative(struct claim *claim, const struct judge_pair to_threads[],
                     const int services_us[], size_t count, const struct judge_pair *to_processes);

/* (6) KiB for a connection that is idle. */
void judge_memory(struct claim *claim, double thread_kib, struct interval interval,
                  double process_kib, double multiplexed_kib);

/* (7) b: the model as it is by default, a: with another way to accept. */
struct judge_accept {
    const char *model, *how, *usual;
    struct judge_pair pair;
};
void judge_accept(struct claim *claim, const struct judge_accept ways[], size_t count);

/* ---- what load does (judge_load.c) ---- */

/* (3) a: threads, b: iterative; clients that stay and think for so long, and as many whose requests
 * block for so long. */
void judge_collapse(struct claim *claim, const struct judge_pair *held,
                    const struct judge_pair *blocked, int clients, int ms);

/* (4) a: threads, b: epoll, with connections that are kept, by number of clients. */
void judge_kept(struct claim *claim, const struct judge_pair pairs[], const int clients[],
                size_t count);

/* (5) A model that is offered more than it can do. */
struct judge_overload {
    const char *model;
    double capacity_rps, goodput_rps; /* medians */
    struct ratio kept;                /* goodput to capacity */
    struct ratio to_processes;        /* kept by this model to kept by the process model */
};

/* The first is the process model. factor: offered over capacity. */
void judge_overload(struct claim *claim, const struct judge_overload models[], size_t count,
                    double factor);

/* (8) A server that stands still for stall_ms of window_ms: the 99th percentile that an open loop
 * tells, from when requests fell due and from when they were sent, and that a closed loop tells. */
struct judge_stall {
    double open_us, open_sent_us, closed_us; /* medians */
    struct ratio ratio;                      /* open to closed */
    double stall_ms, window_ms;
    double rate;
    int clients; /* of the closed loop */
};
void judge_stall(struct claim *claim, const struct judge_stall *figures);

#endif
