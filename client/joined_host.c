#include "joined_host.h"

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
    return NULL;
}

/* The seconds come one after another, none left out. */
static const char *take_second(struct joined_host *host, const struct hdr_log_entry *entry)
{
    struct series *series = &host->sum.series;
    const json_t *seconds = json_object_get(host->result, "series");
    struct histogram copy = *entry->h;
    if (lround(entry->start_s) != (long)series->count)
        return "a second is missing before this one";
    histogram_merge(&host->total.response.answered, entry->h);
    double in_flight = joined_number(json_array_get(seconds, series->count), "in_flight", 0);
    return series_save(series, &copy, (uint64_t)in_flight) ? NULL : strerror(ENOMEM);
}

static const char *take(void *context, const struct hdr_log_entry *entry)
{
    struct joined_host *host = context;
    if (entry->tag == NULL)
        return take_second(host, entry);
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

/* Both were written by one client about one run, or one of them is not what we take it for. */
static bool check_times(struct joined_host *host)
{
    struct figure_time times[FIGURE_TIMES];
    const json_t *latency = json_object_get(host->result, "latency_us");
    figure_times(&host->total, &host->sum, times);
    for (int i = 0; i < FIGURE_TIMES; i++) {
        const json_t *time = json_object_get(latency, times[i].key);
        struct histogram *answered = (struct histogram *)(uintptr_t)times[i].source.answered;
        if (joined_number(time, "count", -1) != (double)answered->count)
            return fail(host,
                        "result and histograms disagree on the number of times: ", times[i].key);
        sharpen(time, answered);
    }
    return true;
}

/* ---- the files ---- */

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
    return true;
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
    else if (read_result(host, folder) && read_log(host, folder))
        check_times(host);
    if (host->failure[0] != '\0') {
        json_decref(host->result);
        host->result = NULL;
    }
    return host;
}

void joined_host_free(struct joined_host *host)
{
    if (host == NULL)
        return;
    json_decref(host->result);
    json_decref(host->clock);
    series_free(&host->sum.series);
    free(host);
}
