#include <errno.h>
#include <jansson.h>
#include <math.h>

#include "clock.h"
#include "figure.h"
#include "mix.h"
#include "report.h"
#include "result_json.h"

/* 1 ns in 100 s. */
enum { DIGITS = 12 };

static json_t *microseconds(double ns)
{
    return json_real(ns / (double)CLOCK_US);
}

static json_t *finite_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* A text that is not UTF-8, which JSON cannot hold, is a question mark. */
static json_t *text_json(const char *text)
{
    json_t *value = json_string(text);
    return value != NULL ? value : json_string("?");
}

static json_t *figure_json(struct figure figure)
{
    return figure_is_value(figure) ? microseconds((double)figure.ns) : json_null();
}

/* Builders return NULL when memory is short; setting NULL fails, and that fails the whole. */
static bool set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

/* An object that could not be completed is none. */
static json_t *complete(json_t *object, bool good)
{
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *counts_json(const struct tally *tally)
{
    json_t *counts = json_object();
    bool good = set(counts, "planned", json_integer((json_int_t)tally->planned));
    for (int i = 0; i < OUTCOMES; i++)
        good = set(counts, outcome_names[i], json_integer((json_int_t)tally->outcomes[i])) && good;
    return complete(counts, good);
}

json_t *result_time_json(struct figure_source source)
{
    const struct histogram *h = source.answered;
    json_t *time = json_object();
    bool good = set(time, "count", json_integer((json_int_t)h->count));
    good = set(time, "mean", figure_json(figure_mean(source))) && good;
    good = set(time, "min", h->count > 0 ? microseconds((double)h->min_ns) : json_null()) && good;
    for (int i = 0; i < FIGURE_PERCENTILES; i++) {
        const struct figure_percentile *p = &figure_percentiles[i];
        good = set(time, p->key, figure_json(figure_quantile(source, p->quantile))) && good;
    }
    good = set(time, "max", figure_json(figure_max(source))) && good;
    return complete(time, good);
}

json_t *result_latency_json(const struct tally *total, const struct measure *m)
{
    struct figure_time times[FIGURE_TIMES];
    figure_times(total, m, times);
    json_t *latency = json_object();
    bool good = true;
    for (int i = 0; i < FIGURE_TIMES; i++)
        good = set(latency, times[i].key, result_time_json(times[i].source)) && good;
    return complete(latency, good);
}

/* This client's error, by the kernel's stamps. */
static json_t *stamps_json(const struct report *r)
{
    const struct stamps_errors *e = &r->result->sum.kernel_stamps;
    if (!r->load->kernel_stamps)
        return json_null();
    return json_pack(
        "{s:o, s:o, s:o, s:I}", "send", result_time_json((struct figure_source){&e->send, NULL}),
        "receive", result_time_json((struct figure_source){&e->receive, NULL}), "clock_error",
        microseconds((double)e->clock_error_ns), "impossible", (json_int_t)e->impossible);
}

/* How well the percentiles of the response are known, and which of them rest on few requests. */
json_t *result_precision_json(const struct latency *response, struct independence independence)
{
    struct figure_source source = {&response->answered, &response->unanswered};
    double share = independence.share;
    json_t *intervals = json_object(), *rough = json_array();
    bool good = true;
    for (int i = 0; i < FIGURE_PERCENTILES; i++) {
        const struct figure_percentile *p = &figure_percentiles[i];
        struct figure_interval in;
        if (figure_interval(source, p->quantile, share, &in))
            good = set(intervals, p->key,
                       json_pack("[o, o]", microseconds((double)in.low_ns),
                                 microseconds((double)in.high_ns))) &&
                   good;
        if (figure_quantile(source, p->quantile).knowledge == FIGURE_ROUGH)
            good = json_array_append_new(rough, json_string(p->key)) == 0 && good;
    }
    json_t *precision =
        json_pack("{s:o, s:o, s:o, s:o}", "interval_95", intervals, "rough", rough,
                  "lag_1_correlation", finite_json(independence.spearman), "independent_requests",
                  finite_json(share * (double)response->answered.count));
    return complete(precision, good && precision != NULL);
}

static json_t *kinds_json(const struct report *r)
{
    json_t *kinds = json_array();
    for (uint32_t i = 0; i < r->result->sum.kinds_count; i++) {
        const struct tally *tally = &r->result->sum.kinds[i];
        struct figure_source response = {&tally->response.answered, &tally->response.unanswered},
                             service = {&tally->service.answered, &tally->service.unanswered};
        json_t *kind = json_pack(
            "{s:o, s:f, s:o, s:{s:o, s:o}}", "name", text_json(mix_name(r->load->mix, i)), "weight",
            mix_weight_share(r->load->mix, i), "counts", counts_json(tally), "latency_us",
            "response", result_time_json(response), "service", result_time_json(service));
        if (json_array_append_new(kinds, kind) != 0)
            return complete(kinds, false);
    }
    return kinds;
}

json_t *result_counter_json(const struct counter *c)
{
    struct counter_result counter = counter_result(c);
    json_t *distinct = counter.distinct == COUNTER_UNDECIDED
                           ? json_null()
                           : json_boolean(counter.distinct == COUNTER_DISTINCT);
    json_t *missing =
        counter.missing_known ? json_integer((json_int_t)counter.missing) : json_null();
    return json_pack("{s:I, s:o, s:I, s:I, s:I, s:o}", "acknowledged",
                     (json_int_t)counter.acknowledged, "distinct", distinct, "duplicates",
                     (json_int_t)counter.duplicates, "min", (json_int_t)counter.min, "max",
                     (json_int_t)counter.max, "missing", missing);
}

static json_t *counter_json(const struct report *r)
{
    if (r->load->counter_key == NULL)
        return json_null();
    json_t *counter = json_pack("{s:o, s:I}", "key", text_json(r->load->counter_key),
                                "indeterminate", (json_int_t)r->result->sum.counter_unsettled);
    json_t *told = result_counter_json(&r->result->counter);
    bool good = json_object_update(counter, told) == 0;
    json_decref(told);
    return complete(counter, good);
}

static json_t *checks_json(const struct verdict *v)
{
    json_t *checks = json_array();
    for (int i = 0; i < v->checks_count; i++) {
        const struct verdict_check *c = &v->checks[i];
        json_t *check = json_pack("{s:s, s:f, s:f, s:b}", "name", c->name, "value", c->value,
                                  "limit", c->limit, "pass", c->pass);
        if (json_array_append_new(checks, check) != 0)
            return complete(checks, false);
    }
    return checks;
}

static json_t *client_json(const struct measure *m)
{
    return json_pack(
        "{s:o, s:f, s:I, s:I, s:f, s:I}", "cpu_us_per_request",
        m->in_window > 0 ? microseconds((double)m->cpu_ns / (double)m->in_window) : json_null(),
        "cpu_busy", m->cpu_busy_worst, "voluntary_switches", (json_int_t)m->voluntary_switches,
        "involuntary_switches", (json_int_t)m->involuntary_switches, "stalled_s",
        (double)m->stalled_ns / (double)CLOCK_S, "sockets_missing", (json_int_t)m->sockets_missing);
}

static json_t *kernel_json(const struct kernel_counters *k)
{
    if (!k->known)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:I}", "listen_overflows", (json_int_t)k->listen_overflows,
                     "listen_drops", (json_int_t)k->listen_drops, "retransmits",
                     (json_int_t)k->retransmits, "timeouts", (json_int_t)k->timeouts);
}

static json_t *answer_json(enum environment_answer answer)
{
    return answer == ENVIRONMENT_UNKNOWN ? json_null() : json_boolean(answer == ENVIRONMENT_YES);
}

static json_t *known_json(double value)
{
    return value < 0 ? json_null() : json_real(value);
}

static json_t *environment_json(const struct environment *e)
{
    char notes[ENVIRONMENT_NOTES_MOST][ENVIRONMENT_NOTE_BYTES];
    size_t count = environment_notes(e, notes, ENVIRONMENT_NOTES_MOST);
    json_t *texts = json_array();
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = json_array_append_new(texts, json_string(notes[i])) == 0 && good;
    json_t *environment = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:s, s:o, s:o, s:o}", "clock_source",
        e->clock_source, "clock_is_counter", answer_json(e->clock_is_counter), "clock_cost_ns",
        known_json(e->clock.cost_ns), "clock_step_ns", known_json(e->clock.step_ns), "load_average",
        known_json(e->load_average), "cpus_online", e->cpus_online, "cpus_allowed", e->cpus_allowed,
        "others_running", e->others_running, "governor", e->governor, "smt", answer_json(e->smt),
        "stolen_percent", known_json(e->stolen_percent), "notes", texts);
    return complete(environment, good && environment != NULL);
}

/* When an interval begins; as an integer where it can be one. */
static json_t *begin_json(const struct series *s, size_t interval)
{
    int64_t begin_ns = (int64_t)interval * series_interval_ns(s);
    return begin_ns % CLOCK_S == 0 ? json_integer(begin_ns / CLOCK_S)
                                   : json_real((double)begin_ns / (double)CLOCK_S);
}

json_t *result_series_json(const struct series *s)
{
    json_t *series = json_array();
    for (size_t i = 0; i < s->count; i++) {
        struct histogram h;
        series_expand(s->intervals[i], &h);
        struct figure_source source = {&h, NULL};
        json_t *interval = json_pack("{s:o, s:I, s:o, s:o, s:I}", "t_s", begin_json(s, i), "ok",
                                     (json_int_t)s->intervals[i]->ok, "p50",
                                     figure_json(figure_quantile(source, 500000)), "p99",
                                     figure_json(figure_quantile(source, 990000)), "in_flight",
                                     (json_int_t)s->intervals[i]->in_flight);
        if (json_array_append_new(series, interval) != 0)
            return complete(series, false);
    }
    return series;
}

static bool set_request(json_t *root, const struct report *r)
{
    const struct load *load = r->load;
    char started_at[REPORT_TIME_BYTES];
    json_t *target = json_pack("{s:s, s:i}", "host", r->host, "port", net_port(&load->target));
    bool good = set(root, "schema", json_integer(1));
    good = set(root, "started_at", json_string(report_time(started_at, r))) && good;
    good = set(root, "target", target) && good;
    good = set(root, "shape", json_string(load_shape_names[load->shape])) && good;
    good = set(root, "command", json_string(r->command)) && good;
    good = set(root, "connections", json_integer(load->connections)) && good;
    good = set(root, "threads", json_integer(load->threads)) && good;
    good = set(root, "pipeline", json_integer(load->pipeline)) && good;
    good = set(root, "requests_per_connection",
               json_integer((json_int_t)load->requests_per_connection)) &&
           good;
    good = set(root, "think_us", microseconds((double)load->think_ns)) && good;
    good = set(root, "timeout_us", microseconds((double)load->timeout_ns)) && good;
    good = set(root, "verified", json_boolean(load->verify)) && good;
    good = set(root, "warmup_s", json_real((double)load->warmup_ns / (double)CLOCK_S)) && good;
    good = set(root, "duration_s", json_real(r->result->window_s)) && good;
    good = set(root, "interval_s",
               json_real((double)series_interval_ns(&r->result->sum.series) / (double)CLOCK_S)) &&
           good;
    good = set(root, "interrupted", json_boolean(r->result->interrupted)) && good;
    bool is_closed = load->shape == LOAD_CLOSED;
    json_t *rate = is_closed ? json_null() : json_real((double)load->rate_micro / 1e6);
    good = set(root, "rate_offered", rate) && good;
    json_t *arrivals = is_closed ? json_null() : json_string(arrivals_names[load->arrivals]);
    good = set(root, "arrivals", arrivals) && good;
    good = set(root, "close", json_string(load->close_by_rst ? "rst" : "fin")) && good;
    json_t *start = load->start_at_ns > 0
                        ? json_sprintf("%lld.%09lld", (long long)(load->start_at_ns / CLOCK_S),
                                       (long long)(load->start_at_ns % CLOCK_S))
                        : json_null();
    good = set(root, "start_at", start) && good;
    return set(root, "seed", json_integer((json_int_t)load->seed)) && good;
}

static bool set_result(json_t *root, const struct report *r)
{
    const struct load_result *result = r->result;
    const struct measure *m = &result->sum;
    json_t *jain = result->fairness.mean > 0 ? json_real(result->fairness.jain) : json_null();
    bool good = set(root, "counts", counts_json(&result->total));
    good = set(root, "throughput_rps", json_real(result->throughput_rps)) && good;
    good = set(root, "latency_us", result_latency_json(&result->total, m)) && good;
    good = set(root, "kernel_stamps_us", stamps_json(r)) && good;
    good = set(root, "precision",
               result_precision_json(&result->total.response, result->independence)) &&
           good;
    good = set(root, "requests", kinds_json(r)) && good;
    good = set(root, "counter", counter_json(r)) && good;
    good = set(root, "fairness_jain", jain) && good;
    good = set(root, "verdict", json_string(r->verdict->name)) && good;
    good = set(root, "verdict_text", json_string(r->verdict->sentence)) && good;
    good = set(root, "checks", checks_json(r->verdict)) && good;
    good = set(root, "client", client_json(m)) && good;
    good = set(root, "kernel", kernel_json(&result->kernel)) && good;
    good = set(root, "environment", environment_json(r->environment)) && good;
    return set(root, "series", result_series_json(&m->series)) && good;
}

bool result_put(FILE *file, const json_t *root)
{
    return json_dumpf(root, file, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS)) == 0 &&
           fputc('\n', file) != EOF;
}

bool report_put_json(FILE *file, const struct report *report)
{
    json_t *root = json_object();
    bool good = set_request(root, report);
    good = set_result(root, report) && good;
    if (!good)
        errno = ENOMEM;
    good = good && result_put(file, root);
    json_decref(root);
    return good;
}
