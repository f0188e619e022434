#include "lines.h"

#include <math.h>

void extent_add(struct extent *e, double value, bool logarithmic)
{
    if (!isfinite(value) || (logarithmic && value <= 0))
        return;
    if (!e->is_known || value < e->low)
        e->low = value;
    if (!e->is_known || value > e->high)
        e->high = value;
    e->is_known = true;
}

/* The next of 1, 2 and 5 times a power of ten, where a logarithmic axis has its tics: the highest
 * that is not above a value, and the lowest that is not below. */
static double tic_below(double value)
{
    double decade = pow(10, floor(log10(value) + 1e-9)), part = value / decade * (1 + 1e-9);
    return decade * (part >= 5 ? 5 : part >= 2 ? 2 : 1);
}

static double tic_above(double value)
{
    double below = tic_below(value), decade = pow(10, floor(log10(below) + 1e-9));
    if (below >= value * (1 - 1e-9))
        return below;
    return below < 1.5 * decade ? 2 * decade : below < 3 * decade ? 5 * decade : 10 * decade;
}

/* An axis with a single tic tells nothing of the values beside it: it gets one on either side. */
static void write_logarithmic(struct extent e, struct plot *p, enum plot_axis axis,
                              plot_format *format, const char *label)
{
    double room = fmax(pow(e.high / e.low, 0.04), 1.1);
    double low = e.low / room, high = e.high * room;
    if (tic_above(low) >= tic_below(high)) {
        low = tic_below(low) / 1.02; /* gnuplot may leave out what lies on the edge */
        high = tic_above(high) * 1.02;
    }
    plot_axis(p, axis, low, high, true, format, label);
}

void extent_axis(struct extent e, struct plot *p, enum plot_axis axis, bool logarithmic,
                 plot_format *format, const char *label)
{
    if (logarithmic) {
        write_logarithmic(e, p, axis, format, label);
        return;
    }
    double low = fmin(e.low, 0), high = fmax(e.high, 0);
    double range = high > low ? high - low : 1;
    plot_axis(p, axis, low, high + 0.05 * range, false, format, label);
}

void lines_margins(struct plot *p, int left)
{
    fprintf(p->script, "set lmargin at screen %.4f\nset rmargin at screen %.4f\n",
            (double)left / p->width, 1 - 22.0 / p->width);
}

static int add_data(struct plot *p, const struct line_point points[], size_t count)
{
    int data = plot_data_begin(p);
    for (size_t i = 0; i < count; i++) {
        const struct line_point *point = &points[i];
        bool has_bar = isfinite(point->low) && isfinite(point->high);
        fprintf(p->script, "%.10g %.10g %.10g %.10g '@%d@' %d\n", point->x, point->y,
                has_bar ? point->low : point->y, has_bar ? point->high : point->y, point->text,
                point->doubtful);
    }
    plot_data_end(p);
    return data;
}

/* The marks of either kind; gnuplot complains of an element without a point. */
static void add_marks(struct plot *p, int series, int data, const struct line_point points[],
                      size_t count, bool doubtful, double size)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += points[i].doubtful == doubtful;
    if (found > 0)
        plot_element(p, series,
                     "$d%d using ($6==%d?$1:1/0):2:5 with labels hypertext point pt %d ps %.1f lc "
                     "rgb '%s'",
                     data, doubtful, doubtful ? 2 : plot_mark(series), size, plot_colour(series));
}

void lines_add(struct plot *p, int series, const struct line_point points[], size_t count)
{
    if (count == 0)
        return;
    int data = add_data(p, points, count);
    const char *colour = plot_colour(series);
    plot_element(p, series, "$d%d using 1:2 with lines lw 1.6 lc rgb '%s'", data, colour);
    plot_element(p, series, "$d%d using 1:3:(0):($4-$3) with vectors " PLOT_CAPS " lc rgb '%s'",
                 data, colour);
    add_marks(p, series, data, points, count, false, 0.9);
    add_marks(p, series, data, points, count, true, 0.9);
}

void lines_add_dense(struct plot *p, int series, const struct line_point points[], size_t count)
{
    if (count == 0)
        return;
    int data = add_data(p, points, count);
    plot_element(p, series, "$d%d using 1:2 with lines lw 1.4 lc rgb '%s'", data,
                 plot_colour(series));
    add_marks(p, series, data, points, count, false, 0.4);
    add_marks(p, series, data, points, count, true, 0.4);
}

void lines_add_dashed(struct plot *p, int series, const struct line_point points[], size_t count)
{
    if (count == 0)
        return;
    plot_element(p, series, "$d%d using 1:2 with lines dt (6,4) lw 1.4 lc rgb '%s'",
                 add_data(p, points, count), plot_colour(series));
}
