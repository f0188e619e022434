#include "map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "html.h"
#include "page.h"
#include "plot.h"

enum { PLACES_MOST = 64 };

static int rising(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* The different values that points have of a coordinate, in rising order. */
static size_t find_places(double places[PLACES_MOST], const json_t *points, const char *key)
{
    size_t i, count = 0;
    const json_t *point;
    json_array_foreach(points, i, point)
    {
        double value = data_number(point, key);
        size_t at = 0;
        while (at < count && places[at] != value)
            at++;
        if (isfinite(value) && at == count && count < PLACES_MOST)
            places[count++] = value;
    }
    qsort(places, count, sizeof *places, rising);
    return count;
}

static int series_of(const struct labels *labels, const char *name)
{
    for (size_t i = 0; i < labels->count; i++)
        if (strcmp(labels->names[i], name) == 0)
            return labels->series[i];
    return 0;
}

/* What the bench concluded of a place; NULL when the file does not tell. */
static const json_t *find_cell(const json_t *experiment, double x, double y)
{
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(experiment, "cells"), i, cell)
    {
        if (data_number(cell, "x") == x && data_number(cell, "y") == y)
            return cell;
    }
    return NULL;
}

static void write_names(FILE *to, const json_t *names)
{
    size_t i;
    const json_t *name;
    json_array_foreach(names, i, name)
    {
        fputs(i > 0 ? ", " : "", to);
        html_text(to, json_string_value(name));
    }
}

/* How far ahead of the last the best is, where that is shown. */
static void write_span(FILE *to, const json_t *cell)
{
    char text[FORMAT_BYTES];
    if (!(data_number(cell, "span.low") > 1))
        return;
    fprintf(to, "<br>%s × ", format_decimal(text, data_number(cell, "span.value")));
    html_text(to, data_text(cell, "last"));
    fputs(", the last", to);
}

static bool is_by_cpu(const json_t *cell)
{
    return strcmp(data_text(cell, "by"), "CPU time") == 0;
}

/* The client was the limit of the requests/s. */
static void write_by(FILE *to, const json_t *cell)
{
    if (is_by_cpu(cell))
        fputs("<br>by CPU time", to);
}

static void write_winner(FILE *to, const json_t *cell, const struct labels *labels)
{
    char text[FORMAT_BYTES];
    const char *name = data_text(cell, "winner");
    fprintf(to, "<td class=\"map\" style=\"background:%s\"><b>",
            plot_colour(series_of(labels, name)));
    html_text(to, name);
    fprintf(to, "</b><small>%s × the next", format_decimal(text, data_number(cell, "ratio.value")));
    if (data_number(cell, "span.value") != data_number(cell, "ratio.value"))
        write_span(to, cell); /* the last is not the next, of whom that was said */
    write_by(to, cell);
    fputs("</small></td>", to);
}

static void write_cell(FILE *to, const json_t *cell, const struct labels *labels)
{
    const json_t *tied = json_object_get(cell, "tied");
    if (json_is_true(json_object_get(cell, "client_was_the_limit")) && !is_by_cpu(cell)) {
        fputs("<td class=\"tie none\"><small>", to);
        html_text(to, data_text(cell, "text"));
        fputs("</small></td>", to);
    } else if (*data_text(cell, "winner") != '\0') {
        write_winner(to, cell, labels);
    } else if (json_array_size(tied) > 1) {
        fputs("<td class=\"tie\">no difference<small>", to);
        write_names(to, tied);
        write_span(to, cell);
        write_by(to, cell);
        fputs("</small></td>", to);
    } else {
        fputs("<td class=\"none\"><small>", to);
        html_text(to, cell != NULL ? data_text(cell, "text") : "not in the results");
        fputs("</small></td>", to);
    }
}

/* A place along x: where nothing but PING is asked, that is it. */
static void write_place(FILE *to, const json_t *experiment, double x)
{
    size_t i;
    const json_t *point;
    json_array_foreach(json_object_get(experiment, "points"), i, point)
    {
        if (x == 0 && data_number(point, "x") == x &&
            strstr(data_text(point, "client"), "PING") != NULL) {
            fputs("<th>PING</th>", to);
            return;
        }
    }
    fprintf(to, "<th>%.4g</th>", x);
}

static void write_sentences(FILE *to, const json_t *experiment)
{
    size_t i;
    const json_t *sentence;
    json_array_foreach(json_object_get(experiment, "sentences"), i, sentence)
    {
        fputs("<p class=\"said\">", to);
        html_text(to, json_is_string(sentence) ? json_string_value(sentence) : "");
        fputs("</p>\n", to);
    }
}

static void write_heading(FILE *to, const json_t *experiment)
{
    const char *x_unit = data_text(experiment, "x.unit"), *y_unit = data_text(experiment, "y.unit");
    html_textf(to, "%s%s%s ↓ · %s%s%s →", data_text(experiment, "y.name"), *y_unit ? ", " : "",
               y_unit, data_text(experiment, "x.name"), *x_unit ? ", " : "", x_unit);
}

void map_write(FILE *to, const json_t *experiment, const struct labels *labels)
{
    double x[PLACES_MOST], y[PLACES_MOST];
    const json_t *points = json_object_get(experiment, "points");
    size_t columns = find_places(x, points, "x"), rows = find_places(y, points, "y");
    if (columns == 0 || rows == 0)
        return;
    page_begin_table(to,
                     "Who is ahead of all that are ranked, by paired tests of the requests/s, and "
                     "how many times those of the next; or between whom no difference is "
                     "shown, and how far the best of them is ahead of the last. By CPU time: the "
                     "client was the limit with some model, which could have done more than was "
                     "measured; so of those who keep their processor busy is compared how many "
                     "requests a second of its time is enough for; a model that idles has its "
                     "requests/s.");
    fputs("<tr><th>", to);
    write_heading(to, experiment);
    fputs("</th>", to);
    for (size_t c = 0; c < columns; c++)
        write_place(to, experiment, x[c]);
    fputs("</tr>\n", to);
    for (size_t r = rows; r-- > 0;) {
        fprintf(to, "<tr><th>%.4g</th>", y[r]);
        for (size_t c = 0; c < columns; c++)
            write_cell(to, find_cell(experiment, x[c], y[r]), labels);
        fputs("</tr>\n", to);
    }
    page_end_table(to);
    write_sentences(to, experiment);
}
