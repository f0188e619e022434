/* kernel: what the kernel counted while we measured, for the whole machine: connections it refused
 * for lack of room, segments it sent again. They explain latencies of 200 ms, 1 s, 3 s. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stdint.h>

struct kernel_counters {
    bool known;               /* /proc could be read; else all are 0 */
    int64_t listen_overflows; /* accept queue full */
    int64_t listen_drops;     /* connection requests dropped, for whatever reason */
    int64_t retransmits;      /* segments sent again */
    int64_t timeouts;         /* retransmission timers that ran out */
};

struct kernel_counters kernel_read(void);

/* The difference of two readings. */
struct kernel_counters kernel_between(struct kernel_counters begin, struct kernel_counters end);

#endif
