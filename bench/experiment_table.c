/* An experiment as text. */
#include <math.h>
#include <string.h>

#include "experiment.h"
#include "figures.h"
#include "format.h"

enum { PAGE = 100, INDENT = 2, CELL = 10, LABEL_LEAST = 17, LABEL_MOST = 38 };

/* What can be shown, in the order in which it is. */
static const struct {
    enum experiment_shown shown;
    bool is_latency;
    const char *name;
    double (*figure)(const struct run *);
    char *(*format)(char text[FORMAT_BYTES], double value);
} tables[] = {
    {EXPERIMENT_RPS, false, "requests/s", figures_rps, format_short},
    {EXPERIMENT_MEAN, true, "mean response time", figures_mean_us, format_time_us},
    {EXPERIMENT_P50, true, "p50 of the response times", figures_p50_us, format_time_us},
    {EXPERIMENT_P99, true, "p99 of the response times", figures_p99_us, format_time_us},
    {EXPERIMENT_CPU, false, "CPU time of the server for each request", experiment_cpu_us,
     format_time_us},
};

/* The first point of this label and place; e->count if there is none. */
static size_t find(const struct experiment *e, const char *label, double x)
{
    size_t p = 0;
    while (p < e->count && (strcmp(e->points[p].label, label) != 0 || e->points[p].x != x))
        p++;
    return p;
}

static bool is_first_of_label(const struct experiment *e, size_t point)
{
    for (size_t p = 0; p < point; p++)
        if (strcmp(e->points[p].label, e->points[point].label) == 0)
            return false;
    return true;
}

static bool is_first_of_x(const struct experiment *e, size_t point)
{
    for (size_t p = 0; p < point; p++)
        if (e->points[p].x == e->points[point].x)
            return false;
    return true;
}

static int label_width(const struct experiment *e)
{
    size_t width = LABEL_LEAST;
    for (size_t p = 0; p < e->count; p++)
        if (strlen(e->points[p].label) > width)
            width = strlen(e->points[p].label);
    return width < LABEL_MOST ? (int)width : LABEL_MOST;
}

/* ---- the tables ---- */

static bool is_verdict(const struct experiment *e, size_t p, const char *verdict)
{
    return strcmp(experiment_verdict(e, p), verdict) == 0;
}

/* Behind a figure. A point that is saturated is no mishap where the load is meant to go so far. */
static char mark_of(const struct experiment *e, size_t p)
{
    return is_verdict(e, p, "VALID") || is_verdict(e, p, "not run") ? ' '
           : is_verdict(e, p, "SERVER-SATURATED")                   ? '^'
                                                                    : '!';
}

/* Other verdicts say that the response times are not the server's, or not those of all clients. */
static bool has_latencies(const struct experiment *e, size_t p)
{
    return is_verdict(e, p, "VALID") || is_verdict(e, p, "SERVER-SATURATED") ||
           is_verdict(e, p, "NON-STATIONARY");
}

static void show_cell(FILE *to, const struct experiment *e, size_t p, size_t table)
{
    char text[FORMAT_BYTES];
    if (p == e->count) {
        fprintf(to, "%*s", CELL, "");
        return;
    }
    double value = experiment_median(e, p, tables[table].figure);
    if (tables[table].is_latency && !has_latencies(e, p))
        value = NAN;
    fprintf(to, "%*s%c", CELL - 1, tables[table].format(text, value), mark_of(e, p));
}

/* Columns from the point `first` on that is the first of its x, at most `most`. Returns the point
 * behind the last of them. */
static size_t show_columns(FILE *to, const struct experiment *e, size_t table, size_t first,
                           int most)
{
    size_t columns[PAGE / CELL], p = first;
    int count = 0, width = label_width(e);
    fprintf(to, "    %-*.*s", width - INDENT, width - INDENT,
            e->x.unit[0] != '\0' ? e->x.unit : "");
    for (; p < e->count && count < most; p++)
        if (is_first_of_x(e, p)) {
            columns[count++] = p;
            fprintf(to, "%*.5g ", CELL - 1, e->points[p].x);
        }
    fputc('\n', to);
    for (size_t row = 0; row < e->count; row++) {
        if (!is_first_of_label(e, row))
            continue;
        fprintf(to, "  %-*.*s", width, width, e->points[row].label);
        for (int c = 0; c < count; c++)
            show_cell(to, e, find(e, e->points[row].label, e->points[columns[c]].x), table);
        fputc('\n', to);
    }
    return p;
}

static bool has_more_columns(const struct experiment *e, size_t from)
{
    while (from < e->count && !is_first_of_x(e, from))
        from++;
    return from < e->count;
}

static void show_table(FILE *to, const struct experiment *e, size_t table)
{
    int most = (PAGE - INDENT - label_width(e)) / CELL;
    fprintf(to, "  %s, by %s\n", tables[table].name, e->x.name);
    for (size_t p = 0; has_more_columns(e, p);)
        p = show_columns(to, e, table, p, most);
}

/* ---- below them ---- */

static bool is_first_of_verdict(const struct experiment *e, size_t point)
{
    for (size_t p = 0; p < point; p++)
        if (strcmp(experiment_verdict(e, p), experiment_verdict(e, point)) == 0)
            return false;
    return true;
}

/* Each verdict with the number of points it was passed on, and what it means. */
static void show_verdicts(FILE *to, const struct experiment *e)
{
    for (size_t p = 0; p < e->count; p++) {
        if (mark_of(e, p) == ' ' || !is_first_of_verdict(e, p))
            continue;
        size_t count = 0;
        for (size_t other = p; other < e->count; other++)
            count += strcmp(experiment_verdict(e, other), experiment_verdict(e, p)) == 0;
        char text[640];
        snprintf(text, sizeof text, "%c %s, %zu of %zu points, as %s at %.5g: %s", mark_of(e, p),
                 experiment_verdict(e, p), count, e->count, e->points[p].label, e->points[p].x,
                 experiment_reason(e, p));
        format_wrapped(to, "  ", text);
    }
}

/* What is none of the points' runs and went wrong. */
static void show_failed(FILE *to, const struct experiment *e)
{
    size_t i;
    const json_t *text;
    json_array_foreach(e->failed, i, text)
    {
        char line[640];
        snprintf(line, sizeof line, "! could not be done: %s", json_string_value(text));
        format_wrapped(to, "  ", line);
    }
}

void experiment_show(FILE *to, const struct experiment *e)
{
    unsigned shown = e->shown != 0 ? e->shown : EXPERIMENT_RPS;
    fprintf(to, "\n%s  %s\n", e->name, e->question);
    if (e->runs == NULL)
        return;
    if (!e->no_tables) {
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
            if ((shown & tables[t].shown) != 0)
                show_table(to, e, t);
        show_verdicts(to, e);
    }
    if (e->show_more != NULL)
        e->show_more(to, e);
    show_failed(to, e);
}
