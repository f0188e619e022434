#include "experiment.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "clock.h"
#include "peer.h"

enum { LINE_BYTES = 512 };
static const char head[] = "--quiet --json=/dev/stdout ";

void experiment_start(struct server *s, const char *model)
{
    static struct server_model found; /* the server points to it as long as it runs */
    size_t count, i = 0;
    struct server_model *models = server_models(&count);
    while (i < count && strcmp(models[i].name, model) != 0)
        i++;
    cr_assert(i < count, "no server has a model %s", model);
    found = models[i];
    free(models);
    server_start(s, &found, NULL);
}

__attribute__((format(printf, 3, 0))) static void begin(struct process *client, uint16_t port,
                                                        const char *format, va_list arguments)
{
    char line[LINE_BYTES];
    size_t length = sizeof head - 1;
    memcpy(line, head, length);
    vsnprintf(line + length, sizeof line - length, format, arguments);
    client_start(client, port, line);
}

void experiment_begin(struct process *client, uint16_t port, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    begin(client, port, format, arguments);
    va_end(arguments);
}

json_t *experiment_end(struct process *client, int status)
{
    struct outcome o = client_end(client);
    json_t *result = client_result(&o);
    cr_expect(o.status == status && *o.err == '\0', "exit status %d, complained \"%s\"", o.status,
              o.err);
    outcome_free(&o);
    return result;
}

json_t *experiment_load(uint16_t port, const char *format, ...)
{
    struct process client;
    va_list arguments;
    va_start(arguments, format);
    begin(&client, port, format, arguments);
    va_end(arguments);
    return experiment_end(&client, 0);
}

json_t *experiment_on(const char *model, const char *line, char **served)
{
    struct server server;
    experiment_start(&server, model);
    json_t *result = experiment_load(server.port, "%s", line);
    char *last = server_stop(&server, SIGTERM);
    if (served != NULL)
        *served = last;
    else
        free(last);
    return result;
}

static int64_t commands_of(struct peer *p)
{
    static const char key[] = "total_commands_processed:";
    peer_forget(p);
    peer_send_text(p, "INFO stats\r\n");
    cr_assert(peer_await_ending(p, "\r\n\r\n", 4), "no INFO");
    const char *at = memmem(p->in, p->length, key, sizeof key - 1);
    cr_assert(at != NULL, "INFO without %s", key);
    return strtoll(at + sizeof key - 1, NULL, 10);
}

void experiment_await_commands(const struct server *s, int64_t more)
{
    struct peer p;
    cr_assert(peer_connect(&p, s), "no connection: %s", strerror(errno));
    int64_t wanted = commands_of(&p) + more, deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (commands_of(&p) < wanted) {
        cr_assert(clock_now_ns() < deadline_ns, "the client does not ask");
        pause_ms();
    }
    peer_close(&p);
}

void experiment_let_pass(int64_t ns)
{
    struct timespec time = clock_timespec(ns);
    nanosleep(&time, NULL);
}

double experiment_freeze(const struct server *s, int64_t ns)
{
    kill(-s->process.pid, SIGSTOP);
    int64_t begin_ns = clock_now_ns();
    experiment_let_pass(ns);
    kill(-s->process.pid, SIGCONT);
    return (double)(clock_now_ns() - begin_ns) / (double)CLOCK_S;
}

bool experiment_pin(int number)
{
    static cpu_set_t allowed;
    static bool known;
    cpu_set_t one;
    if (!known)
        cr_assert(sched_getaffinity(0, sizeof allowed, &allowed) == 0, "sched_getaffinity");
    known = true;
    CPU_ZERO(&one);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && number-- == 0)
            CPU_SET(cpu, &one);
    return CPU_COUNT(&one) == 1 && sched_setaffinity(0, sizeof one, &one) == 0;
}

void experiment_go_first(void)
{
    (void)setpriority(PRIO_PROCESS, 0, -20); /* only a wish: needs CAP_SYS_NICE */
}
