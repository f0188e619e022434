#include "run_parts.h"

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

/* Grace for each step. */
#define READY_NS            (5 * CLOCK_S)
#define STOP_NS             (10 * CLOCK_S)
#define STOP_INTERRUPTED_NS (2 * CLOCK_S)
/* More, where other hosts have to be reached. */
#define READY_ELSEWHERE_NS (30 * CLOCK_S)

const char run_host[] = "127.0.0.1";

void run_fail(struct run *run, enum run_outcome outcome, const char *format, ...)
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

bool run_is_elsewhere(const struct run *run)
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
        run_fail(run, RUN_SERVER_NOT_STARTED, "%s",
                 message[0] != '\0' ? message : process_status_text(server->status, message));
        return 0;
    case PROCESS_LINE_INTERRUPTED:
        run_fail(run, RUN_INTERRUPTED, "interrupted");
        return 0;
    case PROCESS_LINE_LONG:
        run_fail(run, RUN_SERVER_NOT_STARTED, "its first line does not end");
        return 0;
    default:
        run_fail(run, RUN_SERVER_NOT_STARTED, "no ready line within %lld s",
                 (long long)(ready_ns / CLOCK_S));
        return 0;
    }
    run->ready = fields_parse(line, "ready");
    int64_t port = fields_number(run->ready, "port", 0);
    if (port < 1 || port > UINT16_MAX) {
        run_fail(run, RUN_SERVER_NOT_STARTED, "its first line is no ready line: %.80s", line);
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

size_t run_add_words(const char *argv[], size_t count, const char *const *words)
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
        run_fail(run, interrupt_arrived() ? RUN_INTERRUPTED : RUN_SERVER_NOT_STARTED, "%s", why);
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
        setting->model->server, model, "--host", run_host, "--port=0", counted, NULL};
    const char *plain[sizeof ours / sizeof *ours + CATALOGUE_OPTIONS_MOST + RUN_OPTIONS_MOST];
    const char *traced[STRACE_WORDS + sizeof plain / sizeof *plain];
    char table[CATALOGUE_PATH_BYTES + 16], options[CATALOGUE_TEXT_BYTES] = "";
    if (setting->workload != NULL)
        memcpy(options, setting->workload->server_options, sizeof options);
    size_t words = add_text(plain, run_add_words(plain, 0, ours), options);
    run_add_words(plain, words, setting->server_options);
    strace_compose(traced, sizeof traced / sizeof *traced, plain, strace_path(table, setting));
    const char *const *argv = ledger_wants_strace(&run->ledger) ? traced : plain;
    if (!process_start_attached(server, argv, true, &setting->cpus->server, ledger_attach,
                                &run->ledger)) {
        run_fail(run, RUN_SERVER_NOT_STARTED, "cannot start a process: %s", strerror(errno));
        return 0;
    }
    return await_ready(run, server, elsewhere ? READY_ELSEWHERE_NS : READY_NS);
}

pid_t run_serving_pid(const struct run *run, const struct process *server)
{
    pid_t told = (pid_t)fields_number(run->ready, "pid", 0);
    return told > 1 && getpgid(told) == server->pid ? told : server->pid;
}

/* What it took to become ready: of a server elsewhere not known, and taken for nothing. */
static int64_t cpu_so_far_us(const struct run *run, const struct process *server)
{
    clockid_t clock;
    if (run_is_elsewhere(run) || server->pid <= 0 ||
        clock_getcpuclockid(run_serving_pid(run, server), &clock) != 0)
        return 0;
    return clock_of_ns(clock) / 1000;
}

/* ---- the server's end ---- */

/* What was counted there; what was counted here is of the program that reaches there. */
static void take_account(struct run *run, struct process *server, const json_t *account)
{
    int64_t left = fields_number(account, "left", 0);
    ledger_account_read(&run->ledger, account, &server->usage);
    if (left > 0)
        run_fail(run, RUN_SERVER_LEFT, "%lld process%s left behind, now killed", (long long)left,
                 left == 1 ? "" : "es");
}

/* The line comes last, after anything else the server may have printed, but for the account of
 * another host. */
static void read_served(struct run *run, struct process *server)
{
    char line[PROCESS_LINE_BYTES];
    while ((run->served == NULL || run_is_elsewhere(run)) &&
           process_read_line(server, line, 0) == PROCESS_LINE) {
        json_t *account = run_is_elsewhere(run) ? fields_parse(line, "account") : NULL;
        if (account != NULL)
            take_account(run, server, account);
        else if (run->served == NULL)
            run->served = fields_parse(line, "served");
        json_decref(account);
    }
    if (run->served == NULL)
        run_fail(run, RUN_SERVER_FAILED, "no served line at its end");
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
    if (ledger_wants_strace(&run->ledger) && kill(run_serving_pid(run, server), SIGTERM) == 0)
        process_wait(server, NULL, deadline_ns);
    bool stopped = process_stop(server, deadline_ns);
    process_status_text(server->status, text);
    process_message(server, message);
    if (run->outcome == RUN_NOBODY_SERVED && (early || WIFSIGNALED(server->status)))
        run->outcome = RUN_MEASURED; /* no wonder: what follows is the reason */
    if (!stopped)
        run_fail(run, RUN_SERVER_STUCK, "did not end within %lld s of SIGTERM, and was killed",
                 (long long)((interrupted ? STOP_INTERRUPTED_NS : STOP_NS) / CLOCK_S));
    else if (early || WIFSIGNALED(server->status))
        run_fail(run, RUN_SERVER_DIED, "%s%s%s", text, message[0] != '\0' ? ": " : "", message);
    else if (WEXITSTATUS(server->status) != 0)
        run_fail(run, RUN_SERVER_FAILED, "%s%s%s", text, message[0] != '\0' ? ": " : "", message);
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
    if (port == 0 || net_resolve(&address, run_host, port) != NULL)
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
    bool open = !run_is_elsewhere(run) && port_is_open(port), all_gone;
    size_t left = orphans_sweep(&all_gone);
    if (left > 0 || !all_gone)
        run_fail(run, RUN_SERVER_LEFT, "%zu process%s left behind%s", left, left == 1 ? "" : "es",
                 all_gone ? ", now killed" : ", and one that cannot be killed");
    else if (open)
        run_fail(run, RUN_SERVER_LEFT, "port %u is still open", (unsigned)port);
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
