/* hiredis, the C client library, as the client of every model. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(hiredis, NAME)                                                     \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, hiredis, NAME, .timeout = 60)

/* With a time-out, so that a reply that never comes fails the test. */
static redisContext *connect_to(const struct server *server)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    redisContext *context = redisConnectWithTimeout("127.0.0.1", server->port, patience);
    cr_assert(context != NULL && context->err == 0, "%s: no connection: %s", server->model->name,
              context != NULL ? context->errstr : "no memory");
    cr_assert(redisSetTimeout(context, patience) == REDIS_OK);
    return context;
}

/* Compares a reply with its type and its text (of an integer, the digits), and frees it. */
static void expect(redisContext *context, redisReply *reply, int type, const char *text)
{
    char digits[32];
    cr_assert(reply != NULL, "no reply where \"%s\" was expected: %s", text, context->errstr);
    const char *got = reply->str;
    if (reply->type == REDIS_REPLY_INTEGER) {
        snprintf(digits, sizeof digits, "%lld", reply->integer);
        got = digits;
    }
    cr_expect(reply->type == type && (type == REDIS_REPLY_NIL || strcmp(got, text) == 0),
              "reply of type %d, \"%s\"; expected type %d, \"%s\"", reply->type,
              got != NULL ? got : "", type, text);
    freeReplyObject(reply);
}

static void ask(redisContext *context, int type, const char *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    redisReply *reply = redisvCommand(context, format, arguments);
    va_end(arguments);
    expect(context, reply, type, text);
}

/* The reply to the oldest request that was only appended. */
static void expect_next(redisContext *context, int type, const char *text)
{
    void *reply = NULL;
    cr_assert(redisGetReply(context, &reply) == REDIS_OK, "%s", context->errstr);
    expect(context, reply, type, text);
}

MODEL_TEST(commands)
{
    struct server server;
    server_start(&server, model, NULL);
    redisContext *context = connect_to(&server);
    ask(context, REDIS_REPLY_STATUS, "PONG", "PING");
    ask(context, REDIS_REPLY_STRING, "salut", "PING %s", "salut");
    ask(context, REDIS_REPLY_INTEGER, "-9223372036854775808", "SUM -9223372036854775807 -1");
    ask(context, REDIS_REPLY_INTEGER, "9223372036854775807", "SUM %lld", 9223372036854775807LL);
    ask(context, REDIS_REPLY_STRING, "", "ECHO %s", "");
    ask(context, REDIS_REPLY_STRING, "", "BLOB 0");
    ask(context, REDIS_REPLY_NIL, NULL, "CLIENT GETNAME");
    ask(context, REDIS_REPLY_STATUS, "OK", "CLIENT SETNAME here");
    ask(context, REDIS_REPLY_STRING, "here", "CLIENT GETNAME");
    redisFree(context);
    free(server_stop(&server, SIGTERM));
}

/* An error is a reply: the context stays good. */
MODEL_TEST(errors)
{
    struct server server;
    server_start(&server, model, NULL);
    redisContext *context = connect_to(&server);
    ask(context, REDIS_REPLY_ERROR, "ERR unknown command 'NOPE', with args beginning with: 'a b' ",
        "NOPE %s", "a b");
    ask(context, REDIS_REPLY_ERROR, "ERR wrong number of arguments for 'echo' command", "ECHO");
    ask(context, REDIS_REPLY_ERROR, "ERR value is not an integer or out of range", "SUM 1 x");
    ask(context, REDIS_REPLY_ERROR, "ERR sum would overflow", "SUM 9223372036854775807 1");
    ask(context, REDIS_REPLY_ERROR, "NOPROTO unsupported protocol version", "HELLO 4");
    cr_expect(context->err == 0);
    ask(context, REDIS_REPLY_STATUS, "PONG", "PING");
    redisFree(context);
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(any_byte)
{
    enum { BYTES = 256, REPEATS = 1000 };
    struct server server;
    static char payload[REPEATS * BYTES];
    for (int i = 0; i < REPEATS * BYTES; i++)
        payload[i] = (char)(i % BYTES);
    server_start(&server, model, NULL);
    redisContext *context = connect_to(&server);
    redisReply *reply = redisCommand(context, "ECHO %b", payload, sizeof payload);
    cr_assert(reply != NULL, "%s", context->errstr);
    cr_expect(reply->type == REDIS_REPLY_STRING && reply->len == sizeof payload &&
              memcmp(reply->str, payload, sizeof payload) == 0);
    freeReplyObject(reply);
    redisFree(context);
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(a_mebibyte)
{
    struct server server;
    server_start(&server, model, NULL);
    redisContext *context = connect_to(&server);
    redisReply *reply = redisCommand(context, "BLOB %d", 1 << 20);
    cr_assert(reply != NULL, "%s", context->errstr);
    cr_assert(reply->type == REDIS_REPLY_STRING && reply->len == 1 << 20);
    for (int i = 0; i < 1 << 20; i++)
        cr_assert(reply->str[i] == "abcdefghijklmnopqrstuvwxyz"[i % 26], "byte %d", i);
    freeReplyObject(reply);
    redisFree(context);
    free(server_stop(&server, SIGTERM));
}

/* Replies come in the order of the requests, errors among them. */
MODEL_TEST(pipeline)
{
    enum { REQUESTS = 1000 };
    struct server server;
    char text[32];
    server_start(&server, model, NULL);
    redisContext *context = connect_to(&server);
    for (int i = 0; i < REQUESTS; i++) {
        redisAppendCommand(context, "ECHO %d", i);
        redisAppendCommand(context, "SUM %d 1", i);
        redisAppendCommand(context, "PING a b");
    }
    for (int i = 0; i < REQUESTS; i++) {
        snprintf(text, sizeof text, "%d", i);
        expect_next(context, REDIS_REPLY_STRING, text);
        snprintf(text, sizeof text, "%d", i + 1);
        expect_next(context, REDIS_REPLY_INTEGER, text);
        expect_next(context, REDIS_REPLY_ERROR, "ERR wrong number of arguments for 'ping' command");
    }
    redisFree(context);
    free(server_stop(&server, SIGTERM));
}

/* What one connection wrote is there for the next. */
MODEL_TEST(state)
{
    static const char value[] = "\0\r\n$-1\r\n\xff";
    struct server server;
    server_start(&server, model, NULL);
    redisContext *context = connect_to(&server);
    ask(context, REDIS_REPLY_NIL, NULL, "GET key");
    ask(context, REDIS_REPLY_STATUS, "OK", "SET %b %b", "k\0y", (size_t)3, value, sizeof value);
    ask(context, REDIS_REPLY_INTEGER, "0", "EXISTS k");
    redisReply *reply = redisCommand(context, "GET %b", "k\0y", (size_t)3);
    cr_assert(reply != NULL, "%s", context->errstr);
    cr_expect(reply->type == REDIS_REPLY_STRING && reply->len == sizeof value &&
              memcmp(reply->str, value, sizeof value) == 0);
    freeReplyObject(reply);
    ask(context, REDIS_REPLY_INTEGER, "1", "INCR count");
    ask(context, REDIS_REPLY_INTEGER, "11", "INCRBY count %d", 10);
    ask(context, REDIS_REPLY_INTEGER, "10", "DECR count");
    ask(context, REDIS_REPLY_INTEGER, "-1", "DECRBY count 11");
    ask(context, REDIS_REPLY_INTEGER, "-9223372036854775808", "DECRBY count %lld",
        9223372036854775807LL);
    redisFree(context);
    context = connect_to(&server);
    ask(context, REDIS_REPLY_STRING, "-9223372036854775808", "GET count");
    ask(context, REDIS_REPLY_ERROR, "ERR increment or decrement would overflow", "DECR count");
    ask(context, REDIS_REPLY_INTEGER, "2", "DBSIZE");
    ask(context, REDIS_REPLY_INTEGER, "1", "DEL count count %s", "nosuch");
    ask(context, REDIS_REPLY_STATUS, "OK", "FLUSHALL");
    ask(context, REDIS_REPLY_INTEGER, "0", "DBSIZE");
    redisFree(context);
    free(server_stop(&server, SIGTERM));
}

/* Two contexts at a time take turns to count. */
MODEL_TEST(shared_state)
{
    enum { CONTEXTS = 2, TURNS = 100 };
    if (!server_serves_many(model))
        cr_skip_test("%s serves one client at a time", model->name);
    struct server server;
    redisContext *contexts[CONTEXTS];
    char number[32];
    server_start(&server, model, NULL);
    for (int i = 0; i < CONTEXTS; i++)
        contexts[i] = connect_to(&server);
    for (int n = 0; n < TURNS; n++) {
        snprintf(number, sizeof number, "%d", n + 1);
        ask(contexts[n % CONTEXTS], REDIS_REPLY_INTEGER, number, "INCR count");
        ask(contexts[(n + 1) % CONTEXTS], REDIS_REPLY_STRING, number, "GET count");
    }
    for (int i = 0; i < CONTEXTS; i++)
        redisFree(contexts[i]);
    free(server_stop(&server, SIGTERM));
}

/* The seven pairs of HELLO, and CONFIG GET: flat arrays in version 2. */
MODEL_TEST(flat_maps)
{
    struct server server;
    char port[8];
    server_start(&server, model, NULL);
    snprintf(port, sizeof port, "%u", (unsigned)server.port);
    redisContext *context = connect_to(&server);
    redisReply *reply = redisCommand(context, "HELLO 2");
    cr_assert(reply != NULL, "%s", context->errstr);
    cr_assert(reply->type == REDIS_REPLY_ARRAY && reply->elements == 14);
    cr_expect_str_eq(reply->element[4]->str, "proto");
    cr_expect(reply->element[5]->integer == 2);
    cr_expect(reply->element[13]->type == REDIS_REPLY_ARRAY && reply->element[13]->elements == 0);
    freeReplyObject(reply);
    reply = redisCommand(context, "CONFIG GET port");
    cr_assert(reply != NULL, "%s", context->errstr);
    cr_assert(reply->type == REDIS_REPLY_ARRAY && reply->elements == 2);
    cr_expect_str_eq(reply->element[1]->str, port);
    freeReplyObject(reply);
    redisFree(context);
    free(server_stop(&server, SIGTERM));
}

#ifdef REDIS_REPLY_MAP
/* The forms of version 3: maps, null, the verbatim string. */
MODEL_TEST(version_3)
{
    struct server server;
    server_start(&server, model, NULL);
    redisContext *context = connect_to(&server);
    redisReply *reply = redisCommand(context, "HELLO 3");
    cr_assert(reply != NULL, "%s", context->errstr);
    cr_assert(reply->type == REDIS_REPLY_MAP && reply->elements == 14);
    cr_expect_str_eq(reply->element[4]->str, "proto");
    cr_expect(reply->element[5]->integer == 3);
    freeReplyObject(reply);
    ask(context, REDIS_REPLY_NIL, NULL, "CLIENT GETNAME");
    reply = redisCommand(context, "CONFIG GET appendonly");
    cr_assert(reply != NULL, "%s", context->errstr);
    cr_expect(reply->type == REDIS_REPLY_MAP && reply->elements == 2);
    freeReplyObject(reply);
    reply = redisCommand(context, "INFO server");
    cr_assert(reply != NULL, "%s", context->errstr);
    cr_expect(reply->type == REDIS_REPLY_VERB && strcmp(reply->vtype, "txt") == 0);
    cr_expect(strncmp(reply->str, "# Server\r\n", 10) == 0);
    freeReplyObject(reply);
    redisFree(context);
    free(server_stop(&server, SIGTERM));
}
#else
/* The library is older than version 3 of the protocol: to it a map is the end. */
Test(hiredis, version_3)
{
    cr_skip_test("hiredis %d.%d knows version 2 only", HIREDIS_MAJOR, HIREDIS_MINOR);
}
#endif

/* After QUIT the connection is over, and the same context can have another. */
MODEL_TEST(reconnect_after_quit)
{
    struct server server;
    signal(SIGPIPE, SIG_IGN);
    server_start(&server, model, NULL);
    redisContext *context = connect_to(&server);
    for (int i = 0; i < 3; i++) {
        ask(context, REDIS_REPLY_STATUS, "OK", "QUIT");
        redisReply *reply = redisCommand(context, "PING");
        cr_expect(reply == NULL, "%s: a reply after QUIT", model->name);
        cr_expect(context->err == REDIS_ERR_EOF || context->err == REDIS_ERR_IO);
        freeReplyObject(reply);
        cr_assert(redisReconnect(context) == REDIS_OK, "%s: %s", model->name, context->errstr);
        ask(context, REDIS_REPLY_STATUS, "PONG", "PING");
    }
    redisFree(context);
    free(server_stop(&server, SIGTERM));
}
