#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "net.h"
#include "option.h"
#include "plan.h"
#include "reason.h"
#include "redis.h"
#include "workload.h"

#define fail(error, ...) reason_give(error, REFERENCE_ERROR_BYTES, __VA_ARGS__)

#define ASK_NS  (15 * CLOCK_S) /* the client's own time-out comes before */
#define STOP_NS (10 * CLOCK_S)

static const char home[] = "127.0.0.1";

/* ---- the option ---- */

/* Brackets around an IPv6 address are not of it. */
static bool take_host(struct catalogue_model *model, const char *text, size_t length)
{
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    } else if (memchr(text, ':', length) != NULL) {
        return false;
    }
    if (length == 0 || length >= sizeof model->host)
        return false;
    snprintf(model->host, sizeof model->host, "%.*s", (int)length, text);
    return true;
}

bool reference_parse(struct catalogue_model *model, const char *text)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    *model = (struct catalogue_model){
        .kind = CATALOGUE_REDIS, .server = "redis-server", .host = "127.0.0.1", .near = true};
    if (strlen(text) >= sizeof model->name)
        return false;
    strcpy(model->name, text);
    snprintf(model->description, sizeof model->description, "For reference: %s",
             colon == NULL ? "redis-server, without persistence" : "a server that runs already");
    if (strcmp(text, "redis") == 0)
        return true;
    model->kind = CATALOGUE_ADDRESS;
    model->near = false; /* not known before it is looked up */
    model->server[0] = '\0';
    if (colon == NULL || !take_host(model, text, (size_t)(colon - text)) ||
        !option_count_text(colon + 1, (struct option_range){1, UINT16_MAX}, &port))
        return false;
    model->port = (uint16_t)port;
    return true;
}

/* ---- one question ---- */

enum answer { ANSWER_GOOD, ANSWER_ERROR, ANSWER_NONE };

/* Of a client that has been waited for; line: what it printed first, "" for nothing. */
static enum answer judge(const struct process *p, char line[PROCESS_LINE_BYTES])
{
    static const char mark[] = "(error) ";
    bool good = WIFEXITED(p->status) && WEXITSTATUS(p->status) == 0;
    if (!good && strncmp(line, mark, strlen(mark)) == 0) {
        memmove(line, line + strlen(mark), strlen(line + strlen(mark)) + 1);
        return ANSWER_ERROR;
    }
    if (good || line[0] != '\0')
        return ANSWER_GOOD;
    process_message(p, line);
    return ANSWER_NONE;
}

/* Until its end, so that nothing of it is left when the first run begins. */
static enum answer await_answer(struct process *p, char line[PROCESS_LINE_BYTES])
{
    int64_t deadline_ns = clock_now_ns() + ASK_NS;
    char next[PROCESS_LINE_BYTES];
    enum process_wait end;
    line[0] = '\0';
    while ((end = process_wait_line(p, NULL, next, deadline_ns)) == PROCESS_SAID)
        if (line[0] == '\0')
            memcpy(line, next, sizeof next);
    process_kill(p); /* which only reaps one that has ended */
    if (end == PROCESS_ENDED)
        return judge(p, line);
    snprintf(line, PROCESS_LINE_BYTES, "%s",
             end == PROCESS_INTERRUPTED ? "interrupted" : "no answer in time");
    return ANSWER_NONE;
}

/* Asks with `client --once`. Line: the first of a reply, or why there is none. */
static enum answer ask(const char *client, const struct catalogue_model *model, uint16_t port,
                       int argc, char **argv, char line[PROCESS_LINE_BYTES])
{
    char port_text[24];
    const char **words = calloc((size_t)argc + 6, sizeof *words);
    struct process p;
    snprintf(port_text, sizeof port_text, "--port=%u", (unsigned)port);
    const char *const first[] = {client, "--once", port_text, "--host", model->host};
    enum { FIRST = sizeof first / sizeof *first };
    snprintf(line, PROCESS_LINE_BYTES, "no process can be started");
    if (words == NULL)
        return ANSWER_NONE;
    memcpy(words, first, sizeof first);
    for (int i = 0; i < argc; i++)
        words[FIRST + i] = argv[i];
    bool started = process_start(&p, words, true, NULL);
    free(words);
    if (!started)
        return ANSWER_NONE;
    enum answer answer = await_answer(&p, line);
    process_close(&p);
    return answer;
}

int64_t reference_redis_commands(const char *client, uint16_t port)
{
    static const char key[] = "total_commands_processed:";
    char port_text[24], output[PROCESS_LINE_BYTES], error[PROCESS_TEXT_BYTES];
    snprintf(port_text, sizeof port_text, "--port=%u", (unsigned)port);
    const char *const argv[] = {client, "--once", port_text, "--host", home, "INFO", "stats", NULL};
    if (!process_capture(argv, clock_now_ns() + ASK_NS, output, sizeof output, error))
        return -1;
    const char *at = strstr(output, key);
    return at != NULL ? atoll(at + strlen(key)) : -1;
}

/* ---- what it knows ---- */

/* Where one is asked. */
struct interview {
    const char *client;
    const struct catalogue_model *model; /* with the host on which it is asked */
    uint16_t port;
};

/* Only an unknown command makes a workload none for this server; whatever else it may answer, the
 * runs will tell. */
static bool knows(const struct interview *i, int argc, char **argv, char why[SUITE_WHY_BYTES])
{
    char line[PROCESS_LINE_BYTES];
    enum answer answer = ask(i->client, i->model, i->port, argc, argv, line);
    if (answer == ANSWER_NONE)
        snprintf(why, SUITE_WHY_BYTES, "no reply to %.32s when it was asked before", argv[0]);
    else if (answer == ANSWER_ERROR && strcasestr(line, "unknown command") != NULL)
        snprintf(why, SUITE_WHY_BYTES, "unknown command %.32s", argv[0]);
    return *why == '\0';
}

/* What the section [bench] of a workload needs of a server. */
static bool suits(const struct catalogue_workload *w, const struct catalogue_model *model,
                  char why[SUITE_WHY_BYTES])
{
    if (w->server_options[0] != '\0')
        snprintf(why, SUITE_WHY_BYTES, "it has no options of our servers");
    else if (w->companions.count > 0 && model->kind == CATALOGUE_ADDRESS)
        snprintf(why, SUITE_WHY_BYTES, "companions are for servers that the suite starts");
    else if (companion_is_ordered(&w->companions, COMPANION_CRASH))
        snprintf(why, SUITE_WHY_BYTES, "nobody is to crash it");
    return *why == '\0';
}

static void ask_for_workload(const struct interview *i, const struct catalogue_workload *w,
                             char why[SUITE_WHY_BYTES])
{
    char *blob[] = {(char[]){"BLOB"}, (char[]){"1"}, NULL};
    struct workload asked;
    char error[WORKLOAD_ERROR_BYTES];
    if (!suits(w, i->model, why))
        return;
    if (companion_is_ordered(&w->companions, COMPANION_UNREAD) && !knows(i, 2, blob, why))
        return;
    if (!workload_read(&asked, w->path, error)) {
        snprintf(why, SUITE_WHY_BYTES, "its file cannot be read any more");
        return;
    }
    for (size_t r = 0; r < asked.requests_count; r++)
        if (!knows(i, asked.requests[r].argc, asked.requests[r].argv, why))
            break;
    workload_free(&asked);
}

static bool ask_all(struct suite *suite, const struct interview *i, size_t model,
                    char error[REFERENCE_ERROR_BYTES])
{
    char line[PROCESS_LINE_BYTES];
    char *ping[] = {(char[]){"PING"}, NULL};
    enum answer answer = ask(i->client, i->model, i->port, 1, ping, line);
    if (answer != ANSWER_GOOD)
        return fail(
            error, "--against=%s: %s%.200s", i->model->name,
            answer == ANSWER_ERROR ? "answers a PING with: " : "no reply to a PING: ", line);
    for (size_t w = 0; w < suite->catalogue.workloads_count; w++)
        ask_for_workload(i, &suite->catalogue.workloads[w], suite->not_available[w][model]);
    return true;
}

static bool ask_redis(struct suite *suite, const char *client, size_t model,
                      char error[REFERENCE_ERROR_BYTES])
{
    char why[REDIS_WHY_BYTES];
    struct process server;
    if (!redis_is_installed())
        return fail(error, "--against=redis: redis-server is not installed");
    struct interview i = {.client = client, .model = &suite->catalogue.models[model]};
    i.port = redis_start(&server, &suite->cpus.server, NULL, NULL, why);
    bool good =
        i.port != 0 ? ask_all(suite, &i, model, error) : fail(error, "--against=redis: %s", why);
    process_stop(&server, clock_now_ns() + STOP_NS);
    process_close(&server);
    return good;
}

static bool ask_address(struct suite *suite, const char *client, size_t model,
                        char error[REFERENCE_ERROR_BYTES])
{
    struct catalogue_model *m = &suite->catalogue.models[model];
    struct net_address address;
    const char *why = net_resolve(&address, m->host, m->port);
    if (why != NULL)
        return fail(error, "--against=%s: %s", m->name, why);
    m->near = address.storage.ss_family == AF_INET && net_is_loopback(&address);
    return ask_all(suite, &(struct interview){client, m, m->port}, model, error);
}

bool reference_prepare(struct suite *suite, const char *client, char error[REFERENCE_ERROR_BYTES])
{
    struct catalogue *c = &suite->catalogue;
    for (size_t i = 0; i < suite->options.against_count; i++) {
        size_t model = c->models_count;
        if (model == CATALOGUE_MODELS_MOST)
            return fail(error, "--against: more than %d models and references",
                        CATALOGUE_MODELS_MOST);
        c->models[c->models_count++] = suite->options.against[i];
        bool good = c->models[model].kind == CATALOGUE_REDIS
                        ? ask_redis(suite, client, model, error)
                        : ask_address(suite, client, model, error);
        if (!good)
            return false;
    }
    return true;
}

static bool is_left_out(const struct plan_step *step, const void *context)
{
    return suite_not_available(context, step->workload, step->model) != NULL;
}

void reference_leave_out(struct suite *suite)
{
    plan_leave_out(&suite->plan, is_left_out, suite);
}
