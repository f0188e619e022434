/* Workload files: what is read, and how each mistake is told. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ini_file.h"
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
                        "; about\n[workload]\nquestion = Is it fast?\nexpected = Very.\n[load]\n"
                        "connections = 2k\nrequests-per-connection = 7\npipeline = 3 ; deep\n"
                        "think = 20ms\ntimeout = 2\n"
                        "shape = partly-open\nrate = 1.5k\narrivals = uniform\n"
                        "[request]\ncommand = ECHO \"a \\\"b\\\"\" {payload:64}\n",
                        error),
              "%s", error);
    cr_assert_str_eq(w.question, "Is it fast?");
    cr_assert_str_eq(w.expected, "Very.");
    cr_assert_eq(w.connections, 2000);
    cr_assert_eq(w.requests_per_connection, 7);
    cr_assert_eq(w.pipeline, 3);
    cr_assert_eq(w.think_ns, 20000000);
    cr_assert_eq(w.timeout_ns, 2000000000);
    cr_assert_eq(w.rate_micro, INT64_C(1500000000));
    cr_assert_eq(w.arrivals, 2);
    cr_assert_eq(w.requests_count, 1);
    cr_assert_str_eq(w.requests[0].name, "ECHO");
    cr_assert_eq(w.requests[0].weight, 1);
    cr_assert_eq(w.requests[0].argc, 3);
    cr_assert_str_eq(w.requests[0].argv[1], "a \"b\"");
    cr_assert_str_eq(w.requests[0].argv[2], "{payload:64}");
    cr_assert_null(w.requests[0].argv[3]);
    workload_free(&w);
}

Test(workload, what_is_left_out_has_its_default)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES];
    cr_assert(read_text(&w, "[request]\ncommand = PING\n", error), "%s", error);
    cr_assert(w.question == NULL && w.expected == NULL);
    cr_assert(w.companion.text == NULL && w.server_options.text == NULL &&
              w.also_valid.text == NULL && w.course.text == NULL);
    cr_assert_eq(w.timeout_ns, 0);
    cr_assert_eq(w.connections, 50);
    cr_assert_eq(w.pipeline, 1);
    cr_assert_eq(w.requests_per_connection, 0);
    cr_assert_eq(w.think_ns, 0);
    cr_assert_eq(w.rate_micro, 0);
    cr_assert_eq(w.arrivals, 0);
    workload_free(&w);
}

Test(workload, lines_may_end_by_crlf)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES];
    cr_assert(read_text(&w, "[load]\r\npipeline = 3\r\n[request]\r\ncommand = PING\r", error), "%s",
              error);
    cr_assert_eq(w.pipeline, 3);
    cr_assert_str_eq(w.requests[0].argv[0], "PING");
    workload_free(&w);
}

/* The client does not look into them. */
Test(workload, what_is_for_the_bench_is_kept_as_it_stands)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES];
    cr_assert(read_text(&w,
                        "[bench]\ncompanion = any thing ; said\n\nserver-options = --x  --y=1\n"
                        "also-valid = A B\ncourse = when\n[request]\ncommand = PING\n",
                        error),
              "%s", error);
    cr_expect_str_eq(w.companion.text, "any thing");
    cr_expect_eq(w.companion.line, 2);
    cr_expect_str_eq(w.server_options.text, "--x  --y=1");
    cr_expect_eq(w.server_options.line, 4);
    cr_expect_str_eq(w.also_valid.text, "A B");
    cr_expect_eq(w.also_valid.line, 5);
    cr_expect_str_eq(w.course.text, "when");
    workload_free(&w);
}

Test(workload, several_requests_with_weights)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES];
    cr_assert(read_text(&w,
                        "[request read]\nweight = 9\ncommand = GET {key:1000}\n[load]\n"
                        "connections = 3\n  [request\tWrite_2.x-y]\ncommand = SET k v\n",
                        error),
              "%s", error);
    cr_expect_eq(w.connections, 3);
    cr_assert_eq(w.requests_count, 2);
    cr_expect_str_eq(w.requests[0].name, "read");
    cr_expect_eq(w.requests[0].weight, 9);
    cr_expect_eq(w.requests[0].argc, 2);
    cr_expect_str_eq(w.requests[1].name, "Write_2.x-y");
    cr_expect_eq(w.requests[1].weight, 1);
    cr_expect_str_eq(w.requests[1].argv[2], "v");
    workload_free(&w);
}

static char *many_requests(int count)
{
    char *text = malloc((size_t)count * 64 + 1), *end = text;
    for (int i = 0; i < count; i++)
        end += sprintf(end, "[request n%d]\ncommand = PING\n", i);
    return text;
}

Test(workload, as_many_requests_as_a_mix_may_have)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES], *text = many_requests(MIX_MOST);
    cr_assert(read_text(&w, text, error), "%s", error);
    cr_expect_eq(w.requests_count, MIX_MOST);
    cr_expect_str_eq(w.requests[63].name, "n63");
    workload_free(&w);
    free(text);
}

Test(workload, shapes_that_agree)
{
    static const char *const loads[] = {
        "shape = closed",
        "shape = closed\nrequests-per-connection = 5",
        "shape = open\nrate = 5",
        "rate = 5\nshape = open\nrequests-per-connection = 1\narrivals = constant",
        "shape = partly-open\nrate = 5\nrequests-per-connection = 2",
        "rate = 5\narrivals = poisson\nrequests-per-connection = 2",
    };
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        struct workload w;
        char error[WORKLOAD_ERROR_BYTES], text[256];
        snprintf(text, sizeof text, "[load]\n%s\n[request]\ncommand = PING\n", loads[i]);
        cr_expect(read_text(&w, text, error), "%s", error);
        workload_free(&w);
    }
}

Test(workload, rates)
{
    static const struct {
        const char *text;
        int64_t rate_micro; /* -1: none */
    } rates[] = {{"1", 1000000},
                 {"0.001", 1000},
                 {"0.25", 250000},
                 {".5", 500000},
                 {"1.5k", 1500000000},
                 {"10M", INT64_C(10000000000000)},
                 {"33.333333", 33333333},
                 {"0", -1},
                 {"0.0009", -1},
                 {"10.1m", -1},
                 {"", -1},
                 {".", -1},
                 {"1.2.3", -1},
                 {"-1", -1},
                 {"1e3", -1},
                 {"0x10", -1},
                 {"inf", -1},
                 {" 1", -1},
                 {"1 k", -1},
                 {"1g", -1},
                 {"1kk", -1}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        int64_t rate_micro = -1;
        bool good = workload_rate_text(rates[i].text, &rate_micro);
        cr_expect_eq(rate_micro, rates[i].rate_micro, "%s: %lld", rates[i].text,
                     (long long)rate_micro);
        cr_expect_eq(good, rates[i].rate_micro != -1, "%s", rates[i].text);
    }
}

Test(workload, a_byte_order_mark_does_not_hide_the_first_section)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES];
    cr_assert(read_text(&w, "\xef\xbb\xbf[request]\ncommand = PING\n", error), "%s", error);
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
    cr_expect_eq(w.requests[0].argc, WORDS + 1);
    cr_expect_str_eq(w.requests[0].argv[WORDS], "4999");
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
        cr_expect(w.question != NULL && w.requests_count > 0, "%s asks nothing", file);
        cr_expect(w.expected != NULL, "%s expects nothing", file);
        workload_free(&w);
        files++;
    }
    closedir(folder);
    cr_expect_geq(files, 15);
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
    cr_expect(w.requests_count == 0 && w.requests == NULL && w.question == NULL &&
                  w.companion.text == NULL,
              "something was left");
}

#define KEYS                                                                                       \
    "must be one of shape connections requests-per-connection pipeline think timeout rate "        \
    "arrivals"
#define LINE     "line: must be [section], key = value, or a comment that begins with ;"
#define QUOTES   "must close its quotes, before a blank"
#define SECTIONS "must be one of [workload] [load] [bench] [request] [request NAME]"
#define NAME     "must have a name of at most 31 letters, digits, . _ or -"
#define ONLY     "must be the only request, or all must have names"
#define RATE     "must be a number of requests a second from 0.001 to 10m"
#define NOTHING  " command: must be given in a section [request]"
#define PLACES                                                                                     \
    "must use only {payload:n}, {payload:min-max}, {seq}, {rand:n}, {zipf:n}, {exp:mean}, "        \
    "{key:n} "                                                                                     \
    "and {times:n}; {{ stands for a brace"
#define LONGEST "a2345678901234567890123456789012"

static const struct {
    const char *text, *error;
} mistakes[] = {
    /* No command. */
    {"", NOTHING},
    {"[load]\npipeline = 2\n", NOTHING},
    {"[request]\ncommand =\n", "2: command=: must be at least one word"},
    {"\n[request]\n", "2: [request]: must have a command"},
    {"[request x]\nweight = 3\n[load]\npipeline = 2\n", "1: [request x]: must have a command"},
    {"[request x]\ncommand = PING\n\n[request y]\n", "4: [request y]: must have a command"},
    /* Values. */
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
    {"[load]\nrate = 0\n", "2: rate=0: " RATE},
    {"[load]\nrate = fast\n", "2: rate=fast: " RATE},
    {"[load]\narrivals = never\n", "2: arrivals=never: must be one of poisson constant uniform"},
    {"[load]\nshape = round\n", "2: shape=round: must be one of closed open partly-open"},
    {"[request x]\nweight = 0\n", "2: weight=0: must be a whole number from 1 to 1000000"},
    {"[request x]\nweight = 0.5\n", "2: weight=0.5: must be a whole number from 1 to 1000000"},
    {"[request x]\nweight = 1000001\n",
     "2: weight=1000001: must be a whole number from 1 to 1000000"},
    /* Keys. */
    {"[load]\npipeline = 1\npipeline = 2\n", "3: pipeline=2: must be given once"},
    {"[load]\npipeline = 1\n[load]\npipeline = 2\n", "4: pipeline=2: must be given once"},
    {"[request x]\ncommand = A\ncommand = B\n", "3: command=B: must be given once"},
    {"[load]\nrat = 5\n", "2: rat=5: " KEYS},
    {"[load]\ncommand = PING\n", "2: command=PING: belongs in the section [request]"},
    {"[request]\nthink = 1\n", "2: think=1: belongs in the section [load]"},
    {"[load]\nquestion = why\n", "2: question=why: belongs in the section [workload]"},
    {"[request]\nweight = 2\n", "2: weight=2: belongs in the section [request NAME]"},
    {"pipeline = 1\n", "1: pipeline=1: belongs in the section [load]"},
    {"pipe = 1\n", "1: pipe=1: must stand behind the line of a section"},
    {"[request]\nPipeline = 1\n", "2: Pipeline=1: must be one of command"},
    {"[request x]\nwait = 1\n", "2: wait=1: must be one of command weight"},
    {"[workload]\nanswer = 42\n", "2: answer=42: must be one of question expected"},
    {"[load]\ncompanion = idle 5\n", "2: companion=idle 5: belongs in the section [bench]"},
    {"[bench]\nidle = 5\n", "2: idle=5: must be one of companion server-options also-valid course"},
    {"[bench]\ncompanion = a\ncompanion = b\n", "3: companion=b: must be given once"},
    {"[load]\ntimeout = 0\n", "2: timeout=0: must be a time from 1ms to 5m"},
    /* Sections. */
    {"[lode]\npipeline = 1\n", "1: [lode]: " SECTIONS},
    {"[]\n", "1: []: " SECTIONS},
    {"[requests]\n", "1: [requests]: " SECTIONS},
    {"[load x]\n", "1: [load x]: " SECTIONS},
    {"[request x]\ncommand = A\n[request x]\n", "3: [request x]: must be given once"},
    {"[request]\ncommand = A\n[request]\n", "3: [request]: must be given once"},
    {"[request]\ncommand = A\n[request A]\n", "3: [request A]: " ONLY},
    {"[request A]\ncommand = A\n[request]\n", "3: [request]: " ONLY},
    {"[request a b]\n", "1: [request a b]: " NAME},
    {"[request " LONGEST "]\n", "1: [request " LONGEST "]: " NAME},
    /* Lines and commands. */
    {"[load]\npipeline\n", "2: " LINE},
    {"[load\n", "1: " LINE},
    {"[request]\ncommand = ECHO \"a b\n", "2: command=\"a b: " QUOTES},
    {"[request]\ncommand = ECHO x \"a\"b\n", "2: command=\"a\"b: " QUOTES},
    {"[request]\ncommand = ECHO {sec}\n", "2: command={sec}: " PLACES},
    {"[request]\ncommand = SUM {times:2}\n",
     "2: command={times:2}: must be written {times:n}, a word of its own before another, with "
     "whole numbers from 1 to 1000000"},
    {"[request]\ncommand = PING\n[load]\npipeline = \001\n",
     "4: line: must be text without control characters"},
    {"[load]\npipeline = 0\rx\r\n", "2: line: must be text without control characters"},
    {"[request]\r\r\n", "1: line: must be text without control characters"},
    {"[load]\npipeline = \177\n", "2: line: must be text without control characters"},
    /* The shape. */
    {"[load]\nrate = 5\nshape = closed\n[request]\ncommand = A\n",
     "3: shape=closed: must stand without a rate"},
    {"[load]\nshape = open\n[request]\ncommand = A\n", "2: shape=open: must stand beside a rate"},
    {"[load]\nshape = open\nrate = 5\nrequests-per-connection = 2\n[request]\ncommand = A\n",
     "2: shape=open: must stand beside requests-per-connection = 0 or 1"},
    {"[load]\nshape = partly-open\nrequests-per-connection = 2\n[request]\ncommand = A\n",
     "2: shape=partly-open: must stand beside a rate"},
    {"[load]\nrequests-per-connection = 1\nrate = 5\nshape = partly-open\n[request]\n"
     "command = A\n",
     "4: shape=partly-open: must stand beside requests-per-connection = 2 or more"},
    {"[load]\narrivals = constant\n[request]\ncommand = A\n",
     "2: arrivals=constant: must stand beside a rate"},
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
    char *text = calloc(1, INI_FILE_LINE_BYTES + 64);
    memset(stpcpy(text, "[workload]\nquestion = "), 'x', INI_FILE_LINE_BYTES);
    expect_refused(text, "2: line: must be shorter");
    free(text);
}

Test(workload, one_request_more_than_a_mix_may_have)
{
    char *text = many_requests(MIX_MOST + 1);
    expect_refused(text, "129: [request n64]: must be one of at most 64 requests");
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
