/* pacer: the plan of a run: when a request is due, whether it may still start, whether it counts.
 *
 *     start        warm-up         begin              window                 end        drain
 *       |  sent, does not count      |  sent and counted                      |  nothing new
 *
 * In a closed loop each connection asks, waits for the answer, thinks, and asks again: a request is
 * due when its connection is free and has thought. The window ends after a time, or when a number
 * of requests has been taken from the plan. One pacer belongs to one worker; times are
 * CLOCK_MONOTONIC. */
#ifndef PACER_H
#define PACER_H

#include <stdbool.h>
#include <stdint.h>

struct pacer {
    int64_t begin_ns, end_ns; /* of the window; end is INT64_MAX while only `remaining` bounds it */
    int64_t think_ns;
    bool by_number;
    uint64_t remaining; /* by_number: requests of the window not yet taken */
};

/* How many of `want` requests that are due at due_ns may start; 0 when the plan is at its end.
 * *counts tells whether they count. A window bounded by a number ends with its last request. */
uint32_t pacer_take(struct pacer *p, int64_t due_ns, uint32_t want, bool *counts);

/* When a connection that is free since free_ns asks again. */
static inline int64_t pacer_due(const struct pacer *p, int64_t free_ns)
{
    return free_ns + p->think_ns;
}

/* Nothing more starts: the window ends at now_ns, unless it has ended before. */
void pacer_stop(struct pacer *p, int64_t now_ns);

/* True once nothing more may start. */
static inline bool pacer_is_over(const struct pacer *p, int64_t now_ns)
{
    return now_ns >= p->end_ns;
}

#endif
