/* sabotage: one thing that is wrong in every round, to see the check of it fail. */
#ifndef SABOTAGE_H
#define SABOTAGE_H

#include "soak.h"

struct sabotage {
    const char *name;
    void (*run)(struct soak *s); /* after the action and the load of each round */
};

extern const struct sabotage sabotages[]; /* a NULL name ends them */

/* NULL: there is none of that name. */
const struct sabotage *sabotage_find(const char *name);

#endif
