/* clock: time as everything in this project takes it: CLOCK_MONOTONIC, in nanoseconds. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_US INT64_C(1000)
#define CLOCK_MS INT64_C(1000000)
#define CLOCK_S  INT64_C(1000000000)

static inline int64_t clock_of_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t); /* cannot fail for the clocks below */
    return (int64_t)t.tv_sec * CLOCK_S + t.tv_nsec;
}

/* Time since some fixed moment of the past; never steps back, and is the same in all processes. */
static inline int64_t clock_now_ns(void)
{
    return clock_of_ns(CLOCK_MONOTONIC);
}

/* CPU time that the calling thread has used. */
static inline int64_t clock_thread_cpu_ns(void)
{
    return clock_of_ns(CLOCK_THREAD_CPUTIME_ID);
}

static inline struct timespec clock_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / CLOCK_S), .tv_nsec = (long)(ns % CLOCK_S)};
}

#endif
