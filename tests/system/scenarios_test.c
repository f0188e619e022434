/* The scenario table against every model of every server, in every delivery. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdlib.h>

#include "scenarios.h"

enum { STORE_DESCRIPTORS = 3 };

struct pass {
    struct server_model model;
    int delivery; /* DELIVERIES: all rows in one stream */
};

static void free_parameters(struct criterion_test_params *parameters)
{
    cr_free(parameters->params);
}

ParameterizedTestParameters(scenarios, table)
{
    size_t models;
    struct server_model *list = server_models(&models);
    size_t count = models * (DELIVERIES + 1);
    struct pass *passes = cr_malloc(count * sizeof *passes);
    for (size_t i = 0; i < count; i++)
        passes[i] = (struct pass){list[i / (DELIVERIES + 1)], (int)(i % (DELIVERIES + 1))};
    free(list);
    return cr_make_param_array(struct pass, passes, count, free_parameters);
}

static void expect_passes(char *failure, const char *model)
{
    cr_expect(failure == NULL, "%s: %s", model, failure);
    free(failure);
}

ParameterizedTest(struct pass *pass, scenarios, table, .timeout = 120)
{
    const char *model = pass->model.name;
    struct server server;
    server_start(&server, &pass->model, NULL);
    struct census base = process_census(&server.process);
    base.descriptors += STORE_DESCRIPTORS; /* where the process that lives on has opened it */
    size_t count;
    const struct scenario *rows = scenarios(&count);
    if (pass->delivery == DELIVERIES)
        expect_passes(scenario_play_chain(&server), model);
    else
        for (size_t i = 0; i < count; i++)
            expect_passes(scenario_play(&rows[i], (enum delivery)pass->delivery, &server, false),
                          model);
    process_await_census(&server.process, base);
    free(server_stop(&server, SIGTERM));
}
