/* trial: one run of this program as a load client, in a process of its own.
 *
 * The whole of it is tried, from its command line to the JSON it writes. */
#ifndef TRIAL_H
#define TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "child.h"

enum { TRIAL_VERDICT_BYTES = 32, TRIAL_CHECK_BYTES = 80 };

/* Of one kind of time, in ns; what the run could not tell is NaN. */
struct trial_times {
    double count, mean, p50, p90, p95, p99;
};

/* What the tests need of a result. */
struct trial_result {
    char verdict[TRIAL_VERDICT_BYTES];
    char failed_check[TRIAL_CHECK_BYTES]; /* the first, with value and limit; "" if none failed */
    double planned, ok;                   /* requests */
    double window_ns, stalled_ns;
    struct trial_times response, service, blocked, generator_lag;
};

/* Reads a result; false when it is none, or has no verdict. */
bool trial_read(struct trial_result *result, const char *json, size_t length);

struct trial {
    struct child child;
    int outfd; /* what it prints */
};

/* Starts it on a port of 127.0.0.1 with `arguments`, which are split at blanks. It runs on this CPU
 * only, unless that is CHILD_ANY_CPU. False with errno: there is nothing to finish. */
bool trial_start(struct trial *t, uint16_t port, const char *arguments, int cpu);

enum trial_end {
    TRIAL_DONE,
    TRIAL_NO_RESULT, /* it gave none in time, or ended badly; why, it wrote to standard error */
    TRIAL_INTERRUPTED,
};

/* Waits for its end, and no longer than to the deadline or until interruptfd is readable; then it
 * is killed. It is reaped in any case. */
enum trial_end trial_finish(struct trial *t, int64_t deadline_ns, int interruptfd,
                            struct trial_result *result);

#endif
