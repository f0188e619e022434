#include <stdio.h>
#include <string.h>

#include "format.h"
#include "map.h"
#include "sentence.h"

static const char *name_of(const struct map *map, size_t model)
{
    return map->models[model].name;
}

#define add(text, ...) sentence_add(text, MAP_TEXT_BYTES, __VA_ARGS__)

/* "a", "a and b", "a, b and c" */
static void add_names(char text[MAP_TEXT_BYTES], const struct map *map, const bool set[])
{
    size_t left = 0;
    for (size_t m = 0; m < map->models_count; m++)
        left += set[m];
    for (size_t m = 0; m < map->models_count; m++) {
        if (!set[m])
            continue;
        left--;
        add(text, "%s%s", name_of(map, m), left > 1 ? ", " : left == 1 ? " and " : "");
    }
}

/* ---- one cell ---- */

static size_t count_of(const struct map *map, const bool set[])
{
    size_t count = 0;
    for (size_t m = 0; m < map->models_count; m++)
        count += set[m];
    return count;
}

/* The best is shown to be ahead of the last, and that was not said by who wins. */
static bool spans(const struct map_cell *cell)
{
    return cell->last != MAP_NOBODY && !(cell->is_won && cell->last == cell->second) &&
           ratio_shows_difference(&cell->span) && cell->span.value > 1;
}

/* False when that is all there is to say. */
static bool add_limit(char text[MAP_TEXT_BYTES], const struct map *map, const struct map_cell *cell)
{
    if (count_of(map, cell->limited) == 0)
        return true;
    add(text, "the client was the limit with ");
    add_names(text, map, cell->limited);
    add(text, cell->by_cpu ? "; by the server's CPU time for a request " : ": no winner is named");
    return cell->by_cpu;
}

void map_describe(char text[MAP_TEXT_BYTES], const struct map *map, const struct map_cell *cell)
{
    size_t ranked = count_of(map, cell->ranked);
    text[0] = '\0';
    if (!add_limit(text, map, cell))
        return;
    if (cell->is_won) {
        char factor[SENTENCE_FIGURE_BYTES];
        sentence_figure(factor, cell->ratio.value, cell->ratio.interval);
        add(text, "%s beats %s by %s", name_of(map, cell->best), name_of(map, cell->second),
            factor);
    } else if (ranked == 0) {
        add(text, "nobody is ranked: no model has enough VALID runs");
    } else if (ranked == 1) {
        add(text, "only %s is ranked: no other model has enough VALID runs",
            name_of(map, cell->best));
    } else {
        add(text, "no difference shown between ");
        add_names(text, map, cell->tied);
    }
    if (spans(cell)) {
        char factor[SENTENCE_FIGURE_BYTES];
        sentence_figure(factor, cell->span.value, cell->span.interval);
        add(text,
            cell->by_cpu ? "; %s could do %s times as many as %s, the last"
                         : "; %s has %s times the requests/s of %s, the last",
            name_of(map, cell->best), factor, name_of(map, cell->last));
    }
}

/* ---- all cells ---- */

static void add_place(char text[MAP_TEXT_BYTES], const struct map_cell *cell)
{
    char service[FORMAT_BYTES];
    if (cell->x > 0)
        add(text, "a service time of %s and ", format_time_us(service, cell->x));
    else
        add(text, "PING and ");
    add(text, "%.0f request%s per connection", cell->y, cell->y == 1 ? "" : "s");
}

static void add_tally(char text[MAP_TEXT_BYTES], const struct map *map)
{
    size_t others = map->cells_count, limited = 0, by_cpu = 0;
    add(text, "Of %zu cells, ", map->cells_count);
    for (size_t m = 0; m < map->models_count; m++) {
        size_t won = 0;
        for (size_t c = 0; c < map->cells_count; c++)
            won += map->cells[c].is_won && map->cells[c].best == m;
        if (won > 0)
            add(text, "%s wins %zu, ", name_of(map, m), won);
        others -= won;
    }
    for (size_t c = 0; c < map->cells_count; c++) {
        bool is_limited = count_of(map, map->cells[c].limited) > 0;
        limited += is_limited && !map->cells[c].by_cpu;
        by_cpu += map->cells[c].by_cpu;
    }
    add(text, "%sin %zu no winner is named", others < map->cells_count ? "and " : "", others);
    if (limited > 0)
        add(text, ", in %zu of them because the client was the limit with some model", limited);
    if (by_cpu > 0)
        add(text, "; %zu of the %zu are judged by CPU time, for the client was the limit there",
            by_cpu, map->cells_count);
    add(text, ".");
}

/* The two that change places by the most, seen from the one that gains less. */
static bool find_reversal(const struct map *map, size_t *a, size_t *b)
{
    double most = 0;
    for (size_t i = 0; i < map->models_count; i++)
        for (size_t j = 0; j < i; j++) {
            double there = map->duels[i][j].factor, back = map->duels[j][i].factor;
            double least = there < back ? there : back;
            if (least <= most)
                continue;
            most = least;
            *a = i;
            *b = j;
        }
    return most > 0;
}

void map_summarise(char text[MAP_TEXT_BYTES], const struct map *map)
{
    char factor[SENTENCE_FIGURE_BYTES];
    size_t a, b;
    text[0] = '\0';
    add_tally(text, map);
    if (!find_reversal(map, &a, &b)) {
        add(text, " No two models were shown to change places.");
        return;
    }
    const struct map_duel *there = &map->duels[a][b], *back = &map->duels[b][a];
    add(text, " With ");
    add_place(text, &map->cells[there->cell]);
    add(text, ", %s is %s times as fast as %s; with ", name_of(map, a),
        sentence_figure(factor, there->factor, there->interval), name_of(map, b));
    add_place(text, &map->cells[back->cell]);
    add(text,
        ", %s is %s times as fast as %s (95 %% intervals, each for itself, at the places that "
        "differ most of all cells): both can be measured.",
        name_of(map, b), sentence_figure(factor, back->factor, back->interval), name_of(map, a));
}

/* ---- the figure ---- */

enum { CELL_BYTES = 64, CELL_WIDTH = 12 };

/* "C 1.31", "B=D", "B=D 7.1A", "C 1.31*", "client limit", "-". */
static const char *cell_text(char text[CELL_BYTES], const struct map *map,
                             const struct map_cell *cell)
{
    char factor[FORMAT_BYTES];
    const char *mark = cell->by_cpu ? "*" : "";
    if (count_of(map, cell->limited) > 0 && !cell->by_cpu)
        return "client limit";
    if (cell->is_won) {
        snprintf(text, CELL_BYTES, "%c %s%s", (char)('A' + cell->best),
                 format_decimal(factor, cell->ratio.value), mark);
        return text;
    }
    if (count_of(map, cell->ranked) < 2)
        return "-";
    size_t length = 0;
    for (size_t m = 0; m < map->models_count; m++)
        if (cell->tied[m] && length + 3 < CELL_BYTES) {
            if (length > 0)
                text[length++] = '=';
            text[length++] = (char)('A' + m);
        }
    text[length] = '\0';
    if (spans(cell))
        snprintf(text + length, CELL_BYTES - length, " %s%c%s",
                 format_rough(factor, cell->span.value), (char)('A' + cell->last), mark);
    else
        snprintf(text + length, CELL_BYTES - length, "%s", mark);
    return text;
}

static void show_legend(FILE *to, const struct map *map)
{
    for (size_t m = 0; m < map->models_count; m++)
        fprintf(to, "  %c  %s\n", (char)('A' + m), name_of(map, m));
    fputs(
        "C 1.31: C wins, with 1.31 times the requests/s of the second, and the 95 % interval of\n"
        "that does not hold 1. B=D: no difference shown between the best. B=D 7.1A: the same, and\n"
        "the best has 7.1 times the requests/s of A, the last. *: the client was the limit with\n"
        "some model, which could have done more than was measured; so of those who are bounded by\n"
        "their processor is compared how many requests a second of it is enough for. client "
        "limit:\n"
        "the same, where requests wait or the server has several processors, and CPU time does "
        "not\n"
        "tell. -: fewer than two models have enough VALID runs.\n",
        to);
}

static void show_service(FILE *to, double service_us)
{
    char service[FORMAT_BYTES];
    fprintf(to, "\n  %12s", service_us > 0 ? format_time_us(service, service_us) : "PING");
}

void map_show(FILE *to, const struct map *map)
{
    char text[CELL_BYTES];
    fprintf(to, "\n  %12s  requests per connection\n  %12s", "service time", "");
    for (size_t c = 0; c < map->cells_count && map->cells[c].x == map->cells[0].x; c++)
        fprintf(to, "  %*.0f", CELL_WIDTH, map->cells[c].y);
    for (size_t c = 0; c < map->cells_count; c++) {
        if (c == 0 || map->cells[c].x != map->cells[c - 1].x)
            show_service(to, map->cells[c].x);
        fprintf(to, "  %*s", CELL_WIDTH, cell_text(text, map, &map->cells[c]));
    }
    fputs("\n\n", to);
    show_legend(to, map);
}
