#include "plot.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "html.h"
#include "svg.h"

/* ---- what series look like ---- */

const char *plot_colour(int series)
{
    static const char *const colours[PLOT_COLOURS] = {"#7d8590", "#3b82c4", "#d97706", "#2a9d5c",
                                                      "#d1495b", "#9a6fd0", "#1b9e9e", "#a5772a"};
    static const char *const parts[] = {"#4f63b5", "#b57fae", "#a8a58f"};
    if (series >= PLOT_PARTS)
        return parts[(series - PLOT_PARTS) % (int)(sizeof parts / sizeof *parts)];
    return colours[series % PLOT_COLOURS];
}

int plot_mark(int series)
{
    static const int marks[] = {5, 7, 9, 11, 13, 4, 6, 8};
    return marks[series % (int)(sizeof marks / sizeof *marks)];
}

/* ---- what is in the diagram ---- */

bool plot_begin(struct plot *p, int width, int height)
{
    *p = (struct plot){.width = width, .height = height};
    p->script = open_memstream(&p->script_text, &p->script_bytes);
    p->command = open_memstream(&p->command_text, &p->command_bytes);
    if (p->script == NULL || p->command == NULL) {
        p->failed = true;
        return false;
    }
    fprintf(p->script,
            "set terminal svg size %d,%d dynamic noenhanced font 'sans-serif,13' name 'plot'\n"
            "unset key\nset border 3 lc rgb 'black'\nset tics nomirror scale 0.5\n"
            "set grid lc rgb 'gray' dt (2,4)\n",
            width, height);
    return true;
}

int plot_text(struct plot *p, const char *format, ...)
{
    va_list args;
    if (p->texts_count == p->texts_capacity) {
        size_t capacity = p->texts_capacity > 0 ? 2 * p->texts_capacity : 32;
        char **texts = reallocarray(p->texts, capacity, sizeof *texts);
        if (texts == NULL) {
            p->failed = true;
            return 0;
        }
        p->texts = texts;
        p->texts_capacity = capacity;
    }
    va_start(args, format);
    int length = vasprintf(&p->texts[p->texts_count], format, args);
    va_end(args);
    if (length < 0) {
        p->failed = true;
        return 0;
    }
    return (int)p->texts_count++;
}

int plot_data_begin(struct plot *p)
{
    fprintf(p->script, "$d%d << EOD\n", ++p->data);
    return p->data;
}

void plot_data_end(struct plot *p)
{
    fputs("EOD\n", p->script);
}

void plot_element(struct plot *p, int series, const char *format, ...)
{
    va_list args;
    if (p->elements == PLOT_ELEMENTS_MOST) {
        p->failed = true;
        return;
    }
    p->series[p->elements] = series;
    fputs(p->elements++ > 0 ? ", \\\n" : "plot ", p->command);
    va_start(args, format);
    vfprintf(p->command, format, args);
    va_end(args);
}

/* ---- axes ---- */

/* Tics are round: as many digits as they need, and no more. */
char *plot_count(char text[], double value)
{
    double size = fabs(value);
    if (size >= 1e6)
        sprintf(text, "%.4gM", value / 1e6);
    else if (size >= 1e3)
        sprintf(text, "%.4gk", value / 1e3);
    else
        sprintf(text, "%.4g", value);
    return text;
}

char *plot_time_us(char text[], double us)
{
    if (us >= 1e6)
        sprintf(text, "%.4g s", us / 1e6);
    else if (us >= 1e3)
        sprintf(text, "%.4g ms", us / 1e3);
    else
        sprintf(text, "%.4g us", us);
    return text;
}

static char name_of(enum plot_axis axis)
{
    return axis == PLOT_X ? 'x' : 'y';
}

void plot_named_tic(struct plot *p, enum plot_axis axis, double at, const char *name, bool first)
{
    fprintf(p->script, "set %ctics %s('@%d@' %.10g)\n", name_of(axis), first ? "" : "add ",
            plot_text(p, "%s", name), at);
}

static void add_tic(struct plot *p, enum plot_axis axis, double at, plot_format *format,
                    bool *first)
{
    char text[64];
    plot_named_tic(p, axis, at, format(text, at), *first);
    *first = false;
}

/* 1, 2 or 5 times a power of ten, so that about `count` of them fit. */
static double round_step(double range, int count)
{
    double raw = range / count, power = pow(10, floor(log10(raw)));
    double digit = raw / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

static void add_linear_tics(struct plot *p, enum plot_axis axis, double low, double high,
                            plot_format *format)
{
    bool first = true;
    double step = round_step(high - low, 5);
    double start = ceil(low / step - 1e-9);
    for (int i = 0; i < 20 && (start + i) * step <= high * (1 + 1e-12); i++)
        add_tic(p, axis, (start + i) * step, format, &first);
}

/* Powers of ten, and 2 and 5 times them where few decades leave room. */
static void add_log_tics(struct plot *p, enum plot_axis axis, double low, double high,
                         plot_format *format)
{
    static const double digits[] = {1, 2, 5};
    bool first = true;
    double decades = log10(high / low);
    int shown = decades > 2.5 ? 1 : 3, skip = decades > 10 ? 3 : 1;
    for (int e = (int)floor(log10(low)); e <= (int)ceil(log10(high)); e += skip)
        for (int d = 0; d < shown; d++) {
            double at = digits[d] * pow(10, e);
            if (at >= low * (1 - 1e-9) && at <= high * (1 + 1e-9))
                add_tic(p, axis, at, format, &first);
        }
}

void plot_axis(struct plot *p, enum plot_axis axis, double low, double high, bool logarithmic,
               plot_format *format, const char *label)
{
    char name = name_of(axis);
    fprintf(p->script, "set %crange [%.10g:%.10g]\n", name, low, high);
    if (logarithmic)
        fprintf(p->script, "set logscale %c\n", name);
    if (label != NULL)
        fprintf(p->script, "set %clabel '@%d@'\n", name, plot_text(p, "%s", label));
    if (format == NULL)
        return;
    if (logarithmic)
        add_log_tics(p, axis, low, high, format);
    else
        add_linear_tics(p, axis, low, high, format);
}

/* ---- the end ---- */

static void release(struct plot *p)
{
    if (p->script != NULL)
        fclose(p->script);
    if (p->command != NULL)
        fclose(p->command);
    free(p->script_text);
    free(p->command_text);
    for (size_t i = 0; i < p->texts_count; i++)
        free(p->texts[i]);
    free(p->texts);
    *p = (struct plot){0};
}

static char *draw(struct plot *p, char error[PLOT_ERROR_BYTES])
{
    bool complete = !p->failed && fflush(p->command) == 0 &&
                    fprintf(p->script, "%s\n", p->command_text) > 0 && fflush(p->script) == 0;
    if (!complete) {
        snprintf(error, PLOT_ERROR_BYTES, "out of memory");
        return NULL;
    }
    return gnuplot_draw(p->script_text, p->script_bytes, error);
}

bool plot_write(struct plot *p, FILE *page, const char *description, char error[PLOT_ERROR_BYTES])
{
    char *svg = draw(p, error);
    if (svg != NULL)
        svg_write(page, svg, p, description);
    else {
        fputs("<p class=\"warn\">No diagram: ", page);
        html_text(page, error);
        fputs("</p>\n", page);
    }
    free(svg);
    release(p);
    return svg != NULL;
}
