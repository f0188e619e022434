#include "map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "figures.h"
#include "format.h"
#include "statistics.h"

#define RUN_NS    (250 * CLOCK_MS)
#define WARMUP_NS (50 * CLOCK_MS)
enum { BLOCKS = 5, CLIENTS = 12 };

/* Of a request, in us; 0 is a PING. */
static const int services_us[] = {0, 50, 200, 1000, 5000};
static const int requests[] = {1, 3, 10, 100, 1000};
enum {
    SERVICES = sizeof services_us / sizeof *services_us,
    REQUESTS = sizeof requests / sizeof *requests,
};

/* ---- the points: cell by cell, the models of a cell next to each other ---- */

static void compose(struct experiment_point *point, int service_us, int count, const char *command)
{
    point->x = service_us;
    point->y = count;
    if (service_us == 0)
        snprintf(point->client, sizeof point->client, "-c %d -k %d PING", CLIENTS, count);
    else
        snprintf(point->client, sizeof point->client, "-c %d -k %d %s %d", CLIENTS, count, command,
                 service_us);
}

static bool add_cells(struct experiment *e, const struct suite *suite, const char *command)
{
    for (size_t x = 0; x < SERVICES; x++)
        for (size_t y = 0; y < REQUESTS; y++)
            for (size_t m = 0; m < suite->catalogue.models_count; m++) {
                struct experiment_point *point = experiment_add(e);
                if (point == NULL)
                    return false;
                point->model = m;
                point->late_counts = true;
                snprintf(point->label, sizeof point->label, "%s", suite->catalogue.models[m].name);
                compose(point, services_us[x], requests[y], command);
            }
    return true;
}

/* For people, below the figure. */
static void show_more(FILE *to, const struct experiment *e)
{
    char text[MAP_TEXT_BYTES];
    map_show(to, e->own);
    map_summarise(text, e->own);
    format_wrapped(to, "  ", text);
}

static struct experiment blank(void)
{
    return (struct experiment){
        .kind = "map",
        .x = {"service time", "us", false},
        .y = {"requests per connection", "", true},
        .blocks = BLOCKS,
        .run_ns = RUN_NS,
        .warmup_ns = WARMUP_NS,
        .no_tables = true,
        .show_more = show_more,
    };
}

bool map_waiting(struct experiment *e, const struct suite *suite)
{
    *e = blank();
    e->name = "map-waiting";
    e->title = "Who wins where, with requests that wait";
    e->question = "Which model wins when a request blocks its handler for so long, and a client "
                  "sends so many of them?";
    return add_cells(e, suite, "SLEEP");
}

bool map_computing(struct experiment *e, const struct suite *suite)
{
    *e = blank();
    e->name = "map-computing";
    e->title = "Who wins where, with requests that compute";
    e->question = "Which model wins when a request keeps a processor busy for so long, and a "
                  "client sends so many of them?";
    return add_cells(e, suite, "SPIN");
}

/* ---- the cells ---- */

/* A run in which the client was the limit cost the server what it cost all the same. */
static double per_cpu(const struct run *run)
{
    bool told = run->outcome == RUN_MEASURED &&
                (run_is_valid(run) || strcmp(run_verdict(run), "GENERATOR-LIMITED") == 0);
    return told ? 1e6 / figures_cpu_us(run) : NAN;
}

static void collect_per_cpu(struct map_rival *rival, double values[], const struct experiment *e,
                            size_t point)
{
    for (size_t b = 0; b < e->blocks; b++)
        values[b] = per_cpu(&e->runs[b * e->count + point]);
    rival->per_cpu = values;
    rival->median_per_cpu = statistics_spread(values, e->blocks).median;
}

/* With one processor, and requests that never wait, its time bounds how many a second can be
 * served. With more of them, a model may be the slower one that does not use them all. */
static bool cpu_is_bound(const struct experiment_point *point, const struct suite *suite)
{
    return suite_server_cpus(suite) == 1 && strstr(point->client, "SLEEP") == NULL;
}

/* values: room for 2 * e->blocks of them for each model. */
static void collect(struct map_rival rivals[], double *values, const struct experiment *e,
                    size_t first, const struct suite *suite)
{
    size_t models = suite->catalogue.models_count;
    for (size_t m = 0; m < models; m++) {
        double *own_rps = values + 2 * m * e->blocks, *own_per_cpu = own_rps + e->blocks;
        struct experiment_tally tally = experiment_tally(e, first + m);
        experiment_values(own_rps, e, first + m, figures_rps);
        rivals[m] = (struct map_rival){
            .name = e->points[first + m].label,
            .verdict = tally.enough ? "VALID" : tally.verdict,
            .rps = own_rps,
            .median_rps = experiment_median(e, first + m, figures_rps),
        };
        if (cpu_is_bound(&e->points[first + m], suite))
            collect_per_cpu(&rivals[m], own_per_cpu, e, first + m);
    }
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *name_or_null(const struct map *map, size_t model)
{
    return model < map->models_count ? json_string(map->models[model].name) : json_null();
}

static json_t *ratio_json(const struct ratio *ratio)
{
    return json_pack("{s:o, s:o, s:o}", "value", real_or_null(ratio->value), "low",
                     real_or_null(ratio->interval.low), "high", real_or_null(ratio->interval.high));
}

static json_t *cell_json(const struct map *map, const struct map_cell *cell,
                         const struct map_rival rivals[])
{
    char text[MAP_TEXT_BYTES];
    json_t *tied = json_array(), *not_ranked = json_array();
    bool limited = false;
    for (size_t m = 0; m < map->models_count; m++) {
        limited = limited || cell->limited[m];
        if (!cell->is_won && cell->tied[m])
            json_array_append_new(tied, name_or_null(map, m));
        if (!cell->ranked[m])
            json_array_append_new(not_ranked, json_pack("{s:s, s:s}", "model", rivals[m].name,
                                                        "verdict", rivals[m].verdict));
    }
    map_describe(text, map, cell);
    return json_pack("{s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:s, s:s}", "x", cell->x, "y",
                     cell->y, "winner", name_or_null(map, cell->is_won ? cell->best : MAP_NOBODY),
                     "ratio", ratio_json(&cell->ratio), "last", name_or_null(map, cell->last),
                     "span", ratio_json(&cell->span), "tied", tied, "not_ranked", not_ranked,
                     "client_was_the_limit", (int)limited, "by",
                     cell->by_cpu ? "CPU time" : "requests/s", "text", text);
}

/* Judges all cells. The values have room for two figures of each model in each block. */
static json_t *judge_cells(struct map *map, const struct experiment *e, const struct suite *suite,
                           double *values)
{
    struct map_rival rivals[CATALOGUE_MODELS_MOST];
    json_t *list = json_array();
    for (size_t c = 0; c < map->cells_count; c++) {
        size_t first = c * map->models_count;
        collect(rivals, values, e, first, suite);
        map->cells[c].x = e->points[first].x;
        map->cells[c].y = e->points[first].y;
        map_judge(&map->cells[c], rivals, map->models_count, e->blocks);
        map_note_duels(map, c, rivals, e->blocks);
        if (json_array_append_new(list, cell_json(map, &map->cells[c], rivals)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

bool map_conclude(struct experiment *e, const struct suite *suite)
{
    size_t models = suite->catalogue.models_count, cells = e->count / models;
    struct map *map = calloc(1, sizeof *map + cells * sizeof map->cells[0]);
    double *values = calloc(2 * models * e->blocks, sizeof *values);
    json_t *list = NULL;
    if (map != NULL && values != NULL) {
        char text[MAP_TEXT_BYTES];
        map->cells_count = cells;
        map->models_count = models;
        map->models = suite->catalogue.models;
        list = judge_cells(map, e, suite, values);
        map_summarise(text, map);
        e->more = json_pack("{s:o, s:[s]}", "cells", list, "sentences", text);
    }
    free(values);
    e->own = map;
    return e->more != NULL;
}
