#include "slots.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "children.h"
#include "clock.h"
#include "diag.h"
#include "server.h"
#include "stats.h"
#include "stop.h"

struct slots_shared {
    _Atomic int accept_errno;
};

int slots_init(struct slots *slots, struct server *server, struct children *children)
{
    int count = server->workers;
    *slots =
        (struct slots){.server = server, .children = children, .count = count, .vacant = count};
    slots->slot = calloc((size_t)count, sizeof *slots->slot);
    if (slots->slot == NULL)
        return -1;
    slots->shared = mmap(NULL, sizeof *slots->shared, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slots->shared != MAP_FAILED)
        return 0;
    free(slots->slot);
    return -1;
}

void slots_destroy(struct slots *slots)
{
    munmap(slots->shared, sizeof *slots->shared);
    free(slots->slot);
}

static void note_fork_failure(struct slots *slots, int failure)
{
    static struct diag_limit limit;
    stats_add(slots->server->service.stats, STATS_SPAWN_FAILURES, 1);
    pace_note_failure(&slots->pace, clock_now_ns());
    diag_limited(&limit, "cannot make a child, %d are missing: %s", slots->vacant,
                 strerror(failure));
}

int slots_fill(struct slots *slots)
{
    for (int i = 0; i < slots->count && slots->vacant > 0; i++) {
        struct slot *slot = &slots->slot[i];
        int64_t now_ns = clock_now_ns();
        if (slot->pid != 0)
            continue;
        if (stop_requested() || !pace_allows(&slots->pace, now_ns))
            break;
        slot->made_ns = now_ns;
        slot->taken = stats_worker_connections(slots->server->service.stats, i);
        pid_t pid = children_fork(slots->children);
        if (pid < 0) {
            note_fork_failure(slots, errno);
            break;
        }
        if (pid == 0)
            return i;
        slot->pid = pid;
        slots->vacant--;
        pace_note_made(&slots->pace, now_ns);
    }
    return -1;
}

int64_t slots_due_ns(const struct slots *slots)
{
    return slots->vacant > 0 ? slots->pace.due_ns : INT64_MAX;
}

/* Whoever dies of a client is replaced at once: clients come no faster than they are accepted. */
static void note_end(struct slots *slots, int number)
{
    static struct diag_limit limit;
    const struct slot *slot = &slots->slot[number];
    int64_t now_ns = clock_now_ns();
    if (stop_requested() || slots->server->accept_errno != 0 ||
        now_ns - slot->made_ns >= PACE_TRIAL_MS * CLOCK_MS ||
        stats_worker_connections(slots->server->service.stats, number) > slot->taken)
        return;
    pace_note_failure(&slots->pace, now_ns);
    diag_limited(&limit, "child %d died as soon as it was made: the next one in %d ms",
                 (int)slot->pid, (int)(slots->pace.pause_ns / CLOCK_MS));
}

int slots_vacate(struct slots *slots, pid_t pid)
{
    int number = 0;
    while (number < slots->count - 1 && slots->slot[number].pid != pid)
        number++; /* one of them it is: all children are made here */
    int failure = atomic_load(&slots->shared->accept_errno);
    if (failure != 0)
        slots->server->accept_errno = failure;
    note_end(slots, number);
    slots->slot[number].pid = 0;
    slots->vacant++;
    return number;
}

void slots_tell_accept_errno(struct slots *slots)
{
    if (slots->server->accept_errno != 0)
        atomic_store(&slots->shared->accept_errno, slots->server->accept_errno);
}
