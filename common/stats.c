#include "stats.h"

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
    return stats;
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

bool stats_client_came(struct stats *stats, int64_t most)
{
    int64_t before = stats_get(stats, STATS_CLIENTS);
    do {
        if (before >= most)
            return false;
    } while (!atomic_compare_exchange_weak(&stats->counter[STATS_CLIENTS], &before, before + 1));
    int64_t peak = stats_get(stats, STATS_PEAK_CLIENTS);
    while (before + 1 > peak &&
           !atomic_compare_exchange_weak(&stats->counter[STATS_PEAK_CLIENTS], &peak, before + 1))
        ;
    return true;
}

void stats_client_left(struct stats *stats)
{
    stats_add(stats, STATS_CLIENTS, -1);
}
