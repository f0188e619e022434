#include "stats.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

static const char *const names[STATS_SHOWN] = {
    [STATS_CONNECTIONS] = "connections",           [STATS_REJECTED] = "rejected",
    [STATS_PEAK_CLIENTS] = "peak_clients",         [STATS_COMMANDS] = "commands",
    [STATS_ERROR_REPLIES] = "error_replies",       [STATS_PROTOCOL_ERRORS] = "protocol_errors",
    [STATS_IDLE_TIMEOUTS] = "idle_timeouts",       [STATS_REQUEST_TIMEOUTS] = "request_timeouts",
    [STATS_WRITE_TIMEOUTS] = "write_timeouts",     [STATS_RESETS] = "resets",
    [STATS_OUT_OF_MEMORY] = "out_of_memory",       [STATS_ACCEPT_RETRIES] = "accept_retries",
    [STATS_ACCEPT_SHORTAGES] = "accept_shortages", [STATS_SPAWN_FAILURES] = "spawn_failures",
    [STATS_CHILDREN_KILLED] = "children_killed",   [STATS_CHILDREN_FAILED] = "children_failed",
    [STATS_CPU_CHILDREN_US] = "cpu_children_us",
};

static size_t size_of(int workers)
{
    return sizeof(struct stats) + (size_t)workers * sizeof(struct stats_worker);
}

struct stats *stats_create(int workers)
{
    struct stats *stats =
        mmap(NULL, size_of(workers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stats == MAP_FAILED)
        return NULL;
    stats->workers = workers;
    atomic_store(&stats->counter[STATS_LEFT_TO_ACCEPT], STATS_NOT_STOPPING);
    int failure = gate_init(&stats->gate);
    if (failure == 0)
        return stats;
    stats_destroy(stats);
    errno = failure;
    return NULL;
}

void stats_destroy(struct stats *stats)
{
    if (stats != NULL)
        munmap(stats, size_of(stats->workers));
}

const char *stats_name(enum stats_counter counter)
{
    return names[counter];
}

static void note_peak(struct stats *stats, int64_t clients)
{
    int64_t peak = stats_get(stats, STATS_PEAK_CLIENTS);
    while (clients > peak &&
           !atomic_compare_exchange_weak(&stats->counter[STATS_PEAK_CLIENTS], &peak, clients))
        ;
}

/* While one process lets in all clients those of workers only become fewer meanwhile. */
bool stats_client_came(struct stats *stats, int64_t most)
{
    int64_t with_workers = atomic_load(&stats->with_workers);
    int64_t before = stats_get(stats, STATS_CLIENTS);
    do {
        if (before + with_workers >= most)
            return false;
    } while (!atomic_compare_exchange_weak(&stats->counter[STATS_CLIENTS], &before, before + 1));
    note_peak(stats, before + with_workers + 1);
    return true;
}

void stats_client_left(struct stats *stats)
{
    stats_add(stats, STATS_CLIENTS, -1);
}

static void count_anew(struct stats *stats)
{
    int64_t with_workers = 0;
    for (int w = 0; w < stats->workers; w++)
        with_workers += stats->worker[w].has_client;
    atomic_store(&stats->with_workers, with_workers);
}

static void begin_change(struct stats *stats)
{
    if (gate_begin(&stats->gate))
        count_anew(stats);
}

bool stats_worker_came(struct stats *stats, int worker, int64_t most)
{
    begin_change(stats);
    int64_t before = stats_clients(stats);
    bool may_come = before < most;
    if (may_come) {
        stats->worker[worker].has_client = true;
        atomic_fetch_add(&stats->with_workers, 1);
    }
    gate_end(&stats->gate);
    if (!may_come)
        return false;
    note_peak(stats, before + 1);
    stats_worker_took(stats, worker);
    return true;
}

bool stats_worker_left(struct stats *stats, int worker)
{
    begin_change(stats);
    bool had_client = stats->worker[worker].has_client;
    stats->worker[worker].has_client = false;
    if (had_client)
        atomic_fetch_sub(&stats->with_workers, 1);
    gate_end(&stats->gate);
    return had_client;
}

int64_t stats_clients(struct stats *stats)
{
    return stats_get(stats, STATS_CLIENTS) +
           atomic_load_explicit(&stats->with_workers, memory_order_relaxed);
}
