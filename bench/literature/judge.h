/* judge: the eight claims: from figures to a verdict and the sentences that explain it. Pure.
 *
 * Each function fills in all of *claim. It is CLAIM_NOT_DECIDED, with the reason and what would
 * help, unless each side of each ratio it takes has enough VALID runs (struct judge_side). Then
 * confirmed is what the whole 95 % interval says, not confirmed what it excludes, and else it is
 * CLAIM_NOT_SHOWN. What is said of a cause is said only where the figures show its effect. */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>

#include "claim.h"

/* The runs of one model under one load. */
struct judge_side {
    const char *name;      /* of the model, or what it stands for */
    double rps, cpu_us;    /* medians: requests/s, the server's CPU time for one; NaN: not known */
    size_t repeats, valid; /* runs, and how many count; no repeats: the model was not chosen */
    size_t late;           /* of those that count: the client was late, which is looked past */
    const char *verdict;   /* of most of the others, as experiment_tally; "" if there are none */
    const char *shown; /* the client's, of the first of those that count: VALID, what the load is
                          there to show, or GENERATOR-LIMITED where lateness is looked past */
};

/* Two models, or two variants of one, under the same load. Both ratios are more than 1 in favour of
 * a, whatever they are of. */
struct judge_pair {
    const char *load; /* behind "with": "one PING for each connection" */
    struct ratio rps; /* requests/s of a to those of b */
    struct ratio cpu; /* the server's CPU time for a request, of b to a */
    struct judge_side a, b;
};

enum { JUDGE_VALID_LEAST = 3 };

/* So many runs count, or all there are. */
bool judge_has_enough(const struct judge_side *side);

/* Both sides have enough, and the interval of the ratio, one of the pair's, is known. */
bool judge_is_decided(const struct judge_pair *pair, const struct ratio *ratio);

/* Makes the claim CLAIM_NOT_DECIDED without figures, and adds the reason to what it says. The pair
 * is one that is not decided by this ratio. */
void judge_leave_open(struct claim *claim, const struct judge_pair *pair,
                      const struct ratio *ratio);

/* The same for a side that has not enough, with or without a load. */
void judge_leave_side_open(struct claim *claim, const struct judge_side *side, const char *load);

/* The runs that a decided claim rests on. */
struct judge_basis {
    size_t valid, late; /* as in struct judge_side */
};
void judge_rest_on(struct judge_basis *basis, const struct judge_side *side);
void judge_rest_on_both(struct judge_basis *basis, const struct judge_pair *pair);

/* Says behind what the claim says how many of the runs count although the client was late; nothing
 * if none does. */
void judge_tell_late(struct claim *claim, const struct judge_basis *basis);

/* The verdict of a claim that has two measures, requests/s of a closed loop, which is what was
 * published, and the server's CPU time at a fixed rate: that of both where both are decided and say
 * the same, that of the only one that is, and CLAIM_NOT_SHOWN where they differ. Which of the two
 * happened to be decided is said, and so is what each says where they differ. */
void judge_by_both(struct claim *claim, enum claim_verdict by_rps, enum claim_verdict by_cpu);

/* ---- what clients cost (judge_cost.c) ---- */

/* Making a process or a thread, and its end, in a process that has touched so much memory more than
 * its own. */
struct judge_creation {
    double mib, own_mib;
    double fork_us, touch_us, thread_us; /* medians; touch: the child writes to some of it */
    struct ratio ratio;                  /* of fork_us to thread_us */
};

/* (1) a: threads, b: processes, each for one PING at a fixed rate; the same with servers that have
 * touched so much memory more; and as many as clients can get. */
void judge_fork(struct claim *claim, const struct judge_pair *paced, const struct judge_pair *heavy,
                const struct judge_pair *closed, int heavy_mib,
                const struct judge_creation creation[], size_t count);

/* (6) KiB for a connection that is idle. threads: its repeats, of which those that gave a figure
 * count. */
void judge_memory(struct claim *claim, const struct judge_side *threads, double thread_kib,
                  struct interval interval, double process_kib, double multiplexed_kib);

/* (7) count: of comparisons, for which the intervals are widened. b: the model as it is by default,
 * a: with another way to accept; at a fixed rate. */
struct judge_accept {
    const char *model, *how, *usual;
    struct judge_pair pair;
};
void judge_accept(struct claim *claim, const struct judge_accept ways[], size_t count);

/* ---- what load does (judge_load.c) ---- */

/* (2, judge_short.c) a: iterative, b: threads, in a closed loop by service time, of which the first
 * is 0 (a PING); to processes at 0; and to both at a fixed rate. One request per connection. Judged
 * by both measures (judge_by_both); the figure is that of requests/s where they are decided, else
 * that of the CPU times at the fixed rate. */
void judge_iterative(struct claim *claim, const struct judge_pair to_threads[],
                     const int services_us[], size_t count, const struct judge_pair *to_processes,
                     const struct judge_pair *paced_threads,
                     const struct judge_pair *paced_processes);

/* (3) a: threads, b: iterative; clients that stay and think for so long, and as many whose requests
 * block for so long. */
void judge_collapse(struct claim *claim, const struct judge_pair *held,
                    const struct judge_pair *blocked, int clients, int ms);

/* (4) a: threads, b: epoll, with connections that are kept, by number of clients: in a closed loop
 * and at a fixed rate, as in (2). */
void judge_kept(struct claim *claim, const struct judge_pair closed[],
                const struct judge_pair paced[], const int clients[], size_t count);

/* (5, judge_overload.c) A model that is offered more than it can do. */
struct judge_overload {
    struct judge_side capacity, overload;
    struct ratio kept;         /* right replies a second in overload to those of its capacity */
    struct ratio to_processes; /* kept by this model to kept by the process model */
};

/* The first is the process model. factor: offered over capacity. */
void judge_overload(struct claim *claim, const struct judge_overload models[], size_t count,
                    double factor);

/* (8) A server that stands still for stall_ms of window_ms: the 99th percentile that an open loop
 * tells, from when requests fell due and from when they were sent, and that a closed loop tells. */
struct judge_stall {
    struct judge_side open, closed;          /* runs that a client vouches for */
    double open_us, open_sent_us, closed_us; /* medians */
    struct ratio ratio;                      /* open to closed */
    double stall_ms, window_ms;
    double rate;           /* of the open loop, and about that of the closed one */
    int clients, think_ms; /* connections of either; thoughts are of the closed loop */
};
void judge_stall(struct claim *claim, const struct judge_stall *figures);

#endif
