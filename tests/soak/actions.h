/* actions: what is done to the server in a round, beside the load.
 *
 * An action returns when all of its clients have left. What the server's counters must say of it is
 * added to the soak's expectations, and what did not hold is a violation. */
#ifndef ACTIONS_H
#define ACTIONS_H

#include "soak.h"

struct action {
    const char *name;
    int (*run)(struct soak *s); /* returns how many faults were injected */
    bool alone;                 /* no load meanwhile */
    bool fills;                 /* the server may be full meanwhile, and refuse clients */
    bool needs_children;        /* only for models with a process for a client */
};

extern const struct action storm_actions[], fault_actions[]; /* a NULL name ends them */

#endif
