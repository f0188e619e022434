#include "hdr_log.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hdr_codec.h"

/* ---- writing ---- */

bool hdr_log_begin(FILE *file, double epoch_s)
{
    char date[32];
    struct tm utc;
    time_t seconds = (time_t)epoch_s;
    if (gmtime_r(&seconds, &utc) == NULL)
        return false;
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return fprintf(file,
                   "#[Response times in ns, by the load client of server-models]\n"
                   "#[Histogram log format version 1.3]\n"
                   "#[StartTime: %.3f (seconds since epoch), %s]\n"
                   "#[BaseTime: %.3f (seconds since epoch)]\n"
                   "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
                   "\"Interval_Compressed_Histogram\"\n",
                   epoch_s, date, epoch_s) >= 0;
}

bool hdr_log_put(FILE *file, const struct hdr_log_entry *entry)
{
    const struct histogram *h = entry->h;
    char *text = hdr_encode(h);
    if (text == NULL)
        return false;
    bool is_tagged = entry->tag != NULL;
    int written = fprintf(file, "%s%s%s%.3f,%.3f,%.3f,%s\n", is_tagged ? "Tag=" : "",
                          is_tagged ? entry->tag : "", is_tagged ? "," : "", entry->start_s,
                          entry->length_s, h->count > 0 ? (double)h->max_ns / 1e6 : 0, text);
    free(text);
    return written >= 0;
}

bool hdr_log_put_series(FILE *file, const struct series *s, double window_s)
{
    double interval_s = (double)series_interval_ns(s) / 1e9;
    for (size_t i = 0; i < s->count; i++) {
        struct histogram h;
        series_expand(s->intervals[i], &h);
        double start_s = (double)i * interval_s, left_s = window_s - start_s;
        bool is_whole = i + 1 < s->count || (left_s > interval_s && s->count < SERIES_MOST);
        double length_s = is_whole ? interval_s : fmax(left_s, 0);
        if (!hdr_log_put(file, &(struct hdr_log_entry){NULL, start_s, length_s, &h}))
            return false;
    }
    return true;
}

/* ---- reading ---- */

enum { LINE_BYTES = 1 << 20 };
static const double MOMENT_MAX_S = 1e11; /* behind 1970: some 3000 years */

struct reader {
    bool has_start, has_base;
    double start_s, base_s;
    bool has_entries;
    const char *(*take)(void *context, const struct hdr_log_entry *entry);
    void *context;
    char reason[96];
};

/* Takes a number and the character behind it; moves *text on. */
static bool take_number(const char **text, char behind, double *value)
{
    char *end;
    if (strchr("-0123456789", **text) == NULL) /* strtod would take more than numbers */
        return false;
    *value = strtod(*text, &end);
    if (*end != behind || !isfinite(*value))
        return false;
    *text = end + 1;
    return true;
}

/* The tag of the line, if it has one; moves *text behind it. False if it is malformed. */
static bool take_tag(const char **text, char tag[HDR_LOG_TAG_BYTES])
{
    tag[0] = '\0';
    if (strncmp(*text, "Tag=", 4) != 0)
        return true;
    const char *from = *text + 4;
    size_t length = strcspn(from, ",");
    if (length == 0 || length >= HDR_LOG_TAG_BYTES || from[length] != ',')
        return false;
    for (size_t i = 0; i < length; i++)
        if (from[i] <= ' ' || from[i] > '~')
            return false;
    memcpy(tag, from, length);
    tag[length] = '\0';
    *text = from + length + 1;
    return true;
}

/* A comment may tell the time. */
static void read_comment(struct reader *r, const char *line)
{
    const char start[] = "#[StartTime: ", base[] = "#[BaseTime: ";
    const char *text = line + sizeof start - 1;
    if (strncmp(line, start, sizeof start - 1) == 0) {
        r->has_start = take_number(&text, ' ', &r->start_s) || r->has_start;
        return;
    }
    text = line + sizeof base - 1;
    if (strncmp(line, base, sizeof base - 1) == 0)
        r->has_base = take_number(&text, ' ', &r->base_s) || r->has_base;
}

/* Where a log tells less than both times, the rules of the Java implementation hold: stamps of more
 * than a year before the start are relative to it. */
static double from_start(struct reader *r, double stamp_s)
{
    const double year_s = 365 * 24 * 3600.0;
    if (!r->has_start)
        r->start_s = stamp_s;
    r->has_start = true;
    if (!r->has_base)
        r->base_s = stamp_s < r->start_s - year_s ? r->start_s : 0;
    r->has_base = true;
    return stamp_s + (r->base_s - r->start_s);
}

static bool fail(struct reader *r, const char *about, const char *reason)
{
    snprintf(r->reason, sizeof r->reason, "%s%s", about, reason);
    return false;
}

static bool read_entry(struct reader *r, const char *line)
{
    struct histogram h;
    char tag[HDR_LOG_TAG_BYTES];
    double stamp_s, length_s, max;
    const char *reason;
    if (!take_tag(&line, tag))
        return fail(r, "", "this is no tag");
    if (!take_number(&line, ',', &stamp_s) || !take_number(&line, ',', &length_s) ||
        !take_number(&line, ',', &max) || fabs(stamp_s) > MOMENT_MAX_S || length_s < 0 ||
        length_s > MOMENT_MAX_S)
        return fail(r, "", "start, length, maximum and a histogram were expected");
    if (!hdr_decode(line, strlen(line), &h, &reason))
        return fail(r, "the histogram ", reason);
    struct hdr_log_entry entry = {tag[0] != '\0' ? tag : NULL, from_start(r, stamp_s), length_s,
                                  &h};
    reason = r->take(r->context, &entry);
    r->has_entries = true;
    return reason == NULL || fail(r, "", reason);
}

static bool read_line(struct reader *r, const char *line)
{
    if (line[0] == '#')
        read_comment(r, line);
    else if (line[0] != '\0' && line[0] != '"') /* a legend is quoted */
        return read_entry(r, line);
    return true;
}

/* Returns the number of the line that is wrong, or 0. */
static size_t read_lines(struct reader *r, FILE *file, char line[LINE_BYTES])
{
    for (size_t number = 1; fgets(line, LINE_BYTES, file) != NULL; number++) {
        size_t length = strcspn(line, "\r\n");
        bool is_cut = line[length] == '\0' && !feof(file);
        line[length] = '\0';
        if (is_cut)
            fail(r, "", "the line is too long, or no text");
        if (is_cut || !read_line(r, line))
            return number;
    }
    if (ferror(file))
        fail(r, "", strerror(errno));
    else if (!r->has_entries)
        fail(r, "", "there is no histogram in this file");
    return 0;
}

bool hdr_log_read(const char *path,
                  const char *(*take)(void *context, const struct hdr_log_entry *entry),
                  void *context, double *epoch_s, char error[HDR_LOG_ERROR_BYTES])
{
    struct reader r = {.take = take, .context = context};
    char *line = malloc(LINE_BYTES);
    FILE *file = line != NULL ? fopen(path, "re") : NULL;
    size_t number = 0;
    if (file == NULL) {
        fail(&r, "", strerror(errno));
    } else {
        number = read_lines(&r, file, line);
        fclose(file);
    }
    free(line);
    *epoch_s = r.start_s;
    if (r.reason[0] == '\0')
        return true;
    if (number > 0)
        snprintf(error, HDR_LOG_ERROR_BYTES, "%s:%zu: %s", path, number, r.reason);
    else
        snprintf(error, HDR_LOG_ERROR_BYTES, "%s: %s", path, r.reason);
    return false;
}
