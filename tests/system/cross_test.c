/* The client against another tool on the same server (T8): redis-benchmark must count as many
 * requests a second. The server is what limits both: each request computes for a while, so it does
 * not matter that the one client is cheaper than the other. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment.h"

enum { PAIRS = 5, REQUESTS = 12000 };
#define COMMAND "SPIN 200"

static double ours(uint16_t port, int connections)
{
    json_t *result = experiment_load(port, "-c %d -n %d " COMMAND, connections, (int)REQUESTS);
    double rps = client_number(result, "throughput_rps");
    json_decref(result);
    return rps;
}

/* The last figure that its quiet output gives, as "SPIN 200: 4321.00 requests per second, ...". */
static double theirs(uint16_t port, int connections)
{
    char port_text[8], connections_text[8], requests_text[16];
    snprintf(port_text, sizeof port_text, "%u", (unsigned)port);
    snprintf(connections_text, sizeof connections_text, "%d", connections);
    snprintf(requests_text, sizeof requests_text, "%d", REQUESTS);
    struct outcome o = process_run((const char *const[]){"redis-benchmark", "-p", port_text, "-c",
                                                         connections_text, "-n", requests_text,
                                                         "-q", "SPIN", "200", NULL});
    cr_assert_eq(o.status, 0, "%s", o.err);
    const char *end = strstr(o.out, " requests per second"), *last = NULL;
    for (; end != NULL; end = strstr(end + 1, " requests per second"))
        last = end;
    cr_assert(last != NULL, "no result in \"%s\"", o.out);
    while (last > o.out && strchr("0123456789.", last[-1]) != NULL)
        last--;
    double rps = strtod(last, NULL);
    outcome_free(&o);
    return rps;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median_ratio(uint16_t port, int connections)
{
    double ratios[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        double first = i % 2 == 0 ? ours(port, connections) : theirs(port, connections),
               second = i % 2 == 0 ? theirs(port, connections) : ours(port, connections);
        ratios[i] = i % 2 == 0 ? first / second : second / first;
        cr_log_info("%d connections: %.0f and %.0f requests/s\n", connections, first, second);
    }
    qsort(ratios, PAIRS, sizeof *ratios, compare);
    return ratios[PAIRS / 2];
}

ParameterizedTestParameters(cross, redis_benchmark)
{
    static int connections[] = {1, 8, 64};
    return cr_make_param_array(int, connections, sizeof connections / sizeof connections[0]);
}

ParameterizedTest(int *connections, cross, redis_benchmark, .timeout = 200)
{
    struct server server;
    if (!program_exists("redis-benchmark"))
        cr_skip("redis-benchmark is not installed");
    cr_assert(experiment_pin(0));
    experiment_start(&server, "thread-per-client");
    experiment_pin(1);
    double ratio = median_ratio(server.port, *connections);
    cr_log_info("%d connections: ratio %.4f\n", *connections, ratio);
    cr_expect(fabs(ratio - 1) <= 0.03, "%d connections: ratio %.3f", *connections, ratio);
    free(server_stop(&server, SIGTERM));
}
