/* plot: a diagram, described to gnuplot and written into a page as SVG.
 *
 * gnuplot gets numbers only. Every text of the diagram is kept back (plot_text) and put in,
 * escaped, when the SVG is there: so no name from a results file is ever read as a command, and the
 * diagram takes the colour and the font of the page around it. What belongs to one series becomes a
 * group with data-series="N", for the page to hide; a point with a text becomes a group of the
 * class pt with that text as its title.
 *
 * Functions that add something do nothing more once memory was short; plot_write tells. Not for use
 * with threads. */
#ifndef PLOT_H
#define PLOT_H

#include <stdbool.h>
#include <stdio.h>

enum { PLOT_ELEMENTS_MOST = 256, PLOT_COLOURS = 8, PLOT_PARTS = 1000 };

struct plot {
    FILE *script, *command; /* commands and data so far; the plot command, which is last */
    char *script_text, *command_text; /* what they hold */
    size_t script_bytes, command_bytes;
    char **texts;
    size_t texts_count, texts_capacity;
    int series[PLOT_ELEMENTS_MOST]; /* of each element */
    size_t elements;
    int data; /* blocks of data so far */
    int width, height;
    bool failed;
};

/* Of vectors: an error bar. */
#define PLOT_CAPS "heads size graph 0.01,90 nofilled"

enum plot_axis { PLOT_X, PLOT_Y };

/* How a value of an axis is written at its tics. */
typedef char *plot_format(char text[], double value);

/* Round values as axes have them: 5k, 500, 0.25; 2 ms, 10 s. */
char *plot_count(char text[], double value);
char *plot_time_us(char text[], double us);

/* Lengths in CSS pixels. False when memory is short. */
bool plot_begin(struct plot *p, int width, int height);

/* A colour that is legible on light and dark, "#rrggbb", and a mark of gnuplot's, for a series.
 * Those from PLOT_PARTS on, the parts of a whole, share no colour with the others. */
const char *plot_colour(int series);
int plot_mark(int series);

/* Keeps a text back; the number is put into the script as "@number@". */
int plot_text(struct plot *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The axis from low to high (low < high; of a logarithmic one low > 0), with tics at round values.
 * The label may be NULL. */
void plot_axis(struct plot *p, enum plot_axis axis, double low, double high, bool logarithmic,
               plot_format *format, const char *label);

/* Instead of tics at round values: begin, then one call for each. */
void plot_named_tic(struct plot *p, enum plot_axis axis, double at, const char *name, bool first);

/* Data: begin gives the name of a block, "$d3" with its number; lines go to p->script; end. */
int plot_data_begin(struct plot *p);
void plot_data_end(struct plot *p);

/* An element of the plot command: what stands between two of its commas. */
void plot_element(struct plot *p, int series, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Runs gnuplot, writes <svg> with this description for those who cannot see it, and gives back what
 * the plot holds. False when there is no diagram, with the reason in error; then the page has that
 * instead. */
enum { PLOT_ERROR_BYTES = 256 };
bool plot_write(struct plot *p, FILE *page, const char *description, char error[PLOT_ERROR_BYTES]);

#endif
