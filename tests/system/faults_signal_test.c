/* Faults 14 to 16: signals.
 *
 * 14  Any blocking call is interrupted, time and again: all framing cases pass.
 * 15  SIGTERM or SIGINT under load: whatever was received is answered, counters are what was
 *     answered, connections end behind a whole reply, exit status 0 within the drain time; a second
 *     signal ends the server at once (lifecycle/second_signal_ends_at_once).
 * 16  SIGHUP, SIGPIPE and a terminal that goes away end nobody; SIGUSR1, by which a parent passes
 *     the stop on, ends the server as SIGTERM does: as is documented, not by accident. To a child
 *     alone none of them means anything, for it or for the others. None of it depends on which
 *     signals were blocked when the server was started. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "scenarios.h"
#include "terminal.h"
#include "tracer.h"

static void expect_number(const char *line, const char *key, double value)
{
    cr_expect(field_number(line, key) == value, "%s is not %.0f in: %s", key, value, line);
}

/* ---- 14: EINTR ---- */

/* One row in so many is sent byte by byte: each of its bytes is a read that is awaited. */
enum { FEW = 30 };

/* Each row of the table, or only one in so many, which are the same every time. */
static void expect_scenarios(const struct server *s, enum delivery delivery, size_t one_in)
{
    size_t count;
    const struct scenario *rows = scenarios(&count);
    for (size_t i = 0; i < count; i += one_in) {
        char *failure = scenario_play(&rows[i], delivery, s, false);
        cr_expect(failure == NULL, "%s: %s", s->model->name, failure);
        free(failure);
    }
}

/* For a model that makes a process for each client each has calls of its own to count. */
FAULT_TEST(faults_signal, fault_14_interrupted_calls, FAULT_ALL)
{
    enum { FEWEST = 100 };
    struct server server;
    struct tracer tracer;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    tracer_attach(
        &tracer, &server,
        (const char *[]){"trace=recvfrom,read,sendto,write,accept4,ppoll,epoll_wait,pselect6",
                         "inject=recvfrom,read:error=EINTR:when=1+3",
                         "inject=sendto,write:error=EINTR:when=1+5",
                         "inject=accept4,ppoll,epoll_wait,pselect6:error=EINTR:when=2+3", NULL});
    expect_scenarios(&server, WHOLE, 1);
    expect_scenarios(&server, BYTES, FEW);
    process_await_census(&server.process, base.census);
    char *calls = tracer_detach(&tracer);
    int injected = count_lines(calls, "INJECTED", "EINTR");
    cr_log_info("%s: %d injected EINTR", model->name, injected);
    cr_expect(injected > FEWEST, "%s: only %d injected", model->name, injected);
    free(calls);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

struct ticker {
    pid_t group;
    atomic_bool over;
    int ticks;
};

/* A thousand a second, to every process of the server. */
static void *tick(void *argument)
{
    struct ticker *ticker = argument;
    while (!atomic_load(&ticker->over)) {
        kill(-ticker->group, SIGALRM);
        ticker->ticks++;
        pause_ms();
    }
    return NULL;
}

FAULT_TEST(faults_signal, fault_14_signals_all_the_time, FAULT_ALL)
{
    struct server server;
    pthread_t thread;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    struct ticker ticker = {.group = server.process.pid};
    cr_assert_eq(pthread_create(&thread, NULL, tick, &ticker), 0);
    expect_scenarios(&server, WHOLE, 1);
    expect_scenarios(&server, TWICE, 1);
    expect_scenarios(&server, BYTES, FEW);
    atomic_store(&ticker.over, true);
    pthread_join(thread, NULL);
    cr_expect(ticker.ticks > 10, "%d ticks", ticker.ticks);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "resets", 0);
    free(served);
}

/* ---- 15: stopped under load ---- */

enum { CLIENTS = 20, IN_FLIGHT = 20, EACH_US = 2000, DRAIN_MS = 5000 };

static char folder[] = "/tmp/fault-XXXXXX";

static const char *in_folder(const char *before, const char *name)
{
    static char path[64];
    snprintf(path, sizeof path, "%s%s/%s", before, folder, name);
    return path;
}

static void remove_data(void)
{
    unlink(in_folder("", "data.mdb"));
    unlink(in_folder("", "lock.mdb"));
    cr_expect_eq(rmdir(folder), 0, "%s: %m", folder);
}

/* Pairs of a wait and an increment, all of which the server's kernel has received. */
static void ask_much(struct peer *p)
{
    for (int i = 0; i < IN_FLIGHT / 2; i++) {
        char pair[64];
        snprintf(pair, sizeof pair, "SLEEP %d\r\nINCR k\r\n", EACH_US);
        peer_send_text(p, pair);
    }
}

/* Every reply, in order; each number is seen for the first time. */
static void check_replies(const struct server *s, const struct peer *p, bool seen[])
{
    char *replies = strndup(p->in != NULL ? p->in : "", p->length), *rest = replies;
    for (int i = 0; i < IN_FLIGHT / 2; i++) {
        const char *ok = strsep(&rest, "\n"), *number = rest != NULL ? strsep(&rest, "\n") : "";
        int value = *number == ':' ? atoi(number + 1) : 0;
        cr_assert(strcmp(ok, "+OK\r") == 0 && value > 0 && value <= CLIENTS * IN_FLIGHT / 2,
                  "%s: \"%s\", \"%s\"", s->model->name, ok, number);
        cr_expect(!seen[value], "%s: %d twice", s->model->name, value);
        seen[value] = true;
    }
    cr_expect(rest != NULL && *rest == '\0', "%s: more than was asked for", s->model->name);
    free(replies);
}

static void expect_kept(struct server *s, const struct server_model *model, int count)
{
    char expected[16];
    struct peer p;
    int digits = snprintf(NULL, 0, "%d", count);
    snprintf(expected, sizeof expected, "$%d\r\n%d\r\n", digits, count);
    server_start(s, model, (const char *[]){in_folder("--data=", ""), NULL});
    fault_connect(&p, s);
    cr_expect(peer_ask(&p, "GET k\r\n", expected), "%s: %.*s, not %s", model->name, (int)p.length,
              p.in, expected);
    peer_close(&p);
    free(server_stop(s, SIGTERM));
}

static void stop_under_load(const struct server_model *model, int signal_number)
{
    struct server server;
    struct peer peers[CLIENTS];
    bool seen[CLIENTS * IN_FLIGHT / 2 + 1] = {false};
    cr_assert(mkdtemp(folder) != NULL, "%m");
    server_start(&server, model,
                 (const char *[]){in_folder("--data=", ""), "--drain-timeout=5", NULL});
    for (int i = 0; i < CLIENTS; i++) {
        fault_connect(&peers[i], &server);
        ask_much(&peers[i]);
    }
    peer_await_length(&peers[0], 1);
    int64_t start_ns = clock_now_ns();
    process_signal(&server.process, signal_number);
    for (int i = 0; i < CLIENTS; i++) {
        cr_expect(peer_await_end(&peers[i]), "%s: client %d: state %d", model->name, i,
                  (int)peers[i].state);
        check_replies(&server, &peers[i], seen);
        peer_close(&peers[i]);
    }
    char *served = server_stop(&server, 0);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(SANITIZED || took_ms < DRAIN_MS, "%s ended after %d ms", model->name, (int)took_ms);
    expect_number(served, "commands", CLIENTS * IN_FLIGHT);
    expect_number(served, "connections", CLIENTS);
    free(served);
    expect_kept(&server, model, CLIENTS * IN_FLIGHT / 2);
    remove_data();
}

FAULT_TEST(faults_signal, fault_15_sigterm_under_load, FAULT_ALL)
{
    stop_under_load(model, SIGTERM);
}

FAULT_TEST(faults_signal, fault_15_sigint_under_load, FAULT_ALL)
{
    stop_under_load(model, SIGINT);
}

/* ---- 16: other signals ---- */

FAULT_TEST(faults_signal, fault_16_signals_that_end_nobody, FAULT_ALL)
{
    static const int signals[] = {SIGHUP, SIGPIPE, SIGXFSZ, SIGALRM, SIGCHLD, SIGWINCH, SIGCONT};
    struct server server;
    struct peer peer;
    /* So few that no model has to say that it can serve only fewer. */
    server_start(&server, model, (const char *[]){"--max-clients=100", NULL});
    struct fault_base base = fault_base(&server);
    fault_connect(&peer, &server);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        kill(-server.process.pid, signals[i]);
        cr_expect(peer_ask(&peer, "PING\r\n", "+PONG\r\n"), "%s: after %s", model->name,
                  strsignal(signals[i]));
    }
    peer_close(&peer);
    fault_expect_clean(&server, base);
    char *errors = process_errors(&server.process);
    cr_expect_str_empty(errors, "%s complained \"%s\"", model->name, errors);
    free(errors);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_killed", 0);
    free(served);
}

FAULT_TEST(faults_signal, fault_16_sigusr1_stops_it, FAULT_ALL)
{
    struct server server;
    struct peer peer;
    server_start(&server, model, NULL);
    fault_connect(&peer, &server);
    peer_send_text(&peer, "SLEEP 100000\r\nECHO x\r\n");
    peer_await_taken(&peer);
    process_signal(&server.process, SIGUSR1);
    cr_expect(peer_await_end(&peer) && peer.length == strlen("+OK\r\n$1\r\nx\r\n"), "%s: \"%.*s\"",
              model->name, (int)peer.length, peer.in);
    peer_close(&peer);
    free(server_stop(&server, 0));
}

enum { SERVED_AT_ONCE = 2, QUEUED = 5 };

/* To the first child, if there is one yet. */
static void signal_child(const struct server *s, int signal_number)
{
    pid_t family[1 + SERVED_AT_ONCE] = {0};
    process_members(&s->process, family, 1 + SERVED_AT_ONCE);
    if (family[1] != 0)
        kill(family[1], signal_number);
}

/* Whoever spins meanwhile uses all of that time. */
static void expect_rest(const struct server *s, struct peer *p, const char *what)
{
    int64_t used_ns = -fault_cpu_ns(s);
    cr_expect(peer_ask(p, "SLEEP 300000\r\n", "+OK\r\n"), "%s: after %s: \"%.*s\"", s->model->name,
              what, (int)p->length, p->in);
    used_ns += fault_cpu_ns(s);
    cr_expect(SANITIZED || used_ns < CLOCK_S / 10, "%s: after %s %d ms of CPU time for nothing",
              s->model->name, what, (int)(used_ns / CLOCK_MS));
}

/* Who waits in the queue when the server is told to stop is answered nevertheless. */
static void stop_with_queue(struct server *s, const char *what)
{
    struct peer queued[QUEUED];
    for (int i = 0; i < QUEUED; i++) {
        fault_connect(&queued[i], s);
        peer_send_text(&queued[i], "PING\r\n");
    }
    process_signal(&s->process, SIGTERM);
    for (int i = 0; i < QUEUED; i++) {
        cr_expect(peer_await_end(&queued[i]) && queued[i].length == strlen("+PONG\r\n"),
                  "%s: after %s: queued client %d: \"%.*s\", state %d", s->model->name, what, i,
                  (int)queued[i].length, queued[i].in, (int)queued[i].state);
        peer_close(&queued[i]);
    }
    free(server_stop(s, 0));
}

static void signal_a_child_alone(const struct server_model *model, int signal_number)
{
    struct server server;
    struct peer peers[SERVED_AT_ONCE];
    const char *what = strsignal(signal_number);
    server_start_for(&server, model, SERVED_AT_ONCE, NULL);
    signal_child(&server, signal_number);
    fault_connect(&peers[0], &server);
    cr_expect(peer_ask(&peers[0], "PING\r\n", "+PONG\r\n"));
    signal_child(&server, signal_number);
    expect_rest(&server, &peers[0], what);
    fault_connect(&peers[1], &server);
    for (int i = 0; i < SERVED_AT_ONCE; i++)
        cr_expect(peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"), "%s: after %s", model->name, what);
    stop_with_queue(&server, what);
    for (int i = 0; i < SERVED_AT_ONCE; i++)
        peer_close(&peers[i]);
}

FAULT_TEST(faults_signal, fault_16_signals_to_a_child_alone, FAULT_PROCESSES)
{
    static const int signals[] = {SIGUSR1, SIGTERM, SIGINT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal_a_child_alone(model, signals[i]);
}

/* Whoever started it had blocked them all: it stops nevertheless, and hears of its children. */
FAULT_TEST(faults_signal, fault_16_signals_blocked_at_the_start, FAULT_ALL)
{
    struct server server;
    struct peer peer;
    process_block_signals();
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    fault_expect_clean(&server, base);
    fault_connect(&peer, &server);
    cr_expect(peer_ask(&peer, "PING\r\n", "+PONG\r\n"));
    peer_forget(&peer);
    process_signal(&server.process, SIGTERM);
    cr_expect(peer_await_end(&peer) && peer.length == 0, "%s: state %d", model->name,
              (int)peer.state);
    peer_close(&peer);
    free(server_stop(&server, 0));
}

/* A server on a terminal, where it leads a session and so a process group of its own. */
static void start_on_terminal(struct server *s, const struct server_model *model,
                              struct terminal *terminal)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const char *arguments[] = {model->binary, "--port=0", "--verbose", "--model",
                               model->model,  NULL,       NULL,        NULL};
    char workers[32];
    size_t count = 5; /* the model's own come behind */
    snprintf(workers, sizeof workers, "--workers=%d", SERVER_WORKERS);
    if (model->has_workers)
        arguments[count++] = workers;
    if (*model->variant != '\0')
        arguments[count++] = model->variant;
    terminal_start(terminal, arguments);
    terminal_await(terminal, " port=");
    char *text = strdup(terminal->text);
    terminal_await(terminal, " pid=");
    address.sin_port = htons((uint16_t)atoi(text));
    free(text);
    *s = (struct server){.model = model, .process = {.pid = terminal->pid}};
    memcpy(&s->address, &address, sizeof address);
    s->address_length = sizeof address;
}

/* On the terminal of somebody who closes the window: SIGHUP, and nobody to write to. */
FAULT_TEST(faults_signal, fault_16_terminal_goes_away, FAULT_ALL)
{
    struct terminal terminal;
    struct server server;
    start_on_terminal(&server, model, &terminal);
    struct fault_base base = fault_base(&server);
    close(terminal.fd);
    fault_expect_prompt_answer(&server);
    struct peer peer;
    fault_connect(&peer, &server);
    peer_send_text(&peer, "*x\r\n"); /* of which a verbose server speaks */
    cr_expect(peer_await_end(&peer));
    peer_close(&peer);
    fault_expect_clean(&server, base);
    kill(terminal.pid, SIGTERM);
    int status;
    cr_assert_eq(waitpid(terminal.pid, &status, 0), terminal.pid);
    cr_expect(process_exit_status(status) == 0, "%s: exit status %d", model->name,
              process_exit_status(status));
    free(terminal.text);
}
