/* fairness: how evenly the connections of a run were served. */
#ifndef FAIRNESS_H
#define FAIRNESS_H

#include <stdint.h>

struct fairness {
    uint32_t connections;
    double mean;       /* good replies a connection */
    double jain;       /* Jain's index: 1/connections when one got all, 1 when all got the same;
                          0 when there was no reply */
    uint32_t favoured; /* the fewest connections that together got 90 % of the replies */
};

/* Of `count` connections that got so many good replies each. Sorts them. */
struct fairness fairness_of(uint64_t *replies, uint32_t count);

#endif
