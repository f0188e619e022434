/* plan: when the requests of an open loop are due.
 *
 * An open loop asks without regard to the answers, as a crowd of users does. Its arrivals are one
 * sequence a_0 <= a_1 <= ... that follows from law, rate, seed and start alone, and never from a
 * clock: who is late stays late against the plan and cannot shift it. Thread j of T has the
 * arrivals whose index is j modulo T, so that all threads together make exactly this sequence,
 * whatever T is.
 *
 * Nothing drifts: constant arrivals are computed from their index in whole numbers, and the gaps of
 * the other laws are added up in units of 2^-32 ns. Nothing here fails or allocates; a plan belongs
 * to one thread. */
#ifndef PLAN_H
#define PLAN_H

#include <stdint.h>

#include "arrivals.h"

/* The rates that a plan can have, in arrivals in 10^6 seconds: 0.001 a second to 10^7 a second. */
#define PLAN_RATE_MICRO_MIN INT64_C(1000)
#define PLAN_RATE_MICRO_MAX INT64_C(10000000000000)

/* To be looked at through the functions only. */
struct plan {
    enum arrivals law;
    uint32_t shares;
    uint32_t fraction; /* of the next arrival, in 2^-32 ns beyond due_ns */
    int64_t rate_micro, start_ns, due_ns;
    uint64_t seed, index;
    double mean_ns; /* of the gaps */
};

/* Share number `share` < `shares` of a sequence that begins at start_ns >= 0: with constant
 * arrivals the first is due then, with the other laws one gap later. rate_micro is within the
 * limits above. Costs the gaps of the first share + 1 arrivals. */
struct plan plan_make(enum arrivals law, int64_t rate_micro, uint64_t seed, int64_t start_ns,
                      uint32_t share, uint32_t shares);

/* When the next arrival of this share is due, rounded down; INT64_MAX if that is later than an
 * int64_t can say. */
static inline int64_t plan_due_ns(const struct plan *p)
{
    return p->due_ns;
}

/* Its number in the whole sequence, from 0. */
static inline uint64_t plan_index(const struct plan *p)
{
    return p->index;
}

/* To the next arrival of this share. Costs the gaps of `shares` arrivals, unless they are constant:
 * those of the other shares have to be added up too. */
void plan_advance(struct plan *p);

#endif
