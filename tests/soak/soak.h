/* soak: one server under load, storms and faults for minutes, and what must hold all the while.
 *
 * Time is cut into rounds. In each, clients of the load and one action, drawn from the seed, work
 * on the server; then everybody leaves, and the server must be as it was. One struct soak is one
 * run on one server. Its main thread owns all of it but `connects`, which every client counts. */
#ifndef SOAK_H
#define SOAK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "peer.h"
#include "target.h"

/* The server's limits, small enough to be met: see target.c for what it is started with. */
enum { SOAK_TIMEOUT_MS = 1000, SOAK_MAX_CLIENTS = 200, SOAK_WORKERS = 8 };

/* A sanitizer makes everything slower, and takes memory as it likes. */
enum { SOAK_ANSWER_MS = SANITIZED ? 5000 : 1000 };

/* The key that everybody counts up. */
#define SOAK_COUNTER "soak:counter"

struct soak {
    struct target target;
    uint64_t seed, random; /* random: the state of the sequence that begins with the seed */
    int round;             /* from 1 on; 0 before the first */
    const char *action;    /* of this round */
    bool expects_wrong;    /* takes right replies for wrong ones: see sabotage.h */
    int violations;
    _Atomic int64_t connects;            /* all that were established */
    int64_t requests;                    /* answered rightly */
    int64_t faults;                      /* injected */
    int64_t acknowledged, indeterminate; /* increments of SOAK_COUNTER */
    /* What the server's counters must have come to by the faults. */
    int64_t children_killed, request_timeouts, write_timeouts;
    struct holdings base; /* what it holds when nobody is there */
};

/* Says on standard error, in a line, what did not hold, and how to see it again. */
void soak_violation(struct soak *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Connects and counts that. False, with errno, if there is no connection. Any thread. */
bool soak_connect(struct soak *s, struct peer *p);

/* A new client must be answered within SOAK_ANSWER_MS; a violation otherwise. */
void soak_expect_answer(struct soak *s);

/* A number from 0 to n - 1, all nearly equally likely. Each thread has a state of its own. */
uint64_t soak_draw(uint64_t *state, uint64_t n);

void soak_pause_ms(int64_t ms);

#endif
