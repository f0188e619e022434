/* stall: a server that is made to stand still for a moment, and what a client tells of it. */
#ifndef STALL_H
#define STALL_H

#include <stdbool.h>

#include "limits/contender.h"

#define STALL_NS     (100 * CLOCK_MS) /* clock.h */
#define STALL_RUN_NS (2 * CLOCK_S)
enum { STALL_CLIENTS = 50, STALL_RATE = 1000 };

struct stall {
    double response_p99_us; /* from when requests fell due */
    double service_p99_us;  /* from when they were sent */
};

/* Starts a multiplexed server and the client, which asks STALL_RATE times a second (open) or with
 * STALL_CLIENTS connections as often as it gets replies; stops all processes of the server with
 * SIGSTOP in the middle, and lets them go on. All are gone when it returns. False with a reason (of
 * CONTENDER_WHY_BYTES). */
bool stall_measure(struct stall *stall, bool open, const char *client, const struct stage *stage,
                   char *why);

#endif
