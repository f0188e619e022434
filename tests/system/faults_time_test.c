/* Faults 27 and 28: time that does not pass as it should.
 *
 * 27  The wall clock is set an hour forth and back under a running server: nothing ends early, and
 *     nothing waits for ever. libfaketime sets it for the server alone, in a file that it looks at.
 * 28  All of the server stands still for a while, or one of its processes: who connects and asks
 *     meanwhile is answered afterwards, and nobody is given up for what he sent in time. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"

/* ---- 27: the clock is set ---- */

static char clock_file[] = "/tmp/faults-time-XXXXXX";

static void set_clock(const char *shift)
{
    int fd = open(clock_file, O_WRONLY | O_TRUNC | O_CLOEXEC);
    cr_assert(fd >= 0 && write(fd, shift, strlen(shift)) == (ssize_t)strlen(shift), "%m");
    close(fd);
}

static void set_environment(void)
{
    setenv("FAKETIME_TIMESTAMP_FILE", clock_file, 1);
    setenv("FAKETIME_NO_CACHE", "1", 1); /* look at each call */
    setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);
    setenv("LD_PRELOAD", FAKETIME_LIBRARY, 1);
}

/* How far the wall clock of a program is from the true one. */
static long shift_of_others_s(void)
{
    struct outcome o = process_run((const char *[]){"date", "+%s", NULL});
    long shift_s = strtol(o.out, NULL, 10) - (long)time(NULL);
    outcome_free(&o);
    return shift_s;
}

static bool near(long a, long b)
{
    return labs(a - b) < 60;
}

/* Starts a server whose clock can be set. */
static void start(struct server *s, const struct server_model *model)
{
    if (SANITIZED)
        cr_skip_test("a sanitizer must be the first library that is loaded");
    if (access(FAKETIME_LIBRARY, R_OK) != 0)
        cr_skip_test("libfaketime is not installed");
    int fd = mkstemp(clock_file);
    cr_assert(fd >= 0, "%m");
    close(fd);
    set_clock("+0");
    set_environment();
    server_start(s, model,
                 (const char *[]){"--idle-timeout=800ms", "--request-timeout=800ms", NULL});
}

static void set_forth(void)
{
    set_clock("+1h");
    cr_assert(near(shift_of_others_s(), 3600), "the clock is not set");
}

static void set_back(void)
{
    set_clock("-1h");
    cr_assert(near(shift_of_others_s(), -3600), "the clock is not set");
}

enum { TIMEOUT_MS = 800, LATEST_MS = 3000 };

static void expect_end(struct peer *p, int64_t since_ns, const char *what)
{
    cr_expect(peer_await_end(p), "%s: no end", what);
    int64_t took_ms = (clock_now_ns() - since_ns) / CLOCK_MS;
    cr_expect(took_ms >= TIMEOUT_MS * 9 / 10 && took_ms < LATEST_MS, "%s ends after %d ms", what,
              (int)took_ms);
    peer_close(p);
}

/* A client that is idle, one in the middle of a request, and one whose request sleeps. */
static void set_meanwhile(const struct server *s, void (*set)(void), const char *name)
{
    struct peer idle, slow, sleeper;
    bool many = server_serves_many(s->model);
    int64_t since_ns = clock_now_ns();
    fault_connect(&idle, s);
    if (many) {
        fault_connect(&slow, s);
        peer_send_text(&slow, "ECHO never-to-");
        peer_await_taken(&slow);
    }
    set();
    expect_end(&idle, since_ns, name);
    if (many)
        expect_end(&slow, since_ns, name);
    since_ns = clock_now_ns();
    fault_connect(&sleeper, s);
    peer_send_text(&sleeper, "SLEEP 300000\r\n");
    peer_await_taken(&sleeper);
    set_clock("+0");
    cr_expect(peer_await_length(&sleeper, strlen("+OK\r\n")));
    int64_t took_ms = (clock_now_ns() - since_ns) / CLOCK_MS;
    cr_expect(took_ms >= 300 && took_ms < LATEST_MS, "%s: slept %d ms", name, (int)took_ms);
    peer_close(&sleeper);
}

FAULT_TEST(faults_time, fault_27_clock_is_set, FAULT_ALL)
{
    struct server server;
    struct peer late;
    start(&server, model);
    struct fault_base base = fault_base(&server);
    set_meanwhile(&server, set_forth, "forth");
    set_meanwhile(&server, set_back, "back");
    fault_expect_clean(&server, base);
    /* The drain time too is one that passes. */
    fault_connect(&late, &server);
    peer_send_text(&late, "SLEEP 300000\r\n");
    peer_await_taken(&late);
    process_signal(&server.process, SIGTERM);
    set_forth();
    cr_expect(peer_await_end(&late) && late.length == strlen("+OK\r\n"), "%s: \"%.*s\"",
              model->name, (int)late.length, late.in);
    peer_close(&late);
    free(server_stop(&server, 0));
    cr_expect_eq(unlink(clock_file), 0);
}

/* ---- 28: it stands still ---- */

static void stand_still(void)
{
    nanosleep(&(struct timespec){.tv_sec = 3}, NULL);
}

enum { BLOB_BYTES = 1000000 };

/* Each in its own way in the middle of something when time stops. */
struct cast {
    struct peer half, whole, reader, late[5];
};

static void begin(struct cast *c, const struct server *s)
{
    fault_connect(&c->half, s);
    peer_send_text(&c->half, "ECHO ha");
    peer_await_taken(&c->half);
    if (!server_serves_many(s->model))
        return;
    fault_connect(&c->whole, s);
    cr_assert(peer_ask(&c->whole, "PING\r\n", "+PONG\r\n"));
    fault_connect(&c->reader, s);
    peer_send_text(&c->reader, "BLOB 1000000\r\n");
}

static void go_on(struct cast *c, const struct server *s)
{
    enum { LATE = sizeof c->late / sizeof *c->late };
    bool many = server_serves_many(s->model);
    if (many) {
        peer_forget(&c->whole);
        peer_send_text(&c->whole, "INCR n\r\nPING\r\n");
    }
    peer_send_text(&c->half, "lf\r\n");
    peer_half_close(&c->half);
    for (int i = 0; i < LATE; i++) {
        fault_connect(&c->late[i], s); /* the kernel does it alone */
        peer_send_text(&c->late[i], "PING\r\n");
        peer_half_close(&c->late[i]);
    }
    stand_still();
    server_go_on(s);
    cr_expect(peer_await_end(&c->half) && c->half.length == strlen("$4\r\nhalf\r\n"),
              "%s: \"%.*s\"", s->model->name, (int)c->half.length, c->half.in);
    peer_close(&c->half);
    if (many) {
        cr_expect(peer_await_length(&c->whole, strlen(":1\r\n+PONG\r\n")), "%s", s->model->name);
        cr_expect(peer_await_length(&c->reader, strlen("$1000000\r\n") + BLOB_BYTES + 2), "%s",
                  s->model->name);
        peer_close(&c->whole);
        peer_close(&c->reader);
    }
    for (int i = 0; i < LATE; i++) {
        cr_expect(peer_await_end(&c->late[i]) && c->late[i].length == strlen("+PONG\r\n"),
                  "%s: late client %d", s->model->name, i);
        peer_close(&c->late[i]);
    }
}

/* The request timeout is over when it goes on, but what it waited for has come. */
FAULT_TEST(faults_time, fault_28_all_stand_still, FAULT_ALL)
{
    struct server server;
    struct cast cast;
    server_start(&server, model, (const char *[]){"--request-timeout=500ms", NULL});
    struct fault_base base = fault_base(&server);
    begin(&cast, &server);
    kill(-server.process.pid, SIGSTOP);
    go_on(&cast, &server);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "request_timeouts") + field_number(served, "write_timeouts") +
                      field_number(served, "idle_timeouts") + field_number(served, "resets") ==
                  0,
              "%s", served);
    free(served);
}

/* One process stands still with its client, and with nobody else. faults_acceptor has those that
 * have no client. */
FAULT_TEST(faults_time, fault_28_one_stands_still, FAULT_PROCESSES)
{
    struct server server;
    struct peer held;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    fault_connect(&held, &server);
    pid_t child = (pid_t)fault_info(&held, "handler_process_id");
    kill(child, SIGSTOP);
    peer_send_text(&held, "PING\r\n");
    for (int i = 0; i < SERVER_WORKERS; i++)
        fault_expect_prompt_answer(&server);
    stand_still();
    fault_expect_prompt_answer(&server);
    cr_expect(!fault_hears_within(&held, 0));
    kill(child, SIGCONT);
    cr_expect(peer_await_length(&held, strlen("+PONG\r\n")));
    peer_close(&held);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "children_killed") == 0, "%s", served);
    free(served);
}
