/* load: the client program on a server that is ready, and what it says of it. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "contender.h"

struct load {
    const char *command; /* of one word or two: "PING", "INCR limits" */
    bool once;           /* each request on a connection of its own, that ends by RST */
    int64_t run_ns, warmup_ns;
};

struct load_result {
    double requests_per_s;
    bool client_limited; /* the client itself was the bottleneck, or may have been */
};

/* False with a reason (of CONTENDER_WHY_BYTES) when there is no result. */
bool load_run(struct load_result *result, const struct load *load,
              const struct contender *contender, const struct stage *stage, char *why);

/* True if the server answers the command, asked once, with anything but an error. */
bool load_is_answered(const char *command, const struct contender *contender,
                      const struct stage *stage, char *why);

#endif
