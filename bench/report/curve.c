#include "curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "charts.h"
#include "format.h"
#include "lines.h"

enum { WIDTH = 480, HEIGHT = 320, LEFT = 64, POINTS_MOST = 512 };

/* What a diagram shows of each point. */
static const struct figure {
    const char *name, *caption, *unit;
    const char *value, *low, *high; /* paths; low and high NULL: no interval */
    plot_format *format, *tics;
    bool logarithmic, is_time;
} figures[] = {
    {"requests", "Requests/s, median and 95 % interval.", " requests/s", "throughput_rps.value",
     "throughput_rps.low", "throughput_rps.high", format_short, plot_count, false, false},
    {"mean", "Mean response time, on a logarithmic axis.", "", "mean_us", NULL, NULL,
     format_time_us, plot_time_us, true, true},
    {"p50", "Median response time (p50), on a logarithmic axis.", "", "p50_us", NULL, NULL,
     format_time_us, plot_time_us, true, true},
    {"p99", "Response time of the slowest of a hundred (p99), on a logarithmic axis.", "", "p99_us",
     NULL, NULL, format_time_us, plot_time_us, true, true},
    {"cpu", "CPU time of the server for each request.", "", "cpu_us_per_request", NULL, NULL,
     format_time_us, plot_time_us, false, false},
};

enum { FIGURES = sizeof figures / sizeof *figures, RPS = 0, MEAN = 1 };

struct curve {
    const json_t *experiment;
    const struct figure *figure;
    bool x_logarithmic;
    struct extent x, y;
    struct line_point points[POINTS_MOST]; /* of the label at hand */
    size_t count;
};

static int by_x(const void *a, const void *b)
{
    const struct line_point *p = a, *q = b;
    return p->x < q->x ? -1 : p->x > q->x;
}

static void take(struct curve *c, struct line_point point)
{
    bool fits = isfinite(point.x) && isfinite(point.y) && (!c->x_logarithmic || point.x > 0) &&
                (!c->figure->logarithmic || point.y > 0);
    if (!fits || c->count == POINTS_MOST)
        return;
    extent_add(&c->x, point.x, c->x_logarithmic);
    extent_add(&c->y, point.y, c->figure->logarithmic);
    /* An interval of two or three blocks may reach so far that it hides all else: it is cut. */
    extent_add(&c->y, fmin(point.high, 2 * point.y), c->figure->logarithmic);
    c->points[c->count++] = point;
}

static int text_of(struct plot *p, const char *label, const struct figure *figure, double x,
                   double y, const char *more)
{
    char value[FORMAT_BYTES];
    return plot_text(p, "%s at %.4g: %s%s%s", label, x, figure->format(value, y), figure->unit,
                     more);
}

static void take_point(struct curve *c, struct plot *p, const json_t *point)
{
    char more[96] = "";
    const struct figure *f = c->figure;
    struct line_point taken = {.x = data_number(point, "x"),
                               .y = data_number(point, f->value),
                               .low = f->low != NULL ? data_number(point, f->low) : NAN,
                               .high = f->high != NULL ? data_number(point, f->high) : NAN};
    const char *verdict = data_text(point, "verdict");
    if (f->is_time && !data_has_times(point))
        return;
    taken.doubtful = data_number(point, "valid") == 0;
    if (taken.doubtful)
        snprintf(more, sizeof more, " (%.60s)", *verdict != '\0' ? verdict : "not VALID");
    if (p != NULL)
        taken.text = text_of(p, data_text(point, "label"), f, taken.x, taken.y, more);
    take(c, taken);
}

static void take_pairs(struct curve *c, struct plot *p, const char *label, const json_t *pairs)
{
    size_t i;
    const json_t *pair;
    json_array_foreach(pairs, i, pair)
    {
        const json_t *x = json_array_get(pair, 0), *y = json_array_get(pair, 1);
        if (!json_is_number(x) || !json_is_number(y))
            continue;
        struct line_point taken = {
            .x = json_number_value(x), .y = json_number_value(y), .low = NAN, .high = NAN};
        if (p != NULL)
            taken.text = text_of(p, label, c->figure, taken.x, taken.y, "");
        take(c, taken);
    }
}

/* The theory of a label; NULL when there is none. */
static const json_t *theory_of(const json_t *experiment, const char *label)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(experiment, "theory"), i, item)
    {
        if (strcmp(data_text(item, "label"), label) == 0)
            return item;
    }
    return NULL;
}

/* The points of a label, in rising x. p NULL: only to learn how far they reach. */
static void collect(struct curve *c, struct plot *p, const char *label)
{
    size_t i;
    const json_t *point, *theory = theory_of(c->experiment, label);
    c->count = 0;
    if (c->figure == &figures[MEAN] && json_array_size(data_at(theory, "measured")) > 0)
        take_pairs(c, p, label, data_at(theory, "measured"));
    else
        json_array_foreach(json_object_get(c->experiment, "points"), i,
                           point) if (strcmp(data_text(point, "label"), label) == 0)
            take_point(c, p, point);
    qsort(c->points, c->count, sizeof *c->points, by_x);
}

static void collect_theory(struct curve *c, struct plot *p, const char *label)
{
    const json_t *theory = theory_of(c->experiment, label);
    c->count = 0;
    take_pairs(c, p, label, data_at(theory, "points"));
    qsort(c->points, c->count, sizeof *c->points, by_x);
}

static bool knows_means(const json_t *experiment)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(experiment, "points"), i, item)
    {
        if (isfinite(data_number(item, "mean_us")))
            return true;
    }
    json_array_foreach(json_object_get(experiment, "theory"), i, item)
    {
        if (json_array_size(data_at(item, "measured")) > 0)
            return true;
    }
    return false;
}

static bool shows_theory(const struct curve *c)
{
    return c->figure == &figures[knows_means(c->experiment) ? MEAN : RPS];
}

static void axis_label(char *text, size_t bytes, const json_t *axis)
{
    const char *unit = data_text(axis, "unit");
    snprintf(text, bytes, "%s%s%s%s", data_text(axis, "name"), *unit != '\0' ? " (" : "", unit,
             *unit != '\0' ? ")" : "");
}

static bool draw(FILE *to, struct curve *c, const struct labels *labels,
                 char error[PLOT_ERROR_BYTES])
{
    char label[160];
    struct plot p;
    axis_label(label, sizeof label, data_at(c->experiment, "x"));
    charts_begin_figure(to, c->figure->caption);
    plot_begin(&p, WIDTH, HEIGHT);
    lines_margins(&p, LEFT);
    extent_axis(c->x, &p, PLOT_X, c->x_logarithmic, plot_count, label);
    extent_axis(c->y, &p, PLOT_Y, c->figure->logarithmic, c->figure->tics, NULL);
    for (size_t l = 0; l < labels->count; l++) {
        if (shows_theory(c)) {
            collect_theory(c, &p, labels->names[l]);
            lines_add_dashed(&p, labels->series[l], c->points, c->count);
        }
        collect(c, &p, labels->names[l]);
        lines_add(&p, labels->series[l], c->points, c->count);
    }
    bool drawn = plot_write(&p, to, c->figure->caption, error);
    charts_end_figure(to);
    return drawn;
}

/* One diagram, if a point has the figure. */
static bool write_figure(FILE *to, const json_t *experiment, const struct figure *figure,
                         const struct labels *labels, char error[PLOT_ERROR_BYTES])
{
    struct curve *c = calloc(1, sizeof *c);
    if (c == NULL) {
        snprintf(error, PLOT_ERROR_BYTES, "out of memory");
        return false;
    }
    c->experiment = experiment;
    c->figure = figure;
    c->x_logarithmic = json_is_true(data_at(experiment, "x.log"));
    size_t found = 0;
    for (size_t l = 0; l < labels->count; l++) {
        collect(c, NULL, labels->names[l]);
        found += c->count;
        if (shows_theory(c))
            collect_theory(c, NULL, labels->names[l]);
    }
    bool good = found == 0 || draw(to, c, labels, error);
    free(c);
    return good;
}

bool curve_write(FILE *to, const json_t *experiment, const char *figure,
                 const struct labels *labels, char error[PLOT_ERROR_BYTES])
{
    bool good = true;
    for (int f = 0; f < FIGURES; f++)
        if (figure == NULL || strcmp(figure, figures[f].name) == 0)
            good = write_figure(to, experiment, &figures[f], labels, error) && good;
    return good;
}

const char *curve_caption(const char *figure)
{
    for (int f = 0; f < FIGURES; f++)
        if (strcmp(figure, figures[f].name) == 0)
            return figures[f].caption;
    return NULL;
}
