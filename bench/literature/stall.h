/* stall: a server that is made to stand still for a moment, and what a client tells of it. */
#ifndef STALL_H
#define STALL_H

#include <stdbool.h>

#include "limits/contender.h"

#define STALL_NS     (100 * CLOCK_MS) /* clock.h */
#define STALL_RUN_NS (2 * CLOCK_S)
enum { STALL_CLIENTS = 10, STALL_THINK_MS = 2, STALL_RATE = 5000, STALL_VERDICT_BYTES = 24 };

struct stall {
    double response_p99_us;            /* from when requests fell due; NaN: not known */
    double service_p99_us;             /* from when they were sent */
    char verdict[STALL_VERDICT_BYTES]; /* the client's; "": there is none */
    double late_us; /* 99 % of what the client did was less late than that, if it was only late (see
                       run.h); else NaN */
};

/* The client vouches for its figures, or says of them that the server stood still; or it was late
 * by so little (a twentieth) that the response time is that of the server all the same. */
bool stall_counts(const struct stall *stall);

/* Starts a multiplexed server and the client, whose STALL_CLIENTS connections ask STALL_RATE times
 * a second (open) or think for STALL_THINK_MS between a reply and the next request, about as often
 * (closed: without a thought the client would be the limit); stops all processes of the server with
 * SIGSTOP in the middle, and lets them go on. All are gone when it returns. False with a reason (of
 * CONTENDER_WHY_BYTES). */
bool stall_measure(struct stall *stall, bool open, const char *client, const struct stage *stage,
                   char *why);

#endif
