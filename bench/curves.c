#include "curves.h"

#include <stdio.h>

#include "clock.h"

#define RUN_NS    (500 * CLOCK_MS)
#define WARMUP_NS (100 * CLOCK_MS)
enum { BLOCKS = 5 };

bool curves_clients(struct experiment *e, const struct suite *suite)
{
    static const int clients[] = {1, 3, 10, 30, 100, 300, 1000};
    *e = (struct experiment){
        .kind = "curve",
        .name = "clients",
        .title = "Throughput against the number of clients",
        .question = "What do more clients at a time, all of them busy, cost each model?",
        .x = {"clients", "", true},
        .blocks = BLOCKS,
        .run_ns = RUN_NS,
        .warmup_ns = WARMUP_NS,
    };
    for (size_t m = 0; m < suite->catalogue.models_count; m++)
        for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
            struct experiment_point *point = experiment_add(e);
            if (point == NULL)
                return false;
            point->model = m;
            point->x = clients[i];
            snprintf(point->label, sizeof point->label, "%s", suite->catalogue.models[m].name);
            snprintf(point->client, sizeof point->client, "-c %d -k 100 PING", clients[i]);
        }
    return true;
}
