#include "sabotage.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "report.h"

/* Sends one request on a connection of its own and awaits the reply. */
static void ask(struct soak *s, const char *request)
{
    struct peer p;
    if (!soak_connect(s, &p))
        return;
    peer_send_text(&p, request);
    peer_await_ending(&p, "\r\n", 2);
    peer_close(&p);
}

static void leak(struct soak *s)
{
    ask(s, "DEBUG LEAK 16777216\r\n");
}

static void hold(struct soak *s)
{
    struct peer p;
    if (soak_connect(s, &p))
        peer_send_text(&p, "PING\r\n"); /* and never closes it */
}

static void lose_increment(struct soak *s)
{
    ask(s, "DECR " SOAK_COUNTER "\r\n");
}

static void repeat_increment(struct soak *s)
{
    ask(s, "INCR " SOAK_COUNTER "\r\n");
}

static void connect_unseen(struct soak *s)
{
    struct peer p;
    if (peer_connect(&p, &s->target.server))
        peer_close(&p);
}

static void kill_child(struct soak *s)
{
    struct peer p;
    struct report report;
    if (!soak_connect(s, &p))
        return;
    if (report_ask(&p, &report)) {
        pid_t handler = (pid_t)report_number(&report, "handler_process_id");
        report_free(&report);
        if (handler != s->target.pid)
            kill(handler, SIGKILL);
    }
    peer_await_end(&p);
    peer_close(&p);
}

static void *thaw(void *argument)
{
    struct soak *s = argument;
    soak_pause_ms(SOAK_ANSWER_MS + 500);
    kill(-s->target.pid, SIGCONT);
    return NULL;
}

static void freeze(struct soak *s)
{
    pthread_t thread;
    kill(-s->target.pid, SIGSTOP);
    if (pthread_create(&thread, NULL, thaw, s) == 0)
        pthread_detach(thread);
    else
        kill(-s->target.pid, SIGCONT);
}

static void misread(struct soak *s)
{
    s->expects_wrong = true;
}

static void kill_all(struct soak *s)
{
    kill(-s->target.pid, SIGKILL);
}

const struct sabotage sabotages[] = {
    {"leak", leak},
    {"hold", hold},
    {"lost-increment", lose_increment},
    {"repeated-increment", repeat_increment},
    {"connect-unseen", connect_unseen},
    {"kill-child", kill_child},
    {"freeze", freeze},
    {"misread", misread},
    {"kill-all", kill_all},
    {NULL, NULL},
};

const struct sabotage *sabotage_find(const char *name)
{
    for (const struct sabotage *s = sabotages; s->name != NULL; s++)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}
