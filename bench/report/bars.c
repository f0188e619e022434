#include <math.h>
#include <string.h>

#include "charts.h"
#include "format.h"
#include "html.h"
#include "lines.h"
#include "page.h"

enum { WIDTH = 480, ROW = 30, CHARACTER = 7 };

void charts_begin_figure(FILE *to, const char *caption)
{
    fputs("<figure>\n<figcaption>", to);
    html_text(to, caption);
    fputs("</figcaption>\n", to);
}

void charts_end_figure(FILE *to)
{
    fputs("<output></output>\n</figure>\n", to);
}

/* ---- what both have: a row for each model ---- */

static double row_of(const struct data *data, size_t model)
{
    return (double)(data->models - 1 - model);
}

static bool begin(struct plot *p, const struct data *data, double high, plot_format *format,
                  const char *label)
{
    size_t longest = 4;
    for (size_t m = 0; m < data->models; m++)
        longest = strlen(data->model_names[m]) > longest ? strlen(data->model_names[m]) : longest;
    longest = longest < 30 ? longest : 30;
    if (!plot_begin(p, WIDTH, 70 + ROW * (int)data->models))
        return false;
    lines_margins(p, 16 + CHARACTER * (int)longest);
    plot_axis(p, PLOT_X, 0, high > 0 ? high * 1.05 : 1, false, format, label);
    plot_axis(p, PLOT_Y, -0.6, (double)data->models - 0.4, false, NULL, NULL);
    fputs("set grid noytics\n", p->script);
    for (size_t m = 0; m < data->models; m++)
        plot_named_tic(p, PLOT_Y, row_of(data, m), data->model_names[m], m == 0);
    return true;
}

/* ---- requests/s ---- */

static const double MEDIANS_SHOWN = 1.5; /* how far the axis goes, over the largest median */

static int bar_text(struct plot *p, const char *model, const struct cell *cell)
{
    char rps[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    format_count(rps, cell->rps);
    if (cell->valid == 0)
        return plot_text(p, "%s: %s requests/s, not ranked: %s", model, rps, cell->reason);
    if (!interval_is_known(cell->rps_interval))
        return plot_text(p, "%s: %s requests/s", model, rps);
    return plot_text(p, "%s: %s requests/s (95 %%: %s to %s)", model, rps,
                     format_count(low, cell->rps_interval.low),
                     format_count(high, cell->rps_interval.high));
}

/* Where the axis ends. The interval of two blocks may reach a hundred times as far as any median:
 * an axis for all of it would leave nothing of the bars. */
static double rps_end(const struct data *data, size_t workload)
{
    struct extent medians = {0}, all = {0};
    for (size_t m = 0; m < data->models; m++) {
        const struct cell *cell = data_cell(data, workload, m);
        extent_add(&medians, cell->rps, false);
        extent_add(&all, cell->rps, false);
        extent_add(&all, cell->rps_interval.high, false);
    }
    if (!medians.is_known || !(medians.high > 0))
        return all.is_known ? all.high : NAN;
    return fmin(all.high, MEDIANS_SHOWN * medians.high);
}

static bool is_cut(const struct cell *cell, double end)
{
    return interval_is_known(cell->rps_interval) && cell->rps_interval.high > end;
}

static void add_bar(struct plot *p, const struct data *data, size_t m, const struct cell *cell,
                    double end)
{
    double y = row_of(data, m);
    bool has_interval = interval_is_known(cell->rps_interval);
    int text = bar_text(p, data->model_names[m], cell), d = plot_data_begin(p);
    fprintf(p->script, "%.10g %.2f 0 %.10g %.2f %.2f %.10g %.10g '@%d@'\n", cell->rps, y, cell->rps,
            y - 0.32, y + 0.32, has_interval ? cell->rps_interval.low : cell->rps,
            has_interval ? fmin(cell->rps_interval.high, end) : cell->rps, text);
    plot_data_end(p);
    plot_element(p, (int)m,
                 "$d%d using 1:2:3:4:5:6 with boxxyerror fs solid %s noborder lc rgb '%s'", d,
                 cell->valid > 0 ? "0.85" : "0.3", plot_colour((int)m));
    if (has_interval)
        plot_element(p, (int)m, "$d%d using 7:2:($8-$7):(0) with vectors %s lc rgb 'black'", d,
                     is_cut(cell, end) ? "head size graph 0.02,25 nofilled" : PLOT_CAPS);
    plot_element(p, (int)m, "$d%d using 1:2:9 with labels hypertext point pt 7 ps 0.5 lc rgb '%s'",
                 d, plot_colour((int)m));
}

bool charts_throughput(FILE *to, const struct data *data, size_t workload,
                       char error[PLOT_ERROR_BYTES])
{
    double end = rps_end(data, workload);
    bool any_cut = false;
    struct plot p;
    if (isnan(end))
        return true;
    for (size_t m = 0; m < data->models; m++)
        any_cut = any_cut || is_cut(data_cell(data, workload, m), end);
    charts_begin_figure(to, any_cut
                                ? "Requests/s: median of the blocks with its 95 % interval. Arrow: "
                                  "the interval goes on beyond the axis. Pale: no run is VALID."
                                : "Requests/s: median of the blocks with its 95 % interval. Pale: "
                                  "no run is VALID.");
    begin(&p, data, end, plot_count, NULL);
    for (size_t m = 0; m < data->models; m++)
        if (isfinite(data_cell(data, workload, m)->rps))
            add_bar(&p, data, m, data_cell(data, workload, m), end);
    bool drawn = plot_write(&p, to, "Requests per second of each model", error);
    charts_end_figure(to);
    return drawn;
}

/* ---- the ledger ---- */

enum { PARTS = 3 };
static const char *const part_names[PARTS] = {"server", "client", "the rest of the machine"};
static const enum ledger_quantity parts[PARTS] = {LEDGER_SERVER_CPU, LEDGER_CLIENT_CPU,
                                                  LEDGER_UNEXPLAINED_CPU};

/* What is drawn of a part. The rest comes out below 0 where the clocks are too coarse for it. */
static double part_of(const struct cell *cell, int part)
{
    return fmax(cell->ledger[parts[part]], 0);
}

static bool has_part(const struct cell *cell, int part)
{
    return cell->measured > 0 && isfinite(cell->ledger[parts[part]]);
}

static double stack_of(const struct cell *cell, int part_count)
{
    double sum = 0;
    for (int i = 0; i < part_count; i++)
        sum += has_part(cell, i) ? part_of(cell, i) : 0;
    return sum;
}

static bool add_part(struct plot *p, const struct data *data, size_t workload, int part)
{
    int texts[DATA_MODELS_MOST];
    size_t found = 0;
    for (size_t m = 0; m < data->models; m++) {
        char us[FORMAT_BYTES];
        const struct cell *cell = data_cell(data, workload, m);
        texts[m] = !has_part(cell, part)
                       ? -1
                       : plot_text(p, "%s, %s: %s us a request%s", data->model_names[m],
                                   part_names[part], format_decimal(us, cell->ledger[parts[part]]),
                                   cell->valid == 0 ? " (no run is VALID)" : "");
        found += texts[m] >= 0;
    }
    if (found == 0)
        return false;
    int d = plot_data_begin(p);
    for (size_t m = 0; m < data->models; m++) {
        const struct cell *cell = data_cell(data, workload, m);
        double from = stack_of(cell, part), y = row_of(data, m);
        if (texts[m] >= 0)
            fprintf(p->script, "%.10g %.2f %.10g %.10g %.2f %.2f '@%d@'\n",
                    from + part_of(cell, part) / 2, y, from, from + part_of(cell, part), y - 0.32,
                    y + 0.32, texts[m]);
    }
    plot_data_end(p);
    const char *colour = plot_colour(PLOT_PARTS + part);
    plot_element(p, PLOT_PARTS + part,
                 "$d%d using 1:2:3:4:5:6 with boxxyerror fs solid 0.85 noborder lc rgb '%s'", d,
                 colour);
    plot_element(p, PLOT_PARTS + part,
                 "$d%d using 1:2:7 with labels hypertext point pt 7 ps 0.4 lc rgb '%s'", d, colour);
    return true;
}

bool charts_ledger(FILE *to, const struct data *data, size_t workload, char error[PLOT_ERROR_BYTES])
{
    static const int numbers[PARTS] = {PLOT_PARTS, PLOT_PARTS + 1, PLOT_PARTS + 2};
    double high = 0;
    struct plot p;
    for (size_t m = 0; m < data->models; m++)
        high = fmax(high, stack_of(data_cell(data, workload, m), PARTS));
    if (!(high > 0))
        return true;
    page_begin_figures(to, part_names, numbers, PARTS);
    charts_begin_figure(to,
                        "CPU time a request, in us: what the ledger finds with the server, with "
                        "the client, and elsewhere.");
    begin(&p, data, high, plot_count, NULL);
    for (int part = 0; part < PARTS; part++)
        add_part(&p, data, workload, part);
    bool drawn = plot_write(&p, to, "CPU time for each request of each model", error);
    charts_end_figure(to);
    page_end_figures(to);
    return drawn;
}
