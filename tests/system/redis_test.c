/* The scenario table against a redis-server: what it says of Redis must be true. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "scenarios.h"

ParameterizedTestParameters(redis, table)
{
    static int deliveries[DELIVERIES] = {WHOLE, BYTES, CUT, TWICE};
    return cr_make_param_array(int, deliveries, DELIVERIES);
}

ParameterizedTest(int *delivery, redis, table, .timeout = 120)
{
    if (!program_exists("redis-server"))
        cr_skip_test("redis-server is not installed");
    struct server server;
    server_start_redis(&server);
    size_t count;
    const struct scenario *rows = scenarios(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].ours)
            continue;
        char *failure = scenario_play(&rows[i], (enum delivery) * delivery, &server, true);
        cr_expect(failure == NULL, "redis-server: %s", failure);
        free(failure);
    }
    server_stop_redis(&server);
}
