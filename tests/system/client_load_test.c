/* The client against the real servers. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment.h"

enum { TEXT_BYTES = 64 };

/* ---- --once ---- */

ParameterizedTestParameters(client_load, once)
{
    return server_model_parameters();
}

ParameterizedTest(struct server_model *model, client_load, once, .timeout = 60)
{
    static const struct {
        const char *command, *printed;
        int status;
    } cases[] = {{"ECHO Bonjour", "Bonjour\n", 0},
                 {"PING", "PONG\n", 0},
                 {"SUM 1 2 {seq}", "(integer) 3\n", 0},
                 {"CONFIG GET nothing", "(empty)\n", 0},
                 {"ECHO", "(error) ERR wrong number of arguments for 'echo' command\n", 1}};
    struct server server;
    char line[128];
    server_start(&server, model, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(line, sizeof line, "--once %s", cases[i].command);
        struct outcome o = client_run(server.port, line);
        cr_expect(o.status == cases[i].status && strcmp(o.out, cases[i].printed) == 0,
                  "%s: exit status %d, printed \"%s\", complained \"%s\"", line, o.status, o.out,
                  o.err);
        outcome_free(&o);
    }
    free(server_stop(&server, SIGTERM));
}

/* ---- loads on real servers ---- */

/* Each asks for exactly so many, and the server counts them too. */
Test(client_load, exact_numbers, .timeout = 120)
{
    static const struct {
        const char *line;
        int requests, connections;
    } cases[] = {
        {"-n 1000 -c 7", 1000, 7},
        {"-n 1001 -c 7 -t 3", 1001, 7},
        {"-n 200 -c 5 -k 1", 200, 200},
        {"-n 1003 -c 4 -P 8", 1003, 4},
        {"-n 100 -c 1 -k 10 -P 4", 100, 10},
        {"-n 1 -c 1", 1, 1},
        {"-n 2000 -c 10 ECHO {payload:10-5000}", 2000, 10},
        {"-n 500 -c 3 -P 5 SUM {rand:1000} {seq} -7", 500, 3},
        {"-n 20 -c 2 ECHO {payload:3m}", 20, 2},
        {"-n 50 -c 2 BLOB {rand:100000}", 50, 2},
        /* One after another within two seconds, all of them open at the end. */
        {"-n 2000 -c 2000 -z 2 --timeout=15s", 2000, 2000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *served, counts[TEXT_BYTES];
        json_t *result = experiment_on("thread-per-client", cases[i].line, &served);
        snprintf(counts, sizeof counts, "ok=%d", cases[i].requests);
        client_expect_counts(result, cases[i].line, counts);
        cr_expect(field_number(served, "commands") == cases[i].requests &&
                      field_number(served, "connections") == cases[i].connections,
                  "%s: %s", cases[i].line, served);
        json_decref(result);
        free(served);
    }
}

/* One of ten gets everything until it leaves. Its percentiles must not pass for good ones. */
Test(client_load, starvation_is_seen, .timeout = 60)
{
    char *served;
    json_t *result = experiment_on("one-at-a-time", "-c 10 -d 0.5 -W 0", &served);
    cr_expect_str_eq(client_text(result, "verdict"), "STARVED");
    cr_expect(json_real_value(json_object_get(result, "fairness_jain")) < 0.2);
    cr_expect_eq(client_count(result, "ok") > 100, true);
    json_decref(result);
    free(served);
}

static const char *const contract[] = {"schema",
                                       "started_at",
                                       "target.host",
                                       "target.port",
                                       "shape",
                                       "command",
                                       "connections",
                                       "threads",
                                       "pipeline",
                                       "requests_per_connection",
                                       "duration_s",
                                       "interval_s",
                                       "rate_offered",
                                       "arrivals",
                                       "seed",
                                       "counts.planned",
                                       "throughput_rps",
                                       "latency_us.blocked",
                                       "fairness_jain",
                                       "verdict",
                                       "checks",
                                       "client.cpu_us_per_request",
                                       "client.cpu_busy",
                                       "client.voluntary_switches",
                                       "client.involuntary_switches",
                                       "kernel.listen_overflows",
                                       "kernel.listen_drops",
                                       "kernel.retransmits",
                                       "kernel.timeouts",
                                       "series"};

/* The value at a path of at most three keys with '.' between; NULL if there is none. */
static const json_t *at_path(const json_t *value, const char *path)
{
    char copy[TEXT_BYTES], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key; (key = strsep(&rest, ".")) != NULL;)
        value = json_object_get(value, key);
    return value;
}

/* Five intervals of a fifth of the window, which hold every reply once. */
Test(client_load, a_series_of_short_intervals, .timeout = 60)
{
    char *served;
    json_t *result =
        experiment_on("thread-per-client", "-c 2 -d 0.1 -W 0 --interval=20ms PING", &served);
    const json_t *series = at_path(result, "series"), *interval;
    json_int_t sum = 0;
    size_t i;
    cr_expect_eq(json_array_size(series), 5);
    cr_expect_float_eq(json_number_value(at_path(result, "interval_s")), 0.02, 1e-12);
    json_array_foreach(series, i, interval)
    {
        cr_expect_float_eq(json_number_value(at_path(interval, "t_s")), 0.02 * (double)i, 1e-9);
        sum += json_integer_value(at_path(interval, "ok"));
    }
    cr_expect_eq(sum, json_integer_value(at_path(result, "counts.ok")));
    json_decref(result);
    free(served);
}

Test(client_load, json_has_every_field_of_the_contract, .timeout = 60)
{
    static const char *const times[] = {"response", "service", "generator_lag", "connect",
                                        "first_byte"},
                             *const figures[] = {"count", "mean", "min",  "p50",   "p90",
                                                 "p95",   "p99",  "p999", "p9999", "max"};
    char *served, path[TEXT_BYTES];
    json_t *result = experiment_on("thread-per-client",
                                   "-c 4 -t 2 -d 1.2 -W 0.1 -k 50 --seed=9 ECHO a,\"b", &served);
    for (size_t i = 0; i < sizeof contract / sizeof contract[0]; i++)
        cr_expect(at_path(result, contract[i]) != NULL, "%s", contract[i]);
    for (size_t t = 0; t < sizeof times / sizeof times[0]; t++) {
        for (size_t f = 0; f < sizeof figures / sizeof figures[0]; f++) {
            snprintf(path, sizeof path, "latency_us.%s.%s", times[t], figures[f]);
            cr_expect(at_path(result, path) != NULL, "%s", path);
        }
    }
    cr_expect_eq(json_integer_value(at_path(result, "threads")), 2);
    cr_expect_eq(json_integer_value(at_path(result, "seed")), 9);
    cr_expect_str_eq(client_text(result, "command"), "ECHO a,\"b");
    const json_t *series = at_path(result, "series"), *second = json_array_get(series, 0);
    cr_expect_eq(json_array_size(series), 2, "1.2 s are two seconds, the last a short one");
    static const char *const in_second[] = {"t_s", "ok", "p50", "p99", "in_flight"};
    for (size_t i = 0; i < sizeof in_second / sizeof in_second[0]; i++)
        cr_expect(json_object_get(second, in_second[i]) != NULL, "series: %s", in_second[i]);
    static const char *const in_check[] = {"name", "value", "limit", "pass"};
    for (size_t i = 0; i < sizeof in_check / sizeof in_check[0]; i++)
        cr_expect(json_object_get(json_array_get(at_path(result, "checks"), 0), in_check[i]) !=
                      NULL,
                  "checks: %s", in_check[i]);
    json_decref(result);
    free(served);
}
