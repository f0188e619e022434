#include "load.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "rows.h"

/* What the client may take besides its times, the last replies included. */
#define GRACE_NS  (20 * CLOCK_S)
#define ANSWER_NS (5 * CLOCK_S)

enum { WORDS_MOST = 20 };

/* The client's command line. */
struct command {
    const char *words[WORDS_MOST + 1];
    size_t count;
    char program[PATH_MAX + 16], port[24], connections[24], duration[40], warmup[40],
        json[PATH_MAX + 16], request[64];
};

static void add_word(struct command *c, const char *word)
{
    if (c->count < WORDS_MOST)
        c->words[c->count++] = word;
}

static void begin(struct command *c, const struct contender *contender, const struct stage *stage)
{
    snprintf(c->program, sizeof c->program, "%s/client", stage->bin);
    snprintf(c->port, sizeof c->port, "--port=%u", (unsigned)contender->port);
    add_word(c, c->program);
    add_word(c, c->port);
}

static void end(struct command *c, const char *request)
{
    char *rest;
    snprintf(c->request, sizeof c->request, "%s", request);
    for (char *w = strtok_r(c->request, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
        add_word(c, w);
}

static void compose(struct command *c, const struct load *load, const struct contender *contender,
                    const struct stage *stage)
{
    begin(c, contender, stage);
    snprintf(c->connections, sizeof c->connections, "--connections=%d", ROWS_LOAD);
    snprintf(c->duration, sizeof c->duration, "--duration=%lldns", (long long)load->run_ns);
    snprintf(c->warmup, sizeof c->warmup, "--warmup=%lldns", (long long)load->warmup_ns);
    snprintf(c->json, sizeof c->json, "--json=%s", stage->result_path);
    add_word(c, c->connections);
    add_word(c, c->duration);
    add_word(c, c->warmup);
    add_word(c, c->json);
    add_word(c, "--quiet");
    if (load->once) {
        add_word(c, "--requests-per-connection=1");
        /* Neither side shall search for free ports among those that linger. */
        add_word(c, "--source=127.0.0.1-127.0.0.16");
        add_word(c, "--close=rst");
    }
    end(c, load->command);
}

static bool read_result(struct load_result *result, const char *path, char *why)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    const json_t *rate = json_object_get(root, "throughput_rps");
    const char *verdict = json_string_value(json_object_get(root, "verdict"));
    bool good = json_is_number(rate) && verdict != NULL;
    if (good)
        *result = (struct load_result){json_number_value(rate),
                                       strcmp(verdict, "GENERATOR-LIMITED") == 0};
    else
        snprintf(why, CONTENDER_WHY_BYTES, "the client's result cannot be read");
    json_decref(root);
    return good;
}

/* Waits for the client; it has been reaped when this returns. */
static bool await_client(struct process *client, const struct contender *contender,
                         int64_t deadline_ns, char *why)
{
    char text[PROCESS_TEXT_BYTES];
    enum process_wait how = process_wait(client, &contender->process, deadline_ns);
    process_kill(client);
    if (how == PROCESS_ENDED && WIFEXITED(client->status) && WEXITSTATUS(client->status) == 0)
        return true;
    if (how == PROCESS_ENDED && process_message(client, text)[0] == '\0')
        process_status_text(client->status, text);
    snprintf(why, CONTENDER_WHY_BYTES, "%s%s",
             how == PROCESS_ENDED         ? "the client failed: "
             : how == PROCESS_PEER_ENDED  ? "the server ended under load"
             : how == PROCESS_INTERRUPTED ? "interrupted"
                                          : "the client did not end in time",
             how == PROCESS_ENDED ? text : "");
    return false;
}

bool load_run(struct load_result *result, const struct load *load,
              const struct contender *contender, const struct stage *stage, char *why)
{
    struct command command = {.count = 0};
    struct process client;
    compose(&command, load, contender, stage);
    unlink(stage->result_path);
    int64_t deadline_ns = clock_now_ns() + load->warmup_ns + load->run_ns + GRACE_NS;
    if (!process_start(&client, command.words, false, &stage->client_cpus)) {
        snprintf(why, CONTENDER_WHY_BYTES, "cannot start a process: %s", strerror(errno));
        return false;
    }
    bool good = await_client(&client, contender, deadline_ns, why) &&
                read_result(result, stage->result_path, why);
    process_close(&client);
    unlink(stage->result_path);
    return good;
}

bool load_is_answered(const char *request, const struct contender *contender,
                      const struct stage *stage, char *why)
{
    struct command command = {.count = 0};
    char output[256], error[PROCESS_TEXT_BYTES];
    begin(&command, contender, stage);
    add_word(&command, "--once");
    end(&command, request);
    if (process_capture(command.words, clock_now_ns() + ANSWER_NS, output, sizeof output, error))
        return true;
    snprintf(why, CONTENDER_WHY_BYTES, "%s is not answered: %s", request,
             output[0] != '\0' ? strtok(output, "\n") : error);
    return false;
}
