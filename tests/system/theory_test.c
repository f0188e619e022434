/* The servers as queues: what the client measures against what theory predicts (T2).
 *
 * Every request has a connection of its own and tells the server how long to work, so the law of
 * the service is known; the plan is Poisson. What accept, read, write and close take comes on top
 * of the service and is measured beforehand.
 *
 * The tolerances are what chance leaves of so few requests: a mean over n sojourns of a queue
 * varies far more than one over n independent values, as each waits for those before it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include "experiment.h"
#include "theory.h"

enum { TRIES = 3 };

/* Which formula. */
enum law {
    ONE_AFTER_ANOTHER, /* first come, first served: the iterative server */
    SHARED,            /* all at once on one processor */
    ALONE,             /* all at once, and nobody in anybody's way */
};

static const struct queue_case {
    const char *name, *model, *command; /* the command with its mean service, in microseconds */
    enum law law;
    double service_us, squared; /* E[S^2] / E[S]^2: 1 constant, 2 exponential */
    double rate, seconds;
    double mean_off, p99_off; /* tolerances; INFINITY: no closed form */
} cases[] = {
    {"M/M/1", "one-at-a-time", "SLEEP {exp:1000}", ONE_AFTER_ANOTHER, 1000, 2, 450, 10, 0.15, 0.25},
    {"M/D/1", "one-at-a-time", "SLEEP 1000", ONE_AFTER_ANOTHER, 1000, 1, 450, 8, 0.10, 0.20},
    {"M/D/1, busy", "one-at-a-time", "SLEEP 1000", ONE_AFTER_ANOTHER, 1000, 1, 650, 10, 0.20, 0.30},
    {"no queue, threads", "thread-per-client", "SLEEP {exp:5000}", ALONE, 5000, 2, 400, 6, 0.10,
     0.20},
    {"no queue, processes", "fork-per-client", "SLEEP {exp:5000}", ALONE, 5000, 2, 400, 6, 0.10,
     0.20},
    {"sharing, threads, constant", "thread-per-client", "SPIN 10000", SHARED, 10000, 1, 50, 12,
     0.20, INFINITY},
    {"sharing, threads, exponential", "thread-per-client", "SPIN {exp:10000}", SHARED, 10000, 2, 50,
     12, 0.30, INFINITY},
    {"sharing, processes, constant", "fork-per-client", "SPIN 10000", SHARED, 10000, 1, 50, 12,
     0.20, INFINITY},
};
enum { CASES = sizeof cases / sizeof cases[0] };

struct prediction {
    double mean_us, p99_us; /* p99: NAN without a closed form */
};

/* `overhead_us` is a constant part of each service. */
static struct prediction predict(const struct queue_case *c, double overhead_us)
{
    double mean = c->service_us + overhead_us, rate = c->rate * 1e-6;
    double square = (c->squared - 1) * c->service_us * c->service_us + mean * mean;
    switch (c->law) {
    case ONE_AFTER_ANOTHER:
        return (struct prediction){theory_mg1_mean(rate, mean, square),
                                   c->squared > 1 ? theory_mm1_quantile(rate, mean, 0.99)
                                                  : theory_md1_quantile(rate, mean, 0.99)};
    case SHARED:
        return (struct prediction){theory_ps_mean(rate, mean), NAN};
    case ALONE:
        return (struct prediction){mean, c->service_us * log(100) + overhead_us};
    }
    return (struct prediction){NAN, NAN};
}

/* What comes on top of a service: one client after another, so that nobody waits and the processors
 * do not fall asleep between two of them, which at a low rate would be most of it. */
static double measure_overhead(const struct queue_case *c, uint16_t port)
{
    json_t *result = experiment_load(port, "-c 1 -k 1 -d 1 -W 0.2 SLEEP 1000");
    double overhead_us = client_number(result, "latency_us.response.p50") - 1000;
    json_decref(result);
    cr_assert(overhead_us > 0, "%s: %g us", c->name, overhead_us);
    return overhead_us;
}

static double off(double measured, double predicted)
{
    return fabs(measured - predicted) / predicted;
}

static bool run(const struct queue_case *c, int number)
{
    struct server server;
    cr_assert(experiment_pin(0));
    experiment_start(&server, c->model);
    experiment_pin(1); /* the client; on a single CPU they share it */
    double overhead_us = measure_overhead(c, server.port);
    json_t *result = experiment_load(server.port, "-r %g -c 1000 -k 1 -d %g -W 1 --seed=%d %s",
                                     c->rate, c->seconds, number, c->command);
    double mean = client_number(result, "latency_us.response.mean"),
           p99 = client_number(result, "latency_us.response.p99");
    struct prediction p = predict(c, overhead_us);
    cr_log_info("%s: %.0f us on top of each service; mean %.0f us, predicted %.0f; p99 %.0f us, "
                "predicted %.0f; %s\n",
                c->name, overhead_us, mean, p.mean_us, p99, p.p99_us,
                client_text(result, "verdict"));
    bool good = off(mean, p.mean_us) <= c->mean_off &&
                (isinf(c->p99_off) || off(p99, p.p99_us) <= c->p99_off);
    json_decref(result);
    free(server_stop(&server, SIGTERM));
    return good;
}

ParameterizedTestParameters(theory, queues)
{
    static size_t numbers[CASES];
    for (size_t i = 0; i < CASES; i++)
        numbers[i] = i;
    return cr_make_param_array(size_t, numbers, CASES);
}

/* Each try draws other arrivals and services: chance and other programs may spoil one. */
ParameterizedTest(size_t *number, theory, queues, .timeout = 200)
{
    bool good = false;
    for (int i = 1; i <= TRIES && !good; i++)
        good = run(&cases[*number], i);
    cr_expect(good, "%s is not what theory predicts", cases[*number].name);
}
