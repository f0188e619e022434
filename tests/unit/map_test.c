#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "suite_sample.h"

enum { BLOCKS = 5 };

/* About these values, the same spread for all. */
static const double one[BLOCKS] = {1000, 1010, 990, 1005, 995};
static const double nearly[BLOCKS] = {1002, 1005, 993, 1001, 999};
static const double two[BLOCKS] = {2000, 2010, 1985, 2005, 1995};
static const double three[BLOCKS] = {3000, 3050, 2950, 3010, 2990};
static const double unknown[BLOCKS] = {NAN, NAN, NAN, NAN, NAN};

static const struct catalogue_model models[] = {
    {.name = "alpha"}, {.name = "beta"}, {.name = "gamma"}};

static struct map_rival rival(const char *verdict, const double *rps)
{
    return (struct map_rival){.name = "?", .verdict = verdict, .rps = rps, .median_rps = rps[0]};
}

static struct map_cell judge(const struct map_rival rivals[], size_t count)
{
    struct map_cell cell = {.x = 50, .y = 1};
    map_judge(&cell, rivals, count, BLOCKS);
    return cell;
}

static void expect_text(const struct map_cell *cell, const char *wanted)
{
    static struct map map = {.models_count = 3, .models = models};
    char text[MAP_TEXT_BYTES];
    map_describe(text, &map, cell);
    cr_expect_str_eq(text, wanted);
}

Test(map, the_winner_and_its_factor)
{
    struct map_cell cell = judge(
        (struct map_rival[]){rival("VALID", one), rival("VALID", three), rival("VALID", two)}, 3);
    cr_expect(cell.is_won && cell.best == 1 && cell.second == 2);
    cr_expect_float_eq(cell.ratio.value, 1.5, 0.01);
    expect_text(&cell, "beta beats gamma by 1.50 (1.49-1.51); beta has 3.00 (2.98-3.02) times the "
                       "requests/s of alpha, the last");
}

Test(map, no_winner_where_the_interval_holds_1)
{
    struct map_cell cell = judge(
        (struct map_rival[]){rival("VALID", one), rival("VALID", nearly), rival("VALID", two)}, 2);
    cr_expect(!cell.is_won && cell.tied[0] && cell.tied[1]);
    expect_text(&cell, "no difference shown between alpha and beta");
}

/* What only its lucky clients got is not ranked, however fast. */
Test(map, a_model_without_a_valid_run_is_not_ranked)
{
    struct map_cell cell = judge(
        (struct map_rival[]){rival("STARVED", three), rival("VALID", two), rival("VALID", one)}, 3);
    cr_expect(cell.is_won && cell.best == 1 && !cell.ranked[0] && !cell.tied[0]);
    cell = judge((struct map_rival[]){rival("STARVED", three), rival("ERRORS", two)}, 2);
    cr_expect(!cell.is_won && cell.best == MAP_NOBODY);
    expect_text(&cell, "nobody is ranked: no model has enough VALID runs");
    cell = judge((struct map_rival[]){rival("STARVED", three), rival("VALID", two)}, 2);
    cr_expect(!cell.is_won && isnan(cell.ratio.value));
    expect_text(&cell, "only beta is ranked: no other model has enough VALID runs");
}

/* A limited one could have done more than was measured: nobody is ahead of it, and it of nobody. */
Test(map, where_the_client_was_the_limit_nobody_is_ranked_by_it)
{
    struct map_cell cell = judge((struct map_rival[]){rival("GENERATOR-LIMITED", one),
                                                      rival("VALID", three), rival("VALID", two)},
                                 3);
    cr_expect(!cell.is_won && !cell.ranked[0] && cell.limited[0] && isnan(cell.ratio.value));
    cr_expect(!cell.tied[1] && !cell.tied[2]);
    expect_text(&cell, "the client was the limit with alpha: no winner is named");
    cell = judge((struct map_rival[]){rival("GENERATOR-LIMITED", three), rival("VALID", one)}, 2);
    cr_expect(!cell.is_won && !cell.ranked[0], "not even where it was ahead");
    cell = judge(
        (struct map_rival[]){rival("GENERATOR-LIMITED", three), rival("GENERATOR-LIMITED", one)},
        2);
    expect_text(&cell, "the client was the limit with alpha and beta: no winner is named");
}

/* With a CPU time, whoever was the limit of the requests/s. */
static struct map_rival costing(const char *verdict, const double *rps, const double *per_cpu)
{
    struct map_rival r = rival(verdict, rps);
    r.per_cpu = per_cpu;
    r.median_per_cpu = per_cpu[0];
    return r;
}

Test(map, where_the_client_was_the_limit_cpu_time_decides_if_it_tells)
{
    struct map_cell cell =
        judge((struct map_rival[]){costing("GENERATOR-LIMITED", three, three),
                                   costing("VALID", two, two), costing("STARVED", three, three)},
              3);
    cr_expect(cell.by_cpu && cell.is_won && cell.best == 0 && cell.second == 1);
    cr_expect(cell.limited[0] && cell.ranked[0] && !cell.ranked[2]);
    cr_expect_float_eq(cell.ratio.value, 1.5, 0.01);
    expect_text(&cell, "the client was the limit with alpha; by the server's CPU time for a "
                       "request alpha beats beta by 1.50 (1.49-1.51)");
    cell = judge((struct map_rival[]){costing("GENERATOR-LIMITED", one, one),
                                      costing("VALID", two, two), costing("VALID", two, two)},
                 3);
    cr_expect(cell.by_cpu && !cell.is_won && cell.tied[1] && cell.tied[2] && !cell.tied[0]);
    expect_text(&cell, "the client was the limit with alpha; by the server's CPU time for a "
                       "request no difference shown between beta and gamma; beta could do 2.00 "
                       "(1.99-2.01) times as many as alpha, the last");
}

/* As one that waits for the next request of the only client it serves: its CPU time would allow
 * three times as many, and it does not come to them. */
Test(map, a_model_that_idles_is_not_bound_by_its_processor)
{
    struct map_cell cell = judge(
        (struct map_rival[]){costing("GENERATOR-LIMITED", two, two), costing("VALID", one, three)},
        2);
    cr_expect(cell.by_cpu && cell.is_won && cell.best == 0);
    cr_expect_float_eq(cell.ratio.value, 2, 0.01, "%g", cell.ratio.value);
    cell = judge(
        (struct map_rival[]){costing("GENERATOR-LIMITED", two, two), costing("VALID", two, three)},
        2);
    cr_expect(cell.by_cpu && cell.tied[0] && cell.tied[1], "busy for 0.67 of the time");
}

/* It may be the client that keeps it from being busy, or not: then it is somewhere in between. */
Test(map, a_limited_model_that_idles)
{
    struct map_cell cell = judge(
        (struct map_rival[]){costing("GENERATOR-LIMITED", one, three), costing("VALID", two, two)},
        2);
    cr_expect(cell.by_cpu && !cell.is_won && cell.best == 1 && cell.tied[0] && cell.tied[1]);
    cell = judge((struct map_rival[]){costing("GENERATOR-LIMITED", one, two),
                                      costing("VALID", three, three)},
                 2);
    cr_expect(cell.is_won && cell.best == 1, "however fast it is, it is behind");
    cr_expect_float_eq(cell.ratio.value, 1.5, 0.01);
    cell = judge(
        (struct map_rival[]){costing("GENERATOR-LIMITED", two, three), costing("VALID", one, one)},
        2);
    cr_expect(cell.is_won && cell.best == 0, "however slow it is, it is ahead");
    cr_expect_float_eq(cell.ratio.value, 2, 0.01);
}

/* One whose CPU time is not known may be ahead of all; one that is VALID is left out. */
Test(map, cpu_times_that_are_not_known)
{
    struct map_cell cell = judge((struct map_rival[]){costing("GENERATOR-LIMITED", one, unknown),
                                                      costing("VALID", two, two)},
                                 2);
    cr_expect(!cell.by_cpu && !cell.is_won && isnan(cell.ratio.value));
    expect_text(&cell, "the client was the limit with alpha: no winner is named");
    cell = judge((struct map_rival[]){costing("GENERATOR-LIMITED", two, two),
                                      costing("VALID", three, unknown)},
                 2);
    cr_expect(cell.by_cpu && cell.is_won && cell.best == 1, "its requests/s are known");
}

Test(map, cpu_times_do_not_matter_where_the_client_was_not_the_limit)
{
    struct map_cell cell =
        judge((struct map_rival[]){costing("VALID", one, three), costing("VALID", two, one)}, 2);
    cr_expect(!cell.by_cpu && cell.is_won && cell.best == 1);
}

Test(map, figures_that_are_not_known_decide_nothing)
{
    struct map_cell cell =
        judge((struct map_rival[]){rival("not run", unknown), rival("not run", unknown)}, 2);
    cr_expect(!cell.is_won && cell.best == MAP_NOBODY);
}

/* ---- from runs to cells ---- */

enum { PING_1 = 0, COMPUTING_1 = 5 }; /* cells of one request per connection, of 0 and 50 us */

/* Two models with a processor. Both are VALID everywhere; in the two cells the client was the limit
 * with the first, of which a request costs 50 us, and of the second 100 us; both are busy for 0.8
 * of the time. */
static struct experiment carried_out(struct suite *suite, bool waiting, size_t cpus)
{
    struct experiment e;
    suite->catalogue.models_count = 2;
    strcpy(suite->catalogue.models[0].name, "alpha");
    strcpy(suite->catalogue.models[1].name, "beta");
    for (size_t cpu = 0; cpu < cpus; cpu++)
        CPU_SET(cpu, &suite->cpus.server);
    cr_assert(waiting ? map_waiting(&e, suite) : map_computing(&e, suite));
    e.runs = calloc(e.blocks * e.count, sizeof *e.runs);
    cr_assert_not_null(e.runs);
    for (size_t b = 0; b < e.blocks; b++)
        for (size_t p = 0; p < e.count; p++) {
            struct run *run = &e.runs[b * e.count + p];
            size_t cell = p / 2, model = p % 2;
            bool is_limited = model == 0 && (cell == PING_1 || cell == COMPUTING_1);
            suite_sample_fill(run, b, 0, model, (is_limited ? 16000 : 8000) + (double)b);
            run->ledger.entries[LEDGER_SERVER_CPU].value =
                (model == 0 ? 50 : 100) + 0.1 * (double)b;
            if (is_limited)
                suite_sample_verdict(run, "GENERATOR-LIMITED");
        }
    cr_assert(map_conclude(&e, suite));
    return e;
}

static void expect_cell(const struct experiment *e, size_t cell, const char *by, const char *winner)
{
    const json_t *json = json_array_get(json_object_get(e->more, "cells"), cell);
    const char *name = json_string_value(json_object_get(json, "winner"));
    cr_expect_str_eq(json_string_value(json_object_get(json, "by")), by);
    cr_expect_str_eq(name != NULL ? name : "nobody", winner);
}

static void expect_cells(bool waiting, size_t cpus, const char *ping, const char *fifty_us)
{
    struct suite *suite = calloc(1, sizeof *suite);
    cr_assert_not_null(suite);
    struct experiment e = carried_out(suite, waiting, cpus);
    expect_cell(&e, PING_1, strcmp(ping, "alpha") == 0 ? "CPU time" : "requests/s", ping);
    expect_cell(&e, COMPUTING_1, strcmp(fifty_us, "alpha") == 0 ? "CPU time" : "requests/s",
                fifty_us);
    expect_cell(&e, 1, "requests/s", "nobody");
    experiment_free(&e);
    free(suite);
}

/* With several processors a model may not use them all; while a request waits it costs nothing. */
Test(map, cpu_time_decides_only_where_it_bounds_the_server)
{
    expect_cells(false, 1, "alpha", "alpha");
    expect_cells(true, 1, "alpha", "nobody");
    expect_cells(false, 2, "nobody", "nobody");
}

/* ---- all cells ---- */

static struct map *map_of(size_t cells)
{
    struct map *map = calloc(1, sizeof *map + cells * sizeof map->cells[0]);
    cr_assert_not_null(map);
    map->cells_count = cells;
    map->models_count = 2;
    map->models = models;
    return map;
}

static void fill(struct map *map, size_t c, double x, double y, const double *alpha,
                 const double *beta, const char *beta_verdict)
{
    const struct map_rival rivals[] = {rival("VALID", alpha), rival(beta_verdict, beta)};
    map->cells[c] = (struct map_cell){.x = x, .y = y};
    map_judge(&map->cells[c], rivals, 2, BLOCKS);
    map_note_duels(map, c, rivals, BLOCKS);
}

Test(map, who_changes_places_is_told)
{
    struct map *map = map_of(3);
    char text[MAP_TEXT_BYTES];
    fill(map, 0, 0, 1, two, one, "VALID");
    fill(map, 1, 0, 100, one, nearly, "VALID");
    fill(map, 2, 5000, 1, one, three, "VALID");
    map_summarise(text, map);
    cr_expect_str_eq(
        text,
        "Of 3 cells, alpha wins 1, beta wins 1, and in 1 no winner is named. With a service "
        "time of 5.00ms and 1 request per connection, beta is 3.00 (2.98-3.02) times as fast as "
        "alpha; "
        "with PING and 1 request per connection, alpha is 2.00 (1.99-2.01) times as fast as beta "
        "(95 % intervals, each for itself, at the places that differ most of all cells): both "
        "can be measured.");
    free(map);
}

/* Being ahead of a limited one shows nothing. */
Test(map, who_does_not_change_places)
{
    struct map *map = map_of(2);
    char text[MAP_TEXT_BYTES];
    fill(map, 0, 0, 1, two, one, "GENERATOR-LIMITED");
    fill(map, 1, 5000, 1, one, three, "VALID");
    map_summarise(text, map);
    cr_expect_str_eq(text, "Of 2 cells, beta wins 1, and in 1 no winner is named, in 1 of them "
                           "because the client was the limit with some model. No two models were "
                           "shown to change places.");
    free(map);
}

Test(map, the_best_are_alike_and_the_last_is_told)
{
    struct map_cell cell = judge(
        (struct map_rival[]){rival("VALID", one), rival("VALID", two), rival("VALID", two)}, 3);
    cr_expect(!cell.is_won && cell.last == 0);
    cr_expect_float_eq(cell.span.value, 2, 0.01);
    expect_text(&cell, "no difference shown between beta and gamma; beta has 2.00 (1.99-2.01) "
                       "times the requests/s of alpha, the last");
    cell = judge((struct map_rival[]){rival("VALID", one), rival("VALID", nearly)}, 2);
    expect_text(&cell, "no difference shown between alpha and beta");
}

Test(map, the_grid_by_cpu_time)
{
    char *shown, text[MAP_TEXT_BYTES];
    size_t bytes;
    struct map *map = map_of(2);
    FILE *to = open_memstream(&shown, &bytes);
    cr_assert_not_null(to);
    const struct map_rival won[] = {costing("GENERATOR-LIMITED", two, two),
                                    costing("VALID", one, one)},
                           tied[] = {costing("GENERATOR-LIMITED", one, nearly),
                                     costing("VALID", one, one)};
    map->cells[0] = (struct map_cell){.x = 0, .y = 1};
    map->cells[1] = (struct map_cell){.x = 50, .y = 1};
    map_judge(&map->cells[0], won, 2, BLOCKS);
    map_judge(&map->cells[1], tied, 2, BLOCKS);
    map_show(to, map);
    map_summarise(text, map);
    cr_assert_eq(fclose(to), 0);
    cr_expect_not_null(strstr(shown, "        PING       A 2.00*\n"), "%s", shown);
    cr_expect_not_null(strstr(shown, "      50.0us          A=B*\n"), "%s", shown);
    cr_expect_str_eq(text, "Of 2 cells, alpha wins 1, and in 1 no winner is named; 2 of the 2 are "
                           "judged by CPU time, for the client was the limit there. No two models "
                           "were shown to change places.");
    free(shown);
    free(map);
}

Test(map, the_grid)
{
    char *shown;
    size_t bytes;
    struct map *map = map_of(3);
    FILE *to = open_memstream(&shown, &bytes);
    cr_assert_not_null(to);
    fill(map, 0, 0, 1, two, one, "VALID");
    fill(map, 1, 5000, 1, one, nearly, "VALID");
    fill(map, 2, 9000, 1, one, three, "GENERATOR-LIMITED");
    map_show(to, map);
    cr_assert_eq(fclose(to), 0);
    cr_expect_not_null(strstr(shown, "        PING        A 2.00\n"), "%s", shown);
    cr_expect_not_null(strstr(shown, "      5.00ms           A=B\n"), "%s", shown);
    cr_expect_not_null(strstr(shown, "      9.00ms  client limit\n"), "%s", shown);
    cr_expect_not_null(strstr(shown, "  A  alpha\n  B  beta\n"), "%s", shown);
    cr_expect_null(strstr(shown, "2.00*"), "%s", shown);
    free(shown);
    free(map);
}
