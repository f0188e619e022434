/* What the client finds out about INCR: on a server that does it right, and on doubles that lose an
 * update, repeat one, or die before their reply. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client_run.h"
#include "responder.h"
#include "server.h"

#define INCR_REQUEST "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n"

static void send_number(int fd, uint64_t number)
{
    char reply[32];
    int length = snprintf(reply, sizeof reply, ":%" PRIu64 "\r\n", number);
    responder_send(fd, reply, (size_t)length);
}

static enum responder_next counts(int fd, char *reply, uint64_t number)
{
    (void)reply;
    send_number(fd, number + 1);
    return RESPONDER_GO_ON;
}

/* Two clients read the same value before either wrote: on connections of ten requests, the last of
 * one and the first of the next. */
static enum responder_next loses_updates(int fd, char *reply, uint64_t number)
{
    (void)reply;
    send_number(fd, number + 1 - number / 10);
    return RESPONDER_GO_ON;
}

static enum responder_next goes_back(int fd, char *reply, uint64_t number)
{
    (void)reply;
    send_number(fd, number % 10 == 5 ? number : number + 2);
    return RESPONDER_GO_ON;
}

/* It counts, and dies before it can say so: nobody is told 25, 50, 75, 100. */
static enum responder_next forgets_to_answer(int fd, char *reply, uint64_t number)
{
    if (number % 25 == 24)
        return RESPONDER_CLOSE;
    return counts(fd, reply, number);
}

static const struct double_case {
    const char *name;
    responder_answer *answer;
    const char *verdict; /* NULL: the machine may have been too busy for VALID */
    int64_t acknowledged, indeterminate, missing, duplicates, mismatch;
} cases[] = {
    {"right", counts, NULL, 100, 0, 0, 0, 0},
    {"loses updates", loses_updates, "FAILED", 100, 0, 0, 9, 0},
    {"goes back", goes_back, "FAILED", 100, 0, -1, -1, 10},
    {"forgets to answer", forgets_to_answer, "ERRORS", 96, 4, 3, 0, 0},
};
enum { CASES = sizeof cases / sizeof cases[0] };

ParameterizedTestParameters(increments, doubles)
{
    static size_t numbers[CASES];
    for (size_t i = 0; i < CASES; i++)
        numbers[i] = i;
    return cr_make_param_array(size_t, numbers, CASES);
}

static void expect(const json_t *counter, const char *name, const char *key, int64_t wanted)
{
    int64_t value = json_integer_value(json_object_get(counter, key));
    if (wanted >= 0)
        cr_expect(value == wanted, "%s: %s is %" PRId64 ", not %" PRId64, name, key, value, wanted);
}

ParameterizedTest(size_t *number, increments, doubles, .timeout = 60)
{
    const struct double_case *c = &cases[*number];
    struct responder responder;
    responder_start_for(&responder, INCR_REQUEST, c->answer);
    struct outcome o =
        client_run(responder.port, "-c 1 -k 10 -n 100 --quiet --json=/dev/stdout INCR n");
    responder_stop(&responder);
    json_t *result = client_result(&o);
    const json_t *counter = json_object_get(result, "counter");
    const char *verdict = client_text(result, "verdict");
    cr_expect(c->verdict == NULL || strcmp(verdict, c->verdict) == 0, "%s: verdict %s", c->name,
              verdict);
    cr_expect_eq(client_count(result, "mismatch"), c->mismatch, "%s", c->name);
    expect(counter, c->name, "acknowledged", c->acknowledged);
    expect(counter, c->name, "indeterminate", c->indeterminate);
    expect(counter, c->name, "missing", c->missing);
    expect(counter, c->name, "duplicates", c->duplicates);
    cr_expect_eq(json_is_true(json_object_get(counter, "distinct")), c->duplicates == 0, "%s",
                 c->name);
    cr_expect_eq(o.status, c->mismatch != 0 || c->duplicates != 0, "%s", c->name);
    json_decref(result);
    outcome_free(&o);
}

/* Twenty clients, two threads, one key: the replies are 1 to 20000, each once. */
Test(increments, redis_counts_right, .timeout = 60)
{
    struct server redis;
    if (!program_exists("redis-server"))
        cr_skip("redis-server is not installed");
    server_start_redis(&redis);
    struct outcome o =
        client_run(redis.port, "-c 20 -t 2 -n 20000 --quiet --json=/dev/stdout INCR n");
    json_t *result = client_result(&o);
    const json_t *counter = json_object_get(result, "counter");
    expect(counter, "redis", "acknowledged", 20000);
    expect(counter, "redis", "indeterminate", 0);
    expect(counter, "redis", "min", 1);
    expect(counter, "redis", "max", 20000);
    expect(counter, "redis", "missing", 0);
    cr_expect(json_is_true(json_object_get(counter, "distinct")));
    cr_expect_eq(o.status, 0);
    json_decref(result);
    outcome_free(&o);
    struct outcome get = client_run(redis.port, "--once GET n");
    cr_expect_str_eq(get.out, "20000\n");
    outcome_free(&get);
    server_stop_redis(&redis);
}
