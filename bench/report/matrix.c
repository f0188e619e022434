#include "matrix.h"

#include <math.h>

#include "format.h"
#include "html.h"
#include "page.h"

static bool base_is_valid(const struct data *data, size_t workload)
{
    return data->base < data->models && data_cell(data, workload, data->base)->valid > 0;
}

enum standing matrix_standing(const struct data *data, size_t workload, size_t model)
{
    const struct cell *cell = data_cell(data, workload, model);
    struct interval i = cell->ratio_interval;
    if (cell->runs == 0)
        return STANDING_NOT_RUN;
    if (cell->measured == 0)
        return STANDING_NOT_MEASURED;
    if (cell->valid == 0)
        return STANDING_NOT_RANKED;
    if (model == data->base)
        return STANDING_BASE;
    if (!base_is_valid(data, workload))
        return STANDING_NO_BASE;
    if (isnan(cell->ratio) || !interval_is_known(i))
        return STANDING_NO_INTERVAL;
    if (i.low <= 1 && i.high >= 1)
        return STANDING_NO_DIFFERENCE;
    return i.low > 1 ? STANDING_MORE : STANDING_LESS;
}

void matrix_write_reason(FILE *to, const struct cell *cell)
{
    if (*cell->reason == '\0')
        return;
    html_textf(to, "%s%s %zu/%zu", cell->valid == 0 ? "not ranked: " : "", cell->reason,
               cell->reason_count, cell->runs);
}

/* ---- a cell ---- */

static void write_ratio(FILE *to, const struct cell *cell)
{
    char value[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    fprintf(to, "<b>%s</b>", format_decimal(value, cell->ratio));
    if (interval_is_known(cell->ratio_interval))
        fprintf(to, "<small>%s to %s</small>", format_decimal(low, cell->ratio_interval.low),
                format_decimal(high, cell->ratio_interval.high));
}

static void write_standing(FILE *to, const struct cell *cell, enum standing standing)
{
    switch (standing) {
    case STANDING_NOT_RUN:
        fputs("not run", to);
        break;
    case STANDING_NOT_MEASURED:
        fputs("not measured", to);
        break;
    case STANDING_NOT_RANKED:
        fputs("not ranked", to);
        break;
    case STANDING_NO_BASE:
        fputs("no ratio<small>the base has no VALID run</small>", to);
        break;
    case STANDING_NO_INTERVAL:
        write_ratio(to, cell);
        fputs("<small>too few blocks for an interval</small>", to);
        break;
    case STANDING_BASE:
        fputs("<b>1</b><small>the base</small>", to);
        break;
    case STANDING_NO_DIFFERENCE:
        write_ratio(to, cell);
        fputs("<small>no difference shown</small>", to);
        break;
    default:
        write_ratio(to, cell);
    }
}

/* "GENERATOR-LIMITED 3/6" */
static void write_share(FILE *to, const struct cell *cell)
{
    fputs("<small class=\"reason\">", to);
    html_textf(to, "%s %zu/%zu", cell->reason, cell->reason_count, cell->runs);
    fputs("</small>", to);
}

static void write_cell(FILE *to, const struct data *data, size_t workload, size_t model)
{
    char rps[FORMAT_BYTES];
    const struct cell *cell = data_cell(data, workload, model);
    enum standing standing = matrix_standing(data, workload, model);
    bool is_more = standing == STANDING_MORE && measure_is_rps(data_measure(data, workload));
    const char *class = cell->best || cell->best_p99      ? "win"
                        : is_more                         ? "more"
                        : standing < STANDING_NO_INTERVAL ? "none"
                                                          : "";
    fprintf(to, "<td class=\"%s\">", class);
    if (cell->best)
        fputs("<span class=\"badge\">★ best</span> ", to);
    if (cell->best_p99)
        fputs("<span class=\"badge\">☆ best p99</span> ", to);
    write_standing(to, cell, standing);
    if (cell->measured > 0)
        fprintf(to, "<small>%s/s</small>", format_short(rps, cell->rps));
    if (cell->valid < cell->runs && *cell->reason != '\0')
        write_share(to, cell);
    fputs("</td>\n", to);
}

void matrix_write(FILE *to, const struct data *data)
{
    if (data->models == 0 || data->workloads == 0)
        return;
    fputs("<h2 id=\"matrix\">All workloads and models</h2>\n<p>Requests/s over those of ", to);
    if (data->base < data->models)
        html_textf(to, "the base, %s,", data->model_names[data->base]);
    else
        fputs("a base that is not among the models,", to);
    fputs(" in the same block: geometric mean, with its 95 % interval; below it the median of the "
          "requests/s themselves. ★ marks a model that was ahead of all others by more than chance "
          "explains. Where the rate of requests was given to all, their requests/s tell nobody "
          "apart: there ☆ marks one whose p99 was shorter than that of all others with VALID runs "
          "by more than chance explains. But where the question is how much gets done when more "
          "is asked than can be, requests/s are the answer, and have a ★.</p>\n",
          to);
    page_begin_table(to, NULL);
    fputs("<tr><th>Workload</th>", to);
    for (size_t m = 0; m < data->models; m++) {
        fputs("<th>", to);
        html_text(to, data->model_names[m]);
        fputs("</th>", to);
    }
    fputs("</tr>\n", to);
    for (size_t w = 0; w < data->workloads; w++) {
        fprintf(to, "<tr><th><a href=\"#w%zu\">", w);
        html_text(to, data_workload_name(data, w));
        fputs("</a></th>\n", to);
        for (size_t m = 0; m < data->models; m++)
            write_cell(to, data, w, m);
        fputs("</tr>\n", to);
    }
    page_end_table(to);
}
