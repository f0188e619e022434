/* Faults 5 to 7: processes that die.
 *
 *  5  SIGKILL of a child in the middle of a request: only its connection is lost, counters hold, no
 *     lock is stuck, the child is reaped and counted.
 *  6  SIGSEGV or SIGABRT in a handler: one connection is lost where it has a process of its own;
 *     else all are, and the server ends by the signal with one line, its port free at once. What is
 *     said then, and DEBUG's other faults: crash_test.c.
 *  7  Many children that end at once: no zombie stays, and the number of clients is right. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "clock.h"
#include "fault.h"

static void expect_number(const char *line, const char *key, double value)
{
    cr_expect(field_number(line, key) == value, "%s is not %.0f in: %s", key, value, line);
}

static void enter(struct peer *p, const struct server *s)
{
    fault_connect(p, s);
    cr_assert(peer_ask(p, "PING\r\n", "+PONG\r\n"), "%s does not answer", s->model->name);
    peer_forget(p);
}

/* ---- 5: killed in the middle ---- */

enum { PIPELINED = 2000, KILLS_WHILE_COUNTING = 5 };

static void kill_child(const struct server *s, pid_t child)
{
    char news[64];
    kill(child, SIGKILL);
    snprintf(news, sizeof news, "child %d was killed by signal 9", (int)child);
    process_await_error(&s->process, news);
}

/* The client of that child is the only one to notice. */
static void kill_while(const struct server *s, struct peer *witness, const char *request)
{
    struct peer victim;
    enter(&victim, s);
    pid_t child = (pid_t)fault_info(&victim, "handler_process_id");
    peer_send_text(&victim, request);
    peer_await_taken(&victim);
    kill_child(s, child);
    cr_expect((peer_await_end(&victim) || victim.state == PEER_RESET) && victim.length == 0,
              "%s: \"%.*s\"", s->model->name, (int)victim.length, victim.in);
    cr_expect(peer_ask(witness, "PING\r\n", "+PONG\r\n"), "%s lost another", s->model->name);
    peer_close(&victim);
}

/* The value behind the last whole reply; *count whole replies have come. */
static long long last_number(const struct peer *p, int *count)
{
    long long last = 0;
    *count = 0;
    const char *end, *at = p->in;
    while ((end = memchr(at, '\n', (size_t)(p->in + p->length - at))) != NULL) {
        last = strtoll(at + 1, NULL, 10);
        at = end + 1;
        (*count)++;
    }
    return last;
}

/* Somebody counts, and is killed at it. Returns the least and adds to the most that the counter can
 * be now. */
static long long kill_while_counting(const struct server *s, int *most)
{
    struct peer victim;
    char requests[PIPELINED * 8 + 1] = "";
    int answered;
    enter(&victim, s);
    pid_t child = (pid_t)fault_info(&victim, "handler_process_id");
    for (int i = 0; i < PIPELINED; i++)
        memcpy(requests + 8 * i, "INCR k\r\n", 9);
    peer_send_text(&victim, requests);
    kill_child(s, child);
    cr_expect(peer_await_end(&victim) || victim.state == PEER_RESET);
    long long least = last_number(&victim, &answered);
    *most += PIPELINED;
    peer_close(&victim);
    return least;
}

static long long increment(const struct server *s)
{
    struct peer p;
    int answered;
    int64_t start_ns = clock_now_ns();
    fault_connect(&p, s);
    peer_send_text(&p, "INCR k\r\n");
    cr_assert(peer_await_ending(&p, "\r\n", 2) && *p.in == ':', "%s: \"%.*s\"", s->model->name,
              (int)p.length, p.in);
    long long number = last_number(&p, &answered);
    peer_close(&p);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < fault_prompt_ms(), "%s: INCR took %d ms", s->model->name, (int)took_ms);
    return number;
}

FAULT_TEST(faults_crash, fault_05_killed_within_a_request, FAULT_PROCESSES)
{
    struct server server;
    struct peer witness;
    int most = 0;
    long long before = 0;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    enter(&witness, &server);
    kill_while(&server, &witness, "SLEEP 15000000\r\n");
    kill_while(&server, &witness, "SPIN 15000000\r\n");
    for (int i = 0; i < KILLS_WHILE_COUNTING; i++) {
        long long least = kill_while_counting(&server, &most);
        long long now = increment(&server);
        most++;
        cr_expect(now > before && now > least && now <= most,
                  "%s: %lld; %lld were answered, %d asked for", model->name, now, least, most);
        before = now;
        most = (int)now;
    }
    cr_expect(peer_ask(&witness, "PING\r\n", "+PONG\r\n"));
    peer_close(&witness);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_killed", 2 + KILLS_WHILE_COUNTING);
    free(served);
}

/* ---- 6: a handler that crashes ---- */

enum { CLIENTS = 20 };

/* How many of the connections have ended, without a word. */
static int count_lost(const struct server *s, struct peer peers[CLIENTS])
{
    int lost = 0;
    for (int i = 0; i < CLIENTS; i++) {
        if (i > 0 && fault_concerns(s->model, FAULT_PROCESSES) &&
            peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"))
            continue;
        cr_expect((peer_await_end(&peers[i]) || peers[i].state == PEER_RESET) &&
                      peers[i].length == 0,
                  "%s: client %d: \"%.*s\"", s->model->name, i, (int)peers[i].length, peers[i].in);
        lost++;
    }
    return lost;
}

/* It ends by the signal, and another one is there at once. */
static void expect_end_and_restart(struct server *s, int signal_number)
{
    char port[16];
    const struct server_model *model = s->model;
    int status = process_wait(&s->process);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == signal_number, "%s: status %x",
              model->name, (unsigned)status);
    cr_expect_eq(fault_messages(s), 1);
    process_free(&s->process);
    free(s->ready);
    snprintf(port, sizeof port, "--port=%u", (unsigned)s->port);
    server_start(s, model, (const char *[]){port, NULL});
    fault_expect_prompt_answer(s);
}

/* Whoever serves the first client dies by a signal from outside: nobody's command, so no handler
 * was at work. Returns how many clients were lost. */
static int crash(struct server *server, struct server_model *model, int signal_number)
{
    struct peer peers[CLIENTS];
    setrlimit(RLIMIT_CORE, &(struct rlimit){0}); /* inherited */
    server_start_for(server, model, CLIENTS, (const char *[]){"--max-clients=100", NULL});
    struct fault_base base = fault_base(server);
    for (int i = 0; i < CLIENTS; i++) {
        fault_connect(&peers[i], server);
        if (i == 0 || server_serves_many(model))
            cr_assert(peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"));
        peer_forget(&peers[i]);
    }
    pid_t handler = (pid_t)fault_info(&peers[0], "handler_process_id");
    bool alone = handler != server->process.pid;
    kill(handler, signal_number);
    if (alone)
        process_await_error(&server->process, " was killed by signal ");
    int lost = count_lost(server, peers);
    for (int i = 0; i < CLIENTS; i++)
        peer_close(&peers[i]);
    if (alone)
        fault_expect_clean(server, base);
    else
        expect_end_and_restart(server, signal_number);
    return lost;
}

FAULT_TEST(faults_crash, fault_06_crash_costs_one_or_all, FAULT_ALL)
{
    /* A sanitizer answers SIGSEGV itself. */
    int signal_number = SANITIZED ? SIGABRT : SIGSEGV;
    struct server server;
    int lost = crash(&server, model, signal_number);
    cr_expect(lost == (fault_concerns(model, FAULT_PROCESSES) ? 1 : CLIENTS), "%s: %d were lost",
              model->name, lost);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "children_killed") <= 1, "%s", served);
    free(served);
}

/* ---- 7: many that end at once ---- */

enum { QUITTERS = SANITIZED ? 50 : 2000, TROOP = SANITIZED ? 100 : 500 };

/* Ended ones are reaped within a second. */
static void expect_no_zombie(const struct server *s, struct fault_base base)
{
    int64_t deadline_ns = clock_now_ns() + fault_prompt_ms() * CLOCK_MS;
    while (process_census(&s->process).processes > base.census.processes &&
           clock_now_ns() < deadline_ns)
        pause_ms();
    cr_expect(process_census(&s->process).processes <= base.census.processes, "%s: %d processes",
              s->model->name, process_census(&s->process).processes);
}

FAULT_TEST(faults_crash, fault_07_clients_that_quit_at_once, FAULT_PROCESSES)
{
    struct server server;
    struct peer p;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < QUITTERS; i++) {
        fault_connect(&p, &server);
        peer_send_text(&p, "QUIT\r\n");
        peer_close(&p);
    }
    fault_expect_prompt_answer(&server);
    expect_no_zombie(&server, base);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

static void raise_descriptors(void)
{
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < TROOP + 100)
        cr_skip_test("descriptors end at %d", (int)limit.rlim_max);
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* All children die while the parent is stopped: one SIGCHLD may stand for any number of them. */
FAULT_TEST(faults_crash, fault_07_children_die_while_the_parent_is_stopped, FAULT_PROCESSES)
{
    static struct peer peers[TROOP];
    static pid_t members[TROOP + 2];
    int clients = model->has_workers ? TROOP / 10 : TROOP;
    struct server server;
    raise_descriptors();
    server_start_for(&server, model, clients, NULL);
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < clients; i++)
        enter(&peers[i], &server);
    /* The parent has closed its copy of the last client's socket too: nobody else keeps it open. */
    struct census crowd = base.census;
    crowd.processes += clients;
    process_await_census(&server.process, crowd);
    kill(server.process.pid, SIGSTOP);
    size_t count = process_members(&server.process, members, TROOP + 2);
    cr_assert(count == (size_t)clients + 1, "%s: %zu processes", model->name, count);
    for (size_t i = 1; i < count; i++)
        kill(members[i], SIGKILL);
    for (int i = 0; i < clients; i++) {
        cr_expect(peer_await_end(&peers[i]) || peers[i].state == PEER_RESET);
        peer_close(&peers[i]);
    }
    kill(server.process.pid, SIGCONT);
    fault_expect_prompt_answer(&server);
    expect_no_zombie(&server, base);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_killed", clients);
    free(served);
}
