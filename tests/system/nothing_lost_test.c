/* The invariants on the real servers: in peace, when the process of a client is killed or fails,
 * and when the server is told to end in the middle of a load. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "invariants.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(nothing_lost, NAME)                                                \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, nothing_lost, NAME, .timeout = 120)

enum { CLIENTS = 6, BATCHES = 100, PATIENCE_MS = PATIENCE_S * 1000, ENOUGH_REPLIES = 3000 };

/* ---- a folder for the data of a server that ends, and of the one after it ---- */

static char folder[] = "/tmp/nothing-lost-XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0}); /* servers inherit it */
}

static void remove_folder(void)
{
    static const char *const files[] = {"/data.mdb", "/lock.mdb", ""};
    char path[128];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/data%s", folder, files[i]);
        remove(path);
    }
    cr_expect_eq(rmdir(folder), 0, "something is left in %s: %m", folder);
}

TestSuite(nothing_lost, .init = make_folder, .fini = remove_folder);

/* With a thread or process for each client, and few more: no model has to say how many it can. */
static void start(struct server *s, const struct server_model *model)
{
    char data[64];
    snprintf(data, sizeof data, "--data=%s/data", folder);
    server_start_for(s, model, CLIENTS + 2,
                     (const char *[]){data, "--max-clients=100", "--drain-timeout=10", NULL});
}

/* ---- clients ---- */

struct crowd {
    struct history_plan plan;
    struct history_client clients[CLIENTS];
    struct history histories[CLIENTS];
};

static void let_come(struct crowd *c, const struct server *s, int batches)
{
    c->plan = (struct history_plan){.server = s, .batches = batches, .patience_ms = PATIENCE_MS};
    for (int i = 0; i < CLIENTS; i++)
        cr_assert(history_begin(&c->clients[i], i, &c->plan), "%s: %m", s->model->name);
}

static void await_replies(struct crowd *c, long replies)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (atomic_load(&c->plan.replies) < replies) {
        cr_assert(clock_now_ns() < deadline_ns, "only %ld replies", atomic_load(&c->plan.replies));
        pause_ms();
    }
}

static void await_one(struct crowd *c, int i)
{
    history_await(&c->clients[i]);
    c->histories[i] = c->clients[i].history;
}

static void await_all(struct crowd *c)
{
    for (int i = 0; i < CLIENTS; i++)
        await_one(c, i);
}

static void forget(struct crowd *c)
{
    for (int i = 0; i < CLIENTS; i++)
        history_free(&c->histories[i]);
}

/* ---- what others are told afterwards ---- */

/* The reply to one line and an ECHO behind it, to be freed. */
static char *ask(const struct server *s, const char *line)
{
    struct peer p;
    cr_assert(peer_connect(&p, s), "%s: %m", s->model->name);
    peer_send_text(&p, line);
    peer_send_text(&p, "\r\nECHO done\r\n");
    cr_assert(peer_await_ending(&p, "$4\r\ndone\r\n", 10), "%s: \"%.*s\"", s->model->name,
              (int)p.length, p.in);
    char *text = strndup(p.in, p.length - 10);
    peer_close(&p);
    return text;
}

static int64_t counter_of(const struct server *s)
{
    char *reply = ask(s, "GET n"), *number = strstr(reply, "\r\n");
    int64_t value = strtoll(number, NULL, 10); /* strtoll passes over blanks; null has no number */
    free(reply);
    return value;
}

/* A new client is served within a second, also by what others had a share in. */
static void expect_fresh_increment(const struct server *s)
{
    int64_t start_ns = clock_now_ns();
    char *reply = ask(s, "INCR n");
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(*reply == ':' && took_ms < 1000, "%s: %s after %d ms", s->model->name, reply,
              (int)took_ms);
    free(reply);
}

static void expect_none(const struct server_model *model, const struct findings *f)
{
    cr_expect(f->count == 0, "%s: %d findings:\n%s", model->name, f->count, f->text);
}

/* What holds whatever has happened; `cut` are clients whose connection did not end in order. */
static void judge(struct findings *f, const struct crowd *c, int64_t final, const int *cut)
{
    invariants_counter(f, c->histories, CLIENTS, final);
    invariants_distinct(f, c->histories, CLIENTS, final);
    invariants_order(f, c->histories, CLIENTS);
    invariants_replies(f, c->histories, CLIENTS, cut);
}

/* ---- in peace ---- */

/* Of a child that has served its last client the parent hears a little later. */
static void expect_account(const struct server *s, const struct crowd *c, const char *before,
                           int askers)
{
    struct findings f;
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    do {
        char *after = ask(s, "INFO");
        f = (struct findings){0};
        invariants_account(&f, c->histories, CLIENTS, before, after, ++askers);
        free(after);
    } while (f.count > 0 && clock_now_ns() < deadline_ns);
    expect_none(s->model, &f);
}

MODEL_TEST(calm)
{
    struct server server;
    struct crowd crowd;
    struct findings f = {0};
    start(&server, model);
    char *before = ask(&server, "INFO");
    let_come(&crowd, &server, BATCHES);
    await_all(&crowd);
    int64_t final = counter_of(&server);
    judge(&f, &crowd, final, NULL);
    invariants_isolation(&f, crowd.histories, CLIENTS, NULL);
    expect_none(model, &f);
    cr_expect_eq(final, CLIENTS * BATCHES);
    expect_account(&server, &crowd, before, 1);
    free(before);
    forget(&crowd);
    free(server_stop(&server, SIGTERM));
}

/* ---- killed, and failing ---- */

/* The process that serves the first client, told by itself. */
static pid_t handler_of_first(struct crowd *c, const struct server *s)
{
    struct peer *p = &c->clients[0].peer;
    c->plan = (struct history_plan){.server = s, .patience_ms = PATIENCE_MS};
    cr_assert(peer_connect(p, s), "%m");
    peer_send_text(p, "INFO server\r\nECHO done\r\n");
    cr_assert(peer_await_ending(p, "$4\r\ndone\r\n", 10));
    const char *at = memmem(p->in, p->length, "\nhandler_process_id:", 20);
    cr_assert_not_null(at);
    return (pid_t)strtol(at + 20, NULL, 10);
}

/* While all clients are at work, the process of one of them ends by a signal. If it is its own, the
 * others notice nothing. If it is that of all, everyone's connection ends; and what was
 * acknowledged is there when the server is started again. */
static void end_handler(const struct server_model *model, int signal_number)
{
    static const int first[] = {0, -1}, all[] = {0, 1, 2, 3, 4, 5, -1};
    struct server server;
    struct crowd crowd;
    struct findings f = {0};
    start(&server, model);
    pid_t handler = handler_of_first(&crowd, &server);
    bool is_alone = handler != server.process.pid;
    cr_assert(history_go_on(&crowd.clients[0], 0, &crowd.plan));
    for (int i = 1; i < CLIENTS; i++)
        cr_assert(history_begin(&crowd.clients[i], i, &crowd.plan), "%m");
    await_replies(&crowd, ENOUGH_REPLIES);
    kill(handler, signal_number);
    await_one(&crowd, 0); /* before the others are told that it is over */
    if (is_alone) {
        await_replies(&crowd, 2 * ENOUGH_REPLIES);
        atomic_store(&crowd.plan.over, true);
    }
    for (int i = 1; i < CLIENTS; i++)
        await_one(&crowd, i);
    if (!is_alone) {
        cr_expect_eq(process_exit_status(process_wait(&server.process)), 128 + signal_number);
        process_free(&server.process);
        free(server.ready);
        start(&server, model);
    }
    judge(&f, &crowd, counter_of(&server), is_alone ? first : all);
    invariants_isolation(&f, crowd.histories, CLIENTS, is_alone ? first : all);
    expect_none(model, &f);
    cr_expect(crowd.histories[0].end == HISTORY_ENDED || crowd.histories[0].end == HISTORY_BROKEN,
              "%s: the client of the process that ended goes on", model->name);
    expect_fresh_increment(&server);
    forget(&crowd);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "children_killed") == is_alone, "%s", served);
    free(served);
}

MODEL_TEST(fault_05_killed)
{
    end_handler(model, SIGKILL);
}

/* Not SIGSEGV, which a sanitizer would take for itself: the way to the end is the same. */
MODEL_TEST(fault_06_failed)
{
    end_handler(model, SIGABRT);
}

/* ---- told to end ---- */

MODEL_TEST(fault_15_told_to_end)
{
    struct server server;
    struct crowd crowd;
    struct findings f = {0};
    start(&server, model);
    let_come(&crowd, &server, 0);
    await_replies(&crowd, ENOUGH_REPLIES);
    free(server_stop(&server, SIGTERM));
    await_all(&crowd);
    start(&server, model);
    int64_t final = counter_of(&server);
    judge(&f, &crowd, final, NULL);
    invariants_drain(&f, crowd.histories, CLIENTS, final);
    expect_none(model, &f);
    forget(&crowd);
    free(server_stop(&server, SIGTERM));
}

/* ---- clients that take turns, and do not leave ---- */

enum { IN_TURN = 12, IN_EACH = 5, WORKERS = 2, DRAIN_S = 3 };

/* Each worker has one client, or the only one has; the others wait for their turn. None reads or
 * closes before the server is gone: those before it must not use up the time of the last. */
MODEL_TEST(who_does_not_leave_keeps_no_reply_from_others)
{
    static const char replies[] = "$1\r\nx\r\n$1\r\nx\r\n$1\r\nx\r\n$1\r\nx\r\n$1\r\nx\r\n";
    struct server server;
    struct peer peers[IN_TURN];
    char drain[32];
    snprintf(drain, sizeof drain, "--drain-timeout=%ds", DRAIN_S);
    server_start_for(&server, model, WORKERS, (const char *[]){drain, NULL});
    for (int i = 0; i < IN_TURN; i++) {
        cr_assert(peer_connect(&peers[i], &server), "%m");
        for (int n = 0; n < IN_EACH; n++)
            peer_send_text(&peers[i], "ECHO x\r\n");
    }
    int64_t start_ns = clock_now_ns();
    char *served = server_stop(&server, SIGTERM);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < DRAIN_S * 1000, "%s took %d ms", model->name, (int)took_ms);
    cr_expect(field_number(served, "commands") == IN_TURN * IN_EACH, "%s: %s", model->name, served);
    for (int i = 0; i < IN_TURN; i++) {
        cr_expect(peer_await_end(&peers[i]) && peers[i].length == sizeof replies - 1 &&
                      memcmp(peers[i].in, replies, sizeof replies - 1) == 0,
                  "%s: client %d: state %d, \"%.*s\"", model->name, i, (int)peers[i].state,
                  (int)peers[i].length, peers[i].in);
        peer_close(&peers[i]);
    }
    free(served);
}

/* ---- 400 requests in flight ---- */

enum { ASKERS = 20, IN_FLIGHT = 20, ALL_IN_FLIGHT = ASKERS * IN_FLIGHT };

/* While the server does not look, each client sends its requests; the first thing that it then sees
 * is the signal. Returns how many replies come. *broken: how many connections do not end in order.
 */
static int answered_at_the_end(struct server *s, int *broken)
{
    struct peer peers[ASKERS];
    int replies = 0;
    for (int i = 0; i < ASKERS; i++)
        cr_assert(peer_connect(&peers[i], s), "%m");
    kill(-s->process.pid, SIGSTOP);
    for (int i = 0; i < ASKERS * IN_FLIGHT; i++)
        peer_send_text(&peers[i / IN_FLIGHT], "INCR n\r\n");
    kill(s->process.pid, SIGTERM);
    server_go_on(s);
    *broken = 0;
    for (int i = 0; i < ASKERS; i++) {
        *broken += !peer_await_end(&peers[i]) ||
                   (peers[i].length > 0 && peers[i].in[peers[i].length - 1] != '\n');
        for (size_t at = 0; at < peers[i].length; at++)
            replies += peers[i].in[at] == '\n';
        peer_close(&peers[i]);
    }
    return replies;
}

MODEL_TEST(what_is_in_flight_is_answered)
{
    struct server server;
    int broken;
    start(&server, model);
    int replies = answered_at_the_end(&server, &broken);
    char *served = server_stop(&server, 0);
    cr_expect(replies == ALL_IN_FLIGHT && broken == 0, "%s: %d of %d answered, %d broken; %s",
              model->name, replies, (int)ALL_IN_FLIGHT, broken, served);
    cr_expect_eq(field_number(served, "commands"), ALL_IN_FLIGHT);
    free(served);
    start(&server, model);
    cr_expect_eq(counter_of(&server), ALL_IN_FLIGHT);
    free(server_stop(&server, SIGTERM));
}

/* That this can be seen: redis-server answers none, unless it looks at its clients just before it
 * looks at the signal. */
Test(nothing_lost, what_is_in_flight_is_lost_by_redis, .timeout = 60)
{
    enum { TRIALS = 10 };
    struct server redis;
    int broken, replies = ALL_IN_FLIGHT;
    if (!program_exists("redis-server")) {
        remove_folder(); /* a skipped test is not finished */
        cr_skip_test("redis-server is not installed");
    }
    for (int i = 0; i < TRIALS && replies == ALL_IN_FLIGHT; i++) {
        server_start_redis(&redis);
        replies = answered_at_the_end(&redis, &broken);
        server_stop_redis(&redis);
    }
    cr_expect(replies < ALL_IN_FLIGHT, "%d answered, each time", replies);
}
