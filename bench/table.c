#include "table.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "format.h"
#include "machine.h"

static const char *const bold = "\033[1m", *const green = "\033[32m", *const yellow = "\033[33m",
                         *const plain = "\033[0m";

struct page {
    FILE *to;
    bool colour;
};

static void switch_to(const struct page *page, const char *code)
{
    if (page->colour)
        fputs(code, page->to);
}

/* ---- the lines of a workload ---- */

static void write_heading(const struct page *page, const struct catalogue_workload *workload)
{
    fputc('\n', page->to);
    switch_to(page, bold);
    fputs(workload->name, page->to);
    switch_to(page, plain);
    fprintf(page->to, "  %s\n", workload->question);
    fprintf(page->to, "  %-19s%10s  %-13s  %-18s%8s%8s%8s%8s\n", "", "requests/s", "range",
            "vs iterative", "p50", "p99", "CPU us", "errors");
}

/* "12.3k-12.9k" */
static const char *range_text(char *text, size_t bytes, struct spread s,
                              char *(*format)(char text[FORMAT_BYTES], double value))
{
    char low[FORMAT_BYTES], high[FORMAT_BYTES];
    if (s.count == 0)
        return "-";
    snprintf(text, bytes, "%s-%s", format(low, s.min), format(high, s.max));
    return text;
}

static const char *ratio_text(char *text, size_t bytes, const struct suite *suite,
                              const struct summary *s)
{
    char median[FORMAT_BYTES], range[2 * FORMAT_BYTES];
    if (s->ratio.count == 0)
        return "-";
    if (strcmp(suite->catalogue.models[s->model].name, suite->base_model) == 0)
        return "1";
    snprintf(text, bytes, "%s (%s)", format_decimal(median, s->ratio.median),
             range_text(range, sizeof range, s->ratio, format_decimal));
    return text;
}

/* Breaks a text into lines at blanks; those after the first are indented further. A word that is
 * too long for a line is broken. */
static void write_wrapped(FILE *to, const char *text)
{
    enum { WIDTH = 92 };
    const char *indent = "      ";
    while (*text != '\0') {
        size_t length = strlen(text);
        if (length > WIDTH) {
            length = WIDTH;
            while (length > WIDTH / 2 && text[length] != ' ')
                length--;
        }
        fprintf(to, "%s%.*s\n", indent, (int)length, text);
        text += length;
        text += strspn(text, " ");
        indent = "        ";
    }
}

/* What happened, how often, and why. */
static void write_notes(const struct page *page, const struct summary *s)
{
    for (size_t i = 0; i < s->notes_count; i++) {
        const struct summary_note *note = &s->notes[i];
        char text[512];
        snprintf(text, sizeof text, "%s in %zu of %zu runs%s%s", note->text, note->count, s->runs,
                 note->detail[0] != '\0' ? ": " : "", note->detail);
        switch_to(page, yellow);
        write_wrapped(page->to, text);
        switch_to(page, plain);
    }
}

static void write_row(const struct page *page, const struct suite *suite, const struct summary *s)
{
    char rps[FORMAT_BYTES], p50[FORMAT_BYTES], p99[FORMAT_BYTES], cpu[FORMAT_BYTES];
    char errors[FORMAT_BYTES], range[2 * FORMAT_BYTES], ratio[3 * FORMAT_BYTES];
    char mark = s->best ? '*' : s->valid < s->runs ? '!' : ' ';
    if (s->best)
        switch_to(page, green);
    fprintf(page->to, "%c %-19s%10s  %-13s  %-18s%8s%8s%8s%8s\n", mark,
            suite->catalogue.models[s->model].name, format_count(rps, s->rps.median),
            range_text(range, sizeof range, s->rps, format_short),
            ratio_text(ratio, sizeof ratio, suite, s), format_time_us(p50, s->p50_us),
            format_time_us(p99, s->p99_us), format_decimal(cpu, s->cpu_us),
            format_count(errors, s->runs > 0 ? (double)s->errors : NAN));
    if (s->best)
        switch_to(page, plain);
    if (s->runs == 0)
        fprintf(page->to, "      not run\n");
    write_notes(page, s);
}

/* ---- around them ---- */

static void write_conditions(const struct page *page, const struct suite *suite)
{
    char server[CPUS_TEXT_BYTES], client[CPUS_TEXT_BYTES];
    fprintf(page->to, "Date:    %s, seed %u\n", suite->started_at, (unsigned)suite->options.seed);
    machine_describe(suite->machine, page->to);
    fprintf(page->to,
            "Runs:    %zu of %zu, in %zu block%s of %zu, each %.3g s after %.2g s of warm-up\n",
            suite_runs_ended(suite), suite->plan.count, suite->blocks,
            suite->blocks == 1 ? "" : "s", suite->plan.count / suite->blocks,
            (double)suite->run_ns / 1e9, (double)suite->warmup_ns / 1e9);
    fprintf(page->to, "CPUs:    server on %s, client on %s (%s)\n",
            cpus_text(&suite->cpus.server, server), cpus_text(&suite->cpus.client, client),
            suite->cpus.apart ? "pinned apart" : "shared");
    if (!suite_is_complete(suite)) {
        switch_to(page, yellow);
        fprintf(page->to, "INCOMPLETE: ended before all runs were carried out\n");
        switch_to(page, plain);
    }
}

static bool has_note(const struct suite *suite, const struct summary *summaries, const char *text)
{
    size_t count = suite->catalogue.models_count * suite->catalogue.workloads_count;
    for (size_t i = 0; i < count; i++)
        for (size_t n = 0; n < summaries[i].notes_count; n++)
            if (strcmp(summaries[i].notes[n].text, text) == 0)
                return true;
    return false;
}

static const char legend[] =
    "requests/s    right replies in a second: median of the blocks; range: lowest-highest block\n"
    "vs iterative  requests/s over those of the iterative model in the same block:\n"
    "              median (lowest-highest)\n"
    "p50, p99      response time that half of the requests, and 99 of 100, did not exceed\n"
    "CPU us        CPU time of the server and its children for one request, in microseconds\n"
    "errors        requests without a right reply, in all runs\n"
    "*             best: in every block at least 3 % more requests/s than any other model\n"
    "!             not all runs are VALID, for the reason below; only those that are count,\n"
    "              if there are any\n"
    "-             not known, or would mislead because no run is VALID\n";

static const char legend_starved[] =
    "STARVED       some clients were served and others hardly at all: response times would tell\n"
    "              of the lucky ones only\n";

static void write_legend(const struct page *page, const struct suite *suite,
                         const struct summary *summaries)
{
    fputc('\n', page->to);
    if (suite->cpus.apart && CPU_COUNT(&suite->cpus.server) == 1)
        fputs("The server had a single CPU: threads and processes took turns on it, without "
              "parallelism.\n\n",
              page->to);
    fputs(legend, page->to);
    if (has_note(suite, summaries, "STARVED"))
        fputs(legend_starved, page->to);
    if (has_note(suite, summaries, "GENERATOR-LIMITED"))
        fputs("GENERATOR-LIMITED  the client was the bottleneck, not the server\n", page->to);
}

void table_write(FILE *to, const struct suite *suite, const struct summary *summaries, bool colour)
{
    struct page page = {.to = to, .colour = colour};
    size_t models = suite->catalogue.models_count;
    write_conditions(&page, suite);
    for (size_t w = 0; w < suite->catalogue.workloads_count; w++) {
        write_heading(&page, &suite->catalogue.workloads[w]);
        for (size_t m = 0; m < models; m++)
            write_row(&page, suite, &summaries[w * models + m]);
    }
    write_legend(&page, suite, summaries);
}

/* ---- CSV ---- */

static void write_number(FILE *to, double value)
{
    if (isnan(value))
        fputc(',', to);
    else
        fprintf(to, ",%.6g", value);
}

static void write_spread(FILE *to, struct spread s)
{
    write_number(to, s.median);
    write_number(to, s.min);
    write_number(to, s.max);
}

/* A text that may hold commas and quotes. */
static void write_quoted(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void write_not_valid(FILE *to, const struct summary *s)
{
    char text[1024] = "";
    size_t length = 0;
    for (size_t i = 0; i < s->notes_count && length < sizeof text; i++) {
        const struct summary_note *note = &s->notes[i];
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%zu %s%s%s",
                                   i > 0 ? "; " : "", note->count, note->text,
                                   note->detail[0] != '\0' ? ": " : "", note->detail);
    }
    fputc(',', to);
    write_quoted(to, text);
    fputc('\n', to);
}

void table_write_csv(FILE *to, const struct suite *suite, const struct summary *summaries)
{
    fputs(
        "workload,model,runs,measured,valid,best,rps_median,rps_min,rps_max,ratio_median,ratio_min,"
        "ratio_max,p50_us,p99_us,server_cpu_us_per_request,errors,not_valid\n",
        to);
    size_t count = suite->catalogue.models_count * suite->catalogue.workloads_count;
    for (size_t i = 0; i < count; i++) {
        const struct summary *s = &summaries[i];
        write_quoted(to, suite->catalogue.workloads[s->workload].name);
        fputc(',', to);
        write_quoted(to, suite->catalogue.models[s->model].name);
        fprintf(to, ",%zu,%zu,%zu,%d", s->runs, s->measured, s->valid, s->best);
        write_spread(to, s->rps);
        write_spread(to, s->ratio);
        write_number(to, s->p50_us);
        write_number(to, s->p99_us);
        write_number(to, s->cpu_us);
        fprintf(to, ",%lld", (long long)s->errors);
        write_not_valid(to, s);
    }
}
