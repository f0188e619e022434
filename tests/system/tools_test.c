/* Programs that others wrote, talking to every model: redis-cli in all its ways of life,
 * redis-benchmark, nc. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"
#include "terminal.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(tools, NAME)                                                       \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, tools, NAME, .timeout = 60)

static void need(const char *program)
{
    if (!program_exists(program))
        cr_skip_test("%s is not installed", program);
}

/* Runs a shell command in which PORT is the server's. */
static struct outcome run(const struct server *server, const char *command)
{
    char line[512];
    snprintf(line, sizeof line, "PORT=%u; %s", (unsigned)server->port, command);
    return process_run((const char *[]){"sh", "-c", line, NULL});
}

/* Checks its exit status and, if `output` is not NULL, that it prints exactly this. */
static void expect_run(const struct server *server, const char *command, int status,
                       const char *output)
{
    struct outcome o = run(server, command);
    cr_expect(o.status == status && (output == NULL || strcmp(o.out, output) == 0),
              "%s: %s: exit status %d, printed \"%s\", complained \"%s\"", server->model->name,
              command, o.status, o.out, o.err);
    outcome_free(&o);
}

/* Checks that it exits 0 and that what it prints holds this. */
static void expect_within(const struct server *server, const char *command, const char *output)
{
    struct outcome o = run(server, command);
    cr_expect(o.status == 0 && strstr(o.out, output) != NULL,
              "%s: %s: exit status %d, printed \"%s\", complained \"%s\"", server->model->name,
              command, o.status, o.out, o.err);
    outcome_free(&o);
}

/* ---- redis-cli with a command ---- */

MODEL_TEST(redis_cli)
{
    need("redis-cli");
    struct server server;
    server_start(&server, model, NULL);
    expect_run(&server, "redis-cli -p $PORT PING", 0, "PONG\n");
    expect_run(&server, "redis-cli -p $PORT ECHO 'bon jour'", 0, "bon jour\n");
    expect_run(&server, "redis-cli -p $PORT SUM 1 -2 3", 0, "2\n");
    expect_run(&server, "redis-cli -p $PORT SET key 'a value'", 0, "OK\n");
    expect_run(&server, "redis-cli -p $PORT GET key", 0, "a value\n");
    expect_run(&server, "redis-cli -p $PORT -r 3 INCR count", 0, "1\n2\n3\n");
    expect_run(&server, "redis-cli -p $PORT -r 3 PING", 0, "PONG\nPONG\nPONG\n");
    expect_run(&server, "printf 'from stdin' | redis-cli -x -p $PORT ECHO", 0, "from stdin\n");
    expect_run(&server, "redis-cli -e -p $PORT PING a b 2>&1", 1,
               "ERR wrong number of arguments for 'ping' command\n");
    expect_within(&server, "redis-cli -p $PORT -n 1 PING 2>&1",
                  "SELECT 1 failed: ERR DB index is out of range\nPONG\n");
    expect_within(&server, "redis-cli -p $PORT INFO", "\nredis_version:");
    free(server_stop(&server, SIGTERM));
}

/* The reply forms of RESP3, as redis-cli shows them: maps, null, the verbatim string. */
MODEL_TEST(redis_cli_in_resp3)
{
    need("redis-cli");
    struct server server;
    server_start(&server, model, NULL);
    expect_run(&server, "redis-cli -3 -p $PORT PING salut 2>&1", 0, "salut\n");
    expect_run(&server, "redis-cli -3 --no-raw -p $PORT CONFIG GET appendonly timeout 2>&1", 0,
               "1# \"appendonly\" => \"no\"\n2# \"timeout\" => \"300\"\n");
    expect_run(&server, "redis-cli -3 --no-raw -p $PORT CLIENT GETNAME 2>&1", 0, "(nil)\n");
    expect_run(&server, "redis-cli -3 --no-raw -p $PORT GET nosuch 2>&1", 0, "(nil)\n");
    expect_within(&server, "redis-cli -3 --no-raw -p $PORT HELLO 2>&1", "\"proto\" => (integer) 3");
    expect_within(&server, "redis-cli -3 -p $PORT INFO server 2>&1", "# Server\r\nredis_version:");
    free(server_stop(&server, SIGTERM));
}

/* Errors are shown, and the next line is asked all the same. */
MODEL_TEST(redis_cli_from_standard_input)
{
    need("redis-cli");
    struct server server;
    server_start(&server, model, NULL);
    expect_run(&server,
               "printf 'PING\\nECHO \"a\\\\tb\"\\nNOPE x\\nSUM 1 2\\n' | redis-cli -p $PORT", 0,
               "PONG\na\tb\nERR unknown command 'NOPE', with args beginning with: 'x' \n\n3\n");
    free(server_stop(&server, SIGTERM));
}

/* ---- redis-cli before a person ---- */

/* Starts redis-cli with these options on a terminal. */
static void start_redis_cli(struct terminal *t, const struct server *server, const char *options)
{
    char line[256];
    snprintf(line, sizeof line,
             "TERM=xterm REDISCLI_HISTFILE=/dev/null REDISCLI_RCFILE=/dev/null "
             "exec redis-cli -p %u %s",
             (unsigned)server->port, options);
    terminal_start(t, (const char *[]){"sh", "-c", line, NULL});
}

/* Types a line when it is asked for one, and awaits the answer. What is typed before the prompt is
 * there would be thrown away when redis-cli sets up the terminal for its next line. */
static void converse(struct terminal *t, const char *line, const char *answer)
{
    terminal_await(t, "127.0.0.1:");
    terminal_await(t, "> ");
    terminal_type(t, line);
    terminal_type(t, "\r");
    terminal_await(t, answer);
}

/* It asks for COMMAND DOCS when it starts, and knows our commands from that. */
MODEL_TEST(redis_cli_interactive)
{
    need("redis-cli");
    struct server server;
    struct terminal t;
    server_start(&server, model, NULL);
    start_redis_cli(&t, &server, "");
    converse(&t, "help sum", "summary:\x1b[0m Adds 64-bit integers.");
    converse(&t, "sum 40 2", "(integer) 42\r\n");
    converse(&t, "hello 3", "\"proto\" => (integer) 3\r\n");
    converse(&t, "client getname", "(nil)\r\n");
    converse(&t, "nope", "(error) ERR unknown command 'nope'");
    converse(&t, "quit", "\r\n");
    cr_expect(terminal_wait(&t) == 0, "%s: redis-cli failed", model->name);
    free(server_stop(&server, SIGTERM));
}

/* Of its second line: keys, clients, blocked, requests and the requests since the first line. */
MODEL_TEST(redis_cli_stat)
{
    need("redis-cli");
    struct server server;
    server_start(&server, model, NULL);
    expect_run(&server,
               "timeout 20 stdbuf -oL redis-cli -p $PORT --stat -i 0.01 2>&1 | "
               "awk 'NR == 4 {print $1, $3, $4, $5, $6; exit}'",
               0, "0 1 0 2 (+1)\n");
    free(server_stop(&server, SIGTERM));
}

/* For a person it goes on for ever; for a program it prints one line after its interval. */
MODEL_TEST(redis_cli_latency)
{
    need("redis-cli");
    struct server server;
    struct terminal t;
    server_start(&server, model, NULL);
    start_redis_cli(&t, &server, "--latency");
    terminal_await(&t, "(1 samples)");
    terminal_await(&t, "(3 samples)");
    terminal_type(&t, "\x03");
    terminal_wait(&t);
    start_redis_cli(&t, &server, "--latency-history -i 0.05");
    terminal_await(&t, "seconds range");
    terminal_await(&t, "(1 samples)");
    terminal_type(&t, "\x03");
    terminal_wait(&t);
    expect_run(&server,
               "redis-cli -p $PORT --latency --raw -i 0.05 | grep -cE '^[0-9]+ [0-9]+ [0-9.]+ "
               "[0-9]+$'",
               0, "1\n");
    free(server_stop(&server, SIGTERM));
}

/* ---- masses ---- */

/* Its last request is an ECHO of random bytes, by which it knows that all is answered. */
MODEL_TEST(redis_cli_pipe)
{
    need("redis-cli");
    struct server server;
    server_start(&server, model, NULL);
    expect_within(&server, "yes PING | head -20000 | sed 's/$/\\r/' | redis-cli -p $PORT --pipe",
                  "errors: 0, replies: 20000\n");
    expect_within(&server,
                  "yes '*2\r\n$4\r\nECHO\r\n$300\r\n'$(printf %0300d 7)'\r' | head -25000 | "
                  "redis-cli -p $PORT --pipe",
                  "errors: 0, replies: 5000\n");
    expect_within(&server,
                  "for i in $(seq 1000); do printf '*3\r\n$3\r\nSET\r\n$7\r\nkey%04d\r\n"
                  "$3\r\nx y\r\n' $i; done | redis-cli -p $PORT --pipe",
                  "errors: 0, replies: 1000\n");
    expect_run(&server, "redis-cli -p $PORT DBSIZE; redis-cli -p $PORT GET key0987", 0,
               "1000\nx y\n");
    /* Its exit status is 1 when there were errors. */
    struct outcome o = run(&server, "printf 'PING\\r\\nSUM x\\r\\nPING\\r\\n' | "
                                    "redis-cli -p $PORT --pipe 2>&1");
    cr_expect(o.status == 1 && strstr(o.out, "errors: 1, replies: 3\n") != NULL,
              "%s: exit status %d, printed \"%s\"", model->name, o.status, o.out);
    outcome_free(&o);
    free(server_stop(&server, SIGTERM));
}

/* Checks that it prints a throughput for each of its tests, and nothing of an error. The model that
 * serves one client at a time gets one. */
static void expect_benchmark(const struct server_model *model, const char *tests, int count)
{
    enum { CLIENTS = 10 };
    need("redis-benchmark");
    struct server server;
    char command[256];
    server_start_for(&server, model, CLIENTS + 1, NULL);
    snprintf(command, sizeof command, "redis-benchmark -p $PORT -t %s -n 8000 -P 16 -c %d -q 2>&1",
             tests, server_serves_many(model) ? CLIENTS : 1);
    struct outcome o = run(&server, command);
    int throughputs = 0;
    for (const char *at = o.out; (at = strstr(at, "requests per second")) != NULL; at++)
        throughputs++;
    cr_expect(o.status == 0 && throughputs == count && strstr(o.out, "rror") == NULL &&
                  strstr(o.out, "ERR") == NULL && strstr(o.out, "WARNING") == NULL,
              "%s: %s: exit status %d, printed \"%s\"", model->name, command, o.status, o.out);
    outcome_free(&o);
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(redis_benchmark)
{
    expect_benchmark(model, "ping_inline,ping_mbulk", 2);
}

MODEL_TEST(redis_benchmark_of_state)
{
    expect_benchmark(model, "set,get,incr", 3);
}

MODEL_TEST(netcat)
{
    need("nc");
    struct server server;
    server_start(&server, model, NULL);
    expect_run(&server, "printf 'PING\\r\\nQUIT\\r\\n' | nc 127.0.0.1 $PORT", 0,
               "+PONG\r\n+OK\r\n");
    free(server_stop(&server, SIGTERM));
}
