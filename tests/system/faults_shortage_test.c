/* Faults 1 to 4: the kernel refuses what a server needs for one more client: a descriptor, a
 * process, a thread, memory for its stack; or reports through accept what has befallen others.
 *
 *  1  No descriptor at accept: nobody exits or spins, one message a second at most, who waits is
 *     served as soon as there are some. Also for want of what else accept needs.
 *  2  Any other error of accept that is a client's or a signal's: tried again, not fatal.
 *  3  No process at fork: that client gets one line and the end, the parent goes on and recovers.
 *  4  No thread: the same. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "tracer.h"

static void expect_number(const char *line, const char *key, double value)
{
    cr_expect(field_number(line, key) == value, "%s is not %.0f in: %s", key, value, line);
}

/* ---- 1: no descriptors ---- */

/* An accept that waits has reserved its descriptor before: clients are served until none is left.
 */
static void use_up_reserved(const struct server *s)
{
    enum { SILENCE_MS = 300 };
    bool served = true;
    for (int i = 0; i <= SERVER_WORKERS && served; i++) {
        struct peer p;
        fault_connect(&p, s);
        peer_send_text(&p, "PING\r\n");
        served = fault_hears_within(&p, SILENCE_MS);
        peer_close(&p);
    }
    cr_expect(!served, "%s finds descriptors", s->model->name);
}

/* They have waited; now they are served, one after another where that is the model's way. */
static void expect_pongs(const struct server *s, struct peer *waiting, int count)
{
    int64_t start_ns = clock_now_ns();
    for (int i = 0; i < count; i++) {
        cr_expect(peer_await_length(&waiting[i], strlen("+PONG\r\n")), "%s: client %d",
                  s->model->name, i);
        peer_close(&waiting[i]);
    }
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < fault_prompt_ms(), "%s: the last was served after %d ms", s->model->name,
              (int)took_ms);
}

FAULT_TEST(faults_shortage, fault_01_descriptors_run_out, FAULT_ALL)
{
    enum { WAITING = 5 };
    struct server server;
    struct peer waiting[WAITING];
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    rlim_t before = fault_limit(&server, RLIMIT_NOFILE, 3);
    use_up_reserved(&server);
    for (int i = 0; i < WAITING; i++) {
        fault_connect(&waiting[i], &server);
        peer_send_text(&waiting[i], "PING\r\n");
    }
    process_await_error(&server.process, "cannot accept a client now: Too many open files");
    int64_t used_ns = fault_expect_quiet(&server);
    cr_log_info("%s: %.3f s of CPU time in 2 s", model->name, (double)used_ns / 1e9);
    fault_limit(&server, RLIMIT_NOFILE, before);
    expect_pongs(&server, waiting, WAITING);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "accept_shortages") > 0, "%s", served);
    expect_number(served, "rejected", 0);
    free(served);
}

/* Only who serves, not who accepts, has none: a client that was handed over waits for one. */
FAULT_TEST(faults_shortage, fault_01_descriptors_run_out_in_children, FAULT_PROCESSES)
{
    if (strcmp(model->variant, "--accept=pass") != 0)
        cr_skip_test("%s: who serves has accepted, or was forked with the socket", model->name);
    struct server server;
    struct peer waiting;
    struct rlimit parent;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    cr_assert_eq(prlimit(server.process.pid, RLIMIT_NOFILE, NULL, &parent), 0);
    fault_limit(&server, RLIMIT_NOFILE, 3);
    cr_assert_eq(prlimit(server.process.pid, RLIMIT_NOFILE, &parent, NULL), 0);
    fault_connect(&waiting, &server);
    peer_send_text(&waiting, "PING\r\n");
    process_await_error(&server.process, "cannot accept a client now: Too many open files");
    fault_expect_quiet(&server);
    fault_limit(&server, RLIMIT_NOFILE, parent.rlim_cur);
    expect_pongs(&server, &waiting, 1);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "accept_shortages") > 0, "%s", served);
    free(served);
}

/* ---- 1 and 2: accept fails ---- */

static const struct accept_error {
    const char *name;
    const char *counter; /* of the served line, if it is counted */
} accept_errors[] = {{"ECONNABORTED", "accept_retries"}, {"EINTR", NULL},
                     {"EPROTO", "accept_retries"},       {"ENETDOWN", "accept_retries"},
                     {"EHOSTUNREACH", "accept_retries"}, {"EPERM", "accept_retries"},
                     {"EMFILE", "accept_shortages"},     {"ENFILE", "accept_shortages"},
                     {"ENOBUFS", "accept_shortages"},    {"ENOMEM", "accept_shortages"}};
enum { ACCEPT_ERRORS = sizeof accept_errors / sizeof *accept_errors, TIMES = 3 };

/* Each is injected TIMES times, and nobody hears of it. */
static void inject(const struct server *s, const struct accept_error *error, struct census base)
{
    char injection[64];
    struct tracer tracer;
    struct peer peer;
    snprintf(injection, sizeof injection, "inject=accept4:error=%s:when=1..%d", error->name, TIMES);
    tracer_attach(&tracer, s, (const char *[]){"trace=accept4", injection, NULL});
    for (int client = 0; client < TIMES + 1; client++) {
        fault_connect(&peer, s);
        cr_expect(peer_ask(&peer, "PING\r\n", "+PONG\r\n"), "%s: %s", s->model->name, injection);
        peer_close(&peer);
    }
    /* Strace can wait for ever for a process that ends while it is let go. */
    process_await_census(&s->process, base);
    char *calls = tracer_detach(&tracer);
    int injected = count_lines(calls, "accept4", "INJECTED");
    cr_expect(injected == TIMES, "%s: %s: %d times", s->model->name, error->name, injected);
    free(calls);
}

FAULT_TEST(faults_shortage, fault_02_errors_of_accept, FAULT_ALL)
{
    struct server server;
    int retries = 0, shortages = 0;
    /* Injections are counted for each thread and process: one worker, so that one accepts. */
    server_start_for(&server, model, 1, NULL);
    struct fault_base base = fault_base_for(&server, 1);
    for (int i = 0; i < ACCEPT_ERRORS; i++) {
        const char *counter = accept_errors[i].counter;
        inject(&server, &accept_errors[i], base.census);
        retries += counter != NULL && strcmp(counter, "accept_retries") == 0 ? TIMES : 0;
        shortages += counter != NULL && strcmp(counter, "accept_shortages") == 0 ? TIMES : 0;
    }
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "accept_retries", retries);
    expect_number(served, "accept_shortages", shortages);
    free(served);
}

/* ---- 3 and 4: nobody to serve ---- */

enum { REFUSED = 5 };

static bool is_refusal(const struct peer *p, const char *what)
{
    char line[64];
    snprintf(line, sizeof line, "-ERR no %s for this client\r\n", what);
    return p->length == strlen(line) && memcmp(p->in, line, p->length) == 0;
}

/* One line, and the end in order. */
static void expect_refusals(const struct server *s, const char *what)
{
    for (int i = 0; i < REFUSED; i++) {
        struct peer p;
        fault_connect(&p, s);
        peer_half_close(&p);
        cr_expect(peer_await_end(&p) && is_refusal(&p, what), "%s: state %d, \"%.*s\"",
                  s->model->name, (int)p.state, (int)p.length, p.in);
        peer_close(&p);
    }
}

/* Where somebody is made for each client, nobody can be; it is told so. */
static void refuse_each(struct server_model *model, const char *what)
{
    struct server server;
    fault_use_other_user(model);
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    rlim_t before = fault_limit(&server, RLIMIT_NPROC, 1);
    expect_refusals(&server, what);
    cr_expect(fault_messages(&server) <= 2, "%s: a message for each", model->name);
    fault_expect_quiet(&server);
    fault_limit(&server, RLIMIT_NPROC, before);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "spawn_failures", REFUSED);
    free(served);
    fault_remove_copy(model);
}

/* Where they are made beforehand, one that was killed cannot be replaced; the others serve. */
static void replace_later(struct server_model *model)
{
    struct server server;
    pid_t members[1 + SERVER_WORKERS];
    fault_use_other_user(model);
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    cr_assert_eq(process_members(&server.process, members, 1 + SERVER_WORKERS), 1 + SERVER_WORKERS);
    rlim_t before = fault_limit(&server, RLIMIT_NPROC, 1);
    kill(members[1], SIGKILL);
    process_await_error(&server.process, "cannot make a child, 1 are missing: ");
    fault_expect_prompt_answer(&server);
    fault_expect_quiet(&server);
    fault_limit(&server, RLIMIT_NPROC, before);
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (process_members(&server.process, members, 1) < 1 + SERVER_WORKERS &&
           clock_now_ns() < deadline_ns)
        pause_ms();
    cr_expect_eq(process_members(&server.process, members, 1), 1 + SERVER_WORKERS);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "spawn_failures") >= 1, "%s", served);
    expect_number(served, "children_killed", 1);
    free(served);
    fault_remove_copy(model);
}

FAULT_TEST(faults_shortage, fault_03_no_process, FAULT_PROCESSES)
{
    if (model->has_workers)
        replace_later(model);
    else
        refuse_each(model, "process");
}

FAULT_TEST(faults_shortage, fault_04_no_thread, FAULT_THREADS)
{
    if (model->has_workers)
        cr_skip_test("%s makes no thread later; pool/too_few_threads is its fault", model->name);
    refuse_each(model, "thread");
}

/* The address space of a process, in bytes. */
static rlim_t address_space(pid_t pid)
{
    char path[64];
    unsigned long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    cr_assert(file != NULL && fscanf(file, "%lu", &pages) == 1, "%s: %m", path);
    fclose(file);
    return (rlim_t)pages * 4096;
}

/* Room for a few more stacks only: who has got a thread is served on. */
FAULT_TEST(faults_shortage, fault_04_no_address_space, FAULT_THREADS)
{
    enum { CROWD = 4 * SERVER_WORKERS, ROOM_BYTES = 1 << 20 };
    struct server server;
    struct peer peers[CROWD];
    int refused = 0;
    if (SANITIZED)
        cr_skip_test("a sanitizer cannot live in a small address space");
    if (model->has_workers)
        cr_skip_test("%s makes no thread later; pool/too_few_threads is its fault", model->name);
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    rlim_t before = fault_limit(&server, RLIMIT_AS, address_space(server.process.pid) + ROOM_BYTES);
    for (int i = 0; i < CROWD; i++) {
        fault_connect(&peers[i], &server);
        if (peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"))
            continue;
        peer_await_end(&peers[i]);
        cr_expect(is_refusal(&peers[i], "thread"), "%s: \"%.*s\"", model->name,
                  (int)peers[i].length, peers[i].in);
        refused++;
    }
    cr_expect(refused > 0 && refused < CROWD, "%s: %d were refused", model->name, refused);
    cr_expect(peer_ask(&peers[0], "PING\r\n", "+PONG\r\n"));
    fault_limit(&server, RLIMIT_AS, before);
    for (int i = 0; i < CROWD; i++)
        peer_close(&peers[i]);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "spawn_failures", refused);
    free(served);
}
