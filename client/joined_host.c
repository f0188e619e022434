#include "joined_host.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "figure.h"
#include "hdr_log.h"
#include "mix.h"

double joined_number(const json_t *object, const char *key, double otherwise)
{
    const json_t *number = json_object_get(object, key);
    return json_is_number(number) ? json_number_value(number) : otherwise;
}

/* Returns false, for the caller to pass on. The first failure is the one that counts. */
static bool fail(struct joined_host *host, const char *what, const char *reason)
{
    if (host->failure[0] == '\0')
        snprintf(host->failure, sizeof host->failure, "%s%s", what, reason);
    for (char *c = host->failure; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?'; /* it may quote what a program printed */
    return false;
}

/* ---- the log ---- */

/* That of a tag "kind-N" or "kind-N-WHAT", as report_put_hdr_log writes them. */
static struct histogram *of_kind(struct joined_host *host, const char *tag)
{
    static const char first[] = "kind-";
    char *what;
    if (strncmp(tag, first, strlen(first)) != 0 || !isdigit((unsigned char)tag[strlen(first)]))
        return NULL;
    unsigned long number = strtoul(tag + strlen(first), &what, 10);
    if (number < 1 || number > host->kinds_count)
        return NULL;
    struct tally *kind = &host->kinds[number - 1];
    if (*what == '\0')
        return &kind->response.answered;
    if (strcmp(what, "-unanswered") == 0)
        return &kind->response.unanswered;
    if (strcmp(what, "-service") == 0)
        return &kind->service.answered;
    return strcmp(what, "-service-unanswered") == 0 ? &kind->service.unanswered : NULL;
}

/* The histogram that lines of this tag belong to; NULL for one that nobody knows. */
static struct histogram *of_tag(struct joined_host *host, const char *tag)
{
    const struct {
        const char *tag;
        struct histogram *histogram;
    } known[] = {
        {"unanswered", &host->total.response.unanswered},
        {"service", &host->total.service.answered},
        {"service-unanswered", &host->total.service.unanswered},
        {"blocked", &host->sum.blocked.answered},
        {"blocked-unanswered", &host->sum.blocked.unanswered},
        {"generator-lag", &host->sum.generator_lag},
        {"connect", &host->sum.connect},
        {"first-byte", &host->sum.first_byte},
        {"last-byte", &host->sum.last_byte},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].tag, tag) == 0)
            return known[i].histogram;
    return of_kind(host, tag);
}

/* The intervals come one after another, none left out. */
static const char *take_interval(struct joined_host *host, const struct hdr_log_entry *entry)
{
    struct series *series = &host->sum.series;
    const json_t *intervals = json_object_get(host->result, "series");
    double interval_s = (double)series_interval_ns(series) / (double)CLOCK_S;
    struct histogram copy = *entry->h;
    if (lround(entry->start_s / interval_s) != (long)series->count)
        return "an interval is missing before this one";
    histogram_merge(&host->total.response.answered, entry->h);
    double in_flight = joined_number(json_array_get(intervals, series->count), "in_flight", 0);
    return series_save(series, &copy, (uint64_t)in_flight) ? NULL : strerror(ENOMEM);
}

static const char *take(void *context, const struct hdr_log_entry *entry)
{
    struct joined_host *host = context;
    if (entry->tag == NULL)
        return take_interval(host, entry);
    struct histogram *histogram = of_tag(host, entry->tag);
    if (histogram == NULL)
        return "no time of a result has this tag";
    histogram_merge(histogram, entry->h);
    return NULL;
}

static bool read_log(struct joined_host *host, const char *folder)
{
    char path[PATH_MAX], error[HDR_LOG_ERROR_BYTES];
    double epoch_s;
    snprintf(path, sizeof path, "%s/client.hlog", folder);
    return hdr_log_read(path, take, host, &epoch_s, error) || fail(host, error, "");
}

/* ---- log and result ---- */

/* A value of the result, in microseconds there; left alone where that does not know it. */
static void sharpen(const json_t *time, struct histogram *h)
{
    double min = joined_number(time, "min", NAN), max = joined_number(time, "max", NAN),
           mean = joined_number(time, "mean", NAN);
    if (!isnan(min))
        h->min_ns = llround(min * (double)CLOCK_US);
    if (!isnan(max))
        h->max_ns = llround(max * (double)CLOCK_US);
    if (!isnan(mean))
        h->sum_ns = (uint64_t)llround(mean * (double)CLOCK_US * (double)h->count);
}

static bool check_time(struct joined_host *host, const json_t *time, struct histogram *answered,
                       const char *name)
{
    if (joined_number(time, "count", -1) != (double)answered->count)
        return fail(host, "result and histograms disagree on the number of times: ", name);
    sharpen(time, answered);
    return true;
}

static bool check_kinds(struct joined_host *host)
{
    const json_t *kinds = json_object_get(host->result, "requests");
    for (uint32_t k = 0; k < host->kinds_count; k++) {
        const json_t *kind = json_array_get(kinds, k),
                     *latency = json_object_get(kind, "latency_us");
        const char *name = json_string_value(json_object_get(kind, "name"));
        struct tally *times = &host->kinds[k];
        if (name == NULL)
            name = "a kind of requests";
        if (!check_time(host, json_object_get(latency, "response"), &times->response.answered,
                        name) ||
            !check_time(host, json_object_get(latency, "service"), &times->service.answered, name))
            return false;
    }
    return true;
}

/* Both were written by one client about one run, or one of them is not what we take it for. */
static bool check_times(struct joined_host *host)
{
    struct figure_time times[FIGURE_TIMES];
    const json_t *latency = json_object_get(host->result, "latency_us");
    figure_times(&host->total, &host->sum, times);
    for (int i = 0; i < FIGURE_TIMES; i++) {
        struct histogram *answered = (struct histogram *)(uintptr_t)times[i].source.answered;
        if (!check_time(host, json_object_get(latency, times[i].key), answered, times[i].key))
            return false;
    }
    return check_kinds(host);
}

/* ---- the files ---- */

/* A result without it has intervals of a second. */
static bool take_length(struct joined_host *host)
{
    double ns = joined_number(host->result, "interval_s", 1) * (double)CLOCK_S;
    if (!(ns >= 1 && ns <= (double)CLOCK_S))
        return fail(host, "the intervals of its series have an impossible length", "");
    host->sum.series.interval_ns = llround(ns);
    return true;
}

static bool make_kinds(struct joined_host *host)
{
    size_t count = json_array_size(json_object_get(host->result, "requests"));
    if (count <= 1)
        return true;
    if (count > MIX_MOST)
        return fail(host, "its result is none of a client", "");
    host->kinds = calloc(count, sizeof *host->kinds);
    if (host->kinds == NULL)
        return fail(host, strerror(ENOMEM), "");
    host->kinds_count = (uint32_t)count;
    return true;
}

/* Of a client that did not write its values only their number, least and greatest are known. */
static void take_counter_of_result(struct joined_host *host, const json_t *told)
{
    host->counter = (struct counter){
        .acknowledged = (uint64_t)joined_number(told, "acknowledged", 0),
        .duplicates = (uint64_t)joined_number(told, "duplicates", 0),
        .min = (int64_t)joined_number(told, "min", 0),
        .max = (int64_t)joined_number(told, "max", 0),
        .unknown = true,
    };
}

static bool read_counter(struct joined_host *host, const char *folder)
{
    char path[PATH_MAX];
    const json_t *told = json_object_get(host->result, "counter");
    counter_init(&host->counter, COUNTER_BYTES_MOST);
    if (!json_is_object(told))
        return true;
    snprintf(path, sizeof path, "%s/counter.values", folder);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        take_counter_of_result(host, told);
        return true;
    }
    bool good = counter_read(file, &host->counter) &&
                joined_number(told, "acknowledged", -1) == (double)host->counter.acknowledged;
    fclose(file);
    return good || fail(host, "its counter.values are not those of its result", "");
}

static bool read_result(struct joined_host *host, const char *folder)
{
    char path[PATH_MAX];
    json_error_t error;
    snprintf(path, sizeof path, "%s/result.json", folder);
    host->result = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (host->result == NULL)
        return fail(host, "there is no result: ", error.text);
    if (json_object_get(host->result, "counts") == NULL ||
        json_string_value(json_object_get(host->result, "verdict")) == NULL ||
        !json_is_number(json_object_get(host->result, "throughput_rps")))
        return fail(host, "its result is none of a client", "");
    return take_length(host) && make_kinds(host);
}

/* The first line of a file in the folder; false when there is no such file or line. */
static bool read_line(const char *folder, const char *name, char *line, size_t bytes)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool good = fgets(line, (int)bytes, file) != NULL;
    fclose(file);
    if (good)
        line[strcspn(line, "\n")] = '\0';
    return good;
}

static json_t *read_clock(const char *folder)
{
    char line[128];
    double offset_us, bound_us;
    if (!read_line(folder, "clock", line, sizeof line) ||
        sscanf(line, "%lf %lf", &offset_us, &bound_us) != 2)
        return json_null();
    return json_pack("{s:f, s:f}", "offset_us", offset_us, "bound_us", bound_us);
}

static void drop_result(struct joined_host *host)
{
    json_decref(host->result);
    host->result = NULL;
}

void joined_host_compare(struct joined_host *host, const struct joined_host *first)
{
    char text[96];
    double own_s = (double)series_interval_ns(&host->sum.series) / (double)CLOCK_S,
           other_s = (double)series_interval_ns(&first->sum.series) / (double)CLOCK_S;
    if (own_s == other_s)
        return;
    snprintf(text, sizeof text, "its intervals are of %g s, those of %.30s of %g s", own_s,
             first->name, other_s);
    fail(host, text, "");
    drop_result(host);
}

struct joined_host *joined_host_read(const char *name, const char *folder)
{
    char line[JOINED_ERROR_BYTES];
    struct joined_host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return NULL;
    host->name = name;
    host->clock = read_clock(folder);
    if (read_line(folder, "error", line, sizeof line))
        fail(host, line, "");
    else if (read_result(host, folder) && read_log(host, folder) && check_times(host))
        read_counter(host, folder);
    if (host->failure[0] != '\0')
        drop_result(host);
    return host;
}

void joined_host_free(struct joined_host *host)
{
    if (host == NULL)
        return;
    json_decref(host->result);
    json_decref(host->clock);
    series_free(&host->sum.series);
    counter_free(&host->counter);
    free(host->kinds);
    free(host);
}
