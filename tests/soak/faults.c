/* Faults of the machine, or of whoever looks after it. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "actions.h"
#include "clock.h"
#include "load.h"
#include "report.h"
#include "settle.h"

enum { VICTIMS = 3, FREEZES = 3, FREEZE_MS = 200, THAW_MS = 50, SHORTAGE_MS = 1000, HANGUPS = 10 };

/* ---- children that are killed ---- */

/* A client that counts up until its connection ends. */
struct victim {
    pthread_t thread;
    struct peer peer;
    pid_t handler; /* the process that serves it */
    int64_t acknowledged, indeterminate;
};

static void *count_until_the_end(void *argument)
{
    struct victim *v = argument;
    size_t end;
    while (v->peer.state == PEER_OPEN) {
        peer_forget(&v->peer);
        peer_send_text(&v->peer, "INCR " SOAK_COUNTER "\r\n");
        if (load_await_number(&v->peer, 0, &end) >= 0)
            v->acknowledged++;
        else
            v->indeterminate++;
    }
    return NULL;
}

static bool victim_start(struct soak *s, struct victim *v)
{
    *v = (struct victim){0};
    if (!soak_connect(s, &v->peer)) {
        soak_violation(s, "cannot connect: %m");
        return false;
    }
    struct report report;
    int failure = -1;
    if (report_ask(&v->peer, &report)) {
        v->handler = (pid_t)report_number(&report, "handler_process_id");
        report_free(&report);
        failure = pthread_create(&v->thread, NULL, count_until_the_end, v);
    }
    if (failure == 0)
        return true;
    soak_violation(s, "a client to be bereft of its server is not served");
    peer_close(&v->peer);
    return false;
}

/* A client's process dies in the middle of its work: that client alone is lost. It never leaves by
 * itself, so each kill hits. */
static int kill_children(struct soak *s)
{
    struct victim victims[VICTIMS];
    int count = 0;
    while (count < VICTIMS && victim_start(s, &victims[count]))
        count++;
    for (int i = 0; i < count; i++) {
        soak_pause_ms(5 + (int64_t)soak_draw(&s->random, 100));
        if (kill(victims[i].handler, SIGKILL) != 0)
            soak_violation(s, "cannot kill process %d: %m", (int)victims[i].handler);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(victims[i].thread, NULL);
        s->acknowledged += victims[i].acknowledged;
        s->indeterminate += victims[i].indeterminate;
        s->requests += victims[i].acknowledged;
        if (victims[i].peer.state == PEER_SILENT)
            soak_violation(s, "the client of a killed process does not see its connection end");
        peer_close(&victims[i].peer);
    }
    s->children_killed += count;
    return count;
}

/* ---- signals ---- */

/* A process that is just being made when the group is told to go on may miss that, and then stands
 * still where its fork returns: all are told for a while, and until none does. */
static void thaw(struct soak *s)
{
    int64_t start_ns = clock_now_ns(), passed_ns = 0;
    while (passed_ns < THAW_MS * CLOCK_MS ||
           (target_is_stopped(&s->target) && passed_ns < SETTLE_S * CLOCK_S)) {
        kill(-s->target.pid, SIGCONT);
        soak_pause_ms(5);
        passed_ns = clock_now_ns() - start_ns;
    }
}

/* All of the server stands still; its clients wait, and lose nothing. */
static int freeze(struct soak *s)
{
    for (int i = 0; i < FREEZES; i++) {
        kill(-s->target.pid, SIGSTOP);
        soak_pause_ms(FREEZE_MS);
        thaw(s);
    }
    return FREEZES;
}

/* The terminal is gone, a reader is gone: signals that it ignores, as its --help says. */
static int hang_up(struct soak *s)
{
    for (int i = 0; i < HANGUPS; i++) {
        kill(s->target.pid, i % 2 == 0 ? SIGHUP : SIGPIPE);
        soak_pause_ms(5);
    }
    return HANGUPS;
}

/* ---- no descriptors ---- */

enum { MEMBERS = 64 };

struct limited {
    pid_t pid;
    struct rlimit before;
};

/* From now on all processes of the server have no descriptor left; how many they are. */
static size_t limit_all(struct soak *s, struct limited limited[MEMBERS])
{
    pid_t members[MEMBERS];
    size_t found = target_members(&s->target, members, MEMBERS), count = 0;
    for (size_t i = 0; i < found; i++) {
        struct limited *l = &limited[count];
        l->pid = members[i];
        bool limited_now = prlimit(l->pid, RLIMIT_NOFILE, NULL, &l->before) == 0;
        struct rlimit none = l->before;
        if (limited_now) {
            none.rlim_cur = (rlim_t)target_free_descriptor(l->pid);
            limited_now = prlimit(l->pid, RLIMIT_NOFILE, &none, NULL) == 0;
        }
        if (limited_now)
            count++;
        else if (errno != ESRCH) /* the last client's process may be about to end */
            soak_violation(s, "prlimit: %s", strerror(errno));
    }
    return count;
}

/* For a second no process has a descriptor left. Who comes meanwhile waits, and is served then.
 * Those who block in accept have theirs already, so it takes more clients than workers. */
static int no_descriptors(struct soak *s)
{
    enum { CLIENTS = SOAK_WORKERS + 4 };
    struct limited limited[MEMBERS];
    struct peer peers[CLIENTS];
    int count = 0;
    int64_t shortages = report_await(s, "accept_shortages", INT64_MIN);
    /* Or the descriptor of who has just left would soon be free. */
    settle_holdings(s);
    size_t members = limit_all(s, limited);
    for (; count < CLIENTS && soak_connect(s, &peers[count]); count++) {
        peer_send_text(&peers[count], "PING\r\n");
        peer_half_close(&peers[count]);
    }
    if (count < CLIENTS)
        soak_violation(s, "cannot connect: %m");
    soak_pause_ms(SHORTAGE_MS);
    for (size_t i = 0; i < members; i++)
        prlimit(limited[i].pid, RLIMIT_NOFILE, &limited[i].before, NULL);
    int64_t start_ns = clock_now_ns();
    for (int i = 0; i < count; i++) {
        bool served = peer_await_ending(&peers[i], "+PONG\r\n", 7) && peer_await_end(&peers[i]);
        if (!served)
            soak_violation(s, "who came while descriptors were short was not served then");
        s->requests += served;
        peer_close(&peers[i]);
    }
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    if (took_ms > SOAK_ANSWER_MS)
        soak_violation(s, "after descriptors were there again it took %" PRId64 " ms, not %d",
                       took_ms, SOAK_ANSWER_MS);
    if (report_await(s, "accept_shortages", INT64_MIN) <= shortages)
        soak_violation(s, "without descriptors accept never failed: nothing was tried");
    return 1;
}

const struct action fault_actions[] = {
    {.name = "children killed", .run = kill_children, .needs_children = true},
    {.name = "freeze", .run = freeze},
    {.name = "hang-up", .run = hang_up},
    {.name = "no descriptors", .run = no_descriptors, .alone = true},
    {.name = NULL},
};
