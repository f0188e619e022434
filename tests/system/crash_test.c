/* What a fault in a handler costs: one client where it has a process of its own, all of them where
 * it has not. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "clock.h"
#include "peer.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(crash, NAME)                                                       \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, crash, NAME, .timeout = 60)

struct fault {
    const char *request;
    int end;                 /* of the process, as waitpid tells it */
    const char *last_words;  /* of a server that is one process */
    const char *told;        /* of a child, by its parent, behind "child PID " */
    const char *its_counter; /* in the served line */
};

static const struct fault segfault = {"DEBUG SEGFAULT\r\n", SIGSEGV,
                                      "killed by signal 11 (SIGSEGV): all clients are lost",
                                      "was killed by signal 11 (", "children_killed"};
static const struct fault aborted = {"DEBUG ABORT\r\n", SIGABRT,
                                     "killed by signal 6 (SIGABRT): all clients are lost",
                                     "was killed by signal 6 (", "children_killed"};
static const struct fault exited = {"DEBUG EXIT\r\n", W_EXITCODE(3, 0),
                                    "DEBUG EXIT: ends with status 3: all clients are lost",
                                    "ended with status 3", "children_failed"};

static void start(struct server *s, const struct server_model *model, const char *option)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0}); /* inherited */
    /* So few that no model has to say that it can serve only fewer. */
    server_start(s, model, (const char *[]){"--enable-debug", "--max-clients=100", option, NULL});
}

static void enter(struct peer *p, const struct server *s)
{
    cr_assert(peer_connect(p, s), "%s: no connection: %m", s->model->name);
    cr_assert(peer_ask(p, "PING\r\n", "+PONG\r\n"), "%s does not answer", s->model->name);
}

/* A number of INFO, of the process that answers this peer. */
static int64_t number_of(struct peer *p, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "\r\n%s:", name);
    peer_forget(p);
    peer_send_text(p, "INFO\r\nECHO done\r\n");
    cr_assert(peer_await_ending(p, "done\r\n", 6), "no INFO");
    const char *at = memmem(p->in, p->length, key, strlen(key));
    cr_assert(at != NULL, "INFO without %s", name);
    return strtoll(at + strlen(key), NULL, 10);
}

static void send_fault(struct peer *victim, const struct fault *fault)
{
    peer_forget(victim);
    peer_send_text(victim, fault->request);
    cr_expect(peer_await_end(victim) || victim->state == PEER_RESET, "the victim lives on");
    cr_expect(victim->length == 0, "the victim received \"%.*s\"", (int)victim->length, victim->in);
}

/* The others, and who comes later, notice nothing; the server reports the loss and ends well. */
static void expect_one_lost(struct server *s, struct peer *witness, const struct fault *fault,
                            int64_t child)
{
    struct peer later;
    char told[128];
    snprintf(told, sizeof told, ": child %d %s", (int)child, fault->told);
    process_await_error(&s->process, told);
    cr_expect(peer_ask(witness, "ECHO x\r\n", "$1\r\nx\r\n"), "%s lost another", s->model->name);
    enter(&later, s);
    peer_close(&later);
    peer_close(witness);
    char *errors = process_errors(&s->process);
    cr_expect(strchr(errors, '\n') == errors + strlen(errors) - 1, "not one line: %s", errors);
    free(errors);
    char *served = server_stop(s, SIGTERM);
    cr_expect(field_number(served, fault->its_counter) == 1, "%s", served);
    cr_expect(field_number(served, "children_killed") + field_number(served, "children_failed") ==
                  1,
              "%s", served);
    free(served);
}

/* The server ends as its handler did, with one line, and another can take its place at once. */
static void expect_all_lost(struct server *s, struct peer *witness, const struct fault *fault)
{
    char line[128], port[16];
    const struct server_model *model = s->model;
    if (server_serves_many(model)) {
        cr_expect(peer_await_end(witness) || witness->state == PEER_RESET);
        peer_close(witness);
    }
    int status = process_wait(&s->process);
    cr_expect(status == fault->end, "%s: status %x, not %x", model->name, (unsigned)status,
              (unsigned)fault->end);
    cr_expect_str_empty(s->process.text, "%s printed \"%s\"", model->name, s->process.text);
    char *errors = process_errors(&s->process);
    snprintf(line, sizeof line, "%s: %s\n", strrchr(model->binary, '/') + 1, fault->last_words);
    cr_expect_str_eq(errors, line, "%s complained \"%s\"", model->name, errors);
    free(errors);
    snprintf(port, sizeof port, "--port=%u", (unsigned)s->port);
    process_free(&s->process);
    free(s->ready);
    struct peer later;
    start(s, model, port);
    enter(&later, s);
    peer_close(&later);
    free(server_stop(s, SIGTERM));
}

static void expect_loss(const struct server_model *model, const struct fault *fault)
{
    struct server server;
    struct peer victim, witness = {0};
    start(&server, model, NULL);
    enter(&victim, &server);
    if (server_serves_many(model))
        enter(&witness, &server);
    int64_t child = number_of(&victim, "handler_process_id");
    bool alone = child != number_of(&victim, "process_id");
    cr_expect(alone == (process_census(&server.process).processes > 1), "%s: who answers?",
              model->name);
    send_fault(&victim, fault);
    peer_close(&victim);
    if (alone)
        expect_one_lost(&server, &witness, fault, child);
    else
        expect_all_lost(&server, &witness, fault);
}

MODEL_TEST(segmentation_fault)
{
    if (SANITIZED)
        cr_skip_test("a sanitizer reports it in its own way");
    expect_loss(model, &segfault);
}

MODEL_TEST(abort)
{
    expect_loss(model, &aborted);
}

MODEL_TEST(exit)
{
    expect_loss(model, &exited);
}

/* By the kernel's account and by the server's own. A sanitizer keeps notes of memory that is used,
 * and has a malloc of its own. */
MODEL_TEST(leak)
{
    const int64_t much = 64 << 20, slack = 8 << 20;
    struct server server;
    struct peer peer;
    start(&server, model, NULL);
    enter(&peer, &server);
    int64_t resident = number_of(&peer, "used_memory_rss");
    int64_t allocated = number_of(&peer, "used_memory");
    int64_t family_kb = process_memory_kb(&server.process);
    cr_expect(peer_ask(&peer, "DEBUG LEAK 67108864\r\n", "+OK\r\n"));
    resident = number_of(&peer, "used_memory_rss") - resident;
    cr_expect(resident > much - slack && (SANITIZED || resident < much + slack),
              "%s: %lld more resident", model->name, (long long)resident);
    allocated = number_of(&peer, "used_memory") - allocated;
    cr_expect(SANITIZED || (allocated >= much && allocated < much + slack),
              "%s: %lld more allocated", model->name, (long long)allocated);
    family_kb = process_memory_kb(&server.process) - family_kb;
    cr_expect(family_kb * 1024 > much - slack, "%s: %lld KiB more", model->name,
              (long long)family_kb);
    peer_close(&peer);
    free(server_stop(&server, SIGTERM));
}

/* A hanging handler holds its own client, where it is nobody else's; the end does not wait for it.
 */
MODEL_TEST(hang)
{
    struct server server;
    struct peer hung, other;
    start(&server, model, "--drain-timeout=300ms");
    enter(&hung, &server);
    peer_forget(&hung);
    peer_send_text(&hung, "DEBUG HANG\r\n");
    peer_await_taken(&hung);
    if (server_works_on_many(model)) {
        enter(&other, &server);
        peer_close(&other);
    }
    int64_t start_ns = clock_now_ns();
    free(server_stop(&server, SIGTERM));
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms >= 290 && took_ms < 5000, "%s ended after %d ms", model->name, (int)took_ms);
    cr_expect((peer_await_end(&hung) || hung.state == PEER_RESET) && hung.length == 0);
    peer_close(&hung);
}
