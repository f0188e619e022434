#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "figure.h"
#include "mix.h"
#include "report.h"
#include "time_text.h"

char *report_time(char text[REPORT_TIME_BYTES], const struct report *report)
{
    struct tm utc;
    gmtime_r(&report->started_at, &utc);
    strftime(text, REPORT_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

static void put_shape(FILE *file, const struct load *load)
{
    char time[TIME_TEXT_BYTES];
    double rate = (double)load->rate_micro / 1e6;
    fprintf(file, "%s loop", load_shape_names[load->shape]);
    if (load->shape != LOAD_CLOSED)
        fprintf(file, ", %.15g requests/s, %s arrivals%s", rate, arrivals_names[load->arrivals],
                load->shape == LOAD_PARTLY_OPEN ? " of sessions" : "");
    if (load->think_ns > 0)
        fprintf(file, ", thinking %s", time_text(time, (double)load->think_ns));
    fputc('\n', file);
}

static void put_head(FILE *file, const struct report *r)
{
    const struct load *load = r->load;
    fprintf(file, "%s  to %s port %u, ", r->command, r->host, (unsigned)net_port(&load->target));
    put_shape(file, load);
    fprintf(file, "%" PRIu32 " connection%s, %" PRIu32 " thread%s", load->connections,
            load->connections == 1 ? "" : "s", load->threads, load->threads == 1 ? "" : "s");
    if (load->requests_per_connection > 0)
        fprintf(file, ", a new connection after %" PRIu64 " request%s",
                load->requests_per_connection, load->requests_per_connection == 1 ? "" : "s");
    if (load->close_by_rst)
        fputs(", closed by RST", file);
    if (load->pipeline > 1)
        fprintf(file, ", %" PRIu32 " requests at a time", load->pipeline);
    fprintf(file, "; %.1f s after %.1f s of warm-up%s\n\n", r->result->window_s,
            (double)load->warmup_ns / (double)CLOCK_S,
            r->result->interrupted ? ", interrupted" : "");
}

static void put_throughput(FILE *file, const struct report *r)
{
    const struct tally *total = &r->result->total;
    double rps = r->result->throughput_rps;
    fprintf(file, "%-14s %.*f requests/s, %" PRIu64 " of %" PRIu64 " planned were answered well\n",
            "throughput", rps < 100 ? 1 : 0, rps, total->outcomes[OUTCOME_OK], total->planned);
}

static void put_quantiles(FILE *file, struct figure_source source)
{
    char cell[TIME_TEXT_BYTES];
    for (int p = 0; p < FIGURE_PERCENTILES; p++)
        fprintf(file, "%10s",
                time_text_figure(cell, figure_quantile(source, figure_percentiles[p].quantile)));
    fprintf(file, "%10s\n", time_text_figure(cell, figure_max(source)));
}

static void put_time(FILE *file, const char *label, struct figure_source source)
{
    char cell[TIME_TEXT_BYTES];
    if (source.answered->count == 0)
        return;
    fprintf(file, "%-14s%10s", label, time_text_figure(cell, figure_mean(source)));
    put_quantiles(file, source);
}

/* This client's own error, by the kernel's stamps. */
static void put_stamps(FILE *file, const struct report *r)
{
    const struct stamps_errors *e = &r->result->sum.kernel_stamps;
    put_time(file, "send error", (struct figure_source){&e->send, NULL});
    put_time(file, "receive error", (struct figure_source){&e->receive, NULL});
    if (r->load->kernel_stamps && e->send.count + e->receive.count == 0)
        fprintf(file, "%-14s unknown: the kernel stamped none of the requests sent singly\n",
                "client error");
}

static void put_times(FILE *file, const struct report *r)
{
    struct figure_time times[FIGURE_TIMES];
    figure_times(&r->result->total, &r->result->sum, times);
    fprintf(file, "%-14s%10s", "", "mean");
    for (int p = 0; p < FIGURE_PERCENTILES; p++)
        fprintf(file, "%10s", figure_percentiles[p].label);
    fprintf(file, "%10s\n", "max");
    for (int i = 0; i < FIGURE_TIMES; i++)
        put_time(file, times[i].label, times[i].source);
    put_stamps(file, r);
}

static void put_precision(FILE *file, const struct report *r)
{
    const struct latency *response = &r->result->total.response;
    struct figure_source source = {&response->answered, &response->unanswered};
    struct figure_interval interval;
    char low[TIME_TEXT_BYTES], high[TIME_TEXT_BYTES];
    double independent = r->result->independence.share;
    if (!figure_interval(source, 990000, independent, &interval))
        return;
    fprintf(file, "%-14s p99 lies between %s and %s (95 %%): worth %.0f independent requests\n",
            "precision", time_text(low, (double)interval.low_ns),
            time_text(high, (double)interval.high_ns),
            independent * (double)response->answered.count);
}

/* One line for each kind of request of a mix. */
static void put_kinds(FILE *file, const struct report *r)
{
    const struct mix *mix = r->load->mix;
    if (mix_count(mix) < 2)
        return;
    fprintf(file, "\n%-14s%10s", "response of", "requests/s");
    for (int p = 0; p < FIGURE_PERCENTILES; p++)
        fprintf(file, "%10s", figure_percentiles[p].label);
    fprintf(file, "%10s\n", "max");
    for (uint32_t i = 0; i < mix_count(mix); i++) {
        const struct tally *tally = &r->result->sum.kinds[i];
        double rps = r->result->window_s > 0 ? (double)tally->in_window / r->result->window_s : 0;
        fprintf(file, "%-14.14s%10.*f", mix_name(mix, i), rps < 100 ? 1 : 0, rps);
        put_quantiles(
            file, (struct figure_source){&tally->response.answered, &tally->response.unanswered});
    }
    fputc('\n', file);
}

static void put_failures(FILE *file, const struct report *r)
{
    const struct measure *m = &r->result->sum;
    const struct tally *total = &r->result->total;
    if (total->planned == total->outcomes[OUTCOME_OK])
        return;
    const char *separator = "";
    fprintf(file, "%-14s ", "failed");
    for (int i = OUTCOME_OK + 1; i < OUTCOMES; i++) {
        if (total->outcomes[i] == 0)
            continue;
        fprintf(file, "%s%" PRIu64 " ", separator, total->outcomes[i]);
        for (const char *c = outcome_names[i]; *c != '\0'; c++)
            fputc(*c == '_' ? ' ' : *c, file);
        if (i == OUTCOME_CONNECT_FAILED && m->connect_errno != 0)
            fprintf(file, " (%s)", strerror(m->connect_errno));
        separator = ", ";
    }
    fputc('\n', file);
    if (m->sockets_missing > 0)
        fprintf(file,
                "%-14s %" PRIu64 " times this client had no port or no descriptor for a "
                "connection; --source and --close=rst help\n",
                "", m->sockets_missing);
}

/* What INCR has told, against what must hold if no increment was lost or repeated. */
static void put_counter(FILE *file, const struct report *r)
{
    static const char *const distinct[] = {[COUNTER_DISTINCT] = "all different",
                                           [COUNTER_REPEATED] = "some more than once",
                                           [COUNTER_UNDECIDED] = "not all compared"};
    struct counter_result counter = counter_result(&r->result->counter);
    uint64_t unsettled = r->result->sum.counter_unsettled;
    if (r->load->counter_key == NULL || counter.acknowledged + unsettled == 0)
        return;
    fprintf(file, "%-14s %" PRIu64 " INCR acknowledged, %s, from %" PRId64 " to %" PRId64,
            "counter", counter.acknowledged, distinct[counter.distinct], counter.min, counter.max);
    if (counter.missing_known)
        fprintf(file, ", %" PRIu64 " values between never seen", counter.missing);
    fprintf(file, "; %" PRIu64 " without an answer: %s has grown by %" PRIu64, unsettled,
            r->load->counter_key, counter.acknowledged);
    if (unsettled > 0)
        fprintf(file, " to %" PRIu64, counter.acknowledged + unsettled);
    fputc('\n', file);
}

/* TCP sends a lost connection request again after about a second, then two, then four. */
static uint64_t slow_connects(const struct histogram *connect)
{
    uint64_t slow = connect->overflow;
    for (uint32_t i = histogram_bin(950 * CLOCK_MS); i < HISTOGRAM_BINS; i++)
        slow += connect->bins[i];
    return slow;
}

/* Of the whole machine, and only what happened: it explains latencies of a second and more. */
static void put_kernel(FILE *file, const struct load_result *result)
{
    const struct kernel_counters *k = &result->kernel;
    const struct {
        int64_t count;
        const char *what;
    } events[] = {
        {(int64_t)slow_connects(&result->sum.connect),
         "connections had to ask for admission again, 1, 3 or 7 s later"},
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

static void put_notes(FILE *file, const struct report *r)
{
    char notes[ENVIRONMENT_NOTES_MOST][ENVIRONMENT_NOTE_BYTES];
    size_t count = environment_notes(r->environment, notes, ENVIRONMENT_NOTES_MOST);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%-14s %s\n", i == 0 ? "machine" : "", notes[i]);
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
    put_kinds(file, report);
    put_precision(file, report);
    put_failures(file, report);
    put_counter(file, report);
    put_kernel(file, report->result);
    put_client(file, &report->result->sum);
    put_notes(file, report);
    if (report->percentiles)
        report_put_spectrum(file, report);
    put_verdict(file, report->verdict);
    return fflush(file) == 0 && ferror(file) == 0;
}
