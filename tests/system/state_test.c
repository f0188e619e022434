/* State that all clients of a server share: the same for everyone, nothing lost, kept or removed as
 * promised. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "peer.h"
#include "tracer.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(state, NAME)                                                       \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, state, NAME, .timeout = 120)

/* ---- a folder in which servers keep, or lose, their data ---- */

static char folder[] = "/tmp/state-test-XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
}

static void remove_folder(void)
{
    cr_expect_eq(rmdir(folder), 0, "something is left in %s: %m", folder);
}

TestSuite(state, .init = make_folder, .fini = remove_folder);

static const char *path_in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_data(void)
{
    unlink(path_in_folder("data/data.mdb"));
    unlink(path_in_folder("data/lock.mdb"));
    cr_expect_eq(rmdir(path_in_folder("data")), 0, "%m");
}

static void start_with_data(struct server *s, const struct server_model *model)
{
    char option[300];
    snprintf(option, sizeof option, "--data=%s", path_in_folder("data"));
    server_start(s, model, (const char *[]){option, NULL});
}

static int entries_in_folder(void)
{
    DIR *d = opendir(folder);
    cr_assert_not_null(d);
    int n = 0;
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        n += *e->d_name != '.';
    closedir(d);
    return n;
}

static void ask(const struct server *s, const char *request, const char *reply)
{
    struct peer p;
    cr_assert(peer_connect(&p, s), "%s: no connection: %m", s->model->name);
    cr_expect(peer_ask(&p, request, reply), "%s: %s: \"%.*s\"", s->model->name, request,
              (int)p.length, p.in);
    peer_close(&p);
}

/* ---- the same for all ---- */

MODEL_TEST(one_client_sees_what_another_did)
{
    struct server server;
    server_start(&server, model, NULL);
    ask(&server, "SET k bonjour\r\n", "+OK\r\n");
    ask(&server, "GET k\r\n", "$7\r\nbonjour\r\n");
    if (server_serves_many(model)) {
        struct peer first, second;
        cr_assert(peer_connect(&first, &server));
        cr_assert(peer_connect(&second, &server));
        for (int i = 1; i < 20; i += 2) {
            char reply[16];
            snprintf(reply, sizeof reply, ":%d\r\n", i);
            cr_expect(peer_ask(&first, "INCR n\r\n", reply));
            snprintf(reply, sizeof reply, ":%d\r\n", i + 1);
            cr_expect(peer_ask(&second, "INCR n\r\n", reply));
        }
        peer_close(&first);
        peer_close(&second);
    }
    ask(&server, "DEL k\r\n", ":1\r\n");
    ask(&server, "GET k\r\n", "$-1\r\n");
    free(server_stop(&server, SIGTERM));
}

enum { CLIENTS = 20, INCREMENTS = 1000, BATCH = 50 };

/* Batches of INCR, each sent when the one before is answered; returns NULL if all went well. */
static void *increment(void *argument)
{
    struct peer p;
    char batch[BATCH * 8 + 1] = "", *failed = "";
    for (int i = 0; i < BATCH; i++)
        strcat(batch, "INCR n\r\n");
    if (!peer_connect(&p, argument))
        return failed;
    for (int i = 0; i < INCREMENTS && failed != NULL; i += BATCH) {
        peer_forget(&p);
        peer_send_text(&p, batch);
        peer_send_text(&p, "PING\r\n");
        if (!peer_await_ending(&p, "+PONG\r\n", 7) || memchr(p.in, '-', p.length) != NULL)
            break;
        if (i + BATCH == INCREMENTS)
            failed = NULL;
    }
    peer_close(&p);
    return failed;
}

static void increment_at_once(struct server *server)
{
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, increment, server), 0);
    for (int i = 0; i < CLIENTS; i++) {
        void *failed;
        cr_assert_eq(pthread_join(threads[i], &failed), 0);
        cr_expect_null(failed, "%s: client %d", server->model->name, i);
    }
}

/* In the model with one client at a time they wait for each other, and it is the same. */
MODEL_TEST(no_increment_is_lost)
{
    struct server server;
    server_start(&server, model, NULL);
    increment_at_once(&server);
    ask(&server, "GET n\r\n", "$5\r\n20000\r\n");
    free(server_stop(&server, SIGTERM));
}

/* ---- kept and removed ---- */

MODEL_TEST(temporary_data_is_removed)
{
    struct server server;
    server_start(&server, model, NULL);
    cr_expect_eq(entries_in_folder(), 1);
    ask(&server, "INCR n\r\n", ":1\r\n");
    free(server_stop(&server, SIGTERM));
    cr_expect_eq(entries_in_folder(), 0, "%s leaves its temporary folder", model->name);
    server_start(&server, model, NULL);
    ask(&server, "INCR n\r\n", ":1\r\n");
    free(server_stop(&server, SIGINT));
    cr_expect_eq(entries_in_folder(), 0);
}

MODEL_TEST(named_data_is_kept)
{
    struct server server;
    start_with_data(&server, model);
    ask(&server, "SET k kept\r\nINCR n\r\n", "+OK\r\n:1\r\n");
    free(server_stop(&server, SIGTERM));
    start_with_data(&server, model);
    ask(&server, "GET k\r\nINCR n\r\nDBSIZE\r\n", "$4\r\nkept\r\n:2\r\n:2\r\n");
    free(server_stop(&server, SIGTERM));
    remove_data();
}

/* ---- killed ---- */

struct children {
    pid_t pids[256];
    int count;
};

/* The processes that a server has made and that live now. */
static struct children children_of(const struct server *server)
{
    struct children children = {.count = 0};
    char path[64];
    int pid = server->process.pid;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && children.count < 256 && fscanf(file, "%d", &pid) == 1)
        children.pids[children.count++] = pid;
    if (file != NULL)
        fclose(file);
    return children;
}

static int64_t lines_of(const struct peer *p)
{
    int64_t lines = 0;
    for (size_t i = 0; i < p->length; i++)
        lines += p->in[i] == '\n';
    return lines;
}

/* The reply to one more INCR n. */
static int64_t next_number(const struct server *server)
{
    struct peer p;
    cr_assert(peer_connect(&p, server));
    peer_send_text(&p, "INCR n\r\n");
    cr_assert(peer_await_ending(&p, "\r\n", 2) && *p.in == ':', "%.*s", (int)p.length, p.in);
    int64_t number = strtoll(p.in + 1, NULL, 10);
    peer_close(&p);
    return number;
}

/* Kills the server and all its processes, and frees it. */
static void kill_all(struct server *server)
{
    struct children children = children_of(server);
    siginfo_t ignored;
    kill(-server->process.pid, SIGKILL);
    /* When their parent is dead, its children are this process'. */
    cr_assert_eq(waitid(P_PID, (id_t)server->process.pid, &ignored, WEXITED | WNOWAIT), 0);
    for (int i = 0; i < children.count; i++)
        cr_expect_eq(waitpid(children.pids[i], NULL, 0), children.pids[i]);
    cr_expect_eq(process_exit_status(process_wait(&server->process)), 128 + SIGKILL);
    process_free(&server->process);
    free(server->ready);
}

MODEL_TEST(what_was_answered_outlives_a_kill)
{
    enum { REQUESTS = 500, AWAITED = 300 };
    struct server server;
    struct peer p;
    start_with_data(&server, model);
    cr_assert(peer_connect(&p, &server));
    for (int i = 0; i < REQUESTS; i++)
        peer_send_text(&p, "INCR n\r\n");
    cr_expect(peer_await_length(&p, AWAITED * strlen(":1\r\n")));
    kill_all(&server);
    peer_await_end(&p);
    int64_t answered = lines_of(&p);
    peer_close(&p);
    start_with_data(&server, model);
    int64_t next = next_number(&server);
    cr_expect(next > answered && next <= REQUESTS + 1, "%s: %d answered, then %d", model->name,
              (int)answered, (int)next);
    free(server_stop(&server, SIGTERM));
    remove_data();
}

enum { KILLS = 10, KILLED_REQUESTS = 200 };

/* Kills the processes, and awaits that their parent has seen them die: none takes a client more. */
static int kill_children(const struct children *children)
{
    int killed = 0;
    for (int i = 0; i < children->count; i++)
        killed += kill(children->pids[i], SIGKILL) == 0;
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    for (int i = 0; i < children->count; i++)
        while (kill(children->pids[i], 0) == 0) {
            cr_assert(clock_now_ns() < deadline_ns, "a killed child is not reaped");
            pause_ms();
        }
    return killed;
}

/* A client whose process is killed among its increments; adds those answered, and the killed. */
static void kill_at_work(struct server *server, size_t after_bytes, int64_t *answered, int *killed)
{
    struct peer p;
    cr_assert(peer_connect(&p, server));
    cr_expect(peer_ask(&p, "PING\r\n", "+PONG\r\n"));
    peer_forget(&p);
    for (int i = 0; i < KILLED_REQUESTS; i++)
        peer_send_text(&p, "INCR n\r\n");
    cr_expect(peer_await_length(&p, after_bytes));
    struct children children = children_of(server);
    *killed += kill_children(&children);
    if (children.count > 0)
        peer_await_end(&p);
    *answered += lines_of(&p);
    peer_close(&p);
}

/* What a killed process answered is there, the others go on. */
MODEL_TEST(a_killed_child_loses_no_answered_increment)
{
    struct server server;
    int64_t answered = 0;
    int killed = 0;
    server_start(&server, model, NULL);
    struct census base = process_census(&server.process);
    for (int i = 0; i < KILLS; i++) {
        kill_at_work(&server, (size_t)(1 + 50 * i), &answered, &killed);
        if (killed == 0) {
            free(server_stop(&server, SIGTERM));
            remove_folder(); /* a skipped test is not finished */
            cr_skip_test("%s makes no processes", model->name);
        }
        process_await_census(&server.process, base);
    }
    int64_t next = next_number(&server);
    cr_expect(next > answered && next <= 1 + KILLED_REQUESTS * KILLS, "%d answered, then %d",
              (int)answered, (int)next);
    char *served = server_stop(&server, SIGTERM);
    cr_expect_eq(field_number(served, "children_killed"), killed);
    free(served);
}

/* ---- who does not need it ---- */

/* Neither the data base nor anything else is opened by clients that keep no state. */
MODEL_TEST(no_state_costs_nothing)
{
    struct server server;
    struct tracer tracer;
    server_start(&server, model, NULL);
    struct census base = process_census(&server.process);
    tracer_attach(&tracer, &server, (const char *[]){"trace=open,openat,mmap,flock", NULL});
    for (int i = 0; i < 3; i++)
        ask(&server, "PING\r\nECHO x\r\n", "+PONG\r\n$1\r\nx\r\n");
    process_await_census(&server.process, base);
    char *calls = tracer_detach(&tracer);
    cr_expect(strstr(calls, "open") == NULL && strstr(calls, "flock") == NULL &&
                  strstr(calls, ".mdb") == NULL,
              "%s:\n%s", model->name, calls);
    free(calls);
    ask(&server, "DBSIZE\r\n", ":0\r\n");
    free(server_stop(&server, SIGTERM));
}
