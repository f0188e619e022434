#include <inttypes.h>
#include <stddef.h>

#include "clock.h"
#include "figure.h"
#include "report.h"

/* A field in quotes; a quote inside is doubled. */
static void put_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

static void put_header(FILE *file, const struct figure_time *times)
{
    fputs("started_at,host,port,shape,rate_offered,arrivals,command,connections,threads,pipeline,"
          "requests_per_connection,think_us,duration_s,planned",
          file);
    for (int i = 0; i < OUTCOMES; i++)
        fprintf(file, ",%s", outcome_names[i]);
    fputs(",throughput_rps", file);
    for (int i = 0; i < FIGURE_TIMES; i++) {
        fprintf(file, ",%s_mean_us", times[i].key);
        for (int p = 0; p < FIGURE_PERCENTILES; p++)
            fprintf(file, ",%s_%s_us", times[i].key, figure_percentiles[p].key);
        fprintf(file, ",%s_max_us", times[i].key);
    }
    fputs(",fairness_jain,verdict,cpu_us_per_request,cpu_busy\n", file);
}

/* An unknown figure is an empty field. */
static void put_figure(FILE *file, struct figure figure)
{
    fputc(',', file);
    if (figure_is_value(figure))
        fprintf(file, "%.3f", (double)figure.ns / (double)CLOCK_US);
}

static void put_time(FILE *file, struct figure_source source)
{
    put_figure(file, figure_mean(source));
    for (int p = 0; p < FIGURE_PERCENTILES; p++)
        put_figure(file, figure_quantile(source, figure_percentiles[p].quantile));
    put_figure(file, figure_max(source));
}

static void put_shape(FILE *file, const struct load *load)
{
    fprintf(file, "%s,", load_shape_names[load->shape]);
    if (load->shape == LOAD_CLOSED)
        fputs(",,", file);
    else
        fprintf(file, "%.15g,%s,", (double)load->rate_micro / 1e6, arrivals_names[load->arrivals]);
}

static void put_row(FILE *file, const struct report *r, const struct figure_time *times)
{
    const struct load *load = r->load;
    const struct load_result *result = r->result;
    const struct measure *m = &result->sum;
    const struct tally *total = &result->total;
    char started_at[REPORT_TIME_BYTES];
    fprintf(file, "%s,", report_time(started_at, r));
    put_text(file, r->host);
    fprintf(file, ",%u,", (unsigned)net_port(&load->target));
    put_shape(file, load);
    put_text(file, r->command);
    fprintf(file, ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu64 ",%.3f,%.6f,%" PRIu64,
            load->connections, load->threads, load->pipeline, load->requests_per_connection,
            (double)load->think_ns / (double)CLOCK_US, result->window_s, total->planned);
    for (int i = 0; i < OUTCOMES; i++)
        fprintf(file, ",%" PRIu64, total->outcomes[i]);
    fprintf(file, ",%.3f", result->throughput_rps);
    for (int i = 0; i < FIGURE_TIMES; i++)
        put_time(file, times[i].source);
    fprintf(file, ",%.6f,%s,", result->fairness.jain, r->verdict->name);
    if (m->in_window > 0)
        fprintf(file, "%.3f", (double)m->cpu_ns / (double)m->in_window / (double)CLOCK_US);
    fprintf(file, ",%.4f\n", m->cpu_busy_worst);
}

bool report_put_csv(FILE *file, const struct report *report)
{
    struct figure_time times[FIGURE_TIMES];
    figure_times(&report->result->total, &report->result->sum, times);
    put_header(file, times);
    put_row(file, report, times);
    return ferror(file) == 0;
}
