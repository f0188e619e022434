#include "kinds.h"

#include <math.h>

#include "format.h"
#include "html.h"
#include "page.h"

/* Of the first run that counts: the kinds are the same in all runs of a workload. */
static const json_t *kinds_of(const struct data *data, size_t workload, size_t model)
{
    size_t i;
    const json_t *run;
    json_array_foreach(
        json_object_get(data->document, "runs"), i,
        run) if (data_counts(data, run, workload, model)) return data_at(run, "client.requests");
    return NULL;
}

static double median_us(const struct data *data, size_t workload, size_t model, size_t kind,
                        const char *path)
{
    double values[STATISTICS_MOST];
    size_t i, count = 0;
    const json_t *run;
    json_array_foreach(json_object_get(data->document, "runs"), i,
                       run) if (count < STATISTICS_MOST && data_counts(data, run, workload, model))
        values[count++] = data_number(json_array_get(data_at(run, "client.requests"), kind), path);
    return statistics_spread(values, count).median;
}

static void write_model(FILE *to, const struct data *data, size_t workload, size_t model,
                        const json_t *kinds)
{
    size_t k;
    const json_t *kind;
    json_array_foreach(kinds, k, kind)
    {
        char p50[FORMAT_BYTES], p99[FORMAT_BYTES];
        fputs("<tr><th>", to);
        html_text(to, data->model_names[model]);
        fputs("</th><td>", to);
        html_text(to, data_text(kind, "name"));
        fprintf(
            to, "</td><td>%s</td><td>%s</td></tr>\n",
            format_time_us(p50, median_us(data, workload, model, k, "latency_us.response.p50")),
            format_time_us(p99, median_us(data, workload, model, k, "latency_us.response.p99")));
    }
}

void kinds_write(FILE *to, const struct data *data, size_t workload)
{
    bool begun = false;
    for (size_t m = 0; m < data->models; m++) {
        const json_t *kinds = kinds_of(data, workload, m);
        if (data_cell(data, workload, m)->valid == 0 || json_array_size(kinds) < 2)
            continue;
        if (!begun) {
            page_begin_table(to, "Response times of each kind of request");
            fputs("<tr><th>Model</th><th>Kind</th><th>p50</th><th>p99</th></tr>\n", to);
            begun = true;
        }
        write_model(to, data, workload, m, kinds);
    }
    if (begun)
        page_end_table(to);
}
