/* Histogram logs: what is written is read back, and what is malformed is told with its line. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hdr_codec.h"
#include "hdr_log.h"

enum { ENTRIES = 16 };

/* What a log gave. */
static struct {
    size_t count;
    char tag[ENTRIES][HDR_LOG_TAG_BYTES];
    double start_s[ENTRIES], length_s[ENTRIES];
    uint64_t values[ENTRIES];
    int64_t max_ns[ENTRIES];
} taken;
static double epoch_s;
static char error[HDR_LOG_ERROR_BYTES];

static const char *take(void *context, const struct hdr_log_entry *entry)
{
    cr_assert_eq(context, &taken);
    size_t i = taken.count++;
    cr_assert_lt(i, ENTRIES);
    strcpy(taken.tag[i], entry->tag != NULL ? entry->tag : "");
    taken.start_s[i] = entry->start_s;
    taken.length_s[i] = entry->length_s;
    taken.values[i] = entry->h->count;
    taken.max_ns[i] = entry->h->max_ns;
    return taken.count == 5 ? "five are enough" : NULL;
}

static bool read_path(const char *path)
{
    taken.count = 0;
    error[0] = '\0';
    return hdr_log_read(path, take, &taken, &epoch_s, error);
}

/* Reads a log of this content. */
static bool read_bytes(const char *content, size_t bytes)
{
    char path[] = "/tmp/hdr_log_test_XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, content, bytes) == (ssize_t)bytes);
    close(fd);
    bool good = read_path(path);
    unlink(path);
    const char *reason = strchr(error, ':');
    if (reason != NULL) /* without the name, which differs each time */
        memmove(error, reason, strlen(reason) + 1);
    return good;
}

static bool read_text(const char *content)
{
    return read_bytes(content, strlen(content));
}

static char *written(bool (*put)(FILE *file))
{
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);
    cr_assert(put(file));
    fclose(file);
    return text;
}

static bool put_run(FILE *file)
{
    static struct histogram h;
    struct series s = {0};
    for (int second = 0; second < 3; second++) {
        for (int i = 0; i < 10 * second; i++)
            histogram_record(&h, 1500000 + i);
        series_save(&s, &h, 0);
    }
    histogram_record(&h, 42);
    bool good = hdr_log_begin(file, 1700000000.25) && hdr_log_put_series(file, &s, 2.5) &&
                hdr_log_put(file, &(struct hdr_log_entry){"service", 0, 2.5, &h});
    series_free(&s);
    return good;
}

Test(hdr_log, a_run_comes_back)
{
    char *text = written(put_run);
    cr_expect_not_null(strstr(text, "\n#[StartTime: 1700000000.250 (seconds since epoch), 2023-11-"
                                    "14T22:13:20Z]\n"));
    cr_expect_not_null(strstr(text, "\n#[BaseTime: 1700000000.250 (seconds since epoch)]\n"));
    cr_expect_not_null(strstr(text, "\n1.000,1.000,1.500,HISTFAAA"), "%s", text);
    cr_expect_not_null(strstr(text, "\nTag=service,0.000,2.500,0.000,HISTFAAA"));
    cr_assert(read_text(text), "%s", error);
    free(text);
    cr_assert_eq(taken.count, 4);
    cr_expect_eq(epoch_s, 1700000000.25);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_str_empty(taken.tag[i]);
        cr_expect(taken.start_s[i] == (double)i && taken.values[i] == 10 * i);
        cr_expect_eq(taken.length_s[i], i < 2 ? 1 : 0.5, "the last second ends with the window");
    }
    cr_expect_str_eq(taken.tag[3], "service");
    cr_expect(taken.values[3] == 1 && taken.max_ns[3] == 42 && taken.length_s[3] == 2.5);
}

static bool put_short_intervals(FILE *file)
{
    static struct histogram h;
    struct series s = {.interval_ns = 20000000};
    for (int interval = 0; interval < 3; interval++) {
        histogram_record(&h, 1500000);
        series_save(&s, &h, 0);
    }
    bool good = hdr_log_begin(file, 1700000000) && hdr_log_put_series(file, &s, 0.05);
    series_free(&s);
    return good;
}

Test(hdr_log, intervals_of_another_length_come_back)
{
    char *text = written(put_short_intervals);
    cr_assert(read_text(text), "%s", error);
    free(text);
    cr_assert_eq(taken.count, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_float_eq(taken.start_s[i], 0.02 * (double)i, 1e-9);
        cr_expect_float_eq(taken.length_s[i], i < 2 ? 0.02 : 0.01, 1e-9);
    }
}

/* ---- times, by whatever a log tells about them ---- */

#define EMPTY "HISTFAAAAB542pNpmSzMwMDAyAABTFAaxK//DwT2H6AiAHFfBvU="

static void expect_start(const char *head, const char *stamp, double expected_epoch_s,
                         double expected_s)
{
    char text[512];
    snprintf(text, sizeof text, "%s%s,1.0,0.0," EMPTY "\n", head, stamp);
    cr_assert(read_text(text), "%s", error);
    cr_expect_float_eq(epoch_s, expected_epoch_s, 1e-6);
    cr_expect_float_eq(taken.start_s[0], expected_s, 1e-6, "%s%s: %f", head, stamp,
                       taken.start_s[0]);
}

Test(hdr_log, starts_count_from_the_start_of_the_log)
{
    expect_start("", "5.5", 5.5, 0);
    expect_start("", "1700000005.5", 1700000005.5, 0);
    expect_start("#[StartTime: 1700000000.5 (seconds since epoch)]\n", "5.5", 1700000000.5, 5.5);
    expect_start("#[StartTime: 1700000000.5 (seconds since epoch)]\n", "1700000002.5", 1700000000.5,
                 2);
    expect_start("#[StartTime: 1700000000.5 (a)]\n#[BaseTime: 1700000001.5 (b)]\n", "3",
                 1700000000.5, 4);
}

Test(hdr_log, what_is_no_entry_is_passed_over)
{
    const char *text = "#a comment\n\n\"StartTimestamp\",\"and the rest\"\r\n#[StartTime: soon]\n"
                       "Tag=A,1,2,3," EMPTY "\r\n\n0,1,2," EMPTY; /* and no line end */
    cr_assert(read_text(text), "%s", error);
    cr_assert_eq(taken.count, 2);
    cr_expect_str_eq(taken.tag[0], "A");
    cr_expect_eq(taken.start_s[1], -1);
}

Test(hdr_log, a_maximum_may_be_any_number)
{
    cr_expect(read_text("0,1,9223372036854.776," EMPTY "\n"), "%s", error);
    cr_expect(read_text("0,1,1e300," EMPTY "\n"), "%s", error);
}

/* ---- malformed logs ---- */

static void expect_refused(const char *text, const char *why)
{
    cr_expect_not(read_text(text), "%s", text);
    cr_expect_str_eq(error, why);
}

Test(hdr_log, malformed_lines_are_told)
{
    const char *fields = ":2: start, length, maximum and a histogram were expected",
               *tag = ":2: this is no tag";
    expect_refused("#\nhello\n", fields);
    expect_refused("#\n0,1," EMPTY "\n", fields);
    expect_refused("#\n0,1,2;" EMPTY "\n", fields);
    expect_refused("#\n0,-1,2," EMPTY "\n", fields);
    expect_refused("#\nnan,1,2," EMPTY "\n", fields);
    expect_refused("#\n,1,2," EMPTY "\n", fields);
    expect_refused("#\n1e300,1,2," EMPTY "\n", fields);
    expect_refused("#\n1e999,1,2," EMPTY "\n", fields);
    expect_refused("#\n 0,1,2," EMPTY "\n", fields);
    expect_refused("#\n0,1,2", fields);
    expect_refused("#\nTag=,0,1,2," EMPTY "\n", tag);
    expect_refused("#\nTag=a b,0,1,2," EMPTY "\n", tag);
    expect_refused("#\nTag=a\x1b,0,1,2," EMPTY "\n", tag);
    expect_refused("#\nTag=all\n", tag);
    expect_refused("#\nTag=0123456789012345678901234567890123456789012345678901234567890123,0,1,2,"
                   "\n",
                   tag);
    expect_refused("#\n0,1,2,\n", ":2: the histogram is not compressed in version 2");
    expect_refused("#\n0,1,2,HIST!\n", ":2: the histogram is no base64 text");
    expect_refused("#\n0,1,2," EMPTY " \n", ":2: the histogram is no base64 text");
}

Test(hdr_log, a_log_without_a_histogram_is_told)
{
    expect_refused("", ": there is no histogram in this file");
    expect_refused("#[StartTime: 1700000000.5 (seconds since epoch)]\n",
                   ": there is no histogram in this file");
}

Test(hdr_log, the_reader_may_stop)
{
    char text[1024] = "";
    for (int i = 0; i < 6; i++)
        strcat(text, "0,1,2," EMPTY "\n");
    expect_refused(text, ":5: five are enough");
    cr_expect_eq(taken.count, 5);
}

Test(hdr_log, what_is_no_text_is_told)
{
    static char bytes[3 << 20];
    const char *why = ":1: the line is too long, or no text";
    cr_expect_not(read_bytes(bytes, 4096), "zeros");
    cr_expect_str_eq(error, ": there is no histogram in this file");
    bytes[10] = '\n';
    cr_expect_not(read_bytes(bytes, 4096));
    cr_expect_str_eq(error, why);
    memset(bytes, 'x', sizeof bytes);
    cr_expect_not(read_bytes(bytes, sizeof bytes));
    cr_expect_str_eq(error, why);
}

Test(hdr_log, a_file_that_cannot_be_read_is_told)
{
    cr_expect_not(read_path("no such file"));
    cr_expect_str_eq(error, "no such file: No such file or directory");
    cr_expect_not(read_path("/"));
    cr_expect_str_eq(error, "/: Is a directory");
}

/* A log that was cut off while it was written: its last line is wrong, or it was whole. */
Test(hdr_log, cut_at_every_place)
{
    char *text = written(put_run);
    size_t length = strlen(text);
    for (size_t cut = 0; cut < length; cut++) {
        bool at_line = text[cut] == '\n' || (cut > 0 && text[cut - 1] == '\n');
        bool good = read_bytes(text, cut);
        if (good)
            cr_assert(at_line && taken.count > 0, "cut behind %zu", cut);
        else
            cr_assert_neq(error[0], '\0');
    }
    free(text);
}
