/* A server's life: what it prints, what it counts, how it ends, and what it leaves: nothing. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "peer.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(lifecycle, NAME)                                                   \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, lifecycle, NAME, .timeout = 60)

static void ask_once(const struct server *s, const char *request, const char *reply)
{
    struct peer p;
    cr_assert(peer_connect(&p, s), "%s: no connection: %m", s->model->name);
    cr_expect(peer_ask(&p, request, reply), "%s: %s: \"%.*s\"", s->model->name, request,
              (int)p.length, p.in);
    peer_close(&p);
}

static void expect_number(const char *line, const char *key, double value)
{
    cr_expect(field_number(line, key) == value, "%s is not %.0f in: %s", key, value, line);
}

MODEL_TEST(ready_line)
{
    struct server server, other;
    char expected[256];
    server_start(&server, model, NULL);
    server_start(&other, model, NULL);
    const char *name = strrchr(model->binary, '/') + 1;
    snprintf(expected, sizeof expected, "ready server=%s model=%s address=127.0.0.1 port=%u pid=%d",
             name, model->model, (unsigned)server.port, (int)server.process.pid);
    cr_expect_str_eq(server.ready, expected);
    cr_expect(server.port != 0 && server.port != other.port);
    ask_once(&server, "PING\r\n", "+PONG\r\n");
    free(server_stop(&other, SIGTERM));
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(served_line)
{
    struct server server;
    server_start(&server, model, NULL);
    for (int i = 0; i < 5; i++)
        ask_once(&server, "PING\r\nPING x\r\n\r\n", "+PONG\r\n$1\r\nx\r\n");
    ask_once(&server, "PING a b\r\n", "-ERR wrong number of arguments for 'ping' command\r\n");
    ask_once(&server, "*x\r\n", "-ERR Protocol error: invalid multibulk length\r\n");
    char *served = server_stop(&server, SIGTERM);
    char *name = field_text(served, "server"), *served_model = field_text(served, "model");
    cr_expect_str_eq(name, strrchr(model->binary, '/') + 1);
    cr_expect_str_eq(served_model, model->model);
    expect_number(served, "connections", 7);
    expect_number(served, "commands", 11);
    expect_number(served, "error_replies", 1);
    expect_number(served, "protocol_errors", 1);
    expect_number(served, "rejected", 0);
    expect_number(served, "spawn_failures", 0);
    expect_number(served, "children_killed", 0);
    cr_expect(field_number(served, "peak_clients") >= 1);
    free(name);
    free(served_model);
    free(served);
}

MODEL_TEST(ends_idle)
{
    struct server server;
    server_start(&server, model, NULL);
    free(server_stop(&server, SIGTERM));
    server_start(&server, model, NULL);
    free(server_stop(&server, SIGINT));
}

/* Everyone who is connected sees the end in order, those not yet served included. */
MODEL_TEST(ends_with_idle_clients)
{
    enum { CLIENTS = 5 };
    struct server server;
    struct peer peers[CLIENTS];
    server_start(&server, model, NULL);
    for (int i = 0; i < CLIENTS; i++) {
        cr_assert(peer_connect(&peers[i], &server));
        if (i == 0 || server_serves_many(model))
            cr_expect(peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"));
    }
    kill(server.process.pid, SIGTERM);
    for (int i = 0; i < CLIENTS; i++) {
        peer_forget(&peers[i]);
        cr_expect(peer_await_end(&peers[i]) && peers[i].length == 0, "%s: client %d", model->name,
                  i);
        peer_close(&peers[i]);
    }
    char *served = server_stop(&server, 0);
    expect_number(served, "connections", CLIENTS);
    free(served);
}

/* What was received before the signal is answered before the end. */
MODEL_TEST(answers_before_it_ends)
{
    struct server server;
    struct peer peer;
    server_start(&server, model, NULL);
    cr_assert(peer_connect(&peer, &server));
    peer_send_text(&peer, "SLEEP 200000\r\nECHO x\r\n");
    peer_await_taken(&peer);
    peer_send_text(&peer, "ECHO y\r\n");
    kill(server.process.pid, SIGTERM);
    cr_expect(peer_await_end(&peer) && peer.length == strlen("+OK\r\n$1\r\nx\r\n$1\r\ny\r\n"),
              "%s: \"%.*s\"", model->name, (int)peer.length, peer.in);
    peer_close(&peer);
    free(server_stop(&server, 0));
}

/* A second signal does not wait for a handler that is at work. */
MODEL_TEST(second_signal_ends_at_once)
{
    struct server server;
    struct peer peer;
    server_start(&server, model, (const char *[]){"--drain-timeout=15", NULL});
    cr_assert(peer_connect(&peer, &server));
    peer_send_text(&peer, "SLEEP 14000000\r\n");
    peer_await_taken(&peer);
    int64_t start_ns = clock_now_ns();
    kill(server.process.pid, SIGTERM);
    kill(server.process.pid, SIGINT);
    cr_expect(peer_await_end(&peer) || peer.state == PEER_RESET);
    free(server_stop(&server, 0));
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < 5000, "%s took %d ms", model->name, (int)took_ms);
    peer_close(&peer);
}

MODEL_TEST(drain_time_is_a_limit)
{
    struct server server;
    struct peer peer;
    server_start(&server, model, (const char *[]){"--drain-timeout=100ms", NULL});
    cr_assert(peer_connect(&peer, &server));
    peer_send_text(&peer, "SLEEP 14000000\r\n");
    peer_await_taken(&peer);
    int64_t start_ns = clock_now_ns();
    free(server_stop(&server, SIGTERM));
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < 5000, "%s took %d ms", model->name, (int)took_ms);
    peer_close(&peer);
}

MODEL_TEST(lives_on_after_other_signals)
{
    struct server server;
    server_start(&server, model, NULL);
    kill(server.process.pid, SIGHUP);
    kill(server.process.pid, SIGPIPE);
    ask_once(&server, "PING\r\n", "+PONG\r\n");
    free(server_stop(&server, SIGTERM));
}

/* Nobody reads its served line: no reason to die of SIGPIPE. */
MODEL_TEST(ends_without_a_reader)
{
    struct server server;
    server_start(&server, model, NULL);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, server.process.out);
    close(nothing);
    ask_once(&server, "PING\r\n", "+PONG\r\n");
    kill(server.process.pid, SIGTERM);
    cr_expect_eq(process_exit_status(process_wait(&server.process)), 0);
    process_free(&server.process);
    free(server.ready);
}

/* True if a new client is served, false if it is refused in the way it should be. */
static bool is_let_in(const struct server *s)
{
    struct peer p;
    cr_assert(peer_connect(&p, s));
    peer_await_taken(&p);
    peer_send_text(&p, "QUIT\r\n");
    bool ended = peer_await_end(&p);
    bool served = p.length == strlen("+OK\r\n") && memcmp(p.in, "+OK\r\n", p.length) == 0;
    static const char refusal[] = "-ERR max number of clients reached\r\n";
    bool refused = p.length == sizeof refusal - 1 && memcmp(p.in, refusal, p.length) == 0;
    cr_expect(served || refused, "%s: \"%.*s\"", s->model->name, (int)p.length, p.in);
    /* A refused client that speaks may cross the server's close with its own bytes. */
    cr_expect(ended || (refused && p.state == PEER_RESET));
    peer_close(&p);
    return served;
}

MODEL_TEST(max_clients)
{
    if (!server_serves_many(model))
        cr_skip_test("%s has one client at a time; the others wait", model->name);
    struct server server;
    struct peer first, second;
    server_start(&server, model, (const char *[]){"--max-clients=2", NULL});
    cr_assert(peer_connect(&first, &server));
    cr_assert(peer_connect(&second, &server));
    cr_expect(peer_ask(&first, "PING\r\n", "+PONG\r\n"));
    cr_expect(peer_ask(&second, "PING\r\n", "+PONG\r\n"));
    cr_expect(!is_let_in(&server));
    cr_expect(!is_let_in(&server));
    cr_expect(peer_ask(&second, "PING\r\n", "+PONG\r\n"));
    peer_close(&first);
    int more_refusals = 0;
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (!is_let_in(&server) && clock_now_ns() < deadline_ns)
        more_refusals++;
    cr_expect(clock_now_ns() < deadline_ns, "%s: the slot never became free", model->name);
    peer_close(&second);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "rejected", 2 + more_refusals);
    expect_number(served, "connections", 3);
    expect_number(served, "peak_clients", 2);
    free(served);
}

MODEL_TEST(idle_timeout)
{
    struct server server;
    struct peer peer;
    server_start(&server, model, (const char *[]){"--idle-timeout=500ms", NULL});
    cr_assert(peer_connect(&peer, &server));
    cr_expect(peer_ask(&peer, "PING\r\n", "+PONG\r\n"));
    int64_t start_ns = clock_now_ns();
    peer_forget(&peer);
    cr_expect(peer_await_end(&peer) && peer.length == 0);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms >= 450 && took_ms < 5000, "%s: closed after %d ms", model->name,
              (int)took_ms);
    peer_close(&peer);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "idle_timeouts", 1);
    free(served);
}

/* However its bytes trickle, a request is complete in time or is cut off. */
MODEL_TEST(request_timeout)
{
    struct server server;
    struct peer peer;
    server_start(&server, model, (const char *[]){"--request-timeout=500ms", NULL});
    cr_assert(peer_connect(&peer, &server));
    int64_t start_ns = clock_now_ns();
    peer_send_text(&peer, "ECHO ");
    while (peer.state == PEER_OPEN && clock_now_ns() - start_ns < PATIENCE_S * CLOCK_S) {
        peer_send_text(&peer, "x");
        peer_await_taken(&peer);
        pause_ms();
    }
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(peer.length == 0 && took_ms >= 450 && took_ms < 5000, "%s: closed after %d ms",
              model->name, (int)took_ms);
    peer_close(&peer);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "request_timeouts", 1);
    free(served);
}

/* It counts from the first byte of each, though the end of one always comes with the beginning of
 * the next. */
MODEL_TEST(request_timeout_begins_anew)
{
    struct server server;
    struct peer peer;
    server_start(&server, model, (const char *[]){"--request-timeout=1", NULL});
    cr_assert(peer_connect(&peer, &server));
    peer_send_text(&peer, "SL");
    for (int i = 0; i < 4; i++) {
        peer_forget(&peer);
        pause_ms(); /* the server finds nothing to read, and looks at its deadline */
        cr_expect(peer_ask(&peer, "EEP 400000\r\nSL", "+OK\r\n"), "%s: cut off in request %d",
                  model->name, i);
    }
    peer_close(&peer);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "request_timeouts", 0);
    free(served);
}

/* While one client's request waits, another's is answered, in all models that promise it. */
MODEL_TEST(clients_do_not_wait_for_each_other)
{
    if (!server_works_on_many(model))
        cr_skip_test("%s lets them wait: that is its lesson", model->name);
    struct server server;
    struct peer sleeper;
    server_start(&server, model, NULL);
    cr_assert(peer_connect(&sleeper, &server));
    peer_send_text(&sleeper, "SLEEP 1000000\r\n");
    peer_await_taken(&sleeper);
    ask_once(&server, "PING\r\n", "+PONG\r\n");
    struct peer spinner;
    cr_assert(peer_connect(&spinner, &server));
    cr_expect(peer_ask(&spinner, "SPIN 1000\r\n", "+OK\r\n"));
    peer_close(&spinner);
    cr_expect(sleeper.length == 0);
    cr_expect(peer_await_length(&sleeper, strlen("+OK\r\n")));
    peer_close(&sleeper);
    free(server_stop(&server, SIGTERM));
}

/* A client that waits for its turn gets it when the one before it leaves. */
MODEL_TEST(next_client_is_served)
{
    struct server server;
    struct peer first, next;
    server_start(&server, model, NULL);
    cr_assert(peer_connect(&first, &server));
    cr_expect(peer_ask(&first, "PING\r\n", "+PONG\r\n"));
    cr_assert(peer_connect(&next, &server));
    peer_send_text(&next, "PING\r\n");
    peer_close(&first);
    cr_expect(peer_await_length(&next, strlen("+PONG\r\n")));
    peer_close(&next);
    free(server_stop(&server, SIGTERM));
}

/* What a handler computed is on the bill, whichever thread or process that was. */
MODEL_TEST(cpu_is_accounted)
{
    struct server server;
    server_start(&server, model, NULL);
    ask_once(&server, "SPIN 200000\r\n", "+OK\r\n");
    char *served = server_stop(&server, SIGTERM);
    double cpu_us = field_number(served, "cpu_self_us") + field_number(served, "cpu_children_us");
    cr_expect(cpu_us >= 150000, "%s", served);
    free(served);
}
