/* Programs that others wrote, talking to every model. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(tools, NAME)                                                       \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, tools, NAME, .timeout = 60)

/* Runs a shell command in which PORT is the server's, and checks what it prints. */
static void expect_output(const struct server_model *model, const char *program,
                          const char *command, const char *output)
{
    if (!program_exists(program))
        cr_skip_test("%s is not installed", program);
    struct server server;
    char line[512];
    server_start(&server, model, NULL);
    snprintf(line, sizeof line, "PORT=%u; %s", (unsigned)server.port, command);
    struct outcome o = process_run((const char *[]){"sh", "-c", line, NULL});
    cr_expect(o.status == 0 && strstr(o.out, output) != NULL,
              "%s: %s: exit status %d, printed \"%s\", complained \"%s\"", model->name, command,
              o.status, o.out, o.err);
    outcome_free(&o);
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(redis_cli)
{
    expect_output(model, "redis-cli", "redis-cli -p $PORT ECHO bonjour", "bonjour\n");
}

MODEL_TEST(redis_cli_in_resp3)
{
    expect_output(model, "redis-cli", "redis-cli -3 -p $PORT PING salut 2>&1", "salut\n");
}

/* Its last request is an ECHO of random bytes, by which it knows that all is answered. */
MODEL_TEST(redis_cli_pipe)
{
    expect_output(model, "redis-cli",
                  "yes PING | head -1000 | sed 's/$/\\r/' | redis-cli -p $PORT --pipe",
                  "errors: 0, replies: 1000");
}

/* Of its second line: keys, clients, blocked, requests and the requests since the first line. */
MODEL_TEST(redis_cli_stat)
{
    expect_output(model, "redis-cli",
                  "timeout 20 stdbuf -oL redis-cli -p $PORT --stat -i 0.01 2>&1 | "
                  "awk 'NR == 4 {print $1, $3, $4, $5, $6; exit}'",
                  "0 1 0 2 (+1)\n");
}

MODEL_TEST(redis_benchmark)
{
    const char *command = "redis-benchmark -p $PORT -t ping -n 1000 -P 4 -c 5 --csv 2>&1";
    if (!server_serves_many(model))
        command = "redis-benchmark -p $PORT -t ping -n 1000 -P 4 -c 1 --csv 2>&1";
    expect_output(model, "redis-benchmark", command, "\"PING_MBULK\",");
}

MODEL_TEST(netcat)
{
    expect_output(model, "nc", "printf 'PING\\r\\nQUIT\\r\\n' | nc 127.0.0.1 $PORT",
                  "+PONG\r\n+OK\r\n");
}
