/* Workload files: what is read, and how each mistake is told. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workload.h"

static char path[] = "/tmp/workload_test_XXXXXX";

static void write_file(const char *text)
{
    strcpy(path + sizeof path - 7, "XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static bool read_text(struct workload *w, const char *text, char error[WORKLOAD_ERROR_BYTES])
{
    write_file(text);
    bool good = workload_read(w, path, error);
    unlink(path);
    return good;
}

Test(workload, a_whole_file)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES];
    cr_assert(read_text(&w,
                        "; about\n[workload]\nquestion = Is it fast?\n[load]\nconnections = 2k\n"
                        "requests-per-connection = 7\npipeline = 3 ; deep\nthink = 20ms\n"
                        "[request]\ncommand = ECHO \"a \\\"b\\\"\" {payload:64}\n",
                        error),
              "%s", error);
    cr_assert_str_eq(w.question, "Is it fast?");
    cr_assert_eq(w.connections, 2000);
    cr_assert_eq(w.requests_per_connection, 7);
    cr_assert_eq(w.pipeline, 3);
    cr_assert_eq(w.think_ns, 20000000);
    cr_assert_eq(w.argc, 3);
    cr_assert_str_eq(w.argv[1], "a \"b\"");
    cr_assert_str_eq(w.argv[2], "{payload:64}");
    cr_assert_null(w.argv[3]);
    workload_free(&w);
}

Test(workload, what_is_left_out_has_its_default)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES];
    cr_assert(read_text(&w, "[request]\ncommand = PING\n", error), "%s", error);
    cr_assert_null(w.question);
    cr_assert_eq(w.connections, 50);
    cr_assert_eq(w.pipeline, 1);
    cr_assert_eq(w.requests_per_connection, 0);
    cr_assert_eq(w.think_ns, 0);
    workload_free(&w);
}

Test(workload, long_lines_are_read_whole)
{
    enum { WORDS = 5000 };
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES] = "", *text = malloc(64 + WORDS * 8);
    char *end = stpcpy(text, "[request]\ncommand = SUM");
    for (int i = 0; i < WORDS; i++)
        end += sprintf(end, " %d", i);
    cr_assert(read_text(&w, text, error), "%s", error);
    cr_expect_eq(w.argc, WORDS + 1);
    cr_expect_str_eq(w.argv[WORDS], "4999");
    workload_free(&w);
    free(text);
}

Test(workload, those_of_the_bench_are_all_good)
{
    DIR *folder = opendir(WORKLOADS);
    cr_assert_not_null(folder);
    int files = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        const char *ending = strrchr(entry->d_name, '.');
        char file[4096], error[WORKLOAD_ERROR_BYTES] = "";
        struct workload w;
        if (ending == NULL || strcmp(ending, ".ini") != 0)
            continue;
        snprintf(file, sizeof file, WORKLOADS "/%s", entry->d_name);
        cr_expect(workload_read(&w, file, error), "%s", error);
        cr_expect(w.question != NULL && w.argc > 0, "%s asks nothing", file);
        workload_free(&w);
        files++;
    }
    closedir(folder);
    cr_expect_geq(files, 7);
}

/* ---- mistakes ---- */

/* The message is "PATH:" and what is expected here. */
static void expect_refused(const char *text, const char *expected)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES] = "", whole[WORKLOAD_ERROR_BYTES];
    cr_expect_not(read_text(&w, text, error), "this was taken: %s", text);
    snprintf(whole, sizeof whole, "%s:%s", path, expected);
    cr_expect_str_eq(error, whole, "told: %s\nexpected: %s", error, whole);
    cr_expect(w.argc == 0 && w.argv == NULL && w.question == NULL, "something was left");
}

#define KEYS   "must be one of connections requests-per-connection pipeline think"
#define LINE   "line: must be [section], key = value, or a comment that begins with ;"
#define QUOTES "must close its quotes, before a blank"
#define WORDS                                                                                      \
    "must use only {payload:n}, {payload:min-max}, {seq}, {rand:n}, {zipf:n}, {exp:mean}, "        \
    "{key:n} "                                                                                     \
    "and {times:n}; {{ stands for a brace"

static const struct {
    const char *text, *error;
} mistakes[] = {
    {"", "0: command: must be given in the section [request]"},
    {"[load]\npipeline = 2\n", "2: command: must be given in the section [request]"},
    {"[request]\ncommand =\n", "2: command: must be given in the section [request]"},
    {"[request]\ncommand = PING\n[load]\nconnections = 0\n",
     "4: connections=0: must be a whole number from 1 to 100000"},
    {"[load]\nconnections = 100001\n",
     "2: connections=100001: must be a whole number from 1 to 100000"},
    {"[load]\nconnections =\n", "2: connections=: must be a whole number from 1 to 100000"},
    {"[load]\n\n; so many\nrequests-per-connection = -1\n",
     "4: requests-per-connection=-1: must be a whole number from 0 to 1000000000000"},
    {"[load]\npipeline = 1.5\n", "2: pipeline=1.5: must be a whole number from 1 to 10000"},
    {"[load]\nthink = 2 weeks\n", "2: think=2 weeks: must be a time from 0 to 1h"},
    {"[load]\nthink = 61m\n", "2: think=61m: must be a time from 0 to 1h"},
    {"[load]\npipeline = 1\npipeline = 2\n", "3: pipeline=2: must be given once"},
    {"[load]\nrate = 5\n", "2: rate=5: " KEYS},
    {"[load]\ncommand = PING\n", "2: command=PING: " KEYS},
    {"[request]\nPipeline = 1\n", "2: Pipeline=1: must be one of command"},
    {"[workload]\nanswer = 42\n", "2: answer=42: must be one of question"},
    {"[lode]\npipeline = 1\n", "2: [lode]: must be one of [workload] [load] [request]"},
    {"pipeline = 1\n", "1: []: must be one of [workload] [load] [request]"},
    {"[load]\npipeline\n", "2: " LINE},
    {"[load\n", "1: " LINE},
    {"[request]\ncommand = ECHO \"a b\n", "2: command=\"a b: " QUOTES},
    {"[request]\ncommand = ECHO \"a\"b\n", "2: command=b: " QUOTES},
    {"[request]\ncommand = ECHO {sec}\n", "2: command={sec}: " WORDS},
    {"[request]\ncommand = PING\n[load]\npipeline = \001\n",
     "4: line: must be text without control characters"},
    /* The first mistake is the one to be mended. */
    {"[load]\npipeline = 0\nthink = never\n",
     "2: pipeline=0: must be a whole number from 1 to 10000"},
};

Test(workload, mistakes_name_file_line_and_key)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
        expect_refused(mistakes[i].text, mistakes[i].error);
}

Test(workload, an_endless_line_is_refused)
{
    char *text = calloc(1, WORKLOAD_LINE_BYTES + 64);
    memset(stpcpy(text, "[workload]\nquestion = "), 'x', WORKLOAD_LINE_BYTES);
    expect_refused(text, "2: line: must be shorter");
    free(text);
}

Test(workload, a_folder_is_no_file)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES];
    cr_assert_not(workload_read(&w, "/tmp", error));
    cr_assert_str_eq(error, "/tmp: Is a directory");
}

Test(workload, a_file_that_is_not_there)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES];
    cr_assert_not(workload_read(&w, "/nonexistent/file.ini", error));
    cr_assert_not_null(strstr(error, "/nonexistent/file.ini"), "%s", error);
    cr_assert_not_null(strstr(error, "No such file"), "%s", error);
}
