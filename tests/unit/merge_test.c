/* Logs of several clients as one: the same as if one client had seen it all. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "merge.h"

static char folder[] = "/tmp/merge_test_XXXXXX";
static char error[HDR_LOG_ERROR_BYTES];

static void enter_folder(void)
{
    cr_assert(mkdtemp(folder) != NULL && chdir(folder) == 0);
}

static void leave_folder(void)
{
    cr_assert_eq(system("rm -f ./*.hlog"), 0);
    cr_assert(chdir("..") == 0 && rmdir(folder) == 0);
}

TestSuite(merge, .init = enter_folder, .fini = leave_folder);

/* A log of `seconds` seconds, with `count` responses in each from `ns` upwards. */
static void write_log(const char *path, double epoch_s, int seconds, int count, int64_t ns,
                      int unanswered)
{
    static struct histogram h, service, waits;
    struct series s = {0};
    service = waits = (struct histogram){0};
    for (int second = 0; second < seconds; second++) {
        for (int i = 0; i < count; i++) {
            histogram_record(&h, ns + second * 1000 + i);
            histogram_record(&service, ns);
        }
        cr_assert(series_save(&s, &h, 0));
    }
    for (int i = 0; i < unanswered; i++)
        histogram_record(&waits, 1000000000);
    FILE *file = fopen(path, "w");
    cr_assert(hdr_log_begin(file, epoch_s) && hdr_log_put_series(file, &s, seconds) &&
              hdr_log_put(file, &(struct hdr_log_entry){"service", 0, seconds, &service}));
    if (unanswered > 0)
        cr_assert(hdr_log_put(file, &(struct hdr_log_entry){"unanswered", 0, seconds, &waits}));
    fclose(file);
    series_free(&s);
}

static struct merge *merged(const char *const paths[], size_t count)
{
    struct merge *m = merge_new(true);
    for (size_t i = 0; i < count; i++)
        cr_assert(merge_add(m, paths[i], error), "%s", error);
    return m;
}

static char *table_of(const struct merge *m)
{
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);
    cr_assert(merge_put_text(file, m));
    fclose(file);
    return text;
}

static void write_merged(const char *path, const char *a, const char *b)
{
    struct merge *m = merged((const char *const[]){a, b}, 2);
    FILE *file = fopen(path, "w");
    cr_assert(merge_put_log(file, m));
    fclose(file);
    merge_free(m);
}

static char *content_of(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t bytes = 0;
    cr_assert(getdelim(&text, &bytes, '\0', file) > 0);
    fclose(file);
    return text;
}

static void expect_contains(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "no \"%s\" in:\n%s", part, text);
}

Test(merge, counts_are_added_and_the_table_tells_all)
{
    write_log("a.hlog", 1000, 3, 1000, 100000, 0);
    write_log("b.hlog", 2000, 2, 500, 900000, 0);
    struct merge *m = merged((const char *const[]){"a.hlog", "b.hlog"}, 2);
    char *table = table_of(m);
    expect_contains(table, "2 logs, 3.0 s: 4000 response times\n\n");
    expect_contains(table, "                     count      mean       p50       p90       p95");
    /* A quarter lies above 900 us, in two bins; p99.9 would need 10000 values. */
    expect_contains(table, "\nresponse              4000    301 us    102 us    901 us    905 us"
                           "  ~ 905 us         -         -    905 us\n");
    expect_contains(table, "\nservice               4000    300 us    100 us    901 us");
    cr_expect_null(strstr(table, "unanswered"));
    free(table);
    merge_free(m);
}

/* 30 of 1000 were never answered: the percentiles that they could change are told as such. */
Test(merge, requests_without_an_answer_make_percentiles_uncertain)
{
    write_log("a.hlog", 1000, 1, 970, 100, 30);
    struct merge *m = merged((const char *const[]){"a.hlog"}, 1);
    char *table = table_of(m);
    expect_contains(table, "1 log, 1.0 s: 970 response times, 30 requests without one\n");
    expect_contains(table, "\nresponse               970 > ");
    expect_contains(table, " ~ 1.05 us  > 1.00 s         -         -  > 1.00 s\n");
    cr_expect_null(strstr(table, "\nunanswered"));
    free(table);
    merge_free(m);
}

Test(merge, other_tags_have_a_row_of_their_own)
{
    struct histogram h = {0};
    histogram_record(&h, 5000);
    FILE *file = fopen("a.hlog", "w");
    const char *const tags[] = {"a-tag-of-many-letters", "lonely-unanswered", "x", "x-unanswered"};
    cr_assert(hdr_log_begin(file, 0));
    for (size_t i = 0; i < 4; i++)
        cr_assert(hdr_log_put(file, &(struct hdr_log_entry){tags[i], 0, 1, &h}));
    fclose(file);
    struct merge *m = merged((const char *const[]){"a.hlog"}, 1);
    char *table = table_of(m);
    expect_contains(table, "\na-tag-of-many-letters            1   5.01 us         -");
    expect_contains(table, "\nlonely-unanswered                1   5.01 us         -");
    expect_contains(table, "\nx                                1 > 5.01 us");
    expect_contains(table, " > 5.02 us\n");
    cr_expect_null(strstr(table, "\nx-unanswered"));
    cr_expect_null(strstr(table, "\nresponse"));
    free(table);
    merge_free(m);
}

Test(merge, the_merged_log_has_one_line_for_each_second)
{
    write_log("a.hlog", 2000.5, 3, 10, 100, 0);
    write_log("b.hlog", 1000.5, 2, 20, 100, 1);
    write_merged("sum.hlog", "a.hlog", "b.hlog");
    char *text = content_of("sum.hlog");
    expect_contains(text, "#[StartTime: 1000.500 ");
    expect_contains(text, "\n0.000,1.000,");
    expect_contains(text, "\nTag=service,0.000,3.000,");
    expect_contains(text, "\nTag=unanswered,0.000,2.000,");
    expect_contains(text, "\n2.000,1.000,");
    size_t lines = 0;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    cr_expect_eq(lines, 5 + 3 + 2, "head, seconds, tags");
    write_merged("sum.hlog", "b.hlog", "a.hlog");
    char *turned = content_of("sum.hlog");
    cr_expect_str_eq(turned, text);
    free(turned);
    free(text);
}

/* (a + b) + c = a + (b + c) = a + b + c, to the last bit. */
Test(merge, the_order_of_merging_does_not_matter)
{
    write_log("a.hlog", 1000, 3, 1000, 100, 5);
    write_log("b.hlog", 1000, 5, 300, 7000, 0);
    write_log("c.hlog", 1000, 1, 4000, 123456, 17);
    write_merged("ab.hlog", "a.hlog", "b.hlog");
    write_merged("ab_c.hlog", "ab.hlog", "c.hlog");
    write_merged("bc.hlog", "b.hlog", "c.hlog");
    write_merged("a_bc.hlog", "a.hlog", "bc.hlog");
    char *left = content_of("ab_c.hlog"), *right = content_of("a_bc.hlog");
    cr_expect_str_eq(left, right);
    free(left);
    free(right);
    struct merge *all = merged((const char *const[]){"a.hlog", "b.hlog", "c.hlog"}, 3);
    struct merge *one = merged((const char *const[]){"ab_c.hlog"}, 1);
    left = table_of(all), right = table_of(one);
    cr_expect_str_eq(strchr(left, ','), strchr(right, ','));
    free(left);
    free(right);
    merge_free(all);
    merge_free(one);
}

Test(merge, a_log_of_too_many_tags_is_refused)
{
    struct histogram h = {0};
    struct merge *m = merge_new(false);
    FILE *file = fopen("a.hlog", "w");
    for (int i = 0; i < MERGE_TAGS; i++) {
        char tag[16];
        snprintf(tag, sizeof tag, "t%d", i);
        cr_assert(hdr_log_put(file, &(struct hdr_log_entry){tag, 0, 1, &h}));
    }
    fclose(file);
    cr_expect_not(merge_add(m, "a.hlog", error));
    cr_expect_str_eq(error, "a.hlog:320: there are more than 320 tags");
    merge_free(m);
}

/* Each line for itself is possible. */
Test(merge, sums_that_do_not_fit_are_refused)
{
    static struct histogram h;
    h.bins[0] = h.count = UINT64_C(1) << 62;
    FILE *file = fopen("a.hlog", "w");
    for (int i = 0; i < 2; i++)
        cr_assert(hdr_log_put(file, &(struct hdr_log_entry){NULL, i, 1, &h}));
    fclose(file);
    struct merge *m = merge_new(false);
    cr_expect_not(merge_add(m, "a.hlog", error));
    cr_expect_str_eq(error, "a.hlog:2: with this line the counts are impossible");
    merge_free(m);
}
