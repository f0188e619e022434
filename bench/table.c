#include "table.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "companion_table.h"
#include "figures.h"
#include "format.h"
#include "kinds_table.h"
#include "ledger_table.h"
#include "machine.h"
#include "precision.h"
#include "setups.h"

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

static void write_heading(const struct page *page, const struct suite *suite,
                          const struct catalogue_workload *workload)
{
    fputc('\n', page->to);
    switch_to(page, bold);
    fputs(workload->name, page->to);
    switch_to(page, plain);
    fprintf(page->to, "  %s\n", workload->question);
    if (workload->expected[0] != '\0') {
        char text[sizeof "Expected: " + CATALOGUE_EXPECTED_BYTES];
        snprintf(text, sizeof text, "Expected: %s", workload->expected);
        write_wrapped(page->to, text);
    }
    if (suite->options.cpus == OPTIONS_CPUS_BOTH)
        fprintf(page->to, "      CPUs: %s\n",
                workload->shares_cpus ? "server and client share all of them"
                                      : "server and client pinned apart");
    if (workload->also_valid[0] != '\0')
        fprintf(page->to, "      Verdicts that count here besides VALID: %.52s\n",
                workload->also_valid);
    fprintf(page->to, "  %-19s%10s  %-13s  %-20s%7s%8s%8s%8s\n", "", "requests/s", "95 %",
            "vs iterative", "p50", "p99", "CPU us", "errors");
}

/* "12.3k-12.9k" */
static const char *interval_text(char *text, size_t bytes, struct interval i,
                                 char *(*format)(char text[FORMAT_BYTES], double value))
{
    char low[FORMAT_BYTES], high[FORMAT_BYTES];
    if (!interval_is_known(i))
        return "-";
    snprintf(text, bytes, "%s-%s", format(low, i.low), format(high, i.high));
    return text;
}

static bool is_base(const struct suite *suite, const struct summary *s)
{
    return strcmp(suite->catalogue.models[s->model].name, suite->base_model) == 0;
}

static const char *ratio_text(char *text, size_t bytes, const struct suite *suite,
                              const struct summary *s)
{
    char value[FORMAT_BYTES], interval[2 * FORMAT_BYTES];
    if (s->ratio.count == 0)
        return "-";
    if (is_base(suite, s))
        return "1";
    if (interval_is_known(s->ratio.interval) && !ratio_shows_difference(&s->ratio))
        return "no difference shown";
    if (s->ratio.count > 1 && !interval_is_known(s->ratio.interval)) {
        snprintf(text, bytes, "%s (not ranked)", format_decimal(value, s->ratio.value));
        return text;
    }
    snprintf(text, bytes, "%s (%s)", format_decimal(value, s->ratio.value),
             interval_text(interval, sizeof interval, s->ratio.interval, format_decimal));
    return text;
}

/* What happened, how often, and why. */
static void write_notes(const struct page *page, const struct summary *s)
{
    for (size_t i = 0; i < s->notes_count; i++) {
        const struct summary_note *note = &s->notes[i];
        char text[512];
        snprintf(text, sizeof text, "%s in %zu of %zu runs%s%s", note->text, note->count, s->runs,
                 note->detail[0] == '\0' ? ""
                 : note->differs         ? "; the first: "
                                         : ": ",
                 note->detail);
        switch_to(page, yellow);
        format_wrapped(page->to, "      ", text);
        switch_to(page, plain);
    }
}

/* Runs of the model that lie apart from its others. */
static void write_outliers(const struct page *page, const struct suite *suite,
                           const struct summary *s)
{
    char rps[FORMAT_BYTES];
    for (size_t i = 0; i < suite->runs_count; i++) {
        const struct run *run = &suite->runs[i];
        if (!summary_holds(s, run) || summary_outlier(s, run) == OUTLIER_NONE)
            continue;
        fprintf(page->to, "      %s: %s outlier in block %zu, counted: %s requests/s, %+.1f %%\n",
                suite->catalogue.models[run->model].name, outliers_text(summary_outlier(s, run)),
                run->block + 1, format_count(rps, figures_rps(run)),
                (figures_rps(run) / s->rps.median - 1) * 100);
    }
}

/* Where the bootstrap and the t interval disagree on whether there is a difference. */
static void write_check(const struct page *page, const struct summary *s)
{
    struct ratio check = {.interval = s->ratio_check};
    if (!interval_is_known(check.interval) ||
        ratio_shows_difference(&check) == ratio_shows_difference(&s->ratio))
        return;
    fprintf(page->to, "      ratio in doubt: by t %.4g-%.4g, by bootstrap %.4g-%.4g\n",
            s->ratio.interval.low, s->ratio.interval.high, check.interval.low, check.interval.high);
}

static void write_row(const struct page *page, const struct suite *suite, const struct summary *s)
{
    const char *why = suite_not_available(suite, s->workload, s->model);
    if (s->model == suite_models(suite))
        fputs("  For reference, no models:\n", page->to);
    if (why != NULL) {
        fprintf(page->to, "  %-19snot available: %s\n", suite->catalogue.models[s->model].name,
                why);
        return;
    }
    char rps[FORMAT_BYTES], p50[FORMAT_BYTES], p99[FORMAT_BYTES], cpu[FORMAT_BYTES];
    char errors[FORMAT_BYTES], interval[2 * FORMAT_BYTES], ratio[3 * FORMAT_BYTES];
    bool best = s->best || s->best_p99;
    char mark = s->best ? '*' : s->best_p99 ? '<' : s->valid < s->runs ? '!' : ' ';
    if (best)
        switch_to(page, green);
    fprintf(page->to, "%c %-19s%10s  %-13s  %-20s%7s%8s%8s%8s\n", mark,
            suite->catalogue.models[s->model].name, format_count(rps, s->rps.median),
            interval_text(interval, sizeof interval, s->rps_interval, format_short),
            ratio_text(ratio, sizeof ratio, suite, s), format_time_us(p50, s->p50_us),
            format_time_us(p99, s->p99_us), format_decimal(cpu, s->cpu_us),
            format_count(errors, s->runs > 0 ? (double)s->errors : NAN));
    if (best)
        switch_to(page, plain);
    if (s->runs == 0)
        fprintf(page->to, "      not run\n");
    kinds_table_write(page->to, suite, s);
    companion_table_write(page->to, suite, s);
    write_notes(page, s);
}

static void write_half_width_unknown(FILE *to, const struct suite *suite, const struct precision *p)
{
    char text[256];
    if (p->count == 0)
        snprintf(text, sizeof text,
                 "Half width of the 95 %% intervals: not known, for no run is VALID");
    else
        snprintf(
            text, sizeof text,
            "Half width of the 95 %% intervals: not known of the %s of %s, which is VALID%s in "
            "one block only",
            p->of_ratio ? "ratio" : "mean", suite->catalogue.models[p->model].name,
            p->of_ratio ? " together with the base" : "");
    format_wrapped(to, "  ", text);
}

/* Of the least sure figure. */
static void write_half_width(FILE *to, const struct suite *suite, const struct precision *p)
{
    char half_width[FORMAT_BYTES];
    fprintf(to, "  Half width of the 95 %% intervals: %s (%s of %s, %zu blocks)\n",
            format_half_width(half_width, p->half_width), p->of_ratio ? "ratio" : "mean",
            suite->catalogue.models[p->model].name, p->count);
    if (suite->options.blocks_auto)
        fprintf(to, "  Wanted: %.3g %%, %s\n", suite->options.half_width * 100,
                p->half_width <= suite->options.half_width ? "attained"
                : suite_is_complete(suite)                 ? "not attained within the budget"
                                                           : "not attained");
}

/* Below the rows: what lies apart, and how sure all this is. */
static void write_certainty(const struct page *page, const struct suite *suite,
                            const struct summary row[])
{
    for (size_t m = 0; m < suite->catalogue.models_count; m++) {
        write_outliers(page, suite, &row[m]);
        write_check(page, &row[m]);
    }
    struct precision p = precision_of(suite, row);
    if (p.count < 2)
        write_half_width_unknown(page->to, suite, &p);
    else
        write_half_width(page->to, suite, &p);
}

/* ---- around them ---- */

/* Who does what, then a line for each host. */
static void write_hosts(const struct page *page, const char *hosts)
{
    int length = (int)strcspn(hosts, "\n");
    fprintf(page->to, "Hosts:   %.*s; the machine above is that of the suite\n", length, hosts);
    while (hosts[length] == '\n') {
        char line[512];
        hosts += length + 1;
        length = (int)strcspn(hosts, "\n");
        snprintf(line, sizeof line, "%.*s", length, hosts);
        format_wrapped(page->to, "         ", line);
    }
}

static void write_steal(const struct page *page, const struct suite *suite)
{
    double percent = steal_percent(suite->steal);
    char text[FORMAT_BYTES];
    if (suite->options.hosts == NULL && percent >= STEAL_TOLD_PERCENT)
        fprintf(
            page->to,
            "Steal:   %s %% of the CPU time this machine wanted meanwhile went to other virtual "
            "machines:\n         what takes CPU time took longer, now more and now less\n",
            format_rough(text, percent));
}

static void write_conditions(const struct page *page, const struct suite *suite)
{
    fprintf(page->to, "Date:    %s, seed %u", suite->started_at, (unsigned)suite->options.seed);
    if (suite->resumes > 0)
        fprintf(page->to, ", gone on with %zu time%s (--resume)", suite->resumes,
                suite->resumes == 1 ? "" : "s");
    fputc('\n', page->to);
    machine_describe(suite->machine, page->to);
    if (suite->catalogue.workloads_count > 0)
        fprintf(page->to,
                "Runs:    %zu of %zu, in %s%zu block%s, each %.6g s after %.2g s of warm-up\n",
                suite_runs_ended(suite), suite->plan.count,
                suite->options.blocks_auto ? "up to " : "", suite->blocks,
                suite->blocks == 1 ? "" : "s", (double)suite->run_ns / 1e9,
                (double)suite->warmup_ns / 1e9);
    if (suite->options.hosts != NULL) {
        write_hosts(page, suite->options.hosts);
    } else {
        fputs("CPUs:    ", page->to);
        setups_describe(page->to, suite);
        fputc('\n', page->to);
    }
    write_steal(page, suite);
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
    "requests/s    right replies in a second: median of the blocks\n"
    "95 %          interval that holds the true median in 95 of 100 suites\n"
    "vs iterative  requests/s over those of the iterative model in the same block: geometric mean\n"
    "              (95 % interval); no difference shown: the interval holds 1\n"
    "p50, p99      response time that half of the requests, and 99 of 100, did not exceed\n"
    "CPU us        CPU time of the server and its children for one request, in microseconds\n"
    "errors        requests without a right reply, in all runs\n"
    "*             best: more requests/s than any other model, by more than chance explains\n"
    "              (paired t tests, Holm's method, 5 %); nobody where the workload gives a rate "
    "that\n"
    "              can be served: it has to let SERVER-SATURATED count, for then it asks how much\n"
    "              gets done when more is asked than can be\n"
    "<             best by p99, where the workload gives a rate that can be served: shorter than "
    "that\n"
    "              of any other model with VALID runs, by more than chance explains (same tests)\n"
    "!             not all runs are VALID, for the reason below; only those that are count, if\n"
    "              there are any; not ranked: there are none, of this model or the iterative\n"
    "-             not known, or would mislead because no run is VALID\n";

static const char legend_reference[] =
    "For reference other servers, in the same blocks; \"best\" is said among the models only, "
    "whatever\n"
    "              these do. Not available: the server does not know a command of the workload\n";

static const char legend_starved[] =
    "STARVED       some clients were served and others hardly at all: response times would tell\n"
    "              of the lucky ones only\n";

static void write_legend(const struct page *page, const struct suite *suite,
                         const struct summary *summaries)
{
    fputc('\n', page->to);
    bool warned = setups_write_caveats(page->to, suite);
    if (suite->catalogue.workloads_count == 0)
        return;
    if (warned)
        fputc('\n', page->to);
    fputs(legend, page->to);
    if (suite_models(suite) < suite->catalogue.models_count)
        fputs(legend_reference, page->to);
    companion_table_write_legend(page->to, suite);
    ledger_table_write_legend(page->to, suite);
    if (has_note(suite, summaries, "STARVED"))
        fputs(legend_starved, page->to);
    if (has_note(suite, summaries, "GENERATOR-LIMITED"))
        fputs("GENERATOR-LIMITED  the client was the bottleneck, or late; not the server\n",
              page->to);
}

void table_write(FILE *to, const struct suite *suite, const struct summary *summaries, bool colour)
{
    struct page page = {.to = to, .colour = colour};
    size_t models = suite->catalogue.models_count;
    write_conditions(&page, suite);
    for (size_t w = 0; w < suite->catalogue.workloads_count; w++) {
        write_heading(&page, suite, &suite->catalogue.workloads[w]);
        for (size_t m = 0; m < models; m++)
            write_row(&page, suite, &summaries[w * models + m]);
        write_certainty(&page, suite, &summaries[w * models]);
        ledger_table_write(to, suite, &summaries[w * models]);
    }
    write_legend(&page, suite, summaries);
}
