#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "figure.h"
#include "report.h"

enum { CELL_BYTES = 24 };

char *report_time(char text[REPORT_TIME_BYTES], const struct report *report)
{
    struct tm utc;
    gmtime_r(&report->started_at, &utc);
    strftime(text, REPORT_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

/* Three digits that count, and the unit they need. */
static char *time_text(char text[CELL_BYTES], double ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    int unit = 0;
    double value = ns;
    for (; unit < 3 && value >= 999.5; unit++)
        value /= 1000;
    int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(text, CELL_BYTES, "%.*f %s", decimals, value, units[unit]);
    return text;
}

static char *figure_text(char text[CELL_BYTES], struct figure figure)
{
    char time[CELL_BYTES];
    if (figure.knowledge == FIGURE_UNKNOWN)
        snprintf(text, CELL_BYTES, "-");
    else
        snprintf(text, CELL_BYTES, "%s%.20s", figure.knowledge == FIGURE_AT_LEAST ? "> " : "",
                 time_text(time, (double)figure.ns));
    return text;
}

static void put_head(FILE *file, const struct report *r)
{
    const struct load *load = r->load;
    char time[CELL_BYTES];
    fprintf(file, "%s  to %s port %u, closed loop\n", r->command, r->host,
            (unsigned)net_port(&load->target));
    fprintf(file, "%" PRIu32 " connection%s, %" PRIu32 " thread%s", load->connections,
            load->connections == 1 ? "" : "s", load->threads, load->threads == 1 ? "" : "s");
    if (load->requests_per_connection > 0)
        fprintf(file, ", a new connection after %" PRIu64 " request%s",
                load->requests_per_connection, load->requests_per_connection == 1 ? "" : "s");
    if (load->pipeline > 1)
        fprintf(file, ", %" PRIu32 " requests at a time", load->pipeline);
    if (load->think_ns > 0)
        fprintf(file, ", thinking %s", time_text(time, (double)load->think_ns));
    fprintf(file, "; %.1f s after %.1f s of warm-up%s\n\n", r->result->window_s,
            (double)load->warmup_ns / (double)CLOCK_S,
            r->result->interrupted ? ", interrupted" : "");
}

static void put_throughput(FILE *file, const struct report *r)
{
    const struct measure *m = &r->result->sum;
    double rps = r->result->throughput_rps;
    fprintf(file, "%-14s %.*f requests/s, %" PRIu64 " of %" PRIu64 " planned were answered well\n",
            "throughput", rps < 100 ? 1 : 0, rps, m->outcomes[OUTCOME_OK], m->planned);
}

static void put_times(FILE *file, const struct report *r)
{
    struct figure_time times[FIGURE_TIMES];
    char cell[CELL_BYTES];
    figure_times(&r->result->sum, times);
    fprintf(file, "%-14s%10s", "", "mean");
    for (int p = 0; p < FIGURE_PERCENTILES; p++)
        fprintf(file, "%10s", figure_percentiles[p].label);
    fprintf(file, "%10s\n", "max");
    for (int i = 0; i < FIGURE_TIMES; i++) {
        struct figure_source source = times[i].source;
        if (source.answered == NULL || source.answered->count == 0)
            continue;
        fprintf(file, "%-14s%10s", times[i].label,
                time_text(cell, histogram_mean_ns(source.answered)));
        for (int p = 0; p < FIGURE_PERCENTILES; p++)
            fprintf(file, "%10s",
                    figure_text(cell, figure_quantile(source, figure_percentiles[p].quantile)));
        fprintf(file, "%10s\n", figure_text(cell, figure_max(source)));
    }
}

static void put_failures(FILE *file, const struct report *r)
{
    const struct measure *m = &r->result->sum;
    if (m->planned == m->outcomes[OUTCOME_OK])
        return;
    const char *separator = "";
    fprintf(file, "%-14s ", "failed");
    for (int i = OUTCOME_OK + 1; i < OUTCOMES; i++) {
        if (m->outcomes[i] == 0)
            continue;
        fprintf(file, "%s%" PRIu64 " ", separator, m->outcomes[i]);
        for (const char *c = outcome_names[i]; *c != '\0'; c++)
            fputc(*c == '_' ? ' ' : *c, file);
        if (i == OUTCOME_CONNECT_FAILED && m->connect_errno != 0)
            fprintf(file, " (%s)", strerror(m->connect_errno));
        separator = ", ";
    }
    fputc('\n', file);
}

/* Of the whole machine, and only what happened: it explains latencies of a second and more. */
static void put_kernel(FILE *file, const struct kernel_counters *k)
{
    const struct {
        int64_t count;
        const char *what;
    } events[] = {
        {k->listen_overflows, "overflows of an accept queue"},
        {k->listen_drops, "connection requests dropped"},
        {k->retransmits, "segments sent again"},
        {k->timeouts, "retransmission timeouts"},
    };
    const char *separator = "kernel         ";
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (events[i].count == 0)
            continue;
        fprintf(file, "%s%" PRId64 " %s", separator, events[i].count, events[i].what);
        separator = ", ";
    }
    if (separator[0] == ',')
        fputc('\n', file);
}

static void put_client(FILE *file, const struct measure *m)
{
    if (m->in_window == 0)
        return;
    fprintf(file, "%-14s %.2f us of CPU for a request, busiest thread %.0f %% of a core\n",
            "client", (double)m->cpu_ns / (double)m->in_window / (double)CLOCK_US,
            100 * m->cpu_busy_worst);
}

static void put_verdict(FILE *file, const struct verdict *v)
{
    fprintf(file, "\n%-14s %s: %s\n", "verdict", v->name, v->sentence);
    for (int i = 0; i < v->checks_count; i++) {
        const struct verdict_check *c = &v->checks[i];
        if (!c->pass)
            fprintf(file, "%-14s %s is %.4g, should be at %s %.4g\n", "", c->name, c->value,
                    c->at_least ? "least" : "most", c->limit);
    }
}

bool report_put_text(FILE *file, const struct report *report)
{
    put_head(file, report);
    put_throughput(file, report);
    put_times(file, report);
    put_failures(file, report);
    put_kernel(file, &report->result->kernel);
    put_client(file, &report->result->sum);
    put_verdict(file, report->verdict);
    return fflush(file) == 0 && ferror(file) == 0;
}
