#include "experiment.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"

enum { HOGS = 3 }; /* the client, which mostly sleeps, is preferred to a single one */
#define PATIENCE_NS (20 * CLOCK_S)
#define RUNNING_NS  (700 * CLOCK_MS) /* from the first request to the stop: within the window */

/* ---- sabotage ---- */

/* Sleeps until `until_ns`, or until fd (-1: none) is readable. False when interrupted. */
static bool pause_until(const struct experiment_place *place, int fd, int64_t until_ns)
{
    struct pollfd fds[] = {{.fd = place->interruptfd, .events = POLLIN},
                           {.fd = fd, .events = POLLIN}};
    for (;;) {
        int64_t left_ns = until_ns - clock_now_ns();
        struct timespec left = clock_timespec(left_ns > 0 ? left_ns : 0);
        int ready = ppoll(fds, 2, &left, NULL);
        if (ready >= 0)
            return fds[0].revents == 0;
        if (errno != EINTR)
            return true; /* no kernel memory: as if the time were up */
    }
}

static bool stop_for_a_while(const struct trial *t, const struct reference_server *server,
                             const struct experiment_place *place)
{
    if (!pause_until(place, server->heardfd, clock_now_ns() + PATIENCE_NS) ||
        !pause_until(place, -1, clock_now_ns() + RUNNING_NS))
        return false;
    kill(t->child.pid, SIGSTOP);
    bool good = pause_until(place, -1, clock_now_ns() + EXPERIMENT_STOP_NS);
    kill(t->child.pid, SIGCONT);
    return good;
}

static bool start_hogs(struct child hogs[HOGS], int cpu)
{
    for (int i = 0; i < HOGS; i++) {
        pid_t pid = child_fork(&hogs[i], cpu);
        if (pid < 0)
            return false;
        while (pid == 0)
            (void)clock_now_ns();
    }
    return true;
}

static void stop_hogs(struct child hogs[HOGS])
{
    for (int i = 0; i < HOGS; i++)
        child_kill(&hogs[i]);
}

/* ---- a run ---- */

static enum experiment_end run_client(const struct experiment *e,
                                      const struct experiment_place *place,
                                      const struct reference_server *server,
                                      struct trial_result *result)
{
    struct trial trial;
    if (!trial_start(&trial, server->port, e->arguments, place->client_cpu)) {
        diag_error("cannot start a client: %s", strerror(errno));
        return EXPERIMENT_BROKEN;
    }
    int64_t deadline_ns = clock_now_ns() + PATIENCE_NS;
    if (e->sabotage == SABOTAGE_STOP && !stop_for_a_while(&trial, server, place))
        deadline_ns = clock_now_ns(); /* interrupted, as trial_finish will find too */
    switch (trial_finish(&trial, deadline_ns, place->interruptfd, result)) {
    case TRIAL_DONE:
        return EXPERIMENT_DONE;
    case TRIAL_INTERRUPTED:
        return EXPERIMENT_INTERRUPTED;
    default:
        return EXPERIMENT_BROKEN;
    }
}

enum experiment_end experiment_run(const struct experiment *e, const struct experiment_place *place,
                                   struct observation *o)
{
    struct reference_server server;
    struct child hogs[HOGS] = {0};
    enum experiment_end end = EXPERIMENT_BROKEN;
    if (!reference_server_start(&server, &e->server, place->server_cpu)) {
        diag_error("cannot start the reference server: %s", strerror(errno));
        return EXPERIMENT_BROKEN;
    }
    if (e->sabotage != SABOTAGE_HOG || start_hogs(hogs, place->client_cpu))
        end = run_client(e, place, &server, &o->client);
    stop_hogs(hogs); /* first: they hold the descriptor whose closing ends the server */
    if (!reference_server_stop(&server, &o->server) && end == EXPERIMENT_DONE) {
        diag_error("the reference server did not end well");
        end = EXPERIMENT_BROKEN;
    }
    return end;
}
