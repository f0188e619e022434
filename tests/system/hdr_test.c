/* A histogram log as HistogramLogProcessor reads it, the tool that the format belongs to: it must
 * find, to the last digit, what our own reader finds in the same file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

static char folder[] = "/tmp/hdr_test_XXXXXX";

static void enter_folder(void)
{
    cr_assert(mkdtemp(folder) != NULL && chdir(folder) == 0);
}

static void leave_folder(void)
{
    cr_assert_eq(system("rm -f run.hlog java java.hgrm"), 0);
    cr_assert(chdir("/") == 0 && rmdir(folder) == 0);
}

TestSuite(hdr, .init = enter_folder, .fini = leave_folder, .timeout = 60);

static char *run(const char *const arguments[])
{
    struct outcome o = process_run(arguments);
    cr_assert(o.status == 0, "%s: exit status %d, complained \"%s\"", arguments[0], o.status,
              o.err);
    char *out = o.out;
    o.out = NULL;
    outcome_free(&o);
    return out;
}

static char *content_of(const char *path)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = fopen(path, "r");
    cr_assert(file != NULL && getdelim(&text, &bytes, '\0', file) > 0, "%s", path);
    fclose(file);
    return text;
}

/* Writes run.hlog; gives the lines of the sample that begin so, without that, to be freed. */
static char *sample_lines(const char *kind, const char *tag)
{
    char *all = run((const char *[]){HDR_SAMPLE_FILE, "run.hlog", NULL});
    char *lines = calloc(1, strlen(all) + 1), *to = lines, begin[32];
    int begin_length = snprintf(begin, sizeof begin, "%s,%s,", kind, tag);
    for (char *line = strtok(all, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (strncmp(line, begin, (size_t)begin_length) == 0)
            to += sprintf(to, "%s\n", line + begin_length);
    free(all);
    cr_assert(lines[0] != '\0', "nothing of %s", begin);
    return lines;
}

/* Lets the tool read run.hlog: it writes "java", a row for each entry, and "java.hgrm". */
static void process_log(const char *tag, const char *format)
{
    const char *arguments[16] = {"java",
                                 "-cp",
                                 HDR_JAR,
                                 "org.HdrHistogram.HistogramLogProcessor",
                                 "-i",
                                 "run.hlog",
                                 "-o",
                                 "java",
                                 "-outputValueUnitRatio",
                                 "1"};
    size_t count = 10;
    if (tag[0] != '\0') {
        arguments[count++] = "-tag";
        arguments[count++] = tag;
    }
    arguments[count] = format;
    free(run(arguments));
}

static void skip_without_java(void)
{
    if (!program_exists("java"))
        cr_skip_test("java is not installed");
    if (access(HDR_JAR, R_OK) != 0)
        cr_skip_test("the jar of HdrHistogram was not found when this was configured");
}

static void expect_same_rows(const char *tag)
{
    skip_without_java();
    char *ours = sample_lines("row", tag);
    process_log(tag, "-csv");
    char *java = content_of("java"), *rows = strstr(java, "Total_Max\"\n");
    cr_assert_not_null(rows, "%s", java);
    cr_expect_str_eq(strchr(rows, '\n') + 1, ours);
    free(java);
    free(ours);
}

Test(hdr, each_second_has_the_same_counts_and_percentiles)
{
    expect_same_rows("");
}

Test(hdr, a_tagged_line_is_found_by_its_tag)
{
    expect_same_rows("service");
}

Test(hdr, mean_maximum_and_count_are_the_same)
{
    skip_without_java();
    double mean, max;
    unsigned long count;
    char *ours = sample_lines("sum", ""), seen[128], expected[128], gap[2];
    cr_assert_eq(sscanf(ours, "%lf,%lf,%lu", &mean, &max, &count), 3);
    cr_expect_eq(count, 30000, "what the sample has recorded");
    process_log("", NULL);
    char *java = content_of("java.hgrm"), *line = strstr(java, "#[Mean");
    double java_mean, java_max;
    unsigned long java_count;
    cr_assert_not_null(line, "%s", java);
    cr_assert_eq(sscanf(line,
                        "#[Mean = %lf, StdDeviation = %*f]%1[\n]#[Max = %lf, Total count = %lu",
                        &java_mean, gap, &java_max, &java_count),
                 4, "%s", line);
    snprintf(expected, sizeof expected, "%.2f %.2f %lu", mean, max, count);
    snprintf(seen, sizeof seen, "%.2f %.2f %lu", java_mean, java_max, java_count);
    cr_expect_str_eq(seen, expected);
    free(java);
    free(ours);
}

/* Every row of the distribution: a value is the highest of a bin of ours, and so many are not
 * above it. */
Test(hdr, the_whole_distribution_is_the_same)
{
    skip_without_java();
    char *ours = sample_lines("bin", "");
    process_log("", "-csv");
    char *java = content_of("java.hgrm");
    int rows = 0;
    for (char *line = strtok(java, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        double value, quantile;
        unsigned long count;
        if (sscanf(line, "%lf,%lf,%lu,", &value, &quantile, &count) != 3)
            continue;
        char bin[64];
        snprintf(bin, sizeof bin, "\n%.0f,%lu\n", value, count);
        bool is_first = strncmp(ours, bin + 1, strlen(bin + 1)) == 0;
        cr_expect(is_first || strstr(ours, bin) != NULL, "no bin for \"%s\"", line);
        rows++;
    }
    cr_expect_gt(rows, 30);
    free(java);
    free(ours);
}
