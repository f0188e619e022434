/* The client against redis-benchmark: the same load on the same server must give the same
 * throughput. Takes a minute, and wants a machine with nothing else to do. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "experiment.h"

/* Work for the server, and on a CPU of its own: what a client costs must not show. With one
 * connection it does, for redis-benchmark needs some 14 us more for a request, so the work takes
 * two milliseconds. Each run takes about a second; both run a number of requests and divide by the
 * time until the last reply. Another program's burst may spoil a comparison, which is then
 * repeated. */
enum { PAIRS = 5, RUN_MS = 1000, TRIES = 3, MOST_WORDS = 16 };

/* Of the median of PAIRS ratios. On a server of the suite 10 medians were off by 0.022 at most, and
 * a single pair by 0.045. */
#define TOLERANCE 0.03

static double ours(const struct server *s, const char *command, int connections, int requests)
{
    json_t *result = experiment_load(s->port, "-c %d -n %d %s", connections, requests, command);
    double rps = client_number(result, "throughput_rps");
    cr_expect_eq(client_count(result, "ok"), requests);
    json_decref(result);
    return rps;
}

/* The second field of the last line of its CSV, where each is quoted. */
static double theirs(const struct server *s, const char *command, int connections, int requests)
{
    char port[8], clients[8], number[16], words[128], *rest = words;
    snprintf(port, sizeof port, "%u", (unsigned)s->port);
    snprintf(clients, sizeof clients, "%d", connections);
    snprintf(number, sizeof number, "%d", requests);
    snprintf(words, sizeof words, "%s", command);
    const char *arguments[MOST_WORDS] = {"redis-benchmark", "-p", port,   "-c",
                                         clients,           "-n", number, "--csv"};
    for (int i = 8; i < MOST_WORDS - 1 && rest != NULL; i++)
        arguments[i] = strsep(&rest, " ");
    struct outcome o = process_run(arguments);
    size_t length = strlen(o.out);
    cr_assert(o.status == 0 && length > 0, "redis-benchmark: status %d, \"%s\"", o.status, o.err);
    o.out[length - 1] = '\0';
    const char *line = strrchr(o.out, '\n'), *field = line != NULL ? strstr(line, "\",\"") : NULL;
    cr_assert(field != NULL, "redis-benchmark: \"%s\"", o.out);
    double rps = strtod(field + 3, NULL);
    outcome_free(&o);
    return rps;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The median of ours by theirs; who of a pair goes first changes from pair to pair. */
static double median_ratio(const struct server *s, const char *command, int connections)
{
    double ratios[PAIRS], pilot = ours(s, command, connections, 200 + 2 * connections);
    int requests = (int)(pilot * RUN_MS / 1000);
    for (int i = 0; i < PAIRS; i++) {
        double us = i % 2 == 0 ? ours(s, command, connections, requests) : 0,
               them = theirs(s, command, connections, requests);
        if (i % 2 != 0)
            us = ours(s, command, connections, requests);
        cr_log_info("  %.1f a second, redis-benchmark %.1f, ratio %.4f\n", us, them, us / them);
        ratios[i] = us / them;
    }
    qsort(ratios, PAIRS, sizeof ratios[0], compare);
    return ratios[PAIRS / 2];
}

static void compare_clients(const struct server *s, const char *command)
{
    static const int connections[] = {1, 8, 64};
    for (size_t i = 0; i < sizeof connections / sizeof connections[0]; i++) {
        double ratio = 0;
        for (int try = 0; try < TRIES && fabs(ratio - 1) > TOLERANCE; try++) {
            ratio = median_ratio(s, command, connections[i]);
            cr_log_info("%.4s, %d connections: median ratio %.4f\n", command, connections[i],
                        ratio);
        }
        cr_expect(fabs(ratio - 1) <= TOLERANCE, "%.4s, %d connections: ratio %g", command,
                  connections[i], ratio);
    }
}

/* True if server and clients can each have a CPU, of which the next program gets the server's. */
static bool can_compare(void)
{
    if (!program_exists("redis-benchmark"))
        cr_skip_test("redis-benchmark is not installed");
    if (!experiment_pin(1))
        cr_skip_test("needs two CPUs");
    experiment_go_first();
    return experiment_pin(0);
}

Test(cross, a_server_of_the_suite, .timeout = 200)
{
    struct server server;
    cr_assert(can_compare());
    experiment_start(&server, "thread-per-client");
    cr_assert(experiment_pin(1));
    compare_clients(&server, "SPIN 2000");
    free(server_stop(&server, SIGTERM));
}

/* A server that is not ours, and some two milliseconds of work; tabs, because blanks divide words.
 */
Test(cross, a_redis_server, .timeout = 200)
{
    struct server server;
    cr_assert(can_compare());
    if (!program_exists("redis-server"))
        cr_skip_test("redis-server is not installed");
    server_start_redis(&server);
    cr_assert(experiment_pin(1));
    compare_clients(&server, "EVAL local\tx=0\tfor\ti=1,200000\tdo\tx=x+i\tend\treturn\tx 0");
    server_stop_redis(&server);
}
