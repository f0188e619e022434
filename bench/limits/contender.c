#include "contender.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "fields.h"
#include "orphans.h"
#include "redis.h"

#define READY_NS (10 * CLOCK_S)
#define STOP_NS  (20 * CLOCK_S)

enum { WORDS_MOST = 20, WORDS_BYTES = PATH_MAX + 256, STATUS_USAGE = 2, STATUS_NO_PROGRAM = 127 };

/* A command line that is being put together. */
struct command {
    const char *words[WORDS_MOST + 1];
    size_t count;
    char port[REDIS_PORT_BYTES], program[WORDS_BYTES], text[WORDS_BYTES];
};

static void add_word(struct command *c, const char *word)
{
    if (c->count < WORDS_MOST)
        c->words[c->count++] = word;
}

static const struct catalogue_model *find_model(const struct catalogue *c, const char *name)
{
    for (size_t i = 0; i < c->models_count; i++)
        if (strcmp(c->models[i].name, name) == 0)
            return &c->models[i];
    return NULL;
}

static void compose_redis(struct command *c, uint16_t port)
{
    const char *words[REDIS_WORDS];
    redis_compose(words, c->port, port);
    for (size_t i = 0; words[i] != NULL; i++)
        add_word(c, words[i]);
}

/* False when there is no such model. */
static bool compose(struct command *c, const char *server, const struct stage *stage, uint16_t port)
{
    char *rest;
    snprintf(c->text, sizeof c->text, "%s", server);
    const char *name = strtok_r(c->text, " ", &rest);
    if (strcmp(name, "redis-server") == 0) {
        compose_redis(c, port);
        return true;
    }
    if (strcmp(name, "bare") == 0) {
        snprintf(c->program, sizeof c->program, "%s/bare_server", stage->bin);
        add_word(c, c->program);
    } else {
        const struct catalogue_model *model = find_model(&stage->models, name);
        if (model == NULL)
            return false;
        add_word(c, model->server);
        add_word(c, "--port=0");
        add_word(c, "--model");
        add_word(c, name);
    }
    for (const char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;)
        add_word(c, word);
    return true;
}

/* The port of a ready line: one that tells it, or that of Redis. 0 for any other line. */
static uint16_t port_of(const char *line, uint16_t redis_port)
{
    if (redis_port != 0)
        return redis_is_ready(line) ? redis_port : 0;
    json_t *ready = fields_parse(line, "ready");
    int64_t port = fields_number(ready, "port", 0);
    json_decref(ready);
    return port >= 1 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* The process is gone or will be now. Tells apart what does not exist and what does not work. */
static enum contender_start not_ready(struct contender *contender, enum process_line how, char *why)
{
    struct process *p = &contender->process;
    char text[PROCESS_TEXT_BYTES];
    process_kill(p);
    if (process_message(p, text)[0] == '\0')
        process_status_text(p->status, text);
    bool unknown =
        how == PROCESS_NO_LINE && WIFEXITED(p->status) &&
        (WEXITSTATUS(p->status) == STATUS_USAGE || WEXITSTATUS(p->status) == STATUS_NO_PROGRAM);
    snprintf(why, CONTENDER_WHY_BYTES, "%s",
             how == PROCESS_LINE_INTERRUPTED ? "interrupted"
             : how == PROCESS_NO_LINE        ? text
                                             : "it does not say that it is ready");
    process_close(p);
    if (how == PROCESS_LINE_INTERRUPTED)
        return CONTENDER_INTERRUPTED;
    return unknown ? CONTENDER_UNKNOWN : CONTENDER_FAILED;
}

enum contender_start contender_start(struct contender *contender, const char *server,
                                     const struct stage *stage, char *why)
{
    struct command command = {.count = 0};
    char line[PROCESS_LINE_BYTES];
    uint16_t redis_port = strcmp(server, "redis-server") == 0 ? redis_free_port() : 0;
    if (!compose(&command, server, stage, redis_port)) {
        snprintf(why, CONTENDER_WHY_BYTES, "no such model");
        return CONTENDER_UNKNOWN;
    }
    if (!process_start(&contender->process, command.words, true, &stage->server_cpus)) {
        snprintf(why, CONTENDER_WHY_BYTES, "cannot start a process: %s", strerror(errno));
        return CONTENDER_FAILED;
    }
    int64_t deadline_ns = clock_now_ns() + READY_NS;
    enum process_line how;
    while ((how = process_read_line(&contender->process, line, deadline_ns)) == PROCESS_LINE) {
        contender->port = port_of(line, redis_port);
        if (contender->port != 0)
            return CONTENDER_READY;
    }
    return not_ready(contender, how, why);
}

bool contender_stop(struct contender *contender, char *why)
{
    struct process *p = &contender->process;
    char text[PROCESS_TEXT_BYTES];
    bool early = process_wait(p, NULL, clock_now_ns()) == PROCESS_ENDED;
    bool stopped = process_stop(p, clock_now_ns() + STOP_NS);
    bool good =
        WIFSIGNALED(p->status) ? WTERMSIG(p->status) == SIGTERM : WEXITSTATUS(p->status) == 0;
    if (early || !stopped || !good)
        snprintf(why, CONTENDER_WHY_BYTES, "%s: %s",
                 early ? "the server ended by itself" : "the server did not end in order",
                 process_message(p, text)[0] != '\0' ? text : process_status_text(p->status, text));
    process_close(p);
    bool all_gone;
    orphans_sweep(&all_gone); /* bare_server does not see to its children */
    return !early && stopped && good;
}
