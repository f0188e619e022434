#include "creation.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"

const int creation_mib[CREATION_SIZES] = {0, 16, 64, 256};

enum { MIB = 1 << 20, PAGE = 4096, LEAST_TIMES = 5 };
#define LEAST_NS (15 * CLOCK_MS)
#define PAUSE_NS (20 * CLOCK_MS)

/* What the parent has touched; pages as they come by default could be huge ones, of which a fork
 * copies next to nothing, so these are small. */
struct memory {
    char *start;
    size_t bytes;
};

static bool memory_take(struct memory *memory, size_t bytes)
{
    *memory = (struct memory){NULL, bytes};
    if (bytes == 0)
        return true;
    memory->start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory->start == MAP_FAILED)
        return false;
    madvise(memory->start, bytes, MADV_NOHUGEPAGE); /* where there are none, it is in vain */
    for (size_t at = 0; at < bytes; at += PAGE)
        memory->start[at] = 1;
    return true;
}

static void memory_give_back(struct memory *memory)
{
    if (memory->bytes > 0)
        munmap(memory->start, memory->bytes);
}

/* ---- one of each ---- */

static bool make_process(const struct memory *memory, size_t touched)
{
    pid_t pid = fork(), waited;
    if (pid == 0) {
        for (size_t at = 0; at < touched && at < memory->bytes; at += PAGE)
            ((volatile char *)memory->start)[at] = 2;
        _exit(0);
    }
    if (pid < 0)
        return false;
    do
        waited = waitpid(pid, NULL, 0);
    while (waited < 0 && errno == EINTR);
    return waited == pid;
}

static bool only_fork(const struct memory *memory)
{
    return make_process(memory, 0);
}

static bool fork_and_touch(const struct memory *memory)
{
    return make_process(memory, MIB);
}

static void *do_nothing(void *unused)
{
    return unused;
}

static bool make_thread(const struct memory *memory)
{
    pthread_t thread;
    (void)memory;
    return pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

/* ---- many ---- */

static bool time_many(double *us, bool (*make)(const struct memory *memory),
                      const struct memory *memory)
{
    int64_t started_ns = clock_now_ns(), passed_ns = 0;
    int times = 0;
    while (times < LEAST_TIMES || passed_ns < LEAST_NS) {
        if (!make(memory))
            return false;
        times++;
        passed_ns = clock_now_ns() - started_ns;
    }
    *us = (double)passed_ns / 1e3 / times;
    return true;
}

/* NaN when not known. */
static double resident_mib(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    bool known = file != NULL && fscanf(file, "%ld %ld", &pages, &resident) == 2;
    if (file != NULL)
        fclose(file);
    return known ? (double)resident * (double)sysconf(_SC_PAGESIZE) / MIB : NAN;
}

static bool measure_all(struct creation *c)
{
    c->own_mib = resident_mib();
    for (size_t s = 0; s < CREATION_SIZES; s++) {
        struct memory memory;
        if (!memory_take(&memory, (size_t)creation_mib[s] * MIB))
            return false;
        for (size_t r = 0; r < CREATION_REPEATS; r++)
            if (!time_many(&c->fork_us[s][r], only_fork, &memory) ||
                !time_many(&c->thread_us[s][r], make_thread, &memory) ||
                !time_many(&c->touch_us[s][r], fork_and_touch, &memory))
                return false;
        memory_give_back(&memory);
    }
    return true;
}

/* How it ended, which an interrupt makes come soon; false when that cannot be told. */
static bool await_end(pid_t pid, int *status)
{
    struct timespec pause = clock_timespec(PAUSE_NS);
    pid_t ended;
    while ((ended = waitpid(pid, status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
        if (interrupt_arrived())
            kill(pid, SIGKILL);
        nanosleep(&pause, NULL);
    }
    return ended == pid;
}

bool creation_measure(struct creation *creation, const cpu_set_t *cpus)
{
    /* Shared with the child, which writes what it measured there. */
    struct creation *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    if (shared == MAP_FAILED)
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(sched_setaffinity(0, sizeof *cpus, cpus) == 0 && measure_all(shared) ? 0 : 1);
    }
    bool ended = pid > 0 && await_end(pid, &status);
    *creation = *shared;
    munmap(shared, sizeof *shared);
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
