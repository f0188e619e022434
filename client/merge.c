#include "merge.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "figure.h"
#include "series.h"
#include "time_text.h"

struct merge_tag {
    char name[HDR_LOG_TAG_BYTES]; /* empty for lines without one */
    struct histogram sum;
};

struct merge_line {
    int64_t second; /* in which it begins */
    size_t tag;
    double start_s, end_s;
    struct series_interval *histogram;
};

struct merge {
    struct merge_tag *tags[MERGE_TAGS]; /* the first is the empty one */
    size_t tags_count;
    struct merge_line *lines;
    size_t lines_count, lines_capacity;
    bool keep_lines;
    size_t logs;
    double epoch_s; /* when the earliest log began */
    double length_s;
};

/* The tag of that name, a new one if need be; NULL when there are too many or memory is short. */
static struct merge_tag *find_tag(struct merge *m, const char *name, size_t *index)
{
    for (*index = 0; *index < m->tags_count; ++*index)
        if (strcmp(m->tags[*index]->name, name) == 0)
            return m->tags[*index];
    if (m->tags_count == MERGE_TAGS)
        return NULL;
    struct merge_tag *tag = calloc(1, sizeof *tag);
    if (tag == NULL)
        return NULL;
    snprintf(tag->name, sizeof tag->name, "%s", name);
    m->tags[m->tags_count++] = tag;
    return tag;
}

struct merge *merge_new(bool keep_lines)
{
    struct merge *m = calloc(1, sizeof *m);
    size_t index;
    if (m == NULL)
        return NULL;
    m->keep_lines = keep_lines;
    if (find_tag(m, "", &index) != NULL)
        return m;
    free(m);
    return NULL;
}

void merge_free(struct merge *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->lines_count; i++)
        free(m->lines[i].histogram);
    for (size_t i = 0; i < m->tags_count; i++)
        free(m->tags[i]);
    free(m->lines);
    free(m);
}

/* ---- reading ---- */

static bool keep_line(struct merge *m, size_t tag, const struct hdr_log_entry *entry)
{
    if (m->lines_count == m->lines_capacity) {
        size_t capacity = m->lines_capacity > 0 ? 2 * m->lines_capacity : 64;
        struct merge_line *lines = reallocarray(m->lines, capacity, sizeof *lines);
        if (lines == NULL)
            return false;
        m->lines = lines;
        m->lines_capacity = capacity;
    }
    struct merge_line line = {(int64_t)floor(entry->start_s), tag, entry->start_s,
                              entry->start_s + entry->length_s, series_squeeze(entry->h, 0)};
    if (line.histogram == NULL)
        return false;
    m->lines[m->lines_count++] = line;
    return true;
}

static const char *take(void *context, const struct hdr_log_entry *entry)
{
    struct merge *m = context;
    size_t index;
    struct merge_tag *tag = find_tag(m, entry->tag != NULL ? entry->tag : "", &index);
    if (tag == NULL)
        return m->tags_count == MERGE_TAGS ? "there are more than 320 tags" : strerror(ENOMEM);
    struct histogram *sum = &tag->sum;
    uint64_t ignored;
    if (__builtin_add_overflow(sum->sum_ns, entry->h->sum_ns, &ignored) ||
        sum->count + entry->h->count > INT64_MAX)
        return "with this line the counts are impossible";
    histogram_merge(sum, entry->h);
    if (m->keep_lines && !keep_line(m, index, entry))
        return strerror(ENOMEM);
    m->length_s = fmax(m->length_s, entry->start_s + entry->length_s);
    return NULL;
}

bool merge_add(struct merge *m, const char *path, char error[HDR_LOG_ERROR_BYTES])
{
    double epoch_s;
    if (!hdr_log_read(path, take, m, &epoch_s, error))
        return false;
    m->epoch_s = m->logs == 0 ? epoch_s : fmin(m->epoch_s, epoch_s);
    m->logs++;
    return true;
}

/* ---- the table ---- */

static const struct merge_tag *known_tag(const struct merge *m, const char *name, size_t length)
{
    for (size_t i = 0; i < m->tags_count; i++)
        if (strncmp(m->tags[i]->name, name, length) == 0 && m->tags[i]->name[length] == '\0')
            return m->tags[i];
    return NULL;
}

/* The requests without such a time, or NULL. */
static const struct histogram *unanswered_of(const struct merge *m, const struct merge_tag *tag)
{
    char name[HDR_LOG_TAG_BYTES + 16];
    snprintf(name, sizeof name, "%s%sunanswered", tag->name, tag->name[0] != '\0' ? "-" : "");
    const struct merge_tag *unanswered = known_tag(m, name, strlen(name));
    return unanswered != NULL ? &unanswered->sum : NULL;
}

/* True if its values are part of another tag's row. */
static bool is_unanswered(const struct merge *m, const struct merge_tag *tag)
{
    const char end[] = "-unanswered";
    size_t length = strlen(tag->name), end_length = sizeof end - 1;
    if (strcmp(tag->name, end + 1) == 0)
        return true;
    return length > end_length && strcmp(tag->name + length - end_length, end) == 0 &&
           known_tag(m, tag->name, length - end_length) != NULL;
}

static void put_row(FILE *file, int width, const char *label, struct figure_source source)
{
    char cell[TIME_TEXT_BYTES];
    const struct histogram *answered = source.answered;
    fprintf(file, "%-*s%12" PRIu64 "%10s", width, label, answered->count,
            time_text_figure(cell, figure_mean(source)));
    for (int p = 0; p < FIGURE_PERCENTILES; p++)
        fprintf(file, "%10s",
                time_text_figure(cell, figure_quantile(source, figure_percentiles[p].quantile)));
    fprintf(file, "%10s\n", time_text_figure(cell, figure_max(source)));
}

static void put_head(FILE *file, const struct merge *m, int width)
{
    const struct histogram *unanswered = unanswered_of(m, m->tags[0]);
    fprintf(file, "%zu log%s, %.1f s: %" PRIu64 " response times", m->logs, m->logs == 1 ? "" : "s",
            m->length_s, m->tags[0]->sum.count);
    if (unanswered != NULL)
        fprintf(file, ", %" PRIu64 " requests without one", unanswered->count);
    fprintf(file, "\n\n%-*s%12s%10s", width, "", "count", "mean");
    for (int p = 0; p < FIGURE_PERCENTILES; p++)
        fprintf(file, "%10s", figure_percentiles[p].label);
    fprintf(file, "%10s\n", "max");
}

bool merge_put_text(FILE *file, const struct merge *m)
{
    size_t width = 14;
    for (size_t i = 0; i < m->tags_count; i++)
        if (strlen(m->tags[i]->name) >= width)
            width = strlen(m->tags[i]->name) + 1;
    put_head(file, m, (int)width);
    for (size_t i = 0; i < m->tags_count; i++) {
        const struct merge_tag *tag = m->tags[i];
        struct figure_source source = {&tag->sum, unanswered_of(m, tag)};
        uint64_t unanswered = source.unanswered != NULL ? source.unanswered->count : 0;
        if (!is_unanswered(m, tag) && tag->sum.count + unanswered > 0)
            put_row(file, (int)width, i == 0 ? "response" : tag->name, source);
    }
    return fflush(file) == 0 && ferror(file) == 0;
}

/* ---- the merged log ---- */

static int compare_lines(const void *a_line, const void *b_line)
{
    const struct merge_line *a = a_line, *b = b_line;
    if (a->second != b->second)
        return a->second < b->second ? -1 : 1;
    return (a->tag > b->tag) - (a->tag < b->tag);
}

/* Writes the lines of one tag and second as one. */
static bool put_line(FILE *file, const struct merge *m, const struct merge_line *lines,
                     size_t count)
{
    struct histogram sum = {0}, other;
    double start_s = lines[0].start_s, end_s = lines[0].end_s;
    for (size_t i = 0; i < count; i++) {
        series_expand(lines[i].histogram, &other);
        histogram_merge(&sum, &other);
        start_s = fmin(start_s, lines[i].start_s);
        end_s = fmax(end_s, lines[i].end_s);
    }
    const char *name = m->tags[lines[0].tag]->name;
    struct hdr_log_entry entry = {name[0] != '\0' ? name : NULL, start_s, end_s - start_s, &sum};
    return hdr_log_put(file, &entry);
}

bool merge_put_log(FILE *file, struct merge *m)
{
    if (!hdr_log_begin(file, m->epoch_s))
        return false;
    qsort(m->lines, m->lines_count, sizeof *m->lines, compare_lines);
    for (size_t i = 0, end; i < m->lines_count; i = end) {
        for (end = i + 1; end < m->lines_count; end++)
            if (compare_lines(&m->lines[i], &m->lines[end]) != 0)
                break;
        if (!put_line(file, m, m->lines + i, end - i))
            return false;
    }
    return fflush(file) == 0 && ferror(file) == 0;
}

static bool write_log(const char *path, struct merge *m)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return false;
    bool good = merge_put_log(file, m);
    int put_errno = errno;
    if (fclose(file) != 0)
        return false;
    errno = put_errno;
    return good;
}

int merge_run(int count, char *const paths[], const char *log_path)
{
    char error[HDR_LOG_ERROR_BYTES];
    struct merge *m = merge_new(log_path != NULL);
    bool good = m != NULL;
    if (!good)
        diag_error("%s", strerror(ENOMEM));
    for (int i = 0; i < count && good; i++) {
        good = merge_add(m, paths[i], error);
        if (!good)
            diag_error("%s", error);
    }
    if (good && log_path != NULL && !write_log(log_path, m)) {
        diag_error("%s: %s", log_path, strerror(errno));
        good = false;
    }
    if (good && !merge_put_text(stdout, m)) {
        diag_error("standard output: %s", strerror(errno));
        good = false;
    }
    merge_free(m);
    return good ? 0 : 1;
}
