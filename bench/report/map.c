#include "map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "html.h"
#include "interval.h"
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

struct candidate {
    const json_t *point;
    double rps;
};

/* So many VALID runs, or all there are, make a point that is compared (bench/experiment.h). */
static bool takes_part(const json_t *point)
{
    enum { LEAST = 3 };
    double valid = data_number(point, "valid"), runs = data_number(point, "runs");
    return valid > 0 && valid >= (runs < LEAST ? runs : LEAST);
}

/* The first two of a cell. */
static void find_first(struct candidate first[2], const json_t *points, double x, double y)
{
    size_t i;
    const json_t *point;
    first[0] = first[1] = (struct candidate){NULL, NAN};
    json_array_foreach(points, i, point)
    {
        double rps = data_number(point, "throughput_rps.value");
        if (data_number(point, "x") != x || data_number(point, "y") != y || !isfinite(rps) ||
            !takes_part(point))
            continue;
        if (first[0].point == NULL || rps > first[0].rps) {
            first[1] = first[0];
            first[0] = (struct candidate){point, rps};
        } else if (first[1].point == NULL || rps > first[1].rps) {
            first[1] = (struct candidate){point, rps};
        }
    }
}

/* What is the matter where nobody takes part. */
static const char *verdict_at(const json_t *points, double x, double y)
{
    size_t i;
    const json_t *point;
    json_array_foreach(points, i, point)
    {
        if (data_number(point, "x") == x && data_number(point, "y") == y)
            return data_text(point, "verdict");
    }
    return "not run";
}

static int series_of(const struct labels *labels, const char *name)
{
    for (size_t i = 0; i < labels->count; i++)
        if (strcmp(labels->names[i], name) == 0)
            return labels->series[i];
    return 0;
}

/* By intervals that do not meet, which is stricter than a test of the ratio. */
static bool is_shown(const struct candidate first[2])
{
    double low = data_number(first[0].point, "throughput_rps.low");
    double high = data_number(first[1].point, "throughput_rps.high");
    return isfinite(low) && isfinite(high) && low > high;
}

/* The client was the limit with some model of the cell: what it can do was not measured. The bench
 * says so of its cells. */
static bool is_limited(const json_t *experiment, double x, double y)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(experiment, "cells"), i, item)
    {
        if (data_number(item, "x") == x && data_number(item, "y") == y &&
            json_is_true(json_object_get(item, "client_was_the_limit")))
            return true;
    }
    json_array_foreach(json_object_get(experiment, "points"), i, item)
    {
        if (data_number(item, "x") == x && data_number(item, "y") == y &&
            data_number(item, "valid") == 0 &&
            strcmp(data_text(item, "verdict"), "GENERATOR-LIMITED") == 0)
            return true;
    }
    return false;
}

static void write_cell(FILE *to, const json_t *experiment, const struct labels *labels, double x,
                       double y)
{
    char text[FORMAT_BYTES];
    struct candidate first[2];
    const json_t *points = json_object_get(experiment, "points");
    if (is_limited(experiment, x, y)) {
        fputs("<td class=\"none\">no winner<small>client was the limit</small></td>", to);
        return;
    }
    find_first(first, points, x, y);
    if (first[0].point == NULL) {
        fputs("<td class=\"none\">nobody<small>", to);
        html_text(to, verdict_at(points, x, y));
        fputs("</small></td>", to);
        return;
    }
    const char *name = data_text(first[0].point, "label");
    bool shown = first[1].point != NULL && is_shown(first);
    fprintf(to, "<td class=\"map%s\" style=\"background:%s\"><b>", shown ? "" : " pale",
            plot_colour(series_of(labels, name)));
    html_text(to, name);
    fprintf(to, "</b><small>%s/s", format_short(text, first[0].rps));
    if (first[1].point != NULL && first[1].rps > 0) {
        fprintf(to, "<br>%s × ", format_decimal(text, first[0].rps / first[1].rps));
        html_text(to, data_text(first[1].point, "label"));
        fputs(shown ? "" : "<br>no difference shown", to);
    }
    fputs("</small></td>", to);
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
                     "Who has the most requests/s of those with VALID runs, and how many times "
                     "those of the next. No difference shown: their 95 % intervals meet. Client "
                     "was the limit: some model could have done more than was measured.");
    fputs("<tr><th>", to);
    write_heading(to, experiment);
    fputs("</th>", to);
    for (size_t c = 0; c < columns; c++)
        fprintf(to, "<th>%.4g</th>", x[c]);
    fputs("</tr>\n", to);
    for (size_t r = rows; r-- > 0;) {
        fprintf(to, "<tr><th>%.4g</th>", y[r]);
        for (size_t c = 0; c < columns; c++)
            write_cell(to, experiment, labels, x[c], y[r]);
        fputs("</tr>\n", to);
    }
    page_end_table(to);
}
