#include "table_csv.h"

#include <math.h>

#include "figures.h"

void table_csv_number(FILE *to, double value)
{
    if (isnan(value))
        fputc(',', to);
    else
        fprintf(to, ",%.6g", value);
}

static void write_spread(FILE *to, struct spread s)
{
    table_csv_number(to, s.median);
    table_csv_number(to, s.min);
    table_csv_number(to, s.max);
}

void table_csv_interval(FILE *to, struct interval i)
{
    table_csv_number(to, i.low);
    table_csv_number(to, i.high);
}

void table_csv_quoted(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void write_not_valid(FILE *to, const struct suite *suite, const struct summary *s)
{
    char text[1024] = "";
    size_t length = 0;
    for (size_t i = 0; i < s->notes_count && length < sizeof text; i++) {
        const struct summary_note *note = &s->notes[i];
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%zu %s%s%s",
                                   i > 0 ? "; " : "", note->count, note->text,
                                   note->detail[0] != '\0' ? ": " : "", note->detail);
    }
    const char *why = suite_not_available(suite, s->workload, s->model);
    if (why != NULL)
        snprintf(text, sizeof text, "not available: %s", why);
    fputc(',', to);
    table_csv_quoted(to, text);
    fputc('\n', to);
}

static void write_outliers(FILE *to, const struct suite *suite, const struct summary *s)
{
    const char *separator = "";
    fputs(",\"", to);
    for (size_t i = 0; i < suite->runs_count; i++) {
        const struct run *run = &suite->runs[i];
        if (!summary_holds(s, run) || summary_outlier(s, run) == OUTLIER_NONE)
            continue;
        fprintf(to, "%sblock %zu: %.6g (%s)", separator, run->block + 1, figures_rps(run),
                outliers_text(summary_outlier(s, run)));
        separator = "; ";
    }
    fputc('"', to);
}

static void write_row(FILE *to, const struct suite *suite, const struct summary *s)
{
    table_csv_quoted(to, suite->catalogue.workloads[s->workload].name);
    fputc(',', to);
    table_csv_quoted(to, suite->catalogue.models[s->model].name);
    fprintf(to, ",%zu,%zu,%zu,%d", s->runs, s->measured, s->valid, s->best);
    write_spread(to, s->rps);
    table_csv_interval(to, s->rps_interval);
    table_csv_number(to, s->ratio.value);
    table_csv_interval(to, s->ratio.interval);
    table_csv_interval(to, s->ratio_check);
    table_csv_number(to, s->ratio_p);
    table_csv_number(to, s->p50_us);
    table_csv_interval(to, s->p50_interval);
    table_csv_number(to, s->p99_us);
    table_csv_interval(to, s->p99_interval);
    fprintf(to, ",%d", s->best_p99);
    table_csv_number(to, s->p99_ratio.value);
    table_csv_interval(to, s->p99_ratio.interval);
    table_csv_number(to, s->p99_p);
    table_csv_number(to, s->cpu_us);
    fprintf(to, ",%lld", (long long)s->errors);
    for (int q = 0; q < LEDGER_QUANTITIES; q++)
        table_csv_number(to, s->ledger[q]);
    write_outliers(to, suite, s);
    write_not_valid(to, suite, s);
}

void table_write_csv(FILE *to, const struct suite *suite, const struct summary *summaries)
{
    fputs("workload,model,runs,measured,valid,best,rps_median,rps_min,rps_max,rps_low,rps_high,"
          "ratio,ratio_low,ratio_high,ratio_bootstrap_low,ratio_bootstrap_high,ratio_p_holm,"
          "p50_us,p50_us_low,p50_us_high,p99_us,p99_us_low,p99_us_high,best_p99,p99_ratio,"
          "p99_ratio_low,p99_ratio_high,p99_p_holm,server_cpu_us_per_request,"
          "errors",
          to);
    for (int q = 0; q < LEDGER_QUANTITIES; q++)
        fprintf(to, ",ledger_%s", ledger_names[q]);
    fputs(",outliers,not_valid\n", to);
    size_t count = suite->catalogue.models_count * suite->catalogue.workloads_count;
    for (size_t i = 0; i < count; i++)
        write_row(to, suite, &summaries[i]);
}
