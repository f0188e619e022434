#include "pairs.h"

#include <string.h>

#include "format.h"
#include "match.h"
#include "text.h"
#include "welch.h"

enum { RATIO_WIDTH = 20 };

/* One model under one workload, by its place in each. */
struct pair {
    const struct data *a, *b;
    size_t a_workload, a_model, b_workload, b_model;
};

static const struct cell *cell_a(const struct pair *p)
{
    return data_cell(p->a, p->a_workload, p->a_model);
}

static const struct cell *cell_b(const struct pair *p)
{
    return data_cell(p->b, p->b_workload, p->b_model);
}

/* ---- what is in both ---- */

/* False when B does not list it. */
static bool find_pair(struct pair *p, const struct data *a, const struct data *b, size_t workload,
                      size_t model)
{
    *p = (struct pair){.a = a,
                       .b = b,
                       .a_workload = workload,
                       .a_model = model,
                       .b_workload = match_workload(b, a, workload),
                       .b_model = match_model(b, a, model)};
    return p->b_workload < b->workloads && p->b_model < b->models;
}

size_t pairs_count(const struct data *a, const struct data *b)
{
    struct pair p;
    size_t count = 0;
    for (size_t w = 0; w < a->workloads; w++)
        for (size_t m = 0; m < a->models; m++)
            count += find_pair(&p, a, b, w, m) && cell_a(&p)->runs > 0 && cell_b(&p)->runs > 0;
    return count;
}

/* ---- a row ---- */

/* Of the VALID runs; without any, nothing. Returns their number of places. */
static size_t collect(double values[STATISTICS_MOST], const struct data *data, size_t workload,
                      size_t model, const char *path)
{
    if (data_cell(data, workload, model)->valid == 0)
        return 0;
    data_collect(values, data, workload, model, path);
    return data->blocks;
}

static bool is_ranked(const struct pair *p)
{
    return cell_a(p)->valid > 0 && cell_b(p)->valid > 0;
}

static void put_ratio(char *text, size_t bytes, const struct pair *p, const struct welch *w)
{
    char ratio[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    format_decimal(ratio, w->ratio);
    if (!is_ranked(p))
        snprintf(text, bytes, "not ranked");
    else if (isnan(w->ratio))
        snprintf(text, bytes, "-");
    else if (!interval_is_known(w->interval))
        snprintf(text, bytes, "%s (no interval)", ratio);
    else if (w->interval.low <= 1 && w->interval.high >= 1)
        snprintf(text, bytes, "no difference shown");
    else
        snprintf(text, bytes, "%s (%s-%s)", ratio, format_decimal(low, w->interval.low),
                 format_decimal(high, w->interval.high));
}

/* Both medians and the ratio of one figure. Returns the width of the ratio. */
static int write_figure(FILE *to, const struct pair *p, const char *path, int width,
                        char *(*format)(char text[FORMAT_BYTES], double value))
{
    double a[STATISTICS_MOST], b[STATISTICS_MOST];
    char left[FORMAT_BYTES], right[FORMAT_BYTES], ratio[4 * FORMAT_BYTES];
    size_t a_count = collect(a, p->a, p->a_workload, p->a_model, path);
    size_t b_count = collect(b, p->b, p->b_workload, p->b_model, path);
    struct welch w = welch_ratio(a, a_count, b, b_count);
    put_ratio(ratio, sizeof ratio, p, &w);
    fprintf(to, "%*s%*s  %s", width, format(left, statistics_spread(a, a_count).median), width,
            format(right, statistics_spread(b, b_count).median), ratio);
    return (int)strlen(ratio);
}

/* What of one side does not count. */
static void write_note(FILE *to, char side, const struct cell *cell)
{
    char reason[TEXT_BYTES];
    if (cell->runs == 0)
        fprintf(to, "      %c: not run\n", side);
    else if (cell->valid < cell->runs)
        fprintf(to, "      %c: %zu of %zu runs VALID; %s in %zu\n", side, cell->valid, cell->runs,
                text_safe(reason, cell->reason), cell->reason_count);
}

/* Where the rate of requests was given to all, requests/s are that rate. */
static bool is_by_p99(const struct pair *p)
{
    return !measure_is_rps(data_measure(p->a, p->a_workload));
}

static void write_row(FILE *to, const struct pair *p)
{
    char name[TEXT_BYTES];
    fprintf(to, "  %-18s", text_safe(name, p->a->model_names[p->a_model]));
    int used = is_by_p99(p)
                   ? write_figure(to, p, "client.latency_us.response.p99", 10, format_time_us)
                   : write_figure(to, p, "client.throughput_rps", 10, format_count);
    fprintf(to, "%*s", used < RATIO_WIDTH ? RATIO_WIDTH - used : 0, "");
    write_figure(to, p, "server.cpu_us_per_request", 8, format_decimal);
    fputc('\n', to);
    write_note(to, 'A', cell_a(p));
    write_note(to, 'B', cell_b(p));
}

/* Both names where they differ by the label of a set-up. */
static void write_head(FILE *to, const struct pair *p)
{
    char name[TEXT_BYTES];
    const char *a = data_workload_name(p->a, p->a_workload);
    const char *b = data_workload_name(p->b, p->b_workload);
    fprintf(to, "\n%s", text_safe(name, a));
    if (strcmp(a, b) != 0)
        fprintf(to, "  |  %s", text_safe(name, b));
    fprintf(to, "\n  %-18s%10s%10s  %-20s%8s%8s  %s\n", "", is_by_p99(p) ? "p99 A" : "req/s A", "B",
            "B/A (95 %)", "CPU us A", "B", "B/A (95 %)");
}

static void write_workload(FILE *to, const struct data *a, const struct data *b, size_t workload)
{
    struct pair p;
    bool headed = false;
    for (size_t m = 0; m < a->models; m++) {
        if (!find_pair(&p, a, b, workload, m))
            continue;
        if (!headed)
            write_head(to, &p);
        headed = true;
        write_row(to, &p);
    }
}

/* ---- what is in one ---- */

static void write_name(FILE *to, char side, const char *what, const char *name, bool *some)
{
    char safe[TEXT_BYTES];
    fprintf(to, "%sOnly in %c: %s %s\n", *some ? "" : "\n", side, what, text_safe(safe, name));
    *some = true;
}

static void write_lacking(FILE *to, char side, const struct data *of, const struct data *other,
                          bool *some)
{
    for (size_t w = 0; w < of->workloads; w++)
        if (match_workload(other, of, w) == other->workloads)
            write_name(to, side, "workload", data_workload_name(of, w), some);
    for (size_t m = 0; m < of->models; m++)
        if (match_model(other, of, m) == other->models)
            write_name(to, side, "model", of->model_names[m], some);
}

static const char legend[] =
    "\n"
    "req/s, CPU us  median over the VALID runs: right replies in a second, and CPU time of the\n"
    "               server and its children for a request\n"
    "p99            of the response times, where the workload gives the rate of requests, which\n"
    "               is then that of both: below 1, B answers sooner\n"
    "B/A            ratio of the geometric means, and its 95 % interval: Welch's t on the\n"
    "               logarithms, since the blocks of A and of B are no pairs\n"
    "no difference shown  the interval holds 1; a difference within it could hide\n"
    "no interval    fewer than two VALID runs on one side; not ranked: none on one side\n"
    "Two suites ran at two times: whatever else was different then is in the ratio, and no "
    "interval\n"
    "tells of it.\n";

void pairs_write(FILE *to, const struct data *a, const struct data *b)
{
    bool some = false;
    for (size_t w = 0; w < a->workloads; w++)
        write_workload(to, a, b, w);
    write_lacking(to, 'A', a, b, &some);
    write_lacking(to, 'B', b, a, &some);
    fputs(legend, to);
}
