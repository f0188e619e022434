/* The client against servers that misbehave, against none, and against wrong use. Longer than other
 * tests: a table of misdeeds, and what the client must make of each. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client_run.h"
#include "clock.h"
#include "responder.h"

/* ---- servers that misbehave ---- */

static enum responder_next right(int fd, char *reply, uint64_t number)
{
    (void)number;
    responder_send(fd, reply, RESPONDER_REPLY_BYTES);
    return RESPONDER_GO_ON;
}

static enum responder_next wrong(int fd, char *reply, uint64_t number)
{
    reply[RESPONDER_REPLY_BYTES - 3] ^= 1; /* the last byte of the payload */
    return right(fd, reply, number);
}

static enum responder_next wrong_once_in_1000(int fd, char *reply, uint64_t number)
{
    return number % 1000 == 567 ? wrong(fd, reply, number) : right(fd, reply, number);
}

/* Of each two replies the second comes first. */
static enum responder_next swapped(int fd, char *reply, uint64_t number)
{
    static char kept[RESPONDER_REPLY_BYTES];
    if (number % 2 == 0) {
        memcpy(kept, reply, sizeof kept);
        return RESPONDER_GO_ON;
    }
    responder_send(fd, reply, RESPONDER_REPLY_BYTES);
    responder_send(fd, kept, sizeof kept);
    return RESPONDER_GO_ON;
}

static enum responder_next garbage(int fd, char *reply, uint64_t number)
{
    (void)reply;
    (void)number;
    responder_send(fd, "HTTP/1.1 400 Bad Request\r\n", 26);
    return RESPONDER_GO_ON;
}

static enum responder_next short_of_a_byte(int fd, char *reply, uint64_t number)
{
    (void)number;
    responder_send(fd, reply, RESPONDER_REPLY_BYTES - 3);
    responder_send(fd, "\r\n", 2);
    return RESPONDER_GO_ON;
}

static enum responder_next hangs_up(int fd, char *reply, uint64_t number)
{
    (void)fd;
    (void)reply;
    (void)number;
    return RESPONDER_CLOSE;
}

static enum responder_next half(int fd, char *reply, uint64_t number)
{
    (void)number;
    responder_send(fd, reply, RESPONDER_REPLY_BYTES / 2);
    return RESPONDER_CLOSE;
}

static enum responder_next breaks(int fd, char *reply, uint64_t number)
{
    (void)fd;
    (void)reply;
    (void)number;
    return RESPONDER_RESET;
}

static enum responder_next stalls(int fd, char *reply, uint64_t number)
{
    (void)fd;
    (void)reply;
    (void)number;
    return RESPONDER_GO_ON;
}

static enum responder_next refuses(int fd, char *reply, uint64_t number)
{
    (void)reply;
    (void)number;
    responder_send(fd, "-ERR not today\r\n", 16);
    return RESPONDER_GO_ON;
}

static enum responder_next refuses_one_in_50(int fd, char *reply, uint64_t number)
{
    return number % 50 == 7 ? refuses(fd, reply, number) : right(fd, reply, number);
}

static enum responder_next trickles(int fd, char *reply, uint64_t number)
{
    (void)number;
    for (size_t i = 0; i < RESPONDER_REPLY_BYTES; i++)
        responder_send(fd, reply + i, 1);
    return RESPONDER_GO_ON;
}

static enum responder_next twice(int fd, char *reply, uint64_t number)
{
    char both[2 * RESPONDER_REPLY_BYTES];
    (void)number;
    memcpy(both, reply, RESPONDER_REPLY_BYTES);
    memcpy(both + RESPONDER_REPLY_BYTES, reply, RESPONDER_REPLY_BYTES);
    responder_send(fd, both, sizeof both);
    return RESPONDER_GO_ON;
}

static enum responder_next dies(int fd, char *reply, uint64_t number)
{
    return number < 100 ? right(fd, reply, number) : RESPONDER_DIE;
}

/* One connection, so that the requests come in order. What is in `counts` is "NAME=N NAME=N". */
static const struct misdeed {
    const char *name;
    responder_answer *answer;
    const char *options, *counts;
    int status;
} misdeeds[] = {
    {"right", right, "-n 500", "ok=500", 0},
    {"wrong", wrong, "-n 20", "mismatch=20", 1},
    {"wrong, not verified", wrong, "-n 20 --no-verify", "ok=20", 0},
    {"one wrong in 1000", wrong_once_in_1000, "-n 1000", "ok=999 mismatch=1", 1},
    {"swapped", swapped, "-n 20 -P 2", "mismatch=20", 1},
    {"garbage", garbage, "-n 20", "mismatch=20", 1},
    {"garbage in a pipeline", garbage, "-n 20 -P 4", "mismatch=20", 1},
    {"short of a byte", short_of_a_byte, "-n 3 --timeout=200ms", "timeout=3", 1},
    {"hangs up", hangs_up, "-n 20", "closed_early=20", 1},
    {"half a reply", half, "-n 20", "closed_early=20", 1},
    {"breaks", breaks, "-n 20", "reset=20", 1},
    {"stalls", stalls, "-n 3 --timeout=200ms", "timeout=3", 1},
    {"stalls in a pipeline", stalls, "-n 6 -P 3 --timeout=200ms", "timeout=6", 1},
    {"error replies", refuses, "-n 20", "error_reply=20", 1},
    {"some error replies", refuses_one_in_50, "-n 500", "ok=490 error_reply=10", 0},
    {"trickles", trickles, "-n 50", "ok=50", 0},
    {"trickles in a pipeline", trickles, "-n 60 -P 7", "ok=60", 0},
    {"twice", twice, "-n 20", "mismatch=20", 1},
    {"dies", dies, "-n 104", "ok=100 closed_early=1 connect_failed=3", 0},
};
enum { MISDEEDS = sizeof misdeeds / sizeof misdeeds[0] };

ParameterizedTestParameters(client, misdeeds)
{
    static size_t numbers[MISDEEDS];
    for (size_t i = 0; i < MISDEEDS; i++)
        numbers[i] = i;
    return cr_make_param_array(size_t, numbers, MISDEEDS);
}

ParameterizedTest(size_t *number, client, misdeeds, .timeout = 60)
{
    const struct misdeed *m = &misdeeds[*number];
    struct responder responder;
    char line[256];
    responder_start(&responder, m->answer);
    snprintf(line, sizeof line, "-c 1 --quiet --json=/dev/stdout %s ECHO {payload:64}", m->options);
    struct outcome o = client_run(responder.port, line);
    responder_stop(&responder);
    json_t *result = client_result(&o);
    client_expect_counts(result, m->name, m->counts);
    cr_expect(o.status == m->status, "%s: exit status %d", m->name, o.status);
    cr_expect((strcmp(client_text(result, "verdict"), "FAILED") == 0) == (m->status == 1),
              "%s: verdict %s", m->name, client_text(result, "verdict"));
    cr_expect(*o.err == '\0', "%s: complained \"%s\"", m->name, o.err);
    json_decref(result);
    outcome_free(&o);
}

Test(client, the_window_is_announced, .timeout = 60)
{
    struct responder responder;
    long long begin_ns = 0, end_ns = 0;
    int length = 0;
    responder_start(&responder, right);
    struct outcome o = client_run(responder.port,
                                  "-c 1 -d 0.2 -W 0.1 --announce-window --quiet ECHO {payload:64}");
    responder_stop(&responder);
    sscanf(o.out, "window-begin at_ns=%lld window-end at_ns=%lld %n", &begin_ns, &end_ns, &length);
    cr_expect(length > 0 && o.out[length] == '\0', "printed \"%s\"", o.out);
    cr_expect_eq(end_ns - begin_ns, 200000000);
    outcome_free(&o);
}

/* Nobody listens there: it does not even try. */
Test(client, options_can_be_checked_without_a_load, .timeout = 60)
{
    struct outcome good = client_run(1, "--check --share=4/4 -c 4 ECHO {payload:64}"),
                   few = client_run(1, "--check --share=4/4 -c 3 ECHO {payload:64}");
    cr_expect_eq(good.status, 0, "%s", good.err);
    cr_expect(*good.out == '\0' && *good.err == '\0', "%s%s", good.out, good.err);
    cr_expect_eq(few.status, 2);
    cr_expect_str_eq(few.err, "client: --share: 4 clients cannot share 3 connections\n");
    outcome_free(&good);
    outcome_free(&few);
}

/* Whether the client hears of it by end of file or by RST is up to the kernel. */
Test(client, closed_at_once, .timeout = 60)
{
    struct responder responder;
    responder_start(&responder, NULL);
    struct outcome o =
        client_run(responder.port, "-c 1 -n 20 --quiet --json=/dev/stdout ECHO {payload:64}");
    responder_stop(&responder);
    json_t *result = client_result(&o);
    cr_expect_eq(client_count(result, "reset") + client_count(result, "closed_early"), 20);
    cr_expect_eq(o.status, 1);
    json_decref(result);
    outcome_free(&o);
}

/* A port that somebody had and nobody has: its listener is closed before the client comes. */
static uint16_t deserted_port(void)
{
    struct responder responder;
    responder_start(&responder, NULL);
    responder_stop(&responder);
    return responder.port;
}

Test(client, nobody_there, .timeout = 60)
{
    static const char *const lines[] = {"PING", "-c 100 -t 2 -d 60", "--once PING"};
    uint16_t port = deserted_port();
    char wanted[128];
    snprintf(wanted, sizeof wanted, "client: 127.0.0.1:%u: Connection refused\n", (unsigned)port);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        int64_t begin_ns = clock_now_ns();
        struct outcome o = client_run(port, lines[i]);
        cr_expect(o.status == 1 && strcmp(o.err, wanted) == 0 && *o.out == '\0',
                  "%s: exit status %d, printed \"%s\", complained \"%s\"", lines[i], o.status,
                  o.out, o.err);
        cr_expect(clock_now_ns() - begin_ns < 10 * CLOCK_S, "%s: took too long", lines[i]);
        outcome_free(&o);
    }
}

/* ---- --once ---- */

Test(client, once_checks_the_reply_too, .timeout = 60)
{
    static responder_answer *const answers[] = {wrong, twice};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct responder responder;
        char wanted[128];
        responder_start(&responder, answers[i]);
        snprintf(wanted, sizeof wanted,
                 "client: 127.0.0.1:%u: that is not the answer to what was asked\n",
                 (unsigned)responder.port);
        struct outcome o = client_run(responder.port, "--once ECHO {payload:64}");
        responder_stop(&responder);
        cr_expect(o.status == 1 && *o.out != '\0', "exit status %d, \"%s\"", o.status, o.out);
        cr_expect_str_eq(o.err, wanted);
        outcome_free(&o);
    }
}

Test(client, once_says_why_there_is_no_reply, .timeout = 60)
{
    static const struct {
        responder_answer *answer;
        const char *reason;
    } cases[] = {{stalls, "no reply within the timeout"},
                 {garbage, "the reply is not RESP"},
                 {half, "the server closed the connection before the whole reply"},
                 {breaks, "Connection reset by peer"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct responder responder;
        char wanted[128];
        responder_start(&responder, cases[i].answer);
        snprintf(wanted, sizeof wanted, "client: 127.0.0.1:%u: %s\n", (unsigned)responder.port,
                 cases[i].reason);
        struct outcome o = client_run(responder.port, "--once --timeout=200ms ECHO {payload:64}");
        responder_stop(&responder);
        cr_expect(o.status == 1 && *o.out == '\0', "exit status %d, \"%s\"", o.status, o.out);
        cr_expect_str_eq(o.err, wanted);
        outcome_free(&o);
    }
}

/* Fields of a line of CSV; a quoted one may hold commas. */
static int count_fields(const char *line)
{
    int fields = 1;
    bool quoted = false;
    for (; *line != '\0'; line++) {
        quoted ^= *line == '"';
        fields += *line == ',' && !quoted;
    }
    return fields;
}

Test(client, csv_is_a_header_and_a_row, .timeout = 60)
{
    struct responder responder;
    responder_start(&responder, right);
    struct outcome o =
        client_run(responder.port, "-c 1 -n 50 --quiet --csv=/dev/stdout ECHO {payload:64}");
    responder_stop(&responder);
    char *rest = o.out, *header = strsep(&rest, "\n"), *row = strsep(&rest, "\n");
    cr_assert(row != NULL && rest != NULL && *rest == '\0', "not two lines");
    cr_expect(strncmp(header, "started_at,host,port,", 21) == 0, "%s", header);
    cr_expect(strstr(row, ",closed,,,\"ECHO {payload:64}\",1,1,1,0,") != NULL, "%s", row);
    cr_expect_eq(count_fields(row), count_fields(header));
    cr_expect_eq(o.status, 0);
    outcome_free(&o);
}

/* Arguments are bytes; JSON is UTF-8. */
Test(client, a_command_of_any_bytes_has_a_result, .timeout = 60)
{
    struct responder responder;
    responder_start_for(&responder,
                        "*2\r\n$4\r\nECHO\r\n$3\r\na\xff"
                        "b\r\n",
                        refuses_one_in_50);
    struct outcome o = client_run(responder.port, "-c 1 -n 1 --no-verify --quiet --timeout=200ms "
                                                  "--json=/dev/stdout ECHO a\xff"
                                                  "b");
    responder_stop(&responder);
    json_t *result = client_result(&o);
    cr_expect_str_eq(client_text(result, "command"), "ECHO a\\xffb");
    json_decref(result);
    outcome_free(&o);
}

/* A connection that was closed instead of an answer leaves open how long that would have taken. */
Test(client, who_got_no_answer_makes_the_maximum_uncertain, .timeout = 60)
{
    struct responder responder;
    responder_start(&responder, half);
    struct outcome o =
        client_run(responder.port, "-c 1 -n 20 --quiet --json=/dev/stdout ECHO {payload:64}");
    responder_stop(&responder);
    json_t *result = client_result(&o);
    const json_t *response = json_object_get(json_object_get(result, "latency_us"), "response");
    cr_expect(json_is_null(json_object_get(response, "max")));
    cr_expect(json_is_null(json_object_get(response, "mean")));
    json_decref(result);
    outcome_free(&o);
}

Test(client, a_result_that_cannot_be_written_is_a_failure, .timeout = 60)
{
    struct responder responder;
    responder_start(&responder, right);
    struct outcome o = client_run(
        responder.port, "-c 1 -n 5 --quiet --json=/nowhere/at/all.json ECHO {payload:64}");
    responder_stop(&responder);
    cr_expect_str_eq(o.err, "client: /nowhere/at/all.json: No such file or directory\n");
    cr_expect_eq(o.status, 1);
    outcome_free(&o);
}

/* ---- the terminal ---- */

/* Ctrl-C ends the run, and what was measured until then is shown. */
static void interrupt(int signal_number)
{
    struct responder responder;
    struct process client;
    struct timespec patience;
    char port[32];
    responder_start(&responder, right);
    snprintf(port, sizeof port, "--port=%u", (unsigned)responder.port);
    process_start(&client, (const char *[]){CLIENT_FILE, port, "-c", "1", "-d", "600", "-W", "0",
                                            "ECHO", "{payload:64}", NULL});
    clock_gettime(CLOCK_REALTIME, &patience);
    patience.tv_sec += PATIENCE_S;
    cr_assert_eq(sem_timedwait(&responder.warm, &patience), 0, "it asks for nothing");
    kill(client.pid, signal_number);
    int status = process_exit_status(process_wait(&client));
    responder_stop(&responder);
    cr_expect_eq(status, 0);
    cr_expect(strstr(client.text, ", interrupted\n") != NULL, "%s", client.text);
    cr_expect(strstr(client.text, "throughput ") != NULL, "%s", client.text);
    cr_expect(strstr(client.text, "verdict ") != NULL, "%s", client.text);
    process_free(&client);
}

Test(client, ctrl_c_shows_what_was_measured, .timeout = 60)
{
    interrupt(SIGINT);
    interrupt(SIGTERM);
}

static const struct {
    const char *line, *error;
} wrong_uses[] = {
    {"--port=70000", "--port=70000: must be a whole number from 1 to 65535"},
    {"-p 0", "--port=0: must be a whole number from 1 to 65535"},
    {"-c 0", "--connections=0: must be a whole number from 1 to 100000"},
    {"-c many", "--connections=many: must be a whole number from 1 to 100000"},
    {"-t 257", "--threads=257: must be a whole number from 1 to 256"},
    {"-k -1", "--requests-per-connection=-1: must be a whole number from 0 to 1000000000000"},
    {"-P 0", "--pipeline=0: must be a whole number from 1 to 10000"},
    {"-n 0", "--requests=0: must be a whole number from 1 to 1000000000000"},
    {"-d 0", "--duration=0: must be a time from 1ms to 24h"},
    {"-W 2h", "--warmup=2h: must be a time from 0 to 1h"},
    {"-z soon", "--think=soon: must be a time from 0 to 1h"},
    {"--interval=0", "--interval=0: must be a time from 1ms to 1s"},
    {"--interval=2s", "--interval=2s: must be a time from 1ms to 1s"},
    {"--interval=often", "--interval=often: must be a time from 1ms to 1s"},
    {"-d 90 --interval=1ms",
     "--interval=1ms: must be a time from 2ms to 1s with this --duration, for "
     "at most 86400 intervals"},
    {"--once --interval=20ms", "--interval: has no meaning with --once"},
    {"--timeout=0", "--timeout=0: must be a time from 1ms to 5m"},
    {"--seed=-1", "--seed=-1: must be a whole number from 0 to 9223372036854775807"},
    {"-d 1 -n 1", "--duration and --requests each say when to end: give one of them"},
    {"-c 2 -t 3", "--threads=3: must not be more than the connections, which are 2"},
    {"-k 2 -P 3", "--pipeline=3: must not be more than the requests per connection, which are 2"},
    {"--once -c 5 PING", "--connections: has no meaning with --once"},
    {"ECHO {seq:1}", "{seq:1}: must be written {seq}"},
    {"--workload=/nowhere.ini", "/nowhere.ini: No such file or directory"},
};

Test(client, wrong_use_is_one_line_and_exit_2, .timeout = 60)
{
    for (size_t i = 0; i < sizeof wrong_uses / sizeof wrong_uses[0]; i++) {
        char wanted[256];
        snprintf(wanted, sizeof wanted, "client: %s\n", wrong_uses[i].error);
        struct outcome o = client_run(0, wrong_uses[i].line);
        cr_expect(o.status == 2 && *o.out == '\0', "%s: exit status %d, printed \"%s\"",
                  wrong_uses[i].line, o.status, o.out);
        cr_expect(strcmp(o.err, wanted) == 0, "%s: \"%s\", should be \"%s\"", wrong_uses[i].line,
                  o.err, wanted);
        outcome_free(&o);
    }
}
