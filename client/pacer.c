#include "pacer.h"

uint32_t pacer_take(struct pacer *p, int64_t due_ns, uint32_t want, bool *counts)
{
    if (due_ns >= p->end_ns)
        return 0;
    *counts = due_ns >= p->begin_ns;
    if (!*counts || !p->by_number)
        return want;
    if (want > p->remaining)
        want = (uint32_t)p->remaining;
    p->remaining -= want;
    if (p->remaining == 0)
        p->end_ns = due_ns;
    return want;
}

void pacer_stop(struct pacer *p, int64_t now_ns)
{
    if (now_ns < p->end_ns)
        p->end_ns = now_ns;
}
