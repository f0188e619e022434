/* Faults 18 and 19: more clients than are let in.
 *
 * 18  The accept queue is full: the kernel lets two in where the backlog is 1, and the others try
 *     again. When the server comes to it they are served; if it is told to end first, those in the
 *     queue are answered, and the others refused by the kernel; if it is killed, all see that.
 * 19  More clients than --max-clients: one line and the end for each, counted, and nothing for the
 *     others. A place is free when whoever served has ended with it, not when the client has. The
 *     same with --max-per-address, for one address alone; and a process that is killed gives back
 *     what it had. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "process_state.h"

static void expect_number(const char *line, const char *key, double value)
{
    cr_expect(field_number(line, key) == value, "%s is not %.0f in: %s", key, value, line);
}

/* ---- 18: a full queue ---- */

enum { COMERS = 6, QUEUED = 2, MOST_PROCESSES = 64 };

/* All of it stands still, and accepts nobody. Of the head, which may have threads, the kernel tells
 * when the last of them does. */
static void stop(const struct server *s)
{
    pid_t members[MOST_PROCESSES];
    siginfo_t info;
    kill(-s->process.pid, SIGSTOP);
    cr_assert_eq(waitid(P_PID, (id_t)s->process.pid, &info, WSTOPPED | WNOWAIT), 0, "%m");
    size_t count = process_members(&s->process, members, MOST_PROCESSES);
    cr_assert(count <= MOST_PROCESSES);
    for (size_t i = 1; i < count; i++)
        while (process_state(members[i]) != 'T')
            pause_ms();
}

/* Asks the kernel for a connection, and does not wait for it. */
static void come(struct peer *p, const struct server *s)
{
    *p = (struct peer){
        .fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    cr_assert(p->fd >= 0, "%m");
    cr_assert(connect(p->fd, (const struct sockaddr *)&s->address, s->address_length) == 0 ||
                  errno == EINPROGRESS,
              "%m");
}

/* Asks if it is connected by now. True if it has asked, or will never be connected. */
static bool ask_if_connected(struct peer *p)
{
    int failure = 0;
    socklen_t length = sizeof failure;
    if (poll(&(struct pollfd){.fd = p->fd, .events = POLLOUT}, 1, 0) == 0)
        return false;
    getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &failure, &length);
    if (failure != 0) {
        p->state = PEER_RESET;
    } else {
        peer_send_text(p, "INCR n\r\n");
        peer_half_close(p);
    }
    return true;
}

/* Starts with a backlog of 1, stops it, and lets them come: the first QUEUED are connected and have
 * asked; of the others the kernel drops the SYN, without a word. */
static void fill_queue(struct server *s, const struct server_model *model, struct peer *peers,
                       struct fault_base *base)
{
    enum { SILENCE_MS = 100 };
    server_start(s, model, (const char *[]){"--backlog=1", "--drain-timeout=10", NULL});
    *base = fault_base(s);
    stop(s);
    for (int i = 0; i < COMERS; i++)
        come(&peers[i], s);
    for (int i = 0; i < QUEUED; i++)
        cr_assert(ask_if_connected(&peers[i]), "%s: client %d waits", model->name, i);
    struct pollfd late = {.fd = peers[QUEUED].fd, .events = POLLOUT};
    cr_assert(poll(&late, 1, SILENCE_MS) == 0, "%s: the queue is longer", model->name);
}

/* Until each has asked or been refused. */
static void await_all(const struct server *s, struct peer *peers)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    bool done[COMERS] = {true, true};
    for (int left = COMERS - QUEUED; left > 0; pause_ms()) {
        for (int i = QUEUED; i < COMERS; i++)
            if (!done[i] && (done[i] = ask_if_connected(&peers[i])))
                left--;
        cr_assert(clock_now_ns() < deadline_ns, "%s: %d are never let in", s->model->name, left);
    }
}

/* True for one whole reply and the end in order; else nothing at all may have come. */
static bool is_answered(const struct server_model *model, struct peer *p)
{
    bool ended = p->state == PEER_OPEN && peer_await_end(p);
    bool answered = ended && p->length == strlen(":1\r\n") && *p->in == ':';
    cr_expect(answered || (p->length == 0 && p->state == PEER_RESET), "%s: state %d, \"%.*s\"",
              model->name, (int)p->state, (int)p->length, p->in);
    peer_close(p);
    return answered;
}

static int count_answered(const struct server_model *model, struct peer *peers, int count)
{
    int answered = 0;
    for (int i = 0; i < count; i++)
        answered += is_answered(model, &peers[i]);
    return answered;
}

/* They have waited, each as long as the kernel lets pass between two attempts. All try again at the
 * same moment, so one may be let in by a SYN cookie and find the queue full once more: the kernel
 * resets it, and nothing of it is done. */
FAULT_TEST(faults_admission, fault_18_full_queue, FAULT_ALL)
{
    struct server server;
    struct peer peers[COMERS], last;
    struct fault_base base;
    char counter[16];
    fill_queue(&server, model, peers, &base);
    server_go_on(&server);
    await_all(&server, peers);
    int answered = count_answered(model, peers, COMERS);
    cr_expect(answered >= 2 * QUEUED, "%s: only %d are answered", model->name, answered);
    snprintf(counter, sizeof counter, "$1\r\n%d\r\n", answered);
    fault_connect(&last, &server);
    cr_expect(peer_ask(&last, "GET n\r\n", counter), "%s: %d answered, counted \"%.*s\"",
              model->name, answered, (int)last.length, last.in);
    peer_close(&last);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "rejected", 0);
    expect_number(served, "resets", 0);
    free(served);
}

/* Who comes for the last time when the listener is closed is refused by the kernel. */
FAULT_TEST(faults_admission, fault_18_told_to_end_with_a_full_queue, FAULT_ALL)
{
    struct server server;
    struct peer peers[COMERS];
    struct fault_base base;
    fill_queue(&server, model, peers, &base);
    double before = (double)server_serves_many(model) * SERVER_WORKERS;
    kill(server.process.pid, SIGTERM);
    server_go_on(&server);
    cr_expect_eq(count_answered(model, peers, QUEUED), QUEUED, "%s", model->name);
    await_all(&server, peers);
    int answered = QUEUED + count_answered(model, peers + QUEUED, COMERS - QUEUED);
    char *served = server_stop(&server, 0);
    cr_expect(field_number(served, "connections") >= before + answered, "%s", served);
    free(served);
}

/* Nobody accepts them ever: the kernel tells those in the queue too. */
FAULT_TEST(faults_admission, fault_18_killed_with_a_full_queue, FAULT_ALL)
{
    static char folder[] = "/tmp/faults-admission-XXXXXX";
    struct server server;
    struct peer peers[COMERS];
    struct fault_base base;
    cr_assert(mkdtemp(folder) != NULL && setenv("TMPDIR", folder, 1) == 0);
    fill_queue(&server, model, peers, &base);
    kill(-server.process.pid, SIGKILL);
    for (int i = 0; i < QUEUED; i++)
        cr_expect(!peer_await_end(&peers[i]) && peers[i].state == PEER_RESET, "%s: client %d",
                  model->name, i);
    await_all(&server, peers);
    cr_expect_eq(count_answered(model, peers, COMERS), 0, "%s", model->name);
    while (waitpid(-1, NULL, 0) > 0) /* children of it, which it has not reaped, too */
        ;
    process_free(&server.process);
    free(server.ready);
    /* Of a server that is killed the folder with its data stays. */
    struct outcome o = process_run((const char *[]){"rm", "-r", folder, NULL});
    cr_expect_eq(o.status, 0, "%s", o.err);
    outcome_free(&o);
}

/* ---- 19: the limit ---- */

enum { MOST_CLIENTS = SERVER_WORKERS, TOO_MANY = 5, SLEEP_MS = 1000 };

/* True if a client that has just connected is served; else it is told why not, and sees the end in
 * order. It leaves. */
static bool is_served(const struct server *s, struct peer *p, const char *refusal)
{
    peer_half_close(p);
    bool ended = peer_await_end(p);
    bool refused = p->length == strlen(refusal) && memcmp(p->in, refusal, p->length) == 0;
    cr_expect(ended && (refused || p->length == 0), "%s: state %d, \"%.*s\"", s->model->name,
              (int)p->state, (int)p->length, p->in);
    peer_close(p);
    return !refused;
}

static bool is_let_in(const struct server *s)
{
    struct peer p;
    fault_connect(&p, s);
    return is_served(s, &p, "-ERR max number of clients reached\r\n");
}

/* A client has gone, but its request is still at work: the place is not free. Returns how many were
 * refused meanwhile. */
static int leave_work_behind(const struct server *s, struct peer *leaver)
{
    int refused = 0;
    int64_t start_ns = clock_now_ns();
    peer_send_text(leaver, "SLEEP 1000000\r\n");
    peer_await_taken(leaver);
    peer_close(leaver);
    for (; !is_let_in(s); refused++, pause_ms())
        cr_assert(clock_now_ns() - start_ns < PATIENCE_S * CLOCK_S, "%s: it is never free",
                  s->model->name);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms >= SLEEP_MS, "%s: the place was free after %d ms", s->model->name,
              (int)took_ms);
    return refused;
}

FAULT_TEST(faults_admission, fault_19_more_clients_than_may_be, FAULT_ALL)
{
    struct server server;
    struct peer peers[MOST_CLIENTS];
    char limit[32];
    if (!server_serves_many(model))
        cr_skip_test("%s has one client at a time; the others wait", model->name);
    snprintf(limit, sizeof limit, "--max-clients=%d", MOST_CLIENTS);
    server_start_for(&server, model, MOST_CLIENTS + TOO_MANY, (const char *[]){limit, NULL});
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < MOST_CLIENTS; i++) {
        fault_connect(&peers[i], &server);
        cr_assert(peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"), "%s: client %d", model->name, i);
    }
    int refused = TOO_MANY;
    for (int i = 0; i < TOO_MANY; i++)
        cr_expect(!is_let_in(&server), "%s: one too many is let in", model->name);
    cr_expect_eq(fault_info(&peers[0], "rejected_connections"), TOO_MANY);
    cr_expect_eq(fault_info(&peers[0], "connected_clients"), MOST_CLIENTS);
    for (int i = 0; i < MOST_CLIENTS; i++)
        cr_expect(peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"), "%s: client %d", model->name, i);
    if (server_works_on_many(model))
        refused += leave_work_behind(&server, &peers[0]);
    else
        peer_close(&peers[0]);
    for (int i = 1; i < MOST_CLIENTS; i++)
        peer_close(&peers[i]);
    process_await_census(&server.process, base.census); /* then one more may come in */
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "rejected", refused);
    expect_number(served, "peak_clients", MOST_CLIENTS);
    free(served);
}

/* All who may accept do so at the same moment: nobody slips in between the look and the count. */
FAULT_TEST(faults_admission, fault_19_all_at_once, FAULT_ALL)
{
    enum { ALL = MOST_CLIENTS + TOO_MANY };
    struct server server;
    struct peer peers[ALL];
    char limit[32];
    int served = 0;
    if (!server_serves_many(model))
        cr_skip_test("%s has one client at a time; the others wait", model->name);
    snprintf(limit, sizeof limit, "--max-clients=%d", MOST_CLIENTS);
    server_start_for(&server, model, ALL, (const char *[]){limit, NULL});
    struct fault_base base = fault_base(&server);
    stop(&server);
    for (int i = 0; i < ALL; i++)
        fault_connect(&peers[i], &server);
    server_go_on(&server);
    for (int i = 0; i < ALL; i++) {
        served += peer_ask(&peers[i], "PING\r\n", "+PONG\r\n");
        cr_expect(peers[i].length > 0, "%s: client %d: state %d", model->name, i,
                  (int)peers[i].state);
    }
    cr_expect_eq(served, MOST_CLIENTS, "%s: %d of %d are served", model->name, served, (int)ALL);
    for (int i = 0; i < ALL; i++)
        peer_close(&peers[i]);
    process_await_census(&server.process, base.census); /* then one more may come in */
    fault_expect_clean(&server, base);
    char *line = server_stop(&server, SIGTERM);
    expect_number(line, "rejected", TOO_MANY);
    expect_number(line, "peak_clients", MOST_CLIENTS);
    free(line);
}

/* ---- 19: the limit of one address ---- */

enum { MOST_OF_ONE = 3, ALL_OF_ONE = 2 * SERVER_WORKERS };

/* From an address of this machine's. */
static void come_from(struct peer *p, const struct server *s, const char *host)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    cr_assert(inet_pton(AF_INET, host, &from.sin_addr) == 1);
    *p = (struct peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    cr_assert(p->fd >= 0 && bind(p->fd, (const struct sockaddr *)&from, sizeof from) == 0 &&
                  connect(p->fd, (const struct sockaddr *)&s->address, s->address_length) == 0,
              "%m");
}

static bool is_let_in_from(const struct server *s, const char *host)
{
    struct peer p;
    come_from(&p, s, host);
    return is_served(s, &p, "-ERR max number of clients from this address reached\r\n");
}

/* So many as there may be from 127.0.0.1, each served, and no more; from elsewhere there may. */
static void fill_address(const struct server *s, struct peer peers[MOST_OF_ONE])
{
    for (int i = 0; i < MOST_OF_ONE; i++) {
        fault_connect(&peers[i], s);
        cr_assert(peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"), "%s: client %d: \"%.*s\"",
                  s->model->name, i, (int)peers[i].length, peers[i].in);
    }
    cr_expect(!is_let_in_from(s, "127.0.0.1"), "%s: one too many is let in", s->model->name);
    cr_expect(is_let_in_from(s, "127.0.0.2"), "%s: another's address counts", s->model->name);
}

static void start_with_limit(struct server *s, const struct server_model *model)
{
    if (!server_serves_many(model))
        cr_skip_test("%s has one client at a time; the others wait", model->name);
    server_start_for(s, model, ALL_OF_ONE,
                     (const char *[]){"--max-per-address=3", "--max-clients=100", NULL});
}

/* Until all others have left and given back their places, or were reaped: somebody from elsewhere
 * asks. */
static void await_places(const struct server *s)
{
    struct peer p;
    come_from(&p, s, "127.0.0.3");
    fault_await_alone(&p, s);
    peer_close(&p);
}

static struct fault_base base_of_one_address(const struct server *s)
{
    struct fault_base base = fault_base_for(s, MOST_OF_ONE);
    await_places(s);
    return base;
}

static void expect_clean_with_limit(const struct server *s, struct fault_base base)
{
    await_places(s);
    fault_expect_clean(s, base);
}

/* Twice: who has left has given its place back. */
FAULT_TEST(faults_admission, fault_19_clients_of_one_address, FAULT_ALL)
{
    enum { TIMES = 2, BEFORE = MOST_OF_ONE + 1, EACH_TIME = MOST_OF_ONE + 2, AFTERWARDS = 3 };
    struct server server;
    struct peer peers[MOST_OF_ONE];
    start_with_limit(&server, model);
    struct fault_base base = base_of_one_address(&server);
    for (int time = 0; time < TIMES; time++) {
        fill_address(&server, peers);
        for (int i = 0; i < MOST_OF_ONE; i++)
            i == 0 ? peer_break(&peers[i]) : peer_close(&peers[i]);
        await_places(&server);
    }
    expect_clean_with_limit(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "rejected", TIMES);
    expect_number(served, "connections", BEFORE + TIMES * EACH_TIME + AFTERWARDS);
    free(served);
}

/* Everybody who serves a client is killed, or kills himself, and each has given its place back. */
FAULT_TEST(faults_admission, fault_19_killed_with_a_client_of_one_address, FAULT_PROCESSES)
{
    struct server server;
    struct peer peers[MOST_OF_ONE];
    start_with_limit(&server, model);
    struct fault_base base = base_of_one_address(&server);
    for (int time = 0; time < 3; time++) {
        fill_address(&server, peers);
        for (int i = 0; i < MOST_OF_ONE; i++)
            kill((pid_t)fault_info(&peers[i], "handler_process_id"), SIGKILL);
        for (int i = 0; i < MOST_OF_ONE; i++) {
            cr_expect(!peer_await_end(&peers[i]) || peers[i].state == PEER_ENDED);
            peer_close(&peers[i]);
        }
        await_places(&server);
    }
    fill_address(&server, peers);
    for (int i = 0; i < MOST_OF_ONE; i++)
        peer_close(&peers[i]);
    expect_clean_with_limit(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_killed", 3 * MOST_OF_ONE);
    expect_number(served, "rejected", 4);
    free(served);
}

/* All who may accept do so at the same moment. */
FAULT_TEST(faults_admission, fault_19_all_of_one_address_at_once, FAULT_ALL)
{
    struct server server;
    struct peer peers[ALL_OF_ONE];
    int served = 0;
    start_with_limit(&server, model);
    struct fault_base base = base_of_one_address(&server);
    stop(&server);
    for (int i = 0; i < ALL_OF_ONE; i++)
        fault_connect(&peers[i], &server);
    server_go_on(&server);
    for (int i = 0; i < ALL_OF_ONE; i++)
        served += peer_ask(&peers[i], "PING\r\n", "+PONG\r\n");
    cr_expect_eq(served, MOST_OF_ONE, "%s: %d are served", model->name, served);
    for (int i = 0; i < ALL_OF_ONE; i++)
        peer_close(&peers[i]);
    expect_clean_with_limit(&server, base);
    char *line = server_stop(&server, SIGTERM);
    expect_number(line, "rejected", ALL_OF_ONE - MOST_OF_ONE);
    free(line);
}
