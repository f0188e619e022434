#include "beside.h"

#include "companion.h"
#include "html.h"
#include "page.h"

/* One companion of a model, run by run. */
struct beside {
    struct companion_order order;
    struct companion_report reports[STATISTICS_MOST];
    size_t count;
};

/* False unless it is a companion such as a workload file may order. */
static bool read_order(struct companion_order *order, const json_t *json)
{
    struct companion_orders orders;
    char text[64], error[COMPANION_ERROR_BYTES];
    snprintf(text, sizeof text, "%.32s %.0f", data_text(json, "kind"), data_number(json, "count"));
    if (!companion_parse(&orders, text, error) || orders.count != 1)
        return false;
    *order = orders.list[0];
    return true;
}

/* The i-th companion, whose order is that of the first run that has it. False when none has. */
static bool collect(struct beside *b, const struct data *data, size_t workload, size_t model,
                    size_t i)
{
    size_t r;
    const json_t *run;
    struct companion_order order;
    b->count = 0;
    json_array_foreach(json_object_get(data->document, "runs"), r, run)
    {
        const json_t *json = json_array_get(data_at(run, "companions"), i);
        if (b->count == STATISTICS_MOST || !data_is_of(data, run, workload, model) ||
            !read_order(&order, json))
            continue;
        if (b->count == 0)
            b->order = order;
        if (order.kind == b->order.kind && order.count == b->order.count)
            companion_restore(&b->reports[b->count++], &order, json);
    }
    return b->count > 0;
}

static void begin_table(FILE *to)
{
    page_begin_table(to, "Who else was there, and what became of them: in all runs together, "
                         "whatever their verdict; of idle clients, in a run");
    fputs("<tr><th>Model</th><th>Runs</th><th style=\"text-align:left\">Beside the "
          "client</th></tr>\n",
          to);
}

static void write_row(FILE *to, const char *model, const struct beside *b)
{
    char text[COMPANION_TEXT_BYTES];
    struct companion_report all = companion_sum(&b->order, b->reports, b->count);
    fputs("<tr><th>", to);
    html_text(to, model);
    fprintf(to, "</th><td>%zu</td><td class=\"text\">", b->count);
    html_text(to, companion_text(text, &b->order, &all));
    fputs("</td></tr>\n", to);
}

void beside_write(FILE *to, const struct data *data, size_t workload)
{
    bool begun = false;
    struct beside b;
    for (size_t m = 0; m < data->models; m++)
        for (size_t i = 0; i < COMPANION_ORDERS_MOST; i++) {
            if (!collect(&b, data, workload, m, i))
                continue;
            if (!begun)
                begin_table(to);
            begun = true;
            write_row(to, data->model_names[m], &b);
        }
    if (begun)
        page_end_table(to);
}
