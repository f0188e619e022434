#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fields.h"
#include "interrupt.h"
#include "ledger_account.h"
#include "ledger_strace.h"
#include "net.h"
#include "orphans.h"
#include "process.h"
#include "redis.h"
#include "reference.h"

/* Grace for each step. The client's includes the time it gives to the last replies. */
#define READY_NS            (5 * CLOCK_S)
#define CLIENT_NS           (20 * CLOCK_S)
#define STOP_NS             (10 * CLOCK_S)
#define STOP_INTERRUPTED_NS (2 * CLOCK_S)
/* More, where other hosts have to be reached. */
#define READY_ELSEWHERE_NS  (30 * CLOCK_S)
#define CLIENT_ELSEWHERE_NS (90 * CLOCK_S)

enum { RESULT_BYTES_MOST = 64 << 20 };

static const char host[] = "127.0.0.1";

/* A connection that was closed keeps its port for a minute, and the search for a free one among
 * many such is work of the client; each address has ports of its own. */
static const char sources[] = "--source=127.0.0.1-127.0.0.16";

/* The first thing that goes wrong decides; what follows from it is not news. */
static void fail(struct run *run, enum run_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fail(struct run *run, enum run_outcome outcome, const char *format, ...)
{
    if (run->outcome != RUN_MEASURED)
        return;
    run->outcome = outcome;
    va_list args;
    va_start(args, format);
    vsnprintf(run->detail, sizeof run->detail, format, args);
    va_end(args);
    for (char *c = run->detail; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?'; /* it may quote what a broken program printed */
}

/* It is a name in the ready line of a server that another host runs. */
static bool is_elsewhere(const struct run *run)
{
    return json_object_get(run->ready, "host") != NULL;
}

/* ---- the server's start ---- */

/* Its port, 0 when it is not ready to serve. */
static uint16_t await_ready(struct run *run, struct process *server, int64_t ready_ns)
{
    char line[PROCESS_LINE_BYTES], message[PROCESS_TEXT_BYTES];
    switch (process_read_line(server, line, clock_now_ns() + ready_ns)) {
    case PROCESS_LINE:
        break;
    case PROCESS_NO_LINE:
        process_kill(server);
        process_message(server, message);
        fail(run, RUN_SERVER_NOT_STARTED, "%s",
             message[0] != '\0' ? message : process_status_text(server->status, message));
        return 0;
    case PROCESS_LINE_INTERRUPTED:
        fail(run, RUN_INTERRUPTED, "interrupted");
        return 0;
    case PROCESS_LINE_LONG:
        fail(run, RUN_SERVER_NOT_STARTED, "its first line does not end");
        return 0;
    default:
        fail(run, RUN_SERVER_NOT_STARTED, "no ready line within %lld s",
             (long long)(ready_ns / CLOCK_S));
        return 0;
    }
    run->ready = fields_parse(line, "ready");
    int64_t port = fields_number(run->ready, "port", 0);
    if (port < 1 || port > UINT16_MAX) {
        fail(run, RUN_SERVER_NOT_STARTED, "its first line is no ready line: %.80s", line);
        return 0;
    }
    return (uint16_t)port;
}

/* Beside the client's result. Returns path. */
static const char *strace_path(char path[CATALOGUE_PATH_BYTES + 16],
                               const struct run_setting *setting)
{
    snprintf(path, CATALOGUE_PATH_BYTES + 16, "%s.calls", setting->result_path);
    return path;
}

/* Appends words up to a NULL, which it appends as well. Returns their number without it. */
static size_t add_words(const char *argv[], size_t count, const char *const *words)
{
    for (; words != NULL && *words != NULL; words++)
        argv[count++] = *words;
    argv[count] = NULL;
    return count;
}

/* The same with the words of a text, which is cut into them. */
static size_t add_text(const char *argv[], size_t count, char *text)
{
    for (char *rest, *word = strtok_r(text, " \t", &rest); word != NULL;
         word = strtok_r(NULL, " \t", &rest))
        argv[count++] = word;
    argv[count] = NULL;
    return count;
}

/* Of a server that is none of ours. */
static uint16_t start_reference(struct run *run, struct process *server,
                                const struct run_setting *setting)
{
    char why[REDIS_WHY_BYTES];
    *server = (struct process){.pidfd = -1, .outfd = -1, .errfd = -1};
    if (setting->model->kind == CATALOGUE_ADDRESS)
        return setting->model->port;
    uint16_t port = redis_start(server, &setting->cpus->server, ledger_attach, &run->ledger, why);
    if (port == 0)
        fail(run, interrupt_arrived() ? RUN_INTERRUPTED : RUN_SERVER_NOT_STARTED, "%s", why);
    return port;
}

static uint16_t start_server(struct run *run, struct process *server,
                             const struct run_setting *setting)
{
    if (catalogue_is_reference(setting->model))
        return start_reference(run, server, setting);
    char model[sizeof "--model=" + CATALOGUE_NAME_BYTES];
    snprintf(model, sizeof model, "--model=%s", setting->model->name);
    bool elsewhere = setting->sources != NULL && setting->sources->elsewhere;
    const char *counted = elsewhere && setting->counting ? RUN_COUNTED_WORD : NULL;
    const char *const ours[] = {
        setting->model->server, model, "--host", host, "--port=0", counted, NULL};
    const char *plain[sizeof ours / sizeof *ours + CATALOGUE_OPTIONS_MOST + RUN_OPTIONS_MOST];
    const char *traced[STRACE_WORDS + sizeof plain / sizeof *plain];
    char table[CATALOGUE_PATH_BYTES + 16], options[CATALOGUE_TEXT_BYTES] = "";
    if (setting->workload != NULL)
        memcpy(options, setting->workload->server_options, sizeof options);
    size_t words = add_text(plain, add_words(plain, 0, ours), options);
    add_words(plain, words, setting->server_options);
    strace_compose(traced, sizeof traced / sizeof *traced, plain, strace_path(table, setting));
    const char *const *argv = ledger_wants_strace(&run->ledger) ? traced : plain;
    if (!process_start_attached(server, argv, true, &setting->cpus->server, ledger_attach,
                                &run->ledger)) {
        fail(run, RUN_SERVER_NOT_STARTED, "cannot start a process: %s", strerror(errno));
        return 0;
    }
    return await_ready(run, server, elsewhere ? READY_ELSEWHERE_NS : READY_NS);
}

/* What we have started, or under strace what that has started in our group. */
static pid_t serving_pid(const struct run *run, const struct process *server)
{
    pid_t told = (pid_t)fields_number(run->ready, "pid", 0);
    return told > 1 && getpgid(told) == server->pid ? told : server->pid;
}

/* What it took to become ready: of a server elsewhere not known, and taken for nothing. */
static int64_t cpu_so_far_us(const struct run *run, const struct process *server)
{
    clockid_t clock;
    if (is_elsewhere(run) || server->pid <= 0 ||
        clock_getcpuclockid(serving_pid(run, server), &clock) != 0)
        return 0;
    return clock_of_ns(clock) / 1000;
}

/* ---- the client ---- */

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
        fail(run, is_nobody_served(run) ? RUN_NOBODY_SERVED : RUN_CLIENT_FAILED, "%s",
             run->client != NULL ? run_verdict_text(run) : text);
    } else if (run->client == NULL) {
        fail(run, RUN_RESULT_UNREADABLE, "%s", reason);
    }
}

/* The end of the server ends the wait as well, unless server is NULL. */
static void await_client(struct run *run, struct process *client, const struct process *server,
                         const struct run_setting *setting)
{
    int64_t time_ns = setting->warmup_ns + setting->run_ns +
                      (is_elsewhere(run) ? CLIENT_ELSEWHERE_NS : CLIENT_NS);
    int64_t deadline_ns = clock_now_ns() + time_ns;
    char line[PROCESS_LINE_BYTES];
    enum process_wait end;
    while ((end = process_wait_line(client, server, line, deadline_ns)) == PROCESS_SAID)
        ledger_hear(&run->ledger, line, client->pid);
    if (end == PROCESS_LATE)
        fail(run, RUN_CLIENT_FAILED, "the client did not end within %.0f s", (double)time_ns / 1e9);
    else if (end == PROCESS_INTERRUPTED)
        fail(run, RUN_INTERRUPTED, "interrupted");
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
    char port_text[24], duration[40], warmup[40], seed[40];
    if (setting->workload != NULL)
        snprintf(workload, sizeof workload, "--workload=%s", setting->workload->path);
    snprintf(json, sizeof json, "--json=%s", setting->result_path);
    snprintf(port_text, sizeof port_text, "--port=%u", (unsigned)port);
    snprintf(duration, sizeof duration, "--duration=%lldns", (long long)setting->run_ns);
    snprintf(warmup, sizeof warmup, "--warmup=%lldns", (long long)setting->warmup_ns);
    snprintf(seed, sizeof seed, "--seed=%llu", (unsigned long long)run->client_seed);
    const struct catalogue_model *model = setting->model;
    bool far = model->kind == CATALOGUE_ADDRESS && !model->near;
    const char *const first[] = {setting->client, setting->workload != NULL ? workload : NULL,
                                 NULL};
    const char *const ours[] = {"--host",  catalogue_is_reference(model) ? model->host : host,
                                port_text, duration,
                                warmup,    seed,
                                json,      "--announce-window",
                                "--quiet", far ? NULL : sources,
                                NULL};
    const char *argv[(sizeof first + sizeof ours) / sizeof *ours + RUN_OPTIONS_MOST];
    size_t words = add_words(argv, add_words(argv, 0, first), ours);
    add_words(argv, words, setting->client_options);
    char error[COMPANION_ERROR_BYTES];
    struct process client;
    unlink(setting->result_path);
    if (process_start(&client, argv, true, &setting->cpus->client)) {
        if (company != NULL && !companion_go(company, error))
            fail(run, RUN_COMPANION_FAILED, "%s", error);
        await_client(run, &client, is_to_crash(run) ? NULL : server, setting);
        process_close(&client);
    } else {
        fail(run, RUN_CLIENT_FAILED, "cannot start a process: %s", strerror(errno));
    }
    unlink(setting->result_path);
}

static bool has_ending(const char *text, const char *ending)
{
    size_t length = strlen(text), part = strlen(ending);
    return length >= part && strcmp(text + length - part, ending) == 0;
}

/* The client, and beside it the companions of its workload, if there are any. */
static void run_clients(struct run *run, const struct process *server, uint16_t port,
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
        .server = serving_pid(run, server),
        .has_children = has_ending(setting->model->server, "/" CATALOGUE_FORK_SERVER),
        .cpus = &setting->cpus->client,
        .warmup_ns = setting->warmup_ns,
        .run_ns = setting->run_ns,
    };
    struct companion *company = companion_begin(&wanted, error);
    if (company == NULL) {
        fail(run, RUN_COMPANION_FAILED, "%s", error);
        return;
    }
    run->ledger.companions = companion_clients(company);
    run_client(run, server, port, setting, company);
    run->accompanied = true;
    if (!companion_end(company, run->companions, error))
        fail(run, RUN_COMPANION_FAILED, "%s", error);
}

/* ---- the server's end ---- */

/* What was counted there; what was counted here is of the program that reaches there. */
static void take_account(struct run *run, struct process *server, const json_t *account)
{
    int64_t left = fields_number(account, "left", 0);
    ledger_account_read(&run->ledger, account, &server->usage);
    if (left > 0)
        fail(run, RUN_SERVER_LEFT, "%lld process%s left behind, now killed", (long long)left,
             left == 1 ? "" : "es");
}

/* The line comes last, after anything else the server may have printed, but for the account of
 * another host. */
static void read_served(struct run *run, struct process *server)
{
    char line[PROCESS_LINE_BYTES];
    while ((run->served == NULL || is_elsewhere(run)) &&
           process_read_line(server, line, 0) == PROCESS_LINE) {
        json_t *account = is_elsewhere(run) ? fields_parse(line, "account") : NULL;
        if (account != NULL)
            take_account(run, server, account);
        else if (run->served == NULL)
            run->served = fields_parse(line, "served");
        json_decref(account);
    }
    if (run->served == NULL)
        fail(run, RUN_SERVER_FAILED, "no served line at its end");
}

static bool has_ended(const struct process *p)
{
    return p->pid == 0 || process_wait(p, NULL, 0) == PROCESS_ENDED;
}

/* In place of the line that our servers print at their end. */
static void ask_redis(struct run *run, uint16_t port, const struct run_setting *setting)
{
    if (run->outcome != RUN_MEASURED)
        return;
    int64_t commands = reference_redis_commands(setting->client, port);
    if (commands > 0)
        run->served =
            json_pack("{s:s, s:I}", "server", "redis-server", "commands", (json_int_t)commands);
}

static void stop_server(struct run *run, struct process *server, const struct run_setting *setting)
{
    char text[PROCESS_TEXT_BYTES], message[PROCESS_TEXT_BYTES];
    bool interrupted = interrupt_arrived();
    bool early = !interrupted && has_ended(server);
    int64_t deadline_ns = clock_now_ns() + (interrupted ? STOP_INTERRUPTED_NS : STOP_NS);
    if (ledger_wants_strace(&run->ledger) && kill(serving_pid(run, server), SIGTERM) == 0)
        process_wait(server, NULL, deadline_ns);
    bool stopped = process_stop(server, deadline_ns);
    process_status_text(server->status, text);
    process_message(server, message);
    if (run->outcome == RUN_NOBODY_SERVED && (early || WIFSIGNALED(server->status)))
        run->outcome = RUN_MEASURED; /* no wonder: what follows is the reason */
    if (!stopped)
        fail(run, RUN_SERVER_STUCK, "did not end within %lld s of SIGTERM, and was killed",
             (long long)((interrupted ? STOP_INTERRUPTED_NS : STOP_NS) / CLOCK_S));
    else if (early || WIFSIGNALED(server->status))
        fail(run, RUN_SERVER_DIED, "%s%s%s", text, message[0] != '\0' ? ": " : "", message);
    else if (WEXITSTATUS(server->status) != 0)
        fail(run, RUN_SERVER_FAILED, "%s%s%s", text, message[0] != '\0' ? ": " : "", message);
    if (!catalogue_is_reference(setting->model))
        read_served(run, server);
}

static int64_t timeval_us(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

/* A port is free when it can be named again; SO_REUSEADDR looks past connections that linger, but
 * not past a listener. */
static bool port_is_open(uint16_t port)
{
    struct net_address address;
    if (port == 0 || net_resolve(&address, host, port) != NULL)
        return false;
    int fd = net_socket(&address, 0);
    if (fd < 0)
        return false;
    bool open = net_bind(fd, &address) != 0 && errno == EADDRINUSE;
    close(fd);
    return open;
}

static void check_nothing_left(struct run *run, uint16_t port)
{
    bool open = !is_elsewhere(run) && port_is_open(port), all_gone;
    size_t left = orphans_sweep(&all_gone);
    if (left > 0 || !all_gone)
        fail(run, RUN_SERVER_LEFT, "%zu process%s left behind%s", left, left == 1 ? "" : "es",
             all_gone ? ", now killed" : ", and one that cannot be killed");
    else if (open)
        fail(run, RUN_SERVER_LEFT, "port %u is still open", (unsigned)port);
}

void run_carry_out(struct run *run, const struct run_setting *setting)
{
    run->server_cpu_us = run->server_peak_kib = -1;
    struct process server;
    run->asked = setting->workload;
    if (run->asked != NULL)
        companion_make_room(&run->asked->companions);
    ledger_begin(&run->ledger, setting->sources, setting->counting);
    run->ledger.unknown_server = setting->model->kind == CATALOGUE_ADDRESS;
    int64_t start_cpu_us = 0;
    uint16_t port = start_server(run, &server, setting);
    if (port != 0) {
        start_cpu_us = cpu_so_far_us(run, &server);
        ledger_rest(&run->ledger);
        run_clients(run, &server, port, setting);
        if (setting->model->kind == CATALOGUE_REDIS)
            ask_redis(run, port, setting);
    }
    if (server.errfd >= 0) { /* there was a process */
        stop_server(run, &server, setting);
        run->server_cpu_us =
            timeval_us(server.usage.ru_utime) + timeval_us(server.usage.ru_stime) - start_cpu_us;
        run->server_peak_kib = server.usage.ru_maxrss;
        process_close(&server);
    }
    check_nothing_left(run, setting->model->kind == CATALOGUE_ADDRESS ? 0 : port);
    char table[CATALOGUE_PATH_BYTES + 16];
    if (ledger_wants_strace(&run->ledger))
        run->ledger.straced_calls = strace_take_total(strace_path(table, setting));
    bool measured = run->outcome == RUN_MEASURED;
    ledger_settle(&run->ledger, measured ? run->client : NULL, run->served,
                  measured ? &server.usage : NULL);
}

void run_free(struct run *run)
{
    json_decref(run->ready);
    json_decref(run->served);
    json_decref(run->client);
}
