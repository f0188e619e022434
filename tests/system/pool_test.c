/* Models with a fixed number of workers: who is served when all are busy, by whom, and how it ends
 * for those who wait. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"
#include "peer.h"

/* More wait than any queue of the server's own holds: the last ones wait in the kernel. */
enum { WORKERS = 4, WAITERS = 3 * WORKERS, ALL = WORKERS + WAITERS };

static void free_parameters(struct criterion_test_params *parameters)
{
    cr_free(parameters->params);
}

static struct criterion_test_params models_with_workers(void)
{
    size_t count, pools = 0;
    struct server_model *list = server_models(&count);
    struct server_model *models = cr_malloc(count * sizeof *models);
    for (size_t i = 0; i < count; i++)
        if (list[i].has_workers)
            models[pools++] = list[i];
    free(list);
    return cr_make_param_array(struct server_model, models, pools, free_parameters);
}

#define POOL_TEST(NAME)                                                                            \
    ParameterizedTestParameters(pool, NAME)                                                        \
    {                                                                                              \
        return models_with_workers();                                                              \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, pool, NAME, .timeout = 60)

/* True if nothing has come, not even an end. */
static bool is_silent(const struct peer *p)
{
    char byte;
    return recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static void expect_silence(const struct server *s, const struct peer *peers, int first, int end)
{
    for (int i = first; i < end; i++)
        cr_expect(is_silent(&peers[i]), "%s: client %d did not wait", s->model->name, i);
}

/* The first clients occupy all workers, each of which has answered; the others have asked. */
static void occupy(const struct server *s, struct peer peers[ALL])
{
    for (int i = 0; i < ALL; i++) {
        cr_assert(peer_connect(&peers[i], s), "%m");
        if (i < WORKERS)
            cr_assert(peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"), "%s: client %d", s->model->name,
                      i);
        else
            peer_send_text(&peers[i], "PING\r\n");
    }
}

/* Everybody gets whole replies and the end in order. */
static void expect_answer_and_end(const struct server *s, struct peer *p, const char *answer)
{
    cr_expect(peer_await_end(p) && p->length == strlen(answer) &&
                  memcmp(p->in, answer, p->length) == 0,
              "%s: state %d, \"%.*s\", not \"%s\"", s->model->name, (int)p->state, (int)p->length,
              p->in, answer);
    peer_close(p);
}

/* What each worker took: adds up to all connections, and nobody was idle while clients waited. */
static void expect_shares(const char *served, const struct server_model *model)
{
    char *list = field_text(served, "worker_connections"), *rest = list;
    int workers = 0, sum = 0;
    for (char *share; (share = strsep(&rest, ",")) != NULL; workers++) {
        cr_expect(atoi(share) >= 1, "%s: a worker took nobody: %s", model->name, list);
        sum += atoi(share);
    }
    cr_expect(workers == WORKERS && sum == ALL, "%s: %s", model->name, served);
    cr_expect(field_number(served, "connections") == ALL, "%s: %s", model->name, served);
    free(list);
}

/* As many as there are workers are served; each that leaves makes room for one, the one that has
 * waited longest. */
POOL_TEST(others_wait_for_their_turn)
{
    struct server server;
    struct peer peers[ALL];
    server_start_for(&server, model, WORKERS, NULL);
    occupy(&server, peers);
    /* Long enough for an idle worker to answer, if there were one. */
    cr_expect(peer_ask(&peers[0], "SLEEP 50000\r\n", "+OK\r\n"));
    expect_silence(&server, peers, WORKERS, ALL);
    for (int next = WORKERS; next < ALL; next++) {
        peer_close(&peers[next - WORKERS]);
        cr_expect(peer_await_length(&peers[next], strlen("+PONG\r\n")), "%s: client %d",
                  model->name, next);
        expect_silence(&server, peers, next + 1, ALL);
    }
    for (int i = ALL - WORKERS; i < ALL; i++)
        peer_close(&peers[i]);
    char *served = server_stop(&server, SIGTERM);
    expect_shares(served, model);
    free(served);
}

/* Who waited at the signal, in whatever queue, is answered before the end. */
POOL_TEST(those_who_wait_at_the_end_are_answered)
{
    struct server server;
    struct peer peers[ALL];
    server_start_for(&server, model, WORKERS, NULL);
    occupy(&server, peers);
    peer_forget(&peers[0]);
    peer_send_text(&peers[0], "SLEEP 200000\r\n");
    peer_await_taken(&peers[0]);
    process_signal(&server.process, SIGTERM);
    expect_answer_and_end(&server, &peers[0], "+OK\r\n");
    for (int i = 1; i < ALL; i++) {
        if (i < WORKERS)
            peer_forget(&peers[i]);
        expect_answer_and_end(&server, &peers[i], i < WORKERS ? "" : "+PONG\r\n");
    }
    char *served = server_stop(&server, 0);
    cr_expect(field_number(served, "connections") == ALL, "%s: %s", model->name, served);
    cr_expect(field_number(served, "commands") == ALL + 1, "%s: %s", model->name, served);
    free(served);
}

/* However many wait while all workers are at work. */
POOL_TEST(second_signal_ends_a_crowded_server_at_once)
{
    struct server server;
    struct peer peers[ALL];
    server_start_for(&server, model, WORKERS, (const char *[]){"--drain-timeout=15", NULL});
    occupy(&server, peers);
    for (int i = 0; i < WORKERS; i++) {
        peer_send_text(&peers[i], "SLEEP 14000000\r\n");
        peer_await_taken(&peers[i]);
    }
    int64_t start_ns = clock_now_ns();
    process_signal(&server.process, SIGTERM);
    process_signal(&server.process, SIGINT);
    free(server_stop(&server, 0));
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < 5000, "%s took %d ms", model->name, (int)took_ms);
    for (int i = 0; i < ALL; i++) {
        cr_expect(peer_await_end(&peers[i]) || peers[i].state == PEER_RESET);
        peer_close(&peers[i]);
    }
}

/* Idle workers are stacks in the address space, not memory. For processes, which share most of what
 * they are said to hold, this tells nothing. */
POOL_TEST(idle_workers_take_little_memory)
{
    enum { MANY = 500 };
    struct server few, many;
    if (SANITIZED)
        cr_skip("a sanitizer takes memory for each thread");
    server_start_for(&few, model, 1, NULL);
    server_start_for(&many, model, MANY, NULL);
    int64_t kb = process_memory_kb(&many.process) - process_memory_kb(&few.process);
    if (process_census(&many.process).processes == 1)
        cr_expect(kb < MANY * 20, "%s: %d KiB for %d workers", model->name, (int)kb, MANY);
    free(server_stop(&many, SIGTERM));
    free(server_stop(&few, SIGTERM));
}

/* Fewer threads than were asked for are no start. A model that makes none refuses the option. */
POOL_TEST(too_few_threads)
{
    if (SANITIZED)
        cr_skip("a sanitizer cannot live in a small address space");
    struct outcome o = process_run((const char *[]){
        "prlimit", "--as=4294967296", model->binary, "--port=0", "--model", model->model,
        "--stack-size=1g", "--workers=64", *model->variant ? model->variant : NULL, NULL});
    cr_expect(*o.out == '\0', "%s printed \"%s\"", model->name, o.out);
    if (o.status != 2)
        cr_expect(o.status == 1 && strstr(o.err, "cannot prepare for 64 workers, but for ") &&
                      strstr(o.err, ": Resource temporarily unavailable\n"),
                  "%s: exit status %d, \"%s\"", model->name, o.status, o.err);
    outcome_free(&o);
}

static double cpu_s(const struct server *s)
{
    clockid_t clock;
    struct timespec used;
    cr_assert_eq(clock_getcpuclockid(s->process.pid, &clock), 0);
    cr_assert_eq(clock_gettime(clock, &used), 0);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void limit_descriptors(const struct server *s, rlim_t count)
{
    struct rlimit limit;
    cr_assert_eq(prlimit(s->process.pid, RLIMIT_NOFILE, NULL, &limit), 0);
    limit.rlim_cur = count;
    cr_assert_eq(prlimit(s->process.pid, RLIMIT_NOFILE, &limit, NULL), 0, "%m");
}

/* While no descriptor is left for a client, many workers do not spin; then they serve. The limit
 * and the CPU time are the head's: threads, or the process that hands out clients. */
POOL_TEST(many_workers_without_descriptors)
{
    enum { MANY = 400, MEASURED_MS = 1000 };
    struct server server;
    struct peer peers[MANY], next;
    server_start_for(&server, model, MANY, NULL);
    for (int i = 0; i < MANY; i++) {
        cr_assert(peer_connect(&peers[i], &server), "%m");
        cr_assert(peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"), "%s: client %d", model->name, i);
    }
    limit_descriptors(&server, 3);
    for (int i = 0; i < MANY; i++)
        peer_close(&peers[i]);
    /* An accept that was waiting already has reserved its descriptor, and may take this one. */
    cr_assert(peer_connect(&next, &server), "%m");
    peer_send_text(&next, "PING\r\n");
    if (process_census(&server.process).processes == 1)
        process_await_error(&server.process, "cannot accept a client now: Too many open files");
    double start_s = cpu_s(&server);
    int64_t end_ns = clock_now_ns() + MEASURED_MS * CLOCK_MS;
    while (clock_now_ns() < end_ns)
        pause_ms();
    double used_s = cpu_s(&server) - start_s;
    cr_expect(SANITIZED || used_s < 0.05, "%s: %.3f s of CPU time in a second", model->name,
              used_s);
    limit_descriptors(&server, 1000);
    cr_expect(peer_await_length(&next, strlen("+PONG\r\n")));
    peer_close(&next);
    cr_assert(peer_connect(&next, &server), "%m");
    cr_expect(peer_ask(&next, "PING\r\n", "+PONG\r\n"), "%s does not recover", model->name);
    peer_close(&next);
    free(server_stop(&server, SIGTERM));
}
