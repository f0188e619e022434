#include "section.h"

#include <math.h>
#include <stdlib.h>

#include "beside.h"
#include "charts.h"
#include "course.h"
#include "format.h"
#include "html.h"
#include "kinds.h"
#include "ledger_section.h"
#include "matrix.h"
#include "notes.h"
#include "page.h"
#include "sentences.h"

static void write_said(FILE *to, const struct data *data, size_t workload)
{
    struct sentence_row row[DATA_MODELS_MOST];
    struct sentence_rows rows = {row, data->own_models, data->base, data->blocks,
                                 data_measure(data, workload)};
    char *text = NULL;
    size_t bytes;
    for (size_t m = 0; m < data->models; m++) {
        const struct cell *c = data_cell(data, workload, m);
        row[m] = (struct sentence_row){.model = data->model_names[m],
                                       .runs = c->runs,
                                       .measured = c->measured,
                                       .valid = c->valid,
                                       .best = c->best,
                                       .rps = c->rps,
                                       .rps_interval = c->rps_interval,
                                       .rps_by_block = c->rps_by_block,
                                       .p99_us = c->response_us[3],
                                       .p99_interval = c->p99_interval,
                                       .best_p99 = c->best_p99,
                                       .p99_ratio = c->p99_ratio,
                                       .p99_ratio_interval = c->p99_ratio_interval,
                                       .p99_p = c->p99_p,
                                       .reason = c->reason,
                                       .reason_count = c->reason_count};
        for (int q = 0; q < LEDGER_QUANTITIES; q++)
            row[m].ledger[q] = c->ledger[q];
    }
    FILE *memory = open_memstream(&text, &bytes);
    if (memory == NULL)
        return;
    sentences_write(memory, &rows);
    if (fclose(memory) == 0) {
        fputs("<p class=\"said\">", to);
        html_text(to, text);
        fputs("</p>\n", to);
    }
    free(text);
}

/* ---- the table ---- */

static void write_response(FILE *to, double us, struct interval interval)
{
    char text[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    fprintf(to, "<td>%s", format_time_us(text, us));
    if (interval_is_known(interval))
        fprintf(to, "<small>%s to %s</small>", format_time_us(low, interval.low),
                format_time_us(high, interval.high));
    fputs("</td>", to);
}

static void write_row(FILE *to, const struct data *data, size_t workload, size_t model)
{
    char text[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    const struct cell *c = data_cell(data, workload, model);
    fputs("<tr><th>", to);
    html_text(to, data->model_names[model]);
    fprintf(to, "</th><td>%zu/%zu<small class=\"reason\">", c->valid, c->runs);
    matrix_write_reason(to, c);
    fprintf(to, "</small></td><td>%s", format_count(text, c->rps));
    if (interval_is_known(c->rps_interval))
        fprintf(to, "<small>%s to %s</small>", format_short(low, c->rps_interval.low),
                format_short(high, c->rps_interval.high));
    fputs("</td>", to);
    write_response(to, c->response_us[0], c->p50_interval);
    write_response(to, c->response_us[3], c->p99_interval);
    fprintf(to, "<td>%s</td>", format_count(text, c->runs > 0 ? c->errors : NAN));
    ledger_section_cells(to, c);
    fputs("</tr>\n", to);
}

static void write_table(FILE *to, const struct data *data, size_t workload)
{
    page_begin_table(to, "From server us on: the ledger, for each request");
    fputs("<tr><th>Model</th><th>VALID</th><th>requests/s</th><th>p50</th><th>p99</th>"
          "<th>errors</th>",
          to);
    ledger_section_headings(to);
    fputs("</tr>\n", to);
    for (size_t m = 0; m < data->models; m++)
        write_row(to, data, workload, m);
    page_end_table(to);
}

bool section_write(FILE *to, const struct data *data, size_t workload, char error[PLOT_ERROR_BYTES])
{
    const json_t *object = data->workload_objects[workload];
    fprintf(to, "<h2 id=\"w%zu\">", workload);
    html_text(to, data_workload_name(data, workload));
    fputs("</h2>\n<p class=\"question\">", to);
    html_text(to, data_text(object, "question"));
    fputs("</p>\n", to);
    if (*data_text(object, "expected") != '\0') {
        fputs("<p class=\"soft\">Expected: ", to);
        html_text(to, data_text(object, "expected"));
        fputs("</p>\n", to);
    }
    write_said(to, data, workload);
    page_begin_figures(to, data->model_names, NULL, data->models);
    bool drawn = charts_throughput(to, data, workload, error);
    drawn = charts_percentiles(to, data, workload, error) && drawn;
    drawn = course_write(to, data, workload, error) && drawn;
    drawn = charts_ledger(to, data, workload, error) && drawn;
    page_end_figures(to);
    write_table(to, data, workload);
    if (workload == 0) /* once on the page */
        ledger_section_legend(to, data);
    ledger_section_more(to, data, workload);
    notes_write(to, data, workload);
    beside_write(to, data, workload);
    kinds_write(to, data, workload);
    return drawn;
}
