/* Faults 23 and 29: little memory, and many clients.
 *
 * 23  Memory is not taken on the word of a header; whose request or reply is too large for the
 *     memory there is hears so and loses its connection, and the others nothing.
 * 29  Ten thousand idle clients beside active ones, for models that can have them: each is served,
 *     or refused when the limit is reached; afterwards nothing is left. Where one or a few are
 *     served at a time, the others wait: those who leave cost nothing, those who ask are answered.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"

/* ---- 23: little memory ---- */

/* So much more address space than each process of the server has now; what it was, to give back. A
 * sanitizer reserves terabytes, and is not limited. */
static rlim_t limit_memory(const struct server *s, rlim_t more_bytes)
{
    long pages = 0;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)s->process.pid);
    FILE *file = fopen(path, "re");
    cr_assert(file != NULL && fscanf(file, "%ld", &pages) == 1, "%s", path);
    fclose(file);
    if (SANITIZED)
        return RLIM_INFINITY;
    return fault_limit(s, RLIMIT_AS, (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + more_bytes);
}

static void free_memory(const struct server *s, rlim_t before)
{
    if (!SANITIZED)
        fault_limit(s, RLIMIT_AS, before);
}

enum { PEERS = 100, MOST_KB_EACH = 256, SENT_BYTES = 1000, ROOM_BYTES = 64 << 20 };

/* They are served, and stay. */
static void let_in(const struct server *s, struct peer *peers, int count)
{
    for (int i = 0; i < count; i++) {
        fault_connect(&peers[i], s);
        cr_assert(peer_ask(&peers[i], "EXISTS k\r\nPING\r\n", ":0\r\n+PONG\r\n"), "%s: client %d",
                  s->model->name, i);
        peer_forget(&peers[i]);
    }
}

static void let_go(struct peer *peers, int count)
{
    for (int i = 0; i < count; i++)
        peer_close(&peers[i]);
}

/* Each announces 512 MiB, of which little comes. Returns by how many KiB the server grows. */
static int64_t announce(const struct server *s, struct peer *peers, int count)
{
    static const char header[] = "*2\r\n$4\r\nECHO\r\n$536870912\r\n";
    char bytes[SENT_BYTES];
    int64_t before_kb = process_memory_kb(&s->process);
    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < count; i++) {
        peer_send(&peers[i], header, sizeof header - 1);
        peer_send(&peers[i], bytes, sizeof bytes);
    }
    for (int i = 0; i < count; i++)
        cr_expect(peer_await_taken(&peers[i]) && peers[i].length == 0, "%s: client %d is told %.*s",
                  s->model->name, i, (int)peers[i].length, peers[i].in);
    return process_memory_kb(&s->process) - before_kb;
}

/* As many at once as can be. What each of many workers takes at first it has taken before. */
FAULT_TEST(faults_limits, fault_23_announced_memory_is_not_taken, FAULT_ALL)
{
    static struct peer peers[PEERS];
    struct server server;
    int at_once = server_serves_many(model) ? PEERS : 1;
    server_start_for(&server, model, PEERS, (const char *[]){"--max-request=1g", NULL});
    let_in(&server, peers, at_once);
    let_go(peers, at_once);
    struct fault_base base = fault_base(&server);
    let_in(&server, peers, at_once);
    rlim_t before = limit_memory(&server, ROOM_BYTES);
    int64_t held_kb = announce(&server, peers, at_once);
    cr_expect(SANITIZED || held_kb < at_once * MOST_KB_EACH, "%s holds %d KiB for %d", model->name,
              (int)held_kb, at_once);
    peer_close(&peers[at_once - 1]);
    fault_expect_prompt_answer(&server); /* to one who comes instead */
    let_go(peers, at_once - 1);
    process_await_census(&server.process, base.census); /* nobody ends meanwhile */
    free_memory(&server, before);
    base.memory_kb += (int64_t)at_once * MOST_KB_EACH; /* a page or more of each of the workers */
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "out_of_memory") == 0, "%s", served);
    free(served);
}

/* It hears of it, behind the replies before, and so does, once, whoever started the server. */
static void expect_told(const struct server *s, struct peer *p, const char *replies)
{
    static const char message[] = ": no memory for a client: it is cut off\n";
    cr_expect(peer_await_end(p) && p->length == strlen(replies) &&
                  memcmp(p->in, replies, p->length) == 0,
              "%s: state %d, \"%.*s\"", s->model->name, (int)p->state, (int)p->length, p->in);
    process_await_error(&s->process, message);
    char *errors = process_errors(&s->process);
    cr_expect(strstr(strstr(errors, message) + 1, message) == NULL, "%s: %s", s->model->name,
              errors);
    free(errors);
    peer_close(p);
}

/* A reply for which there is none, behind one that is whole. */
FAULT_TEST(faults_limits, fault_23_reply_too_large_for_memory, FAULT_ALL)
{
    struct server server;
    struct peer glutton;
    if (SANITIZED)
        cr_skip_test("a sanitizer cannot live in a small address space");
    server_start(&server, model, (const char *[]){"--max-blob=1g", NULL});
    struct fault_base base = fault_base(&server);
    rlim_t before = limit_memory(&server, ROOM_BYTES);
    fault_connect(&glutton, &server);
    peer_send_text(&glutton, "ECHO x\r\nBLOB 500000000\r\nECHO y\r\n");
    expect_told(&server, &glutton, "$1\r\nx\r\n-ERR out of memory\r\n");
    fault_expect_prompt_answer(&server);
    process_await_census(&server.process, base.census); /* nobody ends meanwhile */
    free_memory(&server, before);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "out_of_memory") == 1, "%s", served);
    free(served);
}

/* It really sends more than there is memory for. */
FAULT_TEST(faults_limits, fault_23_request_too_large_for_memory, FAULT_ALL)
{
    enum { LARGE_BYTES = 400 << 20, PIECE_BYTES = 1 << 20 };
    static char piece[PIECE_BYTES];
    char header[64];
    struct server server;
    struct peer witness = {.fd = -1}, glutton;
    if (SANITIZED)
        cr_skip_test("a sanitizer cannot live in a small address space");
    memset(piece, 'x', sizeof piece);
    server_start(&server, model, (const char *[]){"--max-request=1g", NULL});
    struct fault_base base = fault_base(&server);
    if (server_serves_many(model))
        fault_connect(&witness, &server);
    rlim_t before = limit_memory(&server, ROOM_BYTES);
    fault_connect(&glutton, &server);
    snprintf(header, sizeof header, "*2\r\n$4\r\nECHO\r\n$%d\r\n", LARGE_BYTES);
    peer_send_text(&glutton, header);
    while (glutton.state == PEER_OPEN && glutton.sent < LARGE_BYTES) /* read and dropped at last */
        peer_send(&glutton, piece, sizeof piece);
    expect_told(&server, &glutton, "-ERR out of memory\r\n");
    if (server_serves_many(model)) {
        cr_expect(peer_ask(&witness, "PING\r\n", "+PONG\r\n"), "%s lost another", model->name);
        peer_close(&witness);
    }
    fault_expect_prompt_answer(&server);
    process_await_census(&server.process, base.census); /* nobody ends meanwhile */
    free_memory(&server, before);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "out_of_memory") == 1, "%s", served);
    cr_expect(field_number(served, "children_killed") == 0, "%s", served);
    free(served);
}

/* ---- 29: many clients ---- */

/* True of those that may have a client more without a worker more. */
static bool has_room(const struct server_model *model)
{
    return server_serves_many(model) && !model->has_workers;
}

/* Of those, who watch as many as they like. */
static struct criterion_test_params models_for_many(void)
{
    struct criterion_test_params all = server_model_parameters();
    struct server_model *models = all.params;
    size_t count = 0;
    for (size_t i = 0; i < all.length; i++)
        if (has_room(&models[i]) && strcmp(models[i].variant, "--poller=select") != 0)
            models[count++] = models[i];
    all.length = count;
    return all;
}

/* All others: one client at a time, or one a worker. */
static struct criterion_test_params models_that_let_wait(void)
{
    struct criterion_test_params all = server_model_parameters();
    struct server_model *models = all.params;
    size_t count = 0;
    for (size_t i = 0; i < all.length; i++)
        if (!has_room(&models[i]))
            models[count++] = models[i];
    all.length = count;
    return all;
}

enum {
    MOST_IDLE = 10000,
    ACTIVE = 20,
    REFUSED = 5,
    TROOP = 250, /* connect at a time: less than the accept queue is long */
    ROUNDS = 20,
    SPARE_DESCRIPTORS = 100,
    KEPT_KB = 16 << 10 /* stacks for threads to come, places in the list of a poller */
};

/* Of processes so many take a minute, and poll looks at them all for each that speaks:
 * slow.faults_limits has FAULT_MANY in its environment. */
static int how_many(const struct server_model *model)
{
    bool takes_long =
        fault_concerns(model, FAULT_PROCESSES) || strcmp(model->variant, "--poller=poll") == 0;
    if (SANITIZED)
        return 2 * TROOP;
    return takes_long && getenv("FAULT_MANY") == NULL ? 4 * TROOP : MOST_IDLE;
}

static void raise_descriptors(int clients)
{
    const rlim_t wanted = (rlim_t)(clients + ACTIVE + REFUSED + SPARE_DESCRIPTORS);
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < wanted)
        cr_skip_test("descriptors end at %d", (int)limit.rlim_max);
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void connect_troop(const struct server *s, struct peer troop[TROOP])
{
    for (int i = 0; i < TROOP; i++) {
        fault_connect(&troop[i], s);
        peer_send_text(&troop[i], "PING\r\n");
    }
    for (int i = 0; i < TROOP; i++) {
        cr_assert(peer_await_ending(&troop[i], "+PONG\r\n", 7), "%s: client %d", s->model->name, i);
        free(troop[i].in);
        troop[i].in = NULL;
        troop[i].length = troop[i].capacity = 0;
    }
}

static void expect_refusals(const struct server *s)
{
    static const char refusal[] = "-ERR max number of clients reached\r\n";
    struct peer p;
    for (int i = 0; i < REFUSED; i++) {
        fault_connect(&p, s);
        cr_expect(peer_await_end(&p) && p.length == sizeof refusal - 1 &&
                      memcmp(p.in, refusal, p.length) == 0,
                  "%s: \"%.*s\"", s->model->name, (int)p.length, p.in);
        peer_close(&p);
    }
}

static void expect_answers(struct peer active[ACTIVE])
{
    for (int i = 0; i < ACTIVE * ROUNDS; i++)
        cr_expect(peer_ask(&active[i % ACTIVE], "PING\r\nECHO x\r\n", "+PONG\r\n$1\r\nx\r\n"),
                  "client %d", i % ACTIVE);
}

static void break_all(struct peer *peers, int count)
{
    for (int i = 0; i < count; i++)
        peer_break(&peers[i]);
}

ParameterizedTestParameters(faults_limits, fault_29_many_idle_and_some_active)
{
    return models_for_many();
}

ParameterizedTest(struct server_model *model, faults_limits, fault_29_many_idle_and_some_active,
                  .timeout = 240)
{
    static struct peer idle[MOST_IDLE], active[ACTIVE];
    const int many = how_many(model);
    struct server server;
    char limit[32];
    raise_descriptors(many);
    snprintf(limit, sizeof limit, "--max-clients=%d", many + ACTIVE);
    server_start(&server, model, (const char *[]){limit, NULL});
    struct fault_base base = fault_base(&server);
    for (int from = 0; from < many; from += TROOP)
        connect_troop(&server, &idle[from]);
    for (int i = 0; i < ACTIVE; i++)
        fault_connect(&active[i], &server);
    expect_answers(active);
    expect_refusals(&server);
    cr_expect(peer_ask(&idle[many / 2], "PING\r\n", "+PONG\r\n"));
    break_all(idle, many);
    break_all(active, ACTIVE);
    process_await_census(&server.process, base.census); /* then one more may come in */
    base.memory_kb += KEPT_KB;
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "peak_clients") == many + ACTIVE, "%s", served);
    cr_expect(field_number(served, "rejected") == REFUSED, "%s", served);
    free(served);
}

/* Idle clients have all workers, fill what queue there is, and wait in the kernel's; some who ask
 * come last. */
static void come_idle(const struct server *s, struct peer idle[TROOP], struct peer active[ACTIVE])
{
    const int busy = server_serves_many(s->model) ? SERVER_WORKERS : 1;
    for (int i = 0; i < TROOP; i++) {
        fault_connect(&idle[i], s);
        if (i < busy)
            cr_assert(peer_ask(&idle[i], "PING\r\n", "+PONG\r\n"), "%s: client %d", s->model->name,
                      i);
    }
    for (int i = 0; i < ACTIVE; i++) {
        fault_connect(&active[i], s);
        peer_send_text(&active[i], "PING\r\n");
        peer_half_close(&active[i]);
    }
    cr_expect(peer_ask(&idle[0], "SLEEP 50000\r\n", "+OK\r\n"));
    for (int i = 0; i < ACTIVE; i++)
        cr_expect(!fault_hears_within(&active[i], 0), "%s: client %d did not wait", s->model->name,
                  i);
}

ParameterizedTestParameters(faults_limits, fault_29_idle_clients_that_wait)
{
    return models_that_let_wait();
}

/* When the idle ones leave, in order or not, those behind them have their turn. */
ParameterizedTest(struct server_model *model, faults_limits, fault_29_idle_clients_that_wait,
                  .timeout = 60)
{
    static struct peer idle[TROOP], active[ACTIVE];
    struct server server;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    come_idle(&server, idle, active);
    int64_t start_ns = clock_now_ns();
    for (int i = 0; i < TROOP; i++)
        i % 2 == 0 ? peer_close(&idle[i]) : peer_break(&idle[i]);
    for (int i = 0; i < ACTIVE; i++) {
        cr_expect(peer_await_end(&active[i]) && active[i].length == strlen("+PONG\r\n") &&
                      memcmp(active[i].in, "+PONG\r\n", active[i].length) == 0,
                  "%s: client %d: state %d, \"%.*s\"", model->name, i, (int)active[i].state,
                  (int)active[i].length, active[i].in);
        peer_close(&active[i]);
    }
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < fault_prompt_ms(), "%s: they waited %d ms more", model->name, (int)took_ms);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    const int before = server_serves_many(model) ? SERVER_WORKERS : 1, afterwards = 2;
    cr_expect(field_number(served, "connections") == before + TROOP + ACTIVE + afterwards, "%s",
              served);
    cr_expect(field_number(served, "rejected") == 0, "%s", served);
    free(served);
}
