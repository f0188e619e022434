#include "soak.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"

void soak_violation(struct soak *s, const char *format, ...)
{
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    /* It may quote bytes of the other side. */
    for (char *c = what; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
            *c = ' ';
    fprintf(stderr, "VIOLATION %s, seed %" PRIu64 ", round %d (%s): %s\n", s->target.name, s->seed,
            s->round, s->action, what);
    s->violations++;
}

/* How many threads of the whole machine run or want to, for whoever reads that an answer came
 * late; 0 if the kernel does not tell. It excuses nothing: it would excuse a server that hangs. */
static int count_runnable(void)
{
    int runnable = 0;
    FILE *file = fopen("/proc/loadavg", "re");
    if (file == NULL || fscanf(file, "%*f %*f %*f %d", &runnable) != 1)
        runnable = 0;
    if (file != NULL)
        fclose(file);
    return runnable;
}

bool soak_connect(struct soak *s, struct peer *p)
{
    if (!peer_connect(p, &s->target.server))
        return false;
    atomic_fetch_add(&s->connects, 1);
    return true;
}

void soak_expect_answer(struct soak *s)
{
    struct peer p;
    int64_t start_ns = clock_now_ns();
    if (!soak_connect(s, &p)) {
        soak_violation(s, "a new client cannot connect: %s", strerror(errno));
        return;
    }
    bool answered = peer_ask(&p, "PING\r\n", "+PONG\r\n");
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    if (!answered)
        soak_violation(s, "a new client was not answered");
    else if (took_ms > SOAK_ANSWER_MS)
        soak_violation(s,
                       "a new client was answered after %" PRId64 " ms, must be at most %d; "
                       "threads of this machine that want a processor: %d",
                       took_ms, SOAK_ANSWER_MS, count_runnable());
    s->requests += answered;
    peer_close(&p);
}

/* SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
uint64_t soak_draw(uint64_t *state, uint64_t n)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % n;
}

void soak_pause_ms(int64_t ms)
{
    struct timespec left = clock_timespec(ms * CLOCK_MS);
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}
