/* together: several clients, on one host or many, as one load.
 *
 * They are told the same moment to start and each its share of the work. The moment is one of
 * CLOCK_REALTIME, which hosts agree on as far as their clocks do; a run is timed by CLOCK_MONOTONIC
 * all the same. No state. */
#ifndef TOGETHER_H
#define TOGETHER_H

#include <stdbool.h>
#include <stdint.h>

struct load;

enum { TOGETHER_HOSTS_MOST = 1000, TOGETHER_ERROR_BYTES = 128 };

/* The part of a load that is this client's. */
struct together_share {
    uint32_t number, count; /* number from 0, below count */
};

/* Reads a moment, "1764112500" or with a fraction of up to nine digits, in seconds since 1970. It
 * must lie after now_ns and at most an hour after. Returns NULL, or what the text must be. */
const char *together_parse_start(const char *text, int64_t now_ns, int64_t *at_ns);

/* Reads "2/4", the second share of four. False: *share is as it was. */
bool together_parse_share(const char *text, struct together_share *share);

/* The share's part of connections, rate and requests, which are those of all shares together
 * before, and what keeps it from being a copy of the others: other random draws; with constant
 * arrivals another phase, so that all together arrive at equal distances. False: a share of it
 * would be empty; error says of what. */
bool together_take(struct load *load, struct together_share share,
                   char error[TOGETHER_ERROR_BYTES]);

enum together_start {
    TOGETHER_STARTED,     /* the moment has come */
    TOGETHER_INTERRUPTED, /* signalfd became readable first */
    TOGETHER_MISSED,      /* it was over before this was called */
    TOGETHER_FAILED,      /* errno says why it cannot be awaited */
};

/* Awaits at_ns of CLOCK_REALTIME, whatever somebody does to that clock meanwhile. *start_ns becomes
 * the same moment of CLOCK_MONOTONIC, which may be some microseconds ago. */
enum together_start together_await(int64_t at_ns, int signalfd, int64_t *start_ns);

#endif
