#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "curve.h"
#include "html.h"
#include "labels.h"

/* CSS pixels. The diagram has WIDTH as its own width. */
enum { WIDTH = 480, DIAGRAM = 320, MARGIN = 12, LINE = 18, COLUMNS = 3, SWATCH = 10 };

static const json_t *find_experiment(const struct data *data, const char *name)
{
    size_t i;
    const json_t *experiment;
    json_array_foreach(json_object_get(data->document, "experiments"), i, experiment)
    {
        if (strcmp(data_text(experiment, "name"), name) == 0)
            return experiment;
    }
    return NULL;
}

static void begin(FILE *to, const json_t *experiment, int height)
{
    fprintf(
        to,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
        "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
        "font-size=\"12\" fill=\"currentColor\">\n<title>",
        WIDTH * 3 / 2, height * 3 / 2, WIDTH, height);
    html_text(to, data_text(experiment, "title"));
    fputs("</title>\n<style>svg{color:#1f2328;background:#fff}"
          "@media (prefers-color-scheme:dark){svg{color:#d1d7e0;background:#0d1117}}</style>\n",
          to);
}

static void write_caption(FILE *to, const char *caption)
{
    fprintf(to, "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">", MARGIN, MARGIN + SWATCH);
    html_text(to, caption);
    fputs("</text>\n", to);
}

static void write_legend(FILE *to, const struct labels *labels)
{
    for (size_t i = 0; i < labels->count; i++) {
        int x = MARGIN + (int)(i % COLUMNS) * (WIDTH - MARGIN) / COLUMNS;
        int y = MARGIN + ((int)(i / COLUMNS) + 1) * LINE;
        fprintf(to,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/><text x=\"%d\" "
                "y=\"%d\">",
                x, y, SWATCH, SWATCH, plot_colour(labels->series[i]), x + SWATCH + 6,
                y + SWATCH - 1);
        html_text(to, labels->names[i]);
        fputs("</text>\n", to);
    }
}

static bool has_doubtful_points(const json_t *experiment)
{
    size_t i;
    const json_t *point;
    json_array_foreach(json_object_get(experiment, "points"), i, point)
    {
        if (data_number(point, "valid") == 0)
            return true;
    }
    return false;
}

static void write_note(FILE *to, const json_t *experiment, int y)
{
    bool has_theory = json_array_size(json_object_get(experiment, "theory")) > 0;
    fprintf(to, "<text x=\"%d\" y=\"%d\" font-size=\"10\">%s%s</text>\n", MARGIN, y,
            has_doubtful_points(experiment) ? "A cross: no run was VALID. " : "",
            has_theory ? "Dashed: what theory predicts." : "");
}

/* The diagram out of the figure of a page: nested, it has a place instead of a style. */
static void write_diagram(FILE *to, const char *svg, int top)
{
    const char *body = strchr(svg, '>'), *end = strstr(svg, "</svg>");
    if (body == NULL || end == NULL)
        return;
    fprintf(to, "<svg y=\"%d\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">", top, WIDTH,
            DIAGRAM, WIDTH, DIAGRAM);
    fwrite(body + 1, 1, (size_t)(end - body - 1), to);
    fputs("</svg>\n</svg>\n", to);
}

static void assemble(FILE *to, const json_t *experiment, const struct labels *labels,
                     const char *caption, const char *svg)
{
    int rows = ((int)labels->count + COLUMNS - 1) / COLUMNS;
    int top = MARGIN + (rows + 2) * LINE;
    begin(to, experiment, top + DIAGRAM);
    write_caption(to, caption);
    write_legend(to, labels);
    write_note(to, experiment, top - LINE + SWATCH);
    write_diagram(to, svg, top);
}

/* The figure as a page has it, to be freed; NULL with the reason in error. */
static char *draw(const json_t *experiment, const char *figure, const struct labels *labels,
                  char error[PICTURE_ERROR_BYTES])
{
    char *text = NULL, why[PLOT_ERROR_BYTES] = "out of memory";
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);
    bool drawn = file != NULL && curve_write(file, experiment, figure, labels, why);
    if (file != NULL && fclose(file) != 0)
        drawn = false;
    if (drawn && strstr(text, "<svg") != NULL)
        return text;
    snprintf(error, PICTURE_ERROR_BYTES, "%.200s",
             drawn ? "the experiment has no points with such a figure" : why);
    free(text);
    return NULL;
}

bool picture_write(FILE *to, const struct data *data, const char *name, const char *figure,
                   char error[PICTURE_ERROR_BYTES])
{
    struct labels labels;
    const json_t *experiment = find_experiment(data, name);
    const char *caption = curve_caption(figure);
    if (experiment == NULL || caption == NULL) {
        snprintf(error, PICTURE_ERROR_BYTES, "there is no %s '%.60s'",
                 experiment == NULL ? "experiment" : "figure", experiment == NULL ? name : figure);
        return false;
    }
    labels_find(&labels, data, experiment);
    char *text = draw(experiment, figure, &labels, error);
    if (text != NULL)
        assemble(to, experiment, &labels, caption, strstr(text, "<svg"));
    free(text);
    return text != NULL;
}
