#include "stall.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"
#include "run.h"

#define WARMUP_NS (200 * CLOCK_MS)
#define BEFORE_NS (STALL_RUN_NS / 2)
#define GRACE_NS  (20 * CLOCK_S)

/* True when the moment has come and client and server still run. */
static bool wait_until(struct process *client, const struct process *server, int64_t moment_ns)
{
    char line[PROCESS_LINE_BYTES];
    enum process_wait how;
    do
        how = process_wait_line(client, server, line, moment_ns);
    while (how == PROCESS_SAID);
    return how == PROCESS_LATE;
}

/* From the client's announcement on that its window begins, its first line. */
static bool stop_and_continue(struct process *client, const struct process *server)
{
    char line[PROCESS_LINE_BYTES];
    if (process_wait_line(client, server, line, clock_now_ns() + GRACE_NS) != PROCESS_SAID ||
        !wait_until(client, server, clock_now_ns() + BEFORE_NS))
        return false;
    bool stopped = kill(-server->pid, SIGSTOP) == 0;
    bool waited = wait_until(client, server, clock_now_ns() + STALL_NS);
    return kill(-server->pid, SIGCONT) == 0 && stopped && waited;
}

static bool await_end(struct process *client, const struct process *server)
{
    char line[PROCESS_LINE_BYTES];
    int64_t deadline_ns = clock_now_ns() + STALL_RUN_NS + GRACE_NS;
    enum process_wait how;
    do
        how = process_wait_line(client, server, line, deadline_ns);
    while (how == PROCESS_SAID);
    return how == PROCESS_ENDED;
}

static bool run_client(const char *client_path, bool open, const struct contender *server,
                       const struct stage *stage, char *why)
{
    char port[24], json[PATH_MAX + 16], duration[40], warmup[40], rate[24], clients[24];
    char think[24], text[PROCESS_TEXT_BYTES];
    snprintf(port, sizeof port, "--port=%u", (unsigned)server->port);
    snprintf(json, sizeof json, "--json=%s", stage->result_path);
    snprintf(duration, sizeof duration, "--duration=%lldns", (long long)STALL_RUN_NS);
    snprintf(warmup, sizeof warmup, "--warmup=%lldns", (long long)WARMUP_NS);
    snprintf(rate, sizeof rate, "--rate=%d", STALL_RATE);
    snprintf(think, sizeof think, "--think=%dms", STALL_THINK_MS);
    snprintf(clients, sizeof clients, "--connections=%d", STALL_CLIENTS);
    const char *const argv[] = {client_path,
                                port,
                                json,
                                duration,
                                warmup,
                                clients,
                                "--announce-window",
                                "--quiet",
                                open ? rate : think,
                                open ? "--arrivals=constant" : NULL,
                                NULL};
    struct process client;
    unlink(stage->result_path);
    if (!process_start(&client, argv, true, &stage->client_cpus)) {
        snprintf(why, CONTENDER_WHY_BYTES, "cannot start a process: %s", strerror(errno));
        return false;
    }
    bool good =
        stop_and_continue(&client, &server->process) && await_end(&client, &server->process);
    process_kill(&client); /* which only reaps one that has ended */
    good = good && WIFEXITED(client.status) && WEXITSTATUS(client.status) == 0;
    if (!good && process_message(&client, text)[0] == '\0')
        process_status_text(client.status, text);
    if (!good)
        snprintf(why, CONTENDER_WHY_BYTES, "the client did not come to its end: %s", text);
    process_close(&client);
    return good;
}

static double p99_us(const json_t *result, const char *which)
{
    const json_t *times = json_object_get(json_object_get(result, "latency_us"), which);
    const json_t *number = json_object_get(times, "p99");
    return json_is_number(number) ? json_number_value(number) : NAN;
}

static const char good_verdicts[] = "VALID SERVER-SATURATED NON-STATIONARY";

/* By how much the client was late if it was nothing else; NaN if it was more than that. */
static double late_us(const json_t *result)
{
    size_t i;
    const json_t *check;
    bool was_only_late = catalogue_lists(good_verdicts, run_verdict_without_lateness(result));
    json_array_foreach(was_only_late ? json_object_get(result, "checks") : NULL, i, check)
    {
        const char *name = json_string_value(json_object_get(check, "name"));
        if (name != NULL && strcmp(name, "generator_lag_p99_us") == 0)
            return json_number_value(json_object_get(check, "value"));
    }
    return NAN;
}

bool stall_counts(const struct stall *stall)
{
    return catalogue_lists(good_verdicts, stall->verdict) ||
           stall->late_us <= stall->response_p99_us / 20;
}

bool stall_measure(struct stall *stall, bool open, const char *client, const struct stage *stage,
                   char *why)
{
    struct contender server;
    char ignored[CONTENDER_WHY_BYTES];
    json_error_t error;
    if (contender_start(&server, "multiplexed", stage, why) != CONTENDER_READY)
        return false;
    bool good = run_client(client, open, &server, stage, why);
    good = contender_stop(&server, good ? why : ignored) && good;
    json_t *result = good ? json_load_file(stage->result_path, 0, &error) : NULL;
    unlink(stage->result_path);
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    /* In a closed loop a time begins when the request is sent, so that it is late for none; a reply
     * that it reads late makes the time longer, which speaks against what is to be shown. */
    *stall = (struct stall){p99_us(result, "response"), p99_us(result, "service"), "",
                            open || isnan(late_us(result)) ? late_us(result) : 0};
    snprintf(stall->verdict, sizeof stall->verdict, "%s", verdict != NULL ? verdict : "");
    json_decref(result);
    return good;
}
