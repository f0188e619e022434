#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "run_parts.h"

/* Grace for it, the time that it gives to the last replies included; and more, where other hosts
 * have to be reached. */
#define CLIENT_NS           (20 * CLOCK_S)
#define CLIENT_ELSEWHERE_NS (90 * CLOCK_S)

enum { RESULT_BYTES_MOST = 64 << 20 };

/* A connection that was closed keeps its port for a minute, and the search for a free one among
 * many such is work of the client; each address has ports of its own. */
static const char sources[] = "--source=127.0.0.1-127.0.0.16";

/* The client's result, NULL with a reason when it is not what it should be. */
static json_t *read_result(const char *path, char reason[RUN_DETAIL_BYTES])
{
    struct stat info;
    json_error_t error;
    if (stat(path, &info) != 0 || info.st_size > RESULT_BYTES_MOST) {
        snprintf(reason, RUN_DETAIL_BYTES, "no result of a sensible size");
        return NULL;
    }
    json_t *result = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (result == NULL) {
        snprintf(reason, RUN_DETAIL_BYTES, "line %d: %s", error.line, error.text);
        return NULL;
    }
    if (json_is_number(json_object_get(result, "throughput_rps")) &&
        json_is_string(json_object_get(result, "verdict")))
        return result;
    snprintf(reason, RUN_DETAIL_BYTES, "throughput_rps or verdict is missing");
    json_decref(result);
    return NULL;
}

/* The client got no good reply, and none that was wrong. */
static bool is_nobody_served(const struct run *run)
{
    const json_t *counts = json_object_get(run->client, "counts");
    return run->asked != NULL && run->asked->companions.count > 0 &&
           strcmp(run_verdict(run), "FAILED") == 0 &&
           json_integer_value(json_object_get(counts, "ok")) == 0 &&
           json_integer_value(json_object_get(counts, "mismatch")) == 0;
}

/* After the client has been reaped. One that failed may say why in its result. */
static void judge_client(struct run *run, const struct process *client, const char *path)
{
    char text[PROCESS_TEXT_BYTES], reason[RUN_DETAIL_BYTES];
    run->client = read_result(path, reason);
    if (!WIFEXITED(client->status) || WEXITSTATUS(client->status) != 0) {
        if (process_message(client, text)[0] == '\0')
            process_status_text(client->status, text);
        run_fail(run, is_nobody_served(run) ? RUN_NOBODY_SERVED : RUN_CLIENT_FAILED, "%s",
                 run->client != NULL ? run_verdict_text(run) : text);
    } else if (run->client == NULL) {
        run_fail(run, RUN_RESULT_UNREADABLE, "%s", reason);
    }
}

/* The end of the server ends the wait as well, unless server is NULL. */
static void await_client(struct run *run, struct process *client, const struct process *server,
                         const struct run_setting *setting)
{
    int64_t time_ns = setting->warmup_ns + setting->run_ns +
                      (run_is_elsewhere(run) ? CLIENT_ELSEWHERE_NS : CLIENT_NS);
    int64_t deadline_ns = clock_now_ns() + time_ns;
    char line[PROCESS_LINE_BYTES];
    enum process_wait end;
    while ((end = process_wait_line(client, server, line, deadline_ns)) == PROCESS_SAID)
        ledger_hear(&run->ledger, line, client->pid);
    if (end == PROCESS_LATE)
        run_fail(run, RUN_CLIENT_FAILED, "the client did not end within %.0f s",
                 (double)time_ns / 1e9);
    else if (end == PROCESS_INTERRUPTED)
        run_fail(run, RUN_INTERRUPTED, "interrupted");
    process_kill(client); /* which only reaps one that has ended */
    if (end == PROCESS_ENDED)
        judge_client(run, client, setting->result_path);
}

static bool is_to_crash(const struct run *run)
{
    return run->asked != NULL && companion_is_ordered(&run->asked->companions, COMPANION_CRASH);
}

/* company may be NULL. A server that is to crash is not waited for: what becomes of its clients
 * then is the question. */
static void run_client(struct run *run, const struct process *server, uint16_t port,
                       const struct run_setting *setting, struct companion *company)
{
    char workload[CATALOGUE_PATH_BYTES + 16], json[CATALOGUE_PATH_BYTES + 16];
    char port_text[24], duration[40], warmup[40], seed[40], interval[40];
    if (setting->workload != NULL)
        snprintf(workload, sizeof workload, "--workload=%s", setting->workload->path);
    snprintf(json, sizeof json, "--json=%s", setting->result_path);
    snprintf(port_text, sizeof port_text, "--port=%u", (unsigned)port);
    snprintf(duration, sizeof duration, "--duration=%lldns", (long long)setting->run_ns);
    snprintf(warmup, sizeof warmup, "--warmup=%lldns", (long long)setting->warmup_ns);
    snprintf(seed, sizeof seed, "--seed=%llu", (unsigned long long)run->client_seed);
    int64_t course_ns = setting->workload != NULL ? setting->workload->course_ns : 0;
    snprintf(interval, sizeof interval, "--interval=%lldns", (long long)course_ns);
    const struct catalogue_model *model = setting->model;
    bool far = model->kind == CATALOGUE_ADDRESS && !model->near;
    const char *const first[] = {setting->client, setting->workload != NULL ? workload : NULL,
                                 NULL};
    const char *const ours[] = {"--host",  catalogue_is_reference(model) ? model->host : run_host,
                                port_text, duration,
                                warmup,    seed,
                                json,      "--announce-window",
                                "--quiet", far ? NULL : sources,
                                NULL};
    const char *argv[(sizeof first + sizeof ours) / sizeof *ours + 1 + RUN_OPTIONS_MOST];
    const char *const course[] = {course_ns > 0 ? interval : NULL, NULL};
    size_t words = run_add_words(argv, run_add_words(argv, 0, first), ours);
    words = run_add_words(argv, words, course);
    run_add_words(argv, words, setting->client_options);
    char error[COMPANION_ERROR_BYTES];
    struct process client;
    unlink(setting->result_path);
    if (process_start(&client, argv, true, &setting->cpus->client)) {
        if (company != NULL && !companion_go(company, error))
            run_fail(run, RUN_COMPANION_FAILED, "%s", error);
        await_client(run, &client, is_to_crash(run) ? NULL : server, setting);
        process_close(&client);
    } else {
        run_fail(run, RUN_CLIENT_FAILED, "cannot start a process: %s", strerror(errno));
    }
    unlink(setting->result_path);
}

static bool has_ending(const char *text, const char *ending)
{
    size_t length = strlen(text), part = strlen(ending);
    return length >= part && strcmp(text + length - part, ending) == 0;
}

void run_clients(struct run *run, const struct process *server, uint16_t port,
                 const struct run_setting *setting)
{
    char error[COMPANION_ERROR_BYTES];
    if (run->asked == NULL || run->asked->companions.count == 0) {
        run_client(run, server, port, setting, NULL);
        return;
    }
    struct companion_setting wanted = {
        .orders = &run->asked->companions,
        .port = port,
        .server = run_serving_pid(run, server),
        .has_children = has_ending(setting->model->server, "/" CATALOGUE_FORK_SERVER),
        .cpus = &setting->cpus->client,
        .warmup_ns = setting->warmup_ns,
        .run_ns = setting->run_ns,
    };
    struct companion *company = companion_begin(&wanted, error);
    if (company == NULL) {
        run_fail(run, RUN_COMPANION_FAILED, "%s", error);
        return;
    }
    run->ledger.companions = companion_clients(company);
    run_client(run, server, port, setting, company);
    run->accompanied = true;
    if (!companion_end(company, run->companions, error))
        run_fail(run, RUN_COMPANION_FAILED, "%s", error);
}
