/* The workloads of the bench: their order, and what stands in the section [bench] of a file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalogue.h"

static char path[] = "/tmp/catalogue_test_XXXXXX";
static struct catalogue catalogue; /* large */

static bool take(const char *section, char error[CATALOGUE_ERROR_BYTES])
{
    char text[1024];
    int length = snprintf(text, sizeof text, "[request]\ncommand = PING\n[bench]\n%s\n", section);
    strcpy(path + sizeof path - 7, "XXXXXX");
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, text, (size_t)length) == length);
    close(fd);
    catalogue.workloads_count = 0;
    bool good = catalogue_choose_workloads(&catalogue, path, error);
    unlink(path);
    return good;
}

Test(catalogue, what_a_file_says_for_the_bench)
{
    char error[CATALOGUE_ERROR_BYTES];
    cr_assert(take("companion = crash 2, idle 5\nserver-options = --enable-debug\n"
                   "also-valid = STARVED\tERRORS\ncourse = 2.5ms",
                   error),
              "%s", error);
    const struct catalogue_workload *w = &catalogue.workloads[0];
    cr_expect_eq(w->companions.count, 2);
    cr_expect_str_eq(w->server_options, "--enable-debug");
    cr_expect_eq(w->course_ns, 2500000);
    cr_expect(catalogue_counts(w, "VALID") && catalogue_counts(w, "STARVED") &&
              catalogue_counts(w, "ERRORS"));
    cr_expect(!catalogue_counts(w, "GENERATOR-LIMITED") && !catalogue_counts(w, "STARVE") &&
              !catalogue_counts(w, "ERRORS2") && !catalogue_counts(w, ""));
}

Test(catalogue, a_file_that_says_nothing)
{
    char error[CATALOGUE_ERROR_BYTES];
    cr_assert(take("", error), "%s", error);
    const struct catalogue_workload *w = &catalogue.workloads[0];
    cr_expect_eq(w->companions.count, 0);
    cr_expect_str_empty(w->server_options);
    cr_expect_str_empty(w->expected);
    cr_expect_eq(w->course_ns, 0);
    cr_expect(catalogue_counts(w, "VALID") && !catalogue_counts(w, "STARVED"));
}

static const struct {
    const char *section, *error;
} mistakes[] = {
    {"companion = idle", "4: companion=idle: must be up to 4 of idle N, "},
    {"\ncompanion = ghost 1", "5: companion=ghost 1: must be up to 4 of "},
    {"server-options =", "4: server-options=: must be 1 to 8 words"},
    {"server-options = 1 2 3 4 5 6 7 8 9", "4: server-options=1 2 3 4 5 6 7 8 9: must be 1 to 8"},
    {"also-valid =", "4: also-valid=: must be one or more of ERRORS STARVED "},
    {"also-valid = GENERATOR-LIMITED", "4: also-valid=GENERATOR-LIMITED: must be one or more of "},
    {"also-valid = STARVED,ERRORS", "4: also-valid=STARVED,ERRORS: must be one or more of "},
    {"course = 0", "4: course=0: must be a time from 1ms to 1s"},
    {"course = 2s", "4: course=2s: must be a time from 1ms to 1s"},
    {"course = often", "4: course=often: must be a time from 1ms to 1s"},
};

Test(catalogue, mistakes_name_file_line_and_key)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char error[CATALOGUE_ERROR_BYTES] = "";
        cr_expect_not(take(mistakes[i].section, error), "taken: %s", mistakes[i].section);
        cr_expect_eq(strncmp(error, path, strlen(path)), 0, "%s", error);
        cr_expect_eq(
            strncmp(error + strlen(path) + 1, mistakes[i].error, strlen(mistakes[i].error)), 0,
            "told: %s\nexpected: %s", error, mistakes[i].error);
    }
}

Test(catalogue, the_lecture_comes_first)
{
    static const char *const lecture[] = {"one-shot", "conversation", "hold", "compute",
                                          "wait",     "array",        "bulk"};
    char error[CATALOGUE_ERROR_BYTES];
    cr_assert(catalogue_find_workloads(&catalogue, BENCH_FOLDER "/workloads", error), "%s", error);
    cr_assert_gt(catalogue.workloads_count, 7);
    cr_expect_str_eq(catalogue.workloads[7].name, "shared");
    catalogue_choose_lecture(&catalogue);
    cr_assert_eq(catalogue.workloads_count, 7);
    for (size_t i = 0; i < 7; i++)
        cr_expect_str_eq(catalogue.workloads[i].name, lecture[i]);
}
