/* lines: diagrams of curves: points with error bars and texts, joined by lines. */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "plot.h"

/* What values there are; begins as {0}. */
struct extent {
    double low, high;
    bool is_known;
};

/* Takes a value in, unless it is not known or, on a logarithmic axis, not positive. */
void extent_add(struct extent *e, double value, bool logarithmic);

/* The axis for it: from 0 where it is not logarithmic, with some room at the ends. */
void extent_axis(struct extent e, struct plot *p, enum plot_axis axis, bool logarithmic,
                 plot_format *format, const char *label);

struct line_point {
    double x, y, low, high; /* low and high NaN: no error bar */
    int text;               /* of plot_text */
    bool doubtful;          /* drawn as a cross */
};

/* Adds a curve; the points in rising x. On a logarithmic axis all must be positive. */
void lines_add(struct plot *p, int series, const struct line_point points[], size_t count);

/* The same with small marks, for many points; no error bars. */
void lines_add_dense(struct plot *p, int series, const struct line_point points[], size_t count);

/* Adds a dashed line without marks. */
void lines_add_dashed(struct plot *p, int series, const struct line_point points[], size_t count);

/* Room at the left for numbers, at the right for half a number; in CSS pixels. */
void lines_margins(struct plot *p, int left);

#endif
