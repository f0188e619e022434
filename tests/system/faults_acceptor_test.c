/* Fault 28, of a preforked server: a child stands still that serves nobody.
 *
 * Whom it holds up depends on how clients come to the children, and on whose turn it is:
 *
 *     direct        nobody: the kernel wakes another that waits in accept
 *     flock, mutex  everybody, if it is the one that has the lock: nobody else may accept. Nobody,
 *                   if it waits for the lock
 *     pass          one client, if it is the one to be given the next: the parent cannot know
 *
 * Once it goes on all are served. Clients that have a child already notice nothing. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "clock.h"
#include "fault.h"

static bool is_preforked(const struct server_model *model)
{
    return fault_concerns(model, FAULT_PROCESSES) && model->has_workers;
}

static bool has_way(const struct server *s, const char *way)
{
    return strcmp(s->model->variant + strlen("--accept="), way) == 0;
}

static bool has_lock(const struct server *s)
{
    return has_way(s, "flock") || has_way(s, "mutex");
}

static struct criterion_test_params preforked_parameters(void)
{
    struct criterion_test_params all = fault_models(FAULT_PROCESSES);
    struct server_model *models = all.params;
    size_t count = 0;
    for (size_t i = 0; i < all.length; i++)
        if (is_preforked(&models[i]))
            models[count++] = models[i];
    all.length = count;
    return all;
}

#define ACCEPTOR_TEST(NAME)                                                                        \
    ParameterizedTestParameters(faults_acceptor, NAME)                                             \
    {                                                                                              \
        return preforked_parameters();                                                             \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, faults_acceptor, NAME, .timeout = 60)

/* ---- what a process does, as the kernel says ---- */

enum { FAMILY = 1 + SERVER_WORKERS, NO_CALL = -1, UNREADABLE = -2 };

/* The number of the system call in which it waits. */
static long call_of(pid_t pid)
{
    char path[40];
    long number;
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return UNREADABLE;
    char first = (char)fgetc(file);
    ungetc(first, file);
    bool waits = fscanf(file, "%ld", &number) == 1;
    fclose(file);
    return waits ? number : first == 'r' ? NO_CALL : UNREADABLE; /* "running" */
}

static char state_of(pid_t pid)
{
    char path[32], state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    cr_assert(file != NULL, "%m");
    cr_assert(fscanf(file, "%*d (%*[^)]) %c", &state) == 1);
    fclose(file);
    return state;
}

/* A child waits for its next client, or for its turn to do so, in one of these alone. */
static bool is_idle(pid_t child)
{
    long call = call_of(child);
    return call == SYS_accept4 || call == SYS_fcntl || call == SYS_futex || call == SYS_recvmsg;
}

/* Until each child but one, if not 0, is idle, and the parent has heard of it. */
static void await_idle(const struct server *s, pid_t family[FAMILY], pid_t but)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    size_t idle = 0;
    while (idle < FAMILY) {
        cr_assert(clock_now_ns() < deadline_ns, "%s: not all are idle", s->model->name);
        pause_ms();
        cr_assert_eq(process_members(&s->process, family, FAMILY), FAMILY);
        for (idle = 1; idle < FAMILY && (family[idle] == but || is_idle(family[idle])); idle++)
            ;
        if (state_of(family[0]) != 'S')
            idle = 0;
    }
}

static void stop(pid_t child)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    kill(child, SIGSTOP);
    while (state_of(child) != 'T') {
        cr_assert(clock_now_ns() < deadline_ns);
        pause_ms();
    }
}

/* ---- whose turn it is ---- */

/* The one in accept: who has the lock, or the first of those who need none. */
static pid_t first_in_accept(const struct server *s, const pid_t family[FAMILY])
{
    pid_t found = 0;
    int count = 0;
    for (int i = FAMILY - 1; i > 0; i--)
        if (call_of(family[i]) == SYS_accept4) {
            found = family[i];
            count++;
        }
    cr_assert(count == (has_lock(s) ? 1 : SERVER_WORKERS), "%s: %d are in accept", s->model->name,
              count);
    return found;
}

/* The child that is to have the next client. With --accept=pass it is the last that said that it is
 * free, which is the one that served last. */
static pid_t next_to_serve(const struct server *s, pid_t family[FAMILY])
{
    await_idle(s, family, 0);
    if (!has_way(s, "pass"))
        return first_in_accept(s, family);
    struct peer last;
    fault_connect(&last, s);
    pid_t child = (pid_t)fault_info(&last, "handler_process_id");
    peer_close(&last);
    await_idle(s, family, 0);
    return child;
}

static void start(struct server *s, const struct server_model *model)
{
    pid_t family[FAMILY];
    server_start(s, model, NULL);
    process_members(&s->process, family, FAMILY);
    if (call_of(family[0]) == UNREADABLE) {
        free(server_stop(s, SIGTERM));
        cr_skip_test("the kernel does not say in which system call a process is");
    }
}

static void end(struct server *s, int clients)
{
    char *served = server_stop(s, SIGTERM);
    cr_expect(field_number(served, "connections") >= clients, "%s", served);
    cr_expect(field_number(served, "children_killed") == 0, "%s", served);
    free(served);
}

/* ---- the tests ---- */

enum { OTHERS = SERVER_WORKERS - 2, WITHOUT_ANSWER_MS = 300 };

static void ask(struct peer *p, const struct server *s)
{
    fault_connect(p, s);
    peer_send_text(p, "PING\r\n");
}

static void expect_answer(struct peer *p, const struct server *s, const char *who)
{
    cr_expect(peer_await_length(p, strlen("+PONG\r\n")), "%s: %s has no answer", s->model->name,
              who);
}

/* Clients for all children that do not stand still: the first of them, and the others, who wait or
 * are served. */
ACCEPTOR_TEST(fault_28_next_to_serve_stands_still)
{
    struct server server;
    struct peer first, others[OTHERS];
    pid_t family[FAMILY];
    start(&server, model);
    bool first_waits = !has_way(&server, "direct"), others_wait = has_lock(&server);
    struct fault_base base = fault_base(&server);
    pid_t child = next_to_serve(&server, family);
    stop(child);
    ask(&first, &server);
    if (!first_waits)
        expect_answer(&first, &server, "the first");
    for (int i = 0; i < OTHERS; i++) {
        ask(&others[i], &server);
        if (!others_wait)
            expect_answer(&others[i], &server, "another");
    }
    if (first_waits)
        cr_expect(!fault_hears_within(&first, WITHOUT_ANSWER_MS), "%s: the first does not wait",
                  model->name);
    for (int i = 0; i < OTHERS && others_wait; i++)
        cr_expect(!fault_hears_within(&others[i], 0), "%s: another does not wait", model->name);
    kill(child, SIGCONT);
    expect_answer(&first, &server, "the first, afterwards,");
    peer_close(&first);
    for (int i = 0; i < OTHERS; i++) {
        expect_answer(&others[i], &server, "another, afterwards,");
        peer_close(&others[i]);
    }
    fault_expect_clean(&server, base);
    end(&server, 1 + OTHERS);
}

/* Clients one after another, more than there are children. */
ACCEPTOR_TEST(fault_28_who_is_not_next_stands_still)
{
    struct server server;
    pid_t family[FAMILY];
    start(&server, model);
    struct fault_base base = fault_base(&server);
    pid_t next = next_to_serve(&server, family);
    pid_t child = family[1] == next ? family[2] : family[1];
    stop(child);
    for (int i = 0; i < 2 * SERVER_WORKERS; i++) {
        fault_expect_prompt_answer(&server);
        await_idle(&server, family, child);
    }
    kill(child, SIGCONT);
    fault_expect_clean(&server, base);
    end(&server, 2 * SERVER_WORKERS);
}
