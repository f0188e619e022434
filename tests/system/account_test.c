/* What the client says of its requests adds up, whatever happens to them; the plan holds whoever
 * carries it out; connections come from where they should, and leave what they should. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "experiment.h"
#include "responder.h"

/* client_result checks that each planned request has exactly one outcome. */
static const struct shape {
    const char *name, *options;
} shapes[] = {
    {"closed", "-c 20 -z 10ms"}, {"open", "-c 20 -r 1000"}, {"partly-open", "-c 50 -r 1000 -k 4"}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static int64_t unanswered(const json_t *result)
{
    return client_count(result, "timeout") + client_count(result, "in_flight") +
           client_count(result, "unsent");
}

/* ---- whatever happens ---- */

Test(account, of_a_server_that_answers, .timeout = 60)
{
    struct server server;
    experiment_start(&server, "thread-per-client");
    for (int i = 0; i < SHAPES; i++) {
        json_t *result = experiment_load(server.port, "%s -d 0.5 -W 0.1", shapes[i].options);
        cr_expect_str_eq(client_text(result, "shape"), shapes[i].name);
        cr_expect_eq(client_count(result, "ok"), client_count(result, "planned"), "%s",
                     shapes[i].name);
        json_decref(result);
    }
    free(server_stop(&server, SIGTERM));
}

/* Of what is never answered nobody knows how long it would have taken. */
static void expect_unknown(const json_t *result, const char *name)
{
    static const char *const figures[] = {"p90", "p99", "max"};
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "latency_us.response.%s", figures[i]);
        cr_expect(isnan(client_number(result, path)), "%s: %s is %g us", name, path,
                  client_number(result, path));
    }
    cr_expect(unanswered(result) * 10 > client_count(result, "planned"), "%s", name);
    cr_expect(client_count(result, "ok") > 0, "%s", name);
    cr_expect(strcmp(client_text(result, "verdict"), "VALID") != 0, "%s", name);
}

Test(account, of_a_server_that_stops_answering, .timeout = 60)
{
    for (int i = 0; i < SHAPES; i++) {
        struct server server;
        struct process client;
        experiment_start(&server, "thread-per-client");
        experiment_begin(&client, server.port, "%s -d 0.5 -W 0 --timeout=300ms", shapes[i].options);
        experiment_await_commands(&server, 100);
        kill(-server.process.pid, SIGSTOP);
        json_t *result = experiment_end(&client, 0);
        server_go_on(&server);
        expect_unknown(result, shapes[i].name);
        json_decref(result);
        free(server_stop(&server, SIGTERM));
    }
}

Test(account, of_a_run_that_is_interrupted, .timeout = 60)
{
    struct server server;
    experiment_start(&server, "thread-per-client");
    for (int i = 0; i < 2 * SHAPES; i++) {
        struct process client;
        experiment_begin(&client, server.port, "%s %s -W 0", shapes[i % SHAPES].options,
                         i < SHAPES ? "-d 600" : "-n 100000000");
        experiment_await_commands(&server, 200);
        kill(client.pid, SIGINT);
        json_t *result = experiment_end(&client, 0);
        cr_expect(json_is_true(json_object_get(result, "interrupted")), "%s",
                  shapes[i % SHAPES].name);
        cr_expect(client_number(result, "duration_s") < 60, "%s", shapes[i % SHAPES].name);
        cr_expect(client_number(result, "throughput_rps") > 0, "%s", shapes[i % SHAPES].name);
        cr_expect(client_number(result, "latency_us.response.p50") > 0, "%s",
                  shapes[i % SHAPES].name);
        cr_expect_eq(client_count(result, "ok"), client_count(result, "planned"), "%s",
                     shapes[i % SHAPES].name);
        json_decref(result);
    }
    free(server_stop(&server, SIGTERM));
}

/* Sessions that think come to their end in the window, and nothing is asked before it is due. */
Test(account, of_sessions_that_think, .timeout = 60)
{
    struct server server;
    experiment_start(&server, "thread-per-client");
    json_t *result = experiment_load(
        server.port, "-r 20 -k 5 -z 50ms -a constant -c 20 -d 2 -W 0.5 --close=rst PING");
    cr_expect(client_number(result, "latency_us.response.min") >=
              client_number(result, "latency_us.service.min"));
    /* Four sessions a second; those of the last 0.2 s do not come to their fifth request. */
    double planned = (double)client_count(result, "planned");
    cr_expect(planned >= 36 && planned <= 44, "%g planned", planned);
    json_decref(result);
    free(server_stop(&server, SIGTERM));
}

/* What was due in the window and answered after it is in the log as it is in the result. */
Test(account, of_replies_that_come_after_the_window, .timeout = 60)
{
    struct server server;
    experiment_start(&server, "thread-per-client");
    json_t *result = experiment_load(
        server.port, "-r 1000 -a constant -c 4 -d 1 -W 0 --hdr-log=/dev/null SLEEP 8000");
    double replies = 0;
    const json_t *series = json_object_get(result, "series"), *second;
    size_t i;
    json_array_foreach(series, i, second)
    {
        replies += json_number_value(json_object_get(second, "ok"));
    }
    cr_expect(client_count(result, "ok") > 900);
    cr_expect_float_eq(replies, (double)client_count(result, "ok"), 0.5);
    json_decref(result);
    free(server_stop(&server, SIGTERM));
}

/* ---- the plan ---- */

Test(account, a_number_of_requests_is_that_number, .timeout = 60)
{
    static const struct {
        const char *line;
        int requests;
    } cases[] = {{"-r 5000 -n 1000 -c 10", 1000},
                 {"-r 5000 -n 1001 -c 10 -t 3", 1001},
                 {"-r 5000 -n 1000 -c 50 -k 1 -W 0.1", 1000},
                 {"-r 5000 -n 1001 -c 50 -k 4", 1001},
                 {"-r 5000 -n 3 -c 8 -t 8", 3},
                 {"-r 5000 -n 1 -c 1 -a constant", 1}};
    struct server server;
    experiment_start(&server, "thread-per-client");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char counts[32];
        json_t *result = experiment_load(server.port, "%s", cases[i].line);
        snprintf(counts, sizeof counts, "ok=%d", cases[i].requests);
        client_expect_counts(result, cases[i].line, counts);
        json_decref(result);
    }
    free(server_stop(&server, SIGTERM));
}

/* Law, rate, seed: nothing else says how many are due, and least of all how many threads there are.
 */
Test(account, the_plan_does_not_depend_on_threads, .timeout = 60)
{
    static const char *const laws[] = {"poisson", "constant", "uniform"};
    struct server server;
    experiment_start(&server, "thread-per-client");
    for (size_t i = 0; i < sizeof laws / sizeof laws[0]; i++) {
        int64_t planned[4] = {0};
        for (int threads = 1; threads <= 3; threads++) {
            json_t *result = experiment_load(
                server.port, "-r 2000 -a %s -c 30 -t %d -d 0.4 -W 0.1 --seed=7", laws[i], threads);
            planned[threads] = client_count(result, "planned");
            json_decref(result);
        }
        cr_expect(planned[1] == planned[2] && planned[1] == planned[3] && planned[1] > 600,
                  "%s: %ld, %ld, %ld", laws[i], (long)planned[1], (long)planned[2],
                  (long)planned[3]);
    }
    free(server_stop(&server, SIGTERM));
}

/* ---- connections ---- */

enum { SOURCES = 4 };
static int met[SOURCES + 1]; /* connections by their address, from 127.0.0.1 on; elsewhere */

static enum responder_next meet(int fd, char *reply, uint64_t number)
{
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    (void)number;
    getpeername(fd, (struct sockaddr *)&from, &length);
    uint32_t index = ntohl(from.sin_addr.s_addr) - INADDR_LOOPBACK;
    met[index < SOURCES ? index : SOURCES]++;
    responder_send(fd, reply, RESPONDER_REPLY_BYTES);
    return RESPONDER_GO_ON;
}

Test(account, connections_come_from_each_source, .timeout = 60)
{
    struct responder responder;
    responder_start(&responder, meet);
    json_t *result =
        experiment_load(responder.port, "-c 4 -k 1 -n 40 --source=127.0.0.1-127.0.0.4 ECHO "
                                        "{payload:64}");
    responder_stop(&responder);
    for (int i = 0; i < SOURCES; i++)
        cr_expect(met[i] >= 5, "127.0.0.%d: %d connections", i + 1, met[i]);
    cr_expect_eq(met[SOURCES], 0);
    json_decref(result);
}

/* Our side of connections to this port that wait out TIME_WAIT. */
static int count_time_wait(uint16_t port)
{
    enum { TIME_WAIT = 6 };
    char line[256];
    unsigned remote, state;
    int count = 0;
    FILE *table = fopen("/proc/net/tcp", "re");
    cr_assert(table != NULL, "/proc/net/tcp: %s", strerror(errno));
    while (fgets(line, sizeof line, table) != NULL)
        count += sscanf(line, " %*d: %*x:%*x %*x:%x %x", &remote, &state) == 2 && remote == port &&
                 state == TIME_WAIT;
    fclose(table);
    return count;
}

Test(account, only_fin_leaves_time_wait, .timeout = 60)
{
    struct server server;
    experiment_start(&server, "thread-per-client");
    json_decref(experiment_load(server.port, "-c 5 -k 1 -n 50 --close=rst"));
    json_decref(experiment_load(server.port, "-c 5 -n 50 --close=rst"));
    uint16_t port = server.port;
    cr_expect_eq(count_time_wait(port), 0);
    json_decref(experiment_load(server.port, "-c 5 -k 1 -n 50 --close=fin"));
    free(server_stop(&server, SIGTERM)); /* no connection is left half open behind this */
    cr_expect_eq(count_time_wait(port), 50);
}
