#include "plan.h"

#include <math.h>

#include "draw.h"

/* The draws of the plan must not be those of a request: no connection has this number. */
#define PLAN_CONNECTION UINT64_MAX

/* Nanoseconds in 10^6 seconds. */
#define MEGASECOND_NS INT64_C(1000000000000000)

static int64_t constant_due_ns(const struct plan *p)
{
    unsigned __int128 since =
        (unsigned __int128)p->index * (uint64_t)MEGASECOND_NS / (uint64_t)p->rate_micro;
    return since > (uint64_t)(INT64_MAX - p->start_ns) ? INT64_MAX : p->start_ns + (int64_t)since;
}

/* 1 - u is exact, so that log1p would give no better value, and it takes longer. */
static double gap_ns(const struct plan *p)
{
    uint64_t bits = draw_bits((struct draw_point){p->seed, PLAN_CONNECTION, p->index}, 0);
    double u = (double)(bits >> 11) * 0x1p-53; /* in [0, 1) */
    return p->mean_ns * (p->law == ARRIVALS_POISSON ? -log(1 - u) : 2 * u);
}

/* The gap is split before it is added: a double could not hold the whole time to the ns. */
static void add_gap(struct plan *p)
{
    double gap = gap_ns(p);
    int64_t whole = (int64_t)gap;
    int64_t fraction = p->fraction + (int64_t)((gap - (double)whole) * 0x1p32 + 0.5);
    p->fraction = (uint32_t)fraction;
    if (__builtin_add_overflow(p->due_ns, whole + (fraction >> 32), &p->due_ns))
        p->due_ns = INT64_MAX;
}

struct plan plan_make(enum arrivals law, int64_t rate_micro, uint64_t seed, int64_t start_ns,
                      uint32_t share, uint32_t shares)
{
    struct plan p = {.law = law,
                     .shares = shares,
                     .rate_micro = rate_micro,
                     .start_ns = start_ns,
                     .due_ns = start_ns,
                     .seed = seed,
                     .mean_ns = (double)MEGASECOND_NS / (double)rate_micro};
    if (law == ARRIVALS_CONSTANT) {
        p.index = share;
        p.due_ns = constant_due_ns(&p);
        return p;
    }
    add_gap(&p);
    while (p.index < share) {
        p.index++;
        add_gap(&p);
    }
    return p;
}

void plan_advance(struct plan *p)
{
    if (p->law == ARRIVALS_CONSTANT) {
        p->index += p->shares;
        p->due_ns = constant_due_ns(p);
        return;
    }
    for (uint32_t i = 0; i < p->shares; i++) {
        p->index++;
        add_gap(p);
    }
}
