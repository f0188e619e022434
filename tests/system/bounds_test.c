/* The limits on what one client may ask for: each is an option, strikes as PROTOCOL.md says, and
 * bounds what the server holds for that client. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

#define X64          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define BROKEN(WHAT) "-ERR Protocol error: " WHAT "\r\n"

static const struct {
    const char *request, *reply;
    bool closed;
} asked[] = {
    {"ECHO " X64 "\r\n", BROKEN("too big inline request"), true},
    {"*2\r\n$4\r\nECHO\r\n$64\r\n" X64 "\r\n", "$64\r\n" X64 "\r\n", false},
    {"*2\r\n$4\r\nECHO\r\n$1002\r\n", BROKEN("too big request"), true},
    {"*5\r\n$3\r\nSUM\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n",
     BROKEN("too many arguments in request"), true},
    {"*4\r\n$3\r\nSUM\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n", ":6\r\n", false},
    {"SUM 1 2 3 4\r\n", BROKEN("too many arguments in inline request"), true},
    {"BLOB 10\r\n", "$10\r\nabcdefghij\r\n", false},
    {"BLOB 11\r\n", "-ERR value must be from 0 to 10\r\n", false},
    {"SLEEP 1001\r\n", "-ERR value must be from 0 to 1000\r\n", false},
    {"SPIN 1000\r\n", "+OK\r\n", false},
    {"CONFIG GET proto-max-bulk-len\r\n", "*2\r\n$18\r\nproto-max-bulk-len\r\n$4\r\n1024\r\n",
     false},
};

FAULT_TEST(bounds, options_strike, FAULT_ALL)
{
    struct server server;
    server_start(&server, model,
                 (const char *[]){"--max-request=1k", "--max-arguments=4", "--max-line=64",
                                  "--max-blob=10", "--max-handler=1ms", "--max-pending=1k", NULL});
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct peer p;
        fault_connect(&p, &server);
        cr_expect(peer_ask(&p, asked[i].request, asked[i].reply), "%s: %s: \"%.*s\"", model->name,
                  asked[i].request, (int)p.length, p.in);
        cr_expect(!asked[i].closed || peer_await_end(&p), "%s: %s: state %d", model->name,
                  asked[i].request, (int)p.state);
        peer_close(&p);
    }
    free(server_stop(&server, SIGTERM));
}

/* By default: as many empty arguments as may come, and then one too many. */
FAULT_TEST(bounds, arguments_cost_little, FAULT_ALL)
{
    enum { ARGUMENTS = 1 << 20, EACH_BYTES = 6, MOST_KB = 64 << 10 };
    static char request[32 + ARGUMENTS * EACH_BYTES];
    struct server server;
    struct peer p;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    size_t length = (size_t)sprintf(request, "*2147483647\r\n");
    for (int i = 0; i < ARGUMENTS; i++, length += EACH_BYTES)
        memcpy(request + length, "$0\r\n\r\n", EACH_BYTES);
    fault_connect(&p, &server);
    peer_send(&p, request, length - 1);
    cr_expect(!fault_hears_within(&p, 0) && p.state == PEER_OPEN, "%s does not wait", model->name);
    peer_await_taken(&p);
    int64_t held_kb = process_memory_kb(&server.process) - base.memory_kb;
    cr_log_info("%s: %d KiB for a million arguments", model->name, (int)held_kb);
    cr_expect(SANITIZED || held_kb < MOST_KB, "%s holds %d KiB", model->name, (int)held_kb);
    peer_send(&p, "\n", 1);
    static const char reply[] = BROKEN("too many arguments in request");
    cr_expect(peer_await_end(&p) && p.length == sizeof reply - 1 &&
                  memcmp(p.in, reply, p.length) == 0,
              "%s: state %d, \"%.*s\"", model->name, (int)p.state, (int)p.length, p.in);
    peer_close(&p);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* One client too many, who has spoken before it was accepted: the error, and the end in order. */
FAULT_TEST(bounds, refused_after_speaking, FAULT_ALL)
{
    static const char refusal[] = "-ERR max number of clients reached\r\n";
    struct server server;
    struct peer first, second;
    if (!server_serves_many(model))
        cr_skip_test("%s has one client at a time; the others wait", model->name);
    server_start(&server, model, (const char *[]){"--max-clients=1", NULL});
    fault_connect(&first, &server);
    cr_assert(peer_ask(&first, "PING\r\n", "+PONG\r\n"));
    kill(-server.process.pid, SIGSTOP);
    fault_connect(&second, &server);
    peer_send_text(&second, "PING\r\nPING\r\n");
    server_go_on(&server);
    cr_expect(peer_await_end(&second) && second.length == sizeof refusal - 1 &&
                  memcmp(second.in, refusal, second.length) == 0,
              "%s: state %d, \"%.*s\"", model->name, (int)second.state, (int)second.length,
              second.in);
    cr_expect(peer_ask(&first, "PING\r\n", "+PONG\r\n"));
    peer_close(&second);
    peer_close(&first);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "rejected") == 1, "%s", served);
    free(served);
}
