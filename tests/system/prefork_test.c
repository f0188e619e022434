/* Children made beforehand: whoever dies is replaced, in good order, and takes one client along at
 * most. For every way in which the preforked model accepts. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "clock.h"
#include "peer.h"
#include "tracer.h"

static struct criterion_test_params preforked_parameters(void)
{
    struct criterion_test_params all = server_model_parameters();
    struct server_model *models = all.params;
    size_t count = 0;
    for (size_t i = 0; i < all.length; i++)
        if (strcmp(models[i].model, "preforked") == 0)
            models[count++] = models[i];
    all.length = count;
    return all;
}

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(prefork, NAME)                                                     \
    {                                                                                              \
        return preforked_parameters();                                                             \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, prefork, NAME, .timeout = 60)

enum { FAMILY = 1 + SERVER_WORKERS };

/* Its processes, the parent first. Awaits that all children are there, and that `dead`, if not 0,
 * is not among them. */
static void await_family(const struct server *s, pid_t family[FAMILY], pid_t dead)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    for (;;) {
        size_t count = process_members(&s->process, family, FAMILY);
        bool is_there = false;
        for (size_t i = 0; i < count && i < FAMILY; i++)
            is_there |= family[i] == dead;
        if (count == FAMILY && !is_there)
            return;
        cr_assert(clock_now_ns() < deadline_ns, "%s: %zu processes", s->model->name, count);
        pause_ms();
    }
}

/* Kills a child and awaits that its parent has reaped it: until then it may still take a client. */
static void kill_child(const struct server *s, pid_t child)
{
    char news[64];
    kill(child, SIGKILL);
    snprintf(news, sizeof news, "child %d was killed by signal 9", (int)child);
    process_await_error(&s->process, news);
}

static int count_descriptors(pid_t pid)
{
    return process_census(&(struct process){.pid = pid}).descriptors;
}

/* The child that serves the only client: it has a descriptor more than the others. */
static pid_t serving_child(const struct server *s)
{
    pid_t family[FAMILY];
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    for (;;) {
        await_family(s, family, 0);
        int least = count_descriptors(family[1]), most = least;
        pid_t busiest = family[1];
        for (int i = 2; i < FAMILY; i++) {
            int descriptors = count_descriptors(family[i]);
            if (descriptors > most) {
                most = descriptors;
                busiest = family[i];
            }
            least = descriptors < least ? descriptors : least;
        }
        if (most > least && count_descriptors(family[1]) + 1 >= most)
            return most == count_descriptors(busiest) ? busiest : family[1];
        cr_assert(clock_now_ns() < deadline_ns, "%s: nobody serves", s->model->name);
        pause_ms();
    }
}

static void connect_and_ask(struct peer *p, const struct server *s)
{
    cr_assert(peer_connect(p, s), "%s: %m", s->model->name);
    cr_expect(peer_ask(p, "PING\r\n", "+PONG\r\n"), "%s", s->model->name);
}

/* So many clients as there are children are served at once: none is missing, none is occupied. */
static void expect_all_serve(const struct server *s)
{
    struct peer peers[SERVER_WORKERS];
    for (int i = 0; i < SERVER_WORKERS; i++)
        connect_and_ask(&peers[i], s);
    for (int i = 0; i < SERVER_WORKERS; i++)
        peer_close(&peers[i]);
}

static int count_errors(const struct server *s, const char *text)
{
    char *errors = process_errors(&s->process);
    int count = count_lines(errors, text, text);
    free(errors);
    return count;
}

static void expect_number(const char *line, const char *key, double value)
{
    cr_expect(field_number(line, key) == value, "%s is not %.0f in: %s", key, value, line);
}

/* Awaits that INFO, asked by a client, says so of the clients connected. */
static void await_connected(struct peer *p, int clients)
{
    char expected[64];
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    snprintf(expected, sizeof expected, "connected_clients:%d\r\n", clients);
    for (;;) {
        peer_forget(p);
        peer_send_text(p, "INFO clients\r\nPING\r\n");
        cr_assert(peer_await_ending(p, "+PONG\r\n", 7));
        if (memmem(p->in, p->length, expected, strlen(expected)) != NULL)
            return;
        cr_assert(clock_now_ns() < deadline_ns, "not %s but %.*s", expected, (int)p->length, p->in);
        pause_ms();
    }
}

/* Another model's way of sharing out clients is refused. */
MODEL_TEST(queue_is_none_of_its_ways)
{
    struct outcome o = process_run((const char *[]){model->binary, "--port=0", "--model",
                                                    model->model, "--accept=queue", NULL});
    cr_expect(o.status == 2 && *o.out == '\0', "exit status %d", o.status);
    cr_expect_str_eq(o.err, "server_fork: --accept=queue: preforked does not know it; "
                            "--list-models names those it knows\n");
    outcome_free(&o);
}

MODEL_TEST(killed_idle_child_is_replaced)
{
    struct server server;
    pid_t family[FAMILY];
    server_start(&server, model, NULL);
    await_family(&server, family, 0);
    for (int i = 0; i < 2; i++) {
        pid_t victim = family[1 + i];
        kill(victim, SIGKILL);
        await_family(&server, family, victim);
    }
    expect_all_serve(&server);
    cr_expect(count_errors(&server, "was killed by signal 9") == 2);
    cr_expect(count_errors(&server, "client is lost") == 0);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_killed", 2);
    expect_number(served, "spawn_failures", 0);
    expect_number(served, "connections", SERVER_WORKERS);
    free(served);
}

MODEL_TEST(killed_serving_child_costs_one_client)
{
    struct server server;
    struct peer victim, other;
    pid_t family[FAMILY];
    server_start(&server, model, NULL);
    connect_and_ask(&victim, &server);
    pid_t child = serving_child(&server);
    connect_and_ask(&other, &server);
    await_connected(&other, 2);
    kill(child, SIGKILL);
    peer_forget(&victim);
    cr_expect((peer_await_end(&victim) || victim.state == PEER_RESET) && victim.length == 0);
    await_connected(&other, 1);
    await_family(&server, family, child);
    peer_close(&victim);
    peer_close(&other);
    expect_all_serve(&server);
    cr_expect(count_errors(&server, "client is lost") == 1);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_killed", 1);
    free(served);
}

/* Of the first children one after another dies, among them the one that is accepting, with a lock
 * or without. */
MODEL_TEST(killed_acceptor_does_not_keep_the_others)
{
    struct server server;
    struct peer peer;
    pid_t first[FAMILY], now[FAMILY];
    server_start(&server, model, NULL);
    await_family(&server, first, 0);
    for (int i = 1; i < FAMILY; i++) {
        kill_child(&server, first[i]);
        connect_and_ask(&peer, &server);
        peer_close(&peer);
    }
    await_family(&server, now, first[SERVER_WORKERS]);
    expect_all_serve(&server);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_killed", SERVER_WORKERS);
    free(served);
}

/* Whoever is born is killed, for a while: births become rare, and afterwards all is well again. How
 * rare depends on how soon this test sees them: on a machine that is busy, several are born before
 * they are killed together. MOST_TRIALS is half of what pauses that do not grow would allow. */
MODEL_TEST(children_that_die_at_once_are_replaced_ever_more_slowly)
{
    enum { WHILE_MS = 2500, FEWEST_TRIALS = 4, MOST_TRIALS = 60, MOST_LINES = 4 };
    struct server server;
    pid_t family[FAMILY];
    server_start(&server, model, NULL);
    await_family(&server, family, 0);
    int64_t end_ns = clock_now_ns() + WHILE_MS * CLOCK_MS;
    while (clock_now_ns() < end_ns) {
        size_t count = process_members(&server.process, family, FAMILY);
        for (size_t i = 1; i < count; i++)
            kill(family[i], SIGKILL);
        pause_ms();
    }
    int lines = count_errors(&server, "died as soon as it was made");
    cr_expect(lines >= 1 && lines <= MOST_LINES, "%s: %d lines", model->name, lines);
    await_family(&server, family, 0);
    expect_all_serve(&server);
    char *served = server_stop(&server, SIGTERM);
    double trials = field_number(served, "children_killed") - SERVER_WORKERS;
    cr_expect(trials >= FEWEST_TRIALS && trials <= MOST_TRIALS, "%s: %s", model->name, served);
    free(served);
}

/* While no process can be made the others serve; then the missing one is there. */
MODEL_TEST(fork_that_fails_is_tried_again)
{
    struct server server;
    struct tracer tracer;
    struct peer peer;
    pid_t family[FAMILY];
    server_start(&server, model, NULL);
    await_family(&server, family, 0);
    pid_t victim = family[1];
    tracer_attach(&tracer, &server,
                  (const char *[]){"trace=clone,clone3,fork,vfork",
                                   "inject=clone,clone3,fork,vfork:error=EAGAIN", NULL});
    kill(victim, SIGKILL);
    process_await_error(&server.process, "cannot make a child, 1 are missing: ");
    connect_and_ask(&peer, &server);
    peer_close(&peer);
    char *calls = tracer_detach(&tracer);
    int injected = count_lines(calls, "INJECTED", "EAGAIN");
    free(calls);
    await_family(&server, family, victim);
    expect_all_serve(&server);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(injected >= 1 && injected < 20, "%d failures", injected);
    expect_number(served, "spawn_failures", injected);
    free(served);
}

/* A stop signal to a child alone would be the end of a part; it is for the parent to give. */
MODEL_TEST(stop_signal_to_a_child_stops_nobody)
{
    struct server server;
    pid_t before[FAMILY], after[FAMILY];
    server_start(&server, model, NULL);
    await_family(&server, before, 0);
    expect_all_serve(&server);
    for (int i = 1; i < FAMILY; i++) {
        kill(before[i], SIGTERM);
        kill(before[i], SIGINT);
    }
    expect_all_serve(&server);
    await_family(&server, after, 0);
    cr_expect_arr_eq(before, after, sizeof before);
    free(server_stop(&server, SIGTERM));
}

/* One to the whole group, as a terminal sends it, is one stop signal. */
MODEL_TEST(stop_signal_to_the_group)
{
    struct server server;
    struct peer peer;
    server_start(&server, model, NULL);
    cr_assert(peer_connect(&peer, &server));
    peer_send_text(&peer, "SLEEP 200000\r\nPING\r\n");
    peer_await_taken(&peer);
    kill(-server.process.pid, SIGINT);
    cr_expect(peer_await_end(&peer) && peer.length == strlen("+OK\r\n+PONG\r\n"), "%s: \"%.*s\"",
              model->name, (int)peer.length, peer.in);
    peer_close(&peer);
    free(server_stop(&server, 0));
}

/* All children are occupied, and others wait: a stop signal lets everyone be served first. */
MODEL_TEST(clients_who_wait_at_the_stop_signal_are_served)
{
    enum { WAITING = 3 };
    struct server server;
    struct peer served_now[SERVER_WORKERS], waiting[WAITING];
    server_start(&server, model, NULL);
    for (int i = 0; i < SERVER_WORKERS; i++)
        connect_and_ask(&served_now[i], &server);
    for (int i = 0; i < WAITING; i++) {
        cr_assert(peer_connect(&waiting[i], &server), "%m");
        peer_send_text(&waiting[i], "PING\r\n");
    }
    process_signal(&server.process, SIGTERM);
    for (int i = 0; i < WAITING; i++) {
        cr_expect(peer_await_end(&waiting[i]) && waiting[i].length == strlen("+PONG\r\n"),
                  "%s: client %d", model->name, i);
        peer_close(&waiting[i]);
    }
    for (int i = 0; i < SERVER_WORKERS; i++) {
        peer_forget(&served_now[i]);
        cr_expect(peer_await_end(&served_now[i]) && served_now[i].length == 0);
        peer_close(&served_now[i]);
    }
    char *served = server_stop(&server, 0);
    expect_number(served, "connections", SERVER_WORKERS + WAITING);
    expect_number(served, "peak_clients", SERVER_WORKERS);
    free(served);
}

/* What makes accepting impossible for one makes it impossible for all. */
MODEL_TEST(accept_that_fails_for_good_ends_the_server)
{
    struct server server;
    struct tracer tracer;
    struct peer peer;
    server_start(&server, model, NULL);
    tracer_attach(&tracer, &server,
                  (const char *[]){"trace=accept4", "inject=accept4:error=EINVAL:when=1", NULL});
    cr_assert(peer_connect(&peer, &server));
    int status = process_wait(&server.process);
    free(tracer_detach(&tracer));
    cr_expect(process_exit_status(status) == 1);
    cr_expect(count_errors(&server, "stopped: cannot accept clients: Invalid argument") == 1);
    cr_expect(count_errors(&server, "server_fork") == 1);
    peer_close(&peer);
    process_free(&server.process);
    free(server.ready);
}

/* True if the server's program has accepted a connection: to the kernel's own list it is a file
 * then, and has a number as such. */
static bool has_accepted(const struct server *s)
{
    FILE *list = fopen("/proc/net/tcp", "re");
    cr_assert(list != NULL, "%m");
    char line[512];
    unsigned port, state;
    unsigned long inode;
    bool found = false;
    enum { ESTABLISHED = 1 };
    while (fgets(line, sizeof line, list) != NULL)
        found |= sscanf(line, " %*d: %*x:%x %*x:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", &port,
                        &state, &inode) == 3 &&
                 port == s->port && state == ESTABLISHED && inode != 0;
    fclose(list);
    return found;
}

static bool is_asleep(pid_t pid)
{
    char path[32], state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(path, "r");
    if (stat == NULL)
        return false;
    bool known = fscanf(stat, "%*d (%*[^)]) %c", &state) == 1;
    fclose(stat);
    return known && state == 'S';
}

/* Until each child waits: one that has no client can wait for nothing else. */
static void await_asleep(const struct server *s, const pid_t family[FAMILY])
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    for (int i = 1; i < FAMILY; i++)
        while (!is_asleep(family[i])) {
            cr_assert(clock_now_ns() < deadline_ns, "%s: a child does not wait", s->model->name);
            pause_ms();
        }
}

/* A client that was handed to a child, and not yet taken when that is killed, goes to another. */
MODEL_TEST(client_on_its_way_is_not_lost)
{
    if (strcmp(model->variant, "--accept=pass") != 0)
        cr_skip_test("%s hands nobody over", model->name);
    struct server server;
    struct peer peer;
    pid_t family[FAMILY];
    server_start(&server, model, (const char *[]){"--max-per-address=8", NULL});
    await_family(&server, family, 0);
    await_asleep(&server, family);
    struct census idle = process_census(&server.process);
    expect_all_serve(&server);
    process_await_census(&server.process, idle);
    await_asleep(&server, family); /* all have said that they are free */
    for (int i = 1; i < FAMILY; i++)
        kill(family[i], SIGSTOP);
    cr_assert(peer_connect(&peer, &server));
    peer_send_text(&peer, "PING\r\n");
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (!has_accepted(&server) && clock_now_ns() < deadline_ns)
        pause_ms();
    cr_expect(has_accepted(&server));
    for (int i = 1; i < FAMILY; i++)
        kill(family[i], SIGKILL);
    cr_expect(peer_await_length(&peer, strlen("+PONG\r\n")));
    await_connected(&peer, 1);
    peer_close(&peer);
    process_await_census(&server.process, idle);
    expect_all_serve(&server); /* whom that address had is counted no longer */
    cr_expect(count_errors(&server, "client is lost") == 0);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_killed", SERVER_WORKERS);
    expect_number(served, "connections", 2 * SERVER_WORKERS + 1);
    free(served);
}

/* ---- how many descriptors it may have ---- */

/* All that it has said by the time it is ready. */
static void expect_said(const struct server *s, const char *expected)
{
    char *errors = process_errors(&s->process);
    cr_expect_str_eq(errors, expected, "%s: \"%s\"", s->model->name, errors);
    free(errors);
}

/* Those of the lines to the children, where there are such, are wanted beside the clients' own and
 * the 32 that every server has: the limit is raised to that. Where it cannot be, fewer clients may
 * come. */
MODEL_TEST(limit_of_descriptors_fits)
{
    enum { SPARE = 32, CLIENTS = 100, SOFT = 64, HARD = 110 };
    bool passes = strcmp(model->variant, "--accept=pass") == 0;
    int reserve = SPARE + (passes ? 2 * SERVER_WORKERS : 0);
    struct server server;
    struct rlimit before, limit;
    char told[128];
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = (struct rlimit){.rlim_cur = SOFT, .rlim_max = before.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0, "%m");
    server_start(&server, model, (const char *[]){"--max-clients=100", NULL});
    cr_assert_eq(prlimit(server.process.pid, RLIMIT_NOFILE, NULL, &limit), 0, "%m");
    cr_expect_eq(limit.rlim_cur, (rlim_t)(CLIENTS + reserve), "%s: raised to %ju", model->name,
                 (uintmax_t)limit.rlim_cur);
    expect_said(&server, "");
    free(server_stop(&server, SIGTERM));

    limit = (struct rlimit){.rlim_cur = SOFT, .rlim_max = HARD};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0, "%m");
    server_start(&server, model, (const char *[]){"--max-clients=100", NULL});
    snprintf(told, sizeof told,
             "server_fork: only %d clients at once: the limit of open files is %d\n",
             HARD - reserve, HARD);
    expect_said(&server, told);
    expect_all_serve(&server);
    free(server_stop(&server, SIGTERM));
}
