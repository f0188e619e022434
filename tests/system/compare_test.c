/* compare_results: two folders of made-up results, and what is none. */
#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"

static char folder[] = "/tmp/compare_test.XXXXXX";

static void make_folders(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    cr_assert(mkdir("a", 0700) == 0 && mkdir("b", 0700) == 0);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info, (void)type, (void)at;
    return remove(path);
}

static void remove_folders(void)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(compare, .init = make_folders, .fini = remove_folders, .timeout = 30);

/* ---- results ---- */

static const char head_a[] =
    "{\"schema\": \"server-models-bench/1\", \"started_at\": \"2031-05-17T09:30:00Z\",\n"
    " \"complete\": true, \"base_model\": \"plain\",\n"
    " \"machine\": {\"cpu\": \"Slow\", \"cpus_online\": 2, \"limits\": {\"nofile\": 1024},\n"
    "  \"build\": {\"commit\": \"aaaa111\", \"type\": \"Release\", \"sanitizers\": \"\"}},\n"
    " \"options\": {\"seconds\": 1.0, \"seed\": 7, \"hosts\": null},\n"
    " \"models\": [{\"name\": \"plain\"}, {\"name\": \"odd\"}, {\"name\": \"gone\"}],\n"
    " \"workloads\": [{\"name\": \"hold\", \"checksum\": \"01\"}, {\"name\": \"wait\"}],\n";
static const char head_b[] =
    "{\"schema\": \"server-models-bench/1\", \"started_at\": \"2031-05-18T09:30:00Z\",\n"
    " \"complete\": false, \"base_model\": \"plain\",\n"
    " \"machine\": {\"cpu\": \"Fast\", \"cpus_online\": 2, \"limits\": {\"nofile\": 4096},\n"
    "  \"build\": {\"commit\": \"bbbb222\", \"type\": \"Release\", \"sanitizers\": \"\"}},\n"
    " \"options\": {\"seconds\": 1.0, \"seed\": 8, \"quick\": true},\n"
    " \"models\": [{\"name\": \"new\"}, {\"name\": \"odd\"}, {\"name\": \"plain\"}],\n"
    " \"workloads\": [{\"name\": \"crowd\"}, {\"name\": \"hold\", \"checksum\": \"02\"}],\n";

static FILE *begin(const char *path, const char *head)
{
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    fprintf(file, "%s \"runs\": [", head);
    return file;
}

static void add_run(FILE *file, int block, const char *model, const char *verdict, double rps,
                    double cpu_us)
{
    fprintf(
        file,
        "%s\n {\"block\": %d, \"model\": \"%s\", \"workload\": \"hold\",\n"
        "  \"outcome\": \"measured\", \"valid\": %s, \"server\": {\"cpu_us_per_request\": %g},\n"
        "  \"client\": {\"verdict\": \"%s\", \"throughput_rps\": %g}}",
        block == 0 && strcmp(model, "plain") == 0 ? "" : ",", block, model,
        strcmp(verdict, "VALID") == 0 ? "true" : "false", cpu_us, verdict, rps);
}

static void end(FILE *file)
{
    fputs("\n]}\n", file);
    fclose(file);
}

/* "plain" became faster by 15 % and costs about the same; "odd" is STARVED in all runs of B. */
static void write_both(void)
{
    static const double a_rps[] = {1200, 1180, 1250, 1225, 1190},
                        b_rps[] = {1390, 1310, 1480, 1405};
    static const double a_cpu[] = {50, 51, 49, 50, 50}, b_cpu[] = {52, 47, 55, 50};
    FILE *a = begin("a/results.json", head_a), *b = begin("b/results.json", head_b);
    for (int i = 0; i < 5; i++)
        add_run(a, i, "plain", "VALID", a_rps[i], a_cpu[i]);
    add_run(a, 0, "odd", "VALID", 500, 10);
    add_run(a, 1, "odd", "ERRORS", 9000, 10);
    for (int i = 0; i < 4; i++)
        add_run(b, i, "plain", "VALID", b_rps[i], b_cpu[i]);
    add_run(b, 0, "odd", "STARVED", 7000, 10);
    end(a);
    end(b);
}

/* The rate was given: a p99 of 2 ms became one of 1 ms. */
static void write_paced(const char *path, const char *head, const char *p99_us)
{
    FILE *file = begin(path, head);
    for (int block = 0; block < 3; block++)
        fprintf(file,
                "%s\n {\"block\": %d, \"model\": \"plain\", \"workload\": \"hold\",\n"
                "  \"outcome\": \"measured\", \"valid\": true, \"server\": {},\n"
                "  \"client\": {\"verdict\": \"VALID\", \"throughput_rps\": 800, \"rate_offered\": "
                "800, \"latency_us\": {\"response\": {\"p99\": %s%d}}}}",
                block == 0 ? "" : ",", block, p99_us, block);
    end(file);
}

/* ---- running it ---- */

static struct outcome run(const char *a, const char *b)
{
    return process_run((const char *[]){COMPARE_FILE, a, b, NULL});
}

static void expect_in(const char *text, const char *wanted)
{
    cr_expect(strstr(text, wanted) != NULL, "\"%s\" is missing in:\n%s", wanted, text);
}

static void expect_refusal(const char *a, const char *b, const char *complaint)
{
    struct outcome o = run(a, b);
    cr_expect(o.status == 2 && *o.out == '\0', "exit status %d, printed %s", o.status, o.out);
    expect_in(o.err, complaint);
    const char *line_end = strchr(o.err, '\n');
    cr_expect(line_end != NULL && line_end[1] == '\0', "not one line:\n%s", o.err);
    outcome_free(&o);
}

/* ---- the tests ---- */

Test(compare, a_rate_that_was_given_is_not_compared_but_the_response_times)
{
    write_paced("a/results.json", head_a, "200");
    write_paced("b/results.json", head_b, "100");
    struct outcome o = run("a", "b");
    cr_expect_eq(o.status, 0, "%s", o.err);
    expect_in(o.out, "     p99 A         B  B/A (95 %)");
    expect_in(o.out, "\n  plain                 2.00ms    1.00ms  0.50 (0.50-0.50) ");
    cr_expect_null(strstr(o.out, "req/s A"));
    outcome_free(&o);
}

Test(compare, two_suites_side_by_side)
{
    write_both();
    struct outcome o = run("a", "b");
    cr_expect_eq(o.status, 0, "%s", o.err);
    expect_in(o.out, "A: a, 2031-05-17T09:30:00Z, commit aaaa111, 7 runs in 5 blocks\n");
    expect_in(o.out, "commit bbbb222, 5 runs in 4 blocks (INCOMPLETE)\n");
    /* medians, the ratio with its interval, and a difference of CPU time within its interval */
    expect_in(o.out,
              "\n  plain                  1,200     1,398  1.15 (1.07-1.24)        50.0    51.0"
              "  no difference shown\n");
    outcome_free(&o);
}

Test(compare, differences_come_first)
{
    write_both();
    struct outcome o = run("a", "b");
    expect_in(o.out, "  cpu                            Slow  |  Fast\n");
    expect_in(o.out, "  limits.nofile                  1024  |  4096\n");
    expect_in(o.out, "  build.commit                   aaaa111  |  bbbb222\n");
    expect_in(o.out, "  seed                           7  |  8\n");
    expect_in(o.out, "  quick                          -  |  true\n");
    expect_in(o.out, "  content of workload hold       01  |  02\n");
    cr_expect_null(strstr(o.out, "seconds  "), "what is the same is not told");
    cr_expect_null(strstr(o.out, "hosts"), "null is as good as nothing");
    cr_expect_lt(strstr(o.out, "build.commit"), strstr(o.out, "\nhold\n"));
    outcome_free(&o);
}

Test(compare, only_valid_runs_count)
{
    write_both();
    struct outcome o = run("a", "b");
    expect_in(o.out,
              "\n  odd                      500         -  not ranked              10.0       -"
              "  not ranked");
    expect_in(o.out, "      A: 1 of 2 runs VALID; ERRORS in 1\n");
    expect_in(o.out, "      B: 0 of 1 runs VALID; STARVED in 1\n");
    outcome_free(&o);
}

Test(compare, what_only_one_has_is_named)
{
    write_both();
    struct outcome o = run("a", "b");
    expect_in(o.out, "Only in A: workload wait\n");
    expect_in(o.out, "Only in A: model gone\n");
    expect_in(o.out, "Only in B: workload crowd\n");
    expect_in(o.out, "Only in B: model new\n");
    outcome_free(&o);
}

Test(compare, a_suite_and_itself)
{
    write_both();
    struct outcome o = run("a", "a");
    cr_expect_eq(o.status, 0);
    expect_in(o.out, "  none: the same machine, build and options\n");
    expect_in(o.out, "1,200     1,200  no difference shown");
    expect_in(o.out, "500       500  1.00 (no interval)");
    cr_expect_null(strstr(o.out, "Only in"));
    outcome_free(&o);
}

/* ---- set-ups ---- */

static void write_setups(const char *path, const char *wanted, const char *workloads,
                         const char *runs)
{
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    fprintf(file,
            "{\"schema\": \"server-models-bench/1\", \"options\": {\"cpus_wanted\": %s},\n"
            " \"models\": [{\"name\": \"plain\"}], \"workloads\": [%s], \"runs\": [",
            wanted, workloads);
    for (char name[32]; sscanf(runs, " %31[^,]", name) == 1; runs += strlen(name)) {
        runs += strspn(runs, " ");
        fprintf(file,
                "{\"block\": 0, \"model\": \"plain\", \"workload\": \"%s\", \"outcome\": "
                "\"measured\",\n \"valid\": true, \"client\": {\"throughput_rps\": %d}}%s",
                name, strstr(name, "shared") != NULL ? 700 : 500, runs[strlen(name)] ? "," : "");
        runs += runs[strlen(name)] == ',';
    }
    end(file);
}

static const char both_workloads[] = "{\"name\": \"hold (apart)\", \"cpus\": \"pinned apart\"}, "
                                     "{\"name\": \"hold (shared)\", \"cpus\": \"shared\"}";

/* A suite with both set-ups meets one with a single set-up in that one, from either side. */
Test(compare, one_setup_with_the_same_of_two)
{
    write_setups("a/results.json", "\"both\"", both_workloads, "hold (apart), hold (shared)");
    write_setups("b/results.json", "null", "{\"name\": \"hold\", \"cpus\": \"shared\"}", "hold");
    struct outcome o = run("a", "b");
    cr_expect_eq(o.status, 0, "%s", o.err);
    expect_in(o.out, "\nhold (shared)  |  hold\n");
    expect_in(o.out, "\n  plain                    700       500  ");
    expect_in(o.out, "Only in A: workload hold (apart)\n");
    cr_expect_null(strstr(o.out, "Only in B"));
    outcome_free(&o);
    o = run("b", "a");
    expect_in(o.out, "\nhold  |  hold (shared)\n");
    expect_in(o.out, "Only in B: workload hold (apart)\n");
    outcome_free(&o);
}

/* Without --cpus both the same words are only a name. */
Test(compare, a_name_that_looks_like_a_setup)
{
    write_setups("a/results.json", "null", both_workloads, "hold (apart), hold (shared)");
    write_setups("b/results.json", "null", "{\"name\": \"hold\", \"cpus\": \"shared\"}", "hold");
    expect_refusal("a", "b", "a and b: no model ran under the same workload in both");
}

/* ---- hostile files ---- */

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void write_controls(const char *path, const char *machine)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"schema\": \"server-models-bench/1\", \"started_at\": \"\\u001b[2J\",\n"
             " \"machine\": {\"\\u001b]0;k\": \"%s\"},\n"
             " \"models\": [{\"name\": \"m\\u001bc\"}, {\"name\": \"only\\n\"}],\n"
             " \"workloads\": [{\"name\": \"w\\u0007\"}],\n"
             " \"runs\": [{\"block\": 0, \"model\": \"m\\u001bc\", \"workload\": \"w\\u0007\",\n"
             "  \"outcome\": \"\\u001bout\"}]}",
             machine);
    write_text(path, text);
}

/* A terminal would obey them. */
Test(compare, no_control_character_is_shown)
{
    write_controls("a/results.json", "\\u009b1m\\u007f\\r\\u00e9");
    write_controls("b/results.json", "quiet");
    struct outcome o = run("a", "b");
    cr_expect_eq(o.status, 0, "%s", o.err);
    expect_in(o.out, "A: a, ?[2J, ");
    expect_in(o.out, "  ?]0;k                          ?1m??\xc3\xa9  |  quiet\n");
    expect_in(o.out, "\nw?\n");
    expect_in(o.out, "\n  m?c ");
    expect_in(o.out, "0 of 1 runs VALID; ?out in 1\n");
    outcome_free(&o);
}

Test(compare, numbers_that_are_none)
{
    static const char *const runs[] = {
        "[{\"block\": -1, \"model\": \"plain\", \"workload\": \"hold\"}]",
        "[{\"block\": 1e300, \"model\": \"plain\", \"workload\": \"hold\"}]",
        "[{\"block\": 9223372036854775807, \"model\": \"plain\", \"workload\": \"hold\"}]",
        "[{\"block\": 0, \"model\": \"plain\", \"workload\": \"hold\", \"valid\": true,\n"
        "  \"outcome\": \"measured\", \"client\": {\"throughput_rps\": -1e308}}]",
        NULL};
    for (size_t i = 0; runs[i] != NULL; i++) {
        char text[4096];
        snprintf(text, sizeof text, "%s \"runs\": %s}", head_a, runs[i]);
        write_text("a/results.json", text);
        struct outcome o = run("a", "a");
        cr_expect_eq(o.status, 0, "%s: %s", runs[i], o.err);
        expect_in(o.out, "\n  plain                      -         -  ");
        outcome_free(&o);
    }
    write_text("a/results.json", "{\"schema\": \"server-models-bench/1\", \"a\": 1e999}");
    expect_refusal("a", "a", "a/results.json: line 1: real number overflow");
    write_text("a/results.json", "{\"schema\": \"server-models-bench/1\\u0000\"}");
    expect_refusal("a", "a", "a/results.json: line 1: \\u0000 is not allowed");
    write_text("a/results.json", "[\"\x1b[2J");
    expect_refusal("a", "a", "a/results.json: line 1: ");
}

Test(compare, wrong_folders)
{
    write_both();
    expect_refusal("a", "nowhere",
                   "bench/compare.sh: nowhere/results.json: cannot be read: No such");
    FILE *file = fopen("b/results.json", "we");
    fputs("{\n\"schema\": ", file);
    fclose(file);
    expect_refusal("a", "b", "b/results.json: line 2: ");
    file = fopen("b/results.json", "we");
    fputs("{\"schema\": \"another/1\"}", file);
    fclose(file);
    expect_refusal("b", "a", "b/results.json: its schema is not server-models-bench/1");
    expect_refusal("a/results.json", "a",
                   "a/results.json/results.json: cannot be read: Not a directory");
    remove("b/results.json");
    cr_assert_eq(mkdir("b/results.json", 0700), 0);
    expect_refusal("a", "b", "b/results.json: ");
}

Test(compare, nothing_in_common)
{
    write_both();
    end(begin("b/results.json", head_b));
    expect_refusal("a", "b", "a and b: no model ran under the same workload in both");
}

Test(compare, wrong_use)
{
    struct outcome o = process_run((const char *[]){COMPARE_FILE, "a", NULL});
    cr_expect_eq(o.status, 2);
    cr_expect_str_eq(o.err, "bench/compare.sh: needs two folders of results\n");
    outcome_free(&o);
    o = process_run((const char *[]){COMPARE_FILE, "a", "b", "c", NULL});
    cr_expect_eq(o.status, 2);
    cr_expect_str_eq(o.err, "bench/compare.sh: unexpected argument 'c'\n");
    outcome_free(&o);
}
