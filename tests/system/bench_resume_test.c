/* A suite that is ended before its end, by Ctrl-C or for good, and gone on with. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite_run.h"
#include "terminal.h"

/* The client of the run with the number FAKE_HANG_AT tells its pid and stays. */
static const char client_script[] =
    "#!/bin/sh\n"
    "read -r calls <calls; calls=$((calls + 1)); echo $calls >calls\n"
    "[ \"$calls\" = \"$FAKE_HANG_AT\" ] && { echo $$ >fifo; exec sleep 300; }\n"
    "exec bin/load \"$@\"\n";

static void make_folder(void)
{
    suite_make_folder();
    suite_wrap_client(client_script);
    suite_write_script("calls", "0\n");
    suite_write_script("turn", "0\n");
    suite_write_script("mine.ini", "[workload]\nquestion = Mine?\n[request]\ncommand = PING\n");
    cr_assert_eq(mkfifo("fifo", 0600), 0);
}

TestSuite(bench_resume, .init = make_folder, .fini = suite_remove_folder, .timeout = 90);

/* ---- ending a suite ---- */

static const char two_models[] = "--bin bin --models server_iterative-model,server_threads-model "
                                 "--workloads ./mine.ini --no-counting --seed 3";

static void await_hanging(void)
{
    char text[32];
    int fd = open("fifo", O_RDONLY | O_CLOEXEC);
    cr_assert(fd >= 0 && read(fd, text, sizeof text) > 0);
    close(fd);
    unsetenv("FAKE_HANG_AT");
}

/* Starts a suite and waits until the client of that run hangs. */
static pid_t start_until(const char *run, const char *options)
{
    char all[512];
    snprintf(all, sizeof all, "%s %s", two_models, options);
    setenv("FAKE_HANG_AT", run, 1);
    pid_t pid = suite_start(all);
    await_hanging();
    return pid;
}

static void interrupt_at(const char *run, const char *options)
{
    pid_t pid = start_until(run, options);
    kill(pid, SIGINT);
    cr_assert_eq(suite_await(pid), 130, "%s", suite_output);
}

/* Nothing can be said or written then; what it started dies with it, but for what hid from it. */
static void kill_suite(pid_t pid)
{
    char text[32];
    int status;
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    suite_read_file("sleeper", text, sizeof text);
    kill((pid_t)atol(text), SIGKILL);
}

static void resume(int status)
{
    cr_expect_eq(suite_resume("out", ""), status, "%s", suite_output);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
}

/* The part of the results that begins with this key, up to the next one. To be freed. */
static char *part_of(const char *results, const char *begin, const char *end)
{
    const char *from = strstr(results, begin);
    cr_assert_not_null(from, "%s", begin);
    const char *to = strstr(from, end);
    cr_assert_not_null(to, "%s", end);
    return strndup(from, (size_t)(to - from));
}

/* ---- the tests ---- */

Test(bench_resume, after_a_ctrl_c)
{
    interrupt_at("4", "--blocks 3");
    suite_expect_in(suite_output, "INCOMPLETE: ended before all runs were carried out\n");
    suite_expect_in(suite_output,
                    "What was measured is kept. To go on:  bench/run.sh --resume out\n");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 3);
    char *order = part_of(suite_results, "\"order\"", "\"runs\"");
    char *options = part_of(suite_results, "\"options\"", "\"machine\"");
    resume(0);
    suite_expect_in(suite_output, "Going on with out: 3 of 6 runs of 0.2 s are there, about ");
    suite_expect_in(suite_output, "Runs:    6 of 6, in 3 blocks");
    suite_expect_in(suite_output, "gone on with 1 time (--resume)\n");
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 6);
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"interrupted\""), 0);
    suite_expect_in(suite_results, "\"complete\": true");
    suite_expect_in(suite_results, "\"finished\": true");
    char *again = part_of(suite_results, "\"order\"", "\"runs\"");
    char *same_options = part_of(suite_results, "\"options\"", "\"machine\"");
    cr_expect_str_eq(again, order);
    cr_expect_str_eq(same_options, options);
    cr_expect_null(strstr(suite_output, "INCOMPLETE"));
    cr_expect_eq(access("out/summary.csv", F_OK), 0);
    free(order), free(again), free(options), free(same_options);
}

/* What follows from options that were not given must come out the same. */
Test(bench_resume, a_quick_one)
{
    setenv("FAKE_HANG_AT", "4", 1);
    pid_t pid = suite_start_plain("--bin bin --models server_threads-model --quick --out out "
                                  "--no-counting --workloads hold,wait");
    await_hanging();
    kill(pid, SIGINT);
    cr_assert_eq(suite_await(pid), 130, "%s", suite_output);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    char *options = part_of(suite_results, "\"options\"", "\"machine\"");
    suite_expect_in(options, "\"seconds_wanted\": 0.0");
    resume(0);
    suite_expect_in(suite_output, "Runs:    4 of 4, in 2 blocks");
    char *same_options = part_of(suite_results, "\"options\"", "\"machine\"");
    cr_expect_str_eq(same_options, options);
    free(options), free(same_options);
}

Test(bench_resume, after_a_kill)
{
    pid_t pid = start_until("4", "--blocks 3");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 2, "the first block");
    suite_write_script("out/run.json.part", "what its client writes");
    cr_expect_eq(suite_resume("out", ""), 1);
    suite_expect_in(suite_output, "bench/run.sh: out: another suite is writing there\n");
    cr_expect_eq(access("out/run.json.part", F_OK), 0, "nothing of it was touched");
    kill_suite(pid);
    resume(0);
    suite_expect_in(suite_output, "Going on with out: 2 of 6 runs");
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 6);
    suite_expect_in(suite_results, "\"complete\": true");
}

Test(bench_resume, a_second_time)
{
    interrupt_at("2", "--blocks 2");
    suite_write_script("calls", "0\n");
    setenv("FAKE_HANG_AT", "2", 1);
    pid_t pid = suite_start_again("out", "");
    await_hanging();
    kill(pid, SIGINT);
    cr_expect_eq(suite_await(pid), 130, "%s", suite_output);
    suite_expect_in(suite_output, "To go on:  bench/run.sh --resume out\n");
    resume(0);
    suite_expect_in(suite_output, "Going on with out: 2 of 4 runs");
    suite_expect_in(suite_output, "gone on with 2 times (--resume)\n");
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 4);
}

/* Blocks that depend on what was measured are the same ones as without an interrupt. */
Test(bench_resume, as_many_blocks_as_it_takes)
{
    setenv("FAKE_CLIENT", "varies", 1);
    char all[512];
    snprintf(all, sizeof all, "%s --blocks auto --half-width 4 --out whole", two_models);
    cr_assert_eq(suite_run(all), 0, "%s", suite_output);
    suite_read_file("whole/results.json", suite_results, sizeof suite_results);
    char *order = part_of(suite_results, "\"order\"", "\"runs\"");
    char *precision = part_of(suite_results, "\"precision\"", "\"experiments\"");
    cr_expect_gt(suite_count_in(order, "_threads-model"), 8, "more than the pilot");
    suite_write_script("calls", "0\n");
    suite_write_script("turn", "0\n");
    interrupt_at("19", "--blocks auto --half-width 4");
    resume(0);
    char *again = part_of(suite_results, "\"order\"", "\"runs\"");
    char *precision_again = part_of(suite_results, "\"precision\"", "\"experiments\"");
    cr_expect_str_eq(again, order);
    cr_expect_str_eq(precision_again, precision);
    free(order), free(precision), free(again), free(precision_again);
}

/* ---- what is no longer the same ---- */

static void expect_refusal(const char *folder, const char *options, const char *message)
{
    cr_expect_eq(suite_resume(folder, options), 2, "%s", suite_output);
    suite_expect_in(suite_output, message);
    const char *end = strchr(suite_output, '\n');
    cr_expect(end != NULL && end[1] == '\0', "not one line:\n%s", suite_output);
}

static void append(const char *path, const char *text)
{
    FILE *file = fopen(path, "ae");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void replace(const char *was, const char *is)
{
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    char *at = strstr(suite_results, was);
    cr_assert_not_null(at, "%s", was);
    FILE *file = fopen("out/results.json", "we");
    cr_assert_not_null(file);
    fprintf(file, "%.*s%s%s", (int)(at - suite_results), suite_results, is, at + strlen(was));
    fclose(file);
}

Test(bench_resume, a_workload_that_was_changed)
{
    interrupt_at("2", "");
    append("mine.ini", "; harmless\n");
    expect_refusal("out", "",
                   "--resume: the file of the workload mine is not the same, ./mine.ini");
    unlink("mine.ini");
    cr_expect_eq(suite_resume("out", ""), 2);
    suite_expect_in(suite_output, "mine.ini");
}

Test(bench_resume, programs_that_were_changed)
{
    interrupt_at("2", "");
    append("bin/client", "# harmless\n");
    expect_refusal("out", "", "--resume: the client is not the same");
    append("bin/server_threads", "# harmless\n");
    expect_refusal("out", "", "--resume: the program of server_threads-model is not the same");
}

Test(bench_resume, another_machine)
{
    interrupt_at("2", "");
    replace("\"kernel\": \"", "\"kernel\": \"Hurd ");
    expect_refusal("out", "", "--resume: the machine or the build is not the same: kernel differs");
}

Test(bench_resume, another_build)
{
    interrupt_at("2", "");
    replace("\"commit\": \"", "\"commit\": \"f");
    expect_refusal("out", "", "is not the same: build.commit differs");
}

/* The kernel takes a little more or less of it at each start of the machine. */
Test(bench_resume, about_the_same_memory)
{
    interrupt_at("2", "");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    char *line = part_of(suite_results, "\"memory_kib\": ", ",");
    long kib = atol(line + strlen("\"memory_kib\": "));
    char text[64];
    snprintf(text, sizeof text, "\"memory_kib\": %ld", kib * 2);
    replace(line, text);
    expect_refusal("out", "", "is not the same: memory_kib differs\n");
    char almost[64];
    snprintf(almost, sizeof almost, "\"memory_kib\": %ld", kib - 8);
    replace(text, almost);
    resume(0);
    free(line);
}

/* A commit that nobody could tell then would not be the same later. */
Test(bench_resume, ended_before_the_first_run)
{
    char path[4096];
    suite_write_script("bin/git", "#!/bin/sh\necho $$ >fifo; exec sleep 300\n");
    snprintf(path, sizeof path, "bin:%s", getenv("PATH"));
    setenv("PATH", path, 1);
    pid_t pid = suite_start(two_models);
    await_hanging();
    kill(pid, SIGINT);
    cr_expect_eq(suite_await(pid), 130, "%s", suite_output);
    cr_expect_str_eq(suite_output, "bench/run.sh: interrupted before the first run\n");
    cr_expect_neq(access("out", F_OK), 0, "there is nothing to go on with");
}

/* Nothing that no suite could have been asked for is planned, nor computed with. */
Test(bench_resume, amounts_that_nobody_asked_for)
{
    static const char *const wrong[][2] = {
        {"\"seed\": 3", "\"seed\": 4294967299"},
        {"\"seed\": 3", "\"seed\": -3"},
        {"\"seed\": 3", "\"seed\": null"},
        {"\"seconds_wanted\": 0.2", "\"seconds_wanted\": 9e8"},
        {"\"blocks_wanted\": 1", "\"blocks_wanted\": -1"},
        {"\"blocks_wanted\": 1", "\"blocks_wanted\": 9223372036854775807"},
        {"\"blocks_auto\": false", "\"blocks_auto\": true"},
    };
    interrupt_at("2", "");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        replace(wrong[i][0], wrong[i][1]);
        expect_refusal("out", "", "--resume: its results.json does not tell the options\n");
        replace(wrong[i][1], wrong[i][0]);
    }
    replace("\"resumed\": 0", "\"resumed\": -2");
    expect_refusal("out", "", "--resume: its results.json does not tell when it began\n");
    replace("\"resumed\": -2", "\"resumed\": 0");
    replace("\"started_at\": \"", "\"started_at\": \"a long time ago, in the year ");
    expect_refusal("out", "", "--resume: its results.json does not tell when it began\n");
}

/* Between the reading and the lock: a stand-in that no run needs writes to the file when it is
 * asked for its models. */
Test(bench_resume, another_suite_was_faster)
{
    interrupt_at("2", "");
    unlink("bin/server_fork");
    suite_write_script("bin/server_fork",
                       "#!/bin/sh\necho >>out/results.json\necho 'some-model\tof a test'\n");
    cr_expect_eq(suite_resume("out", ""), 1);
    suite_expect_in(suite_output, "bench/run.sh: --resume: out: another suite went on with it\n");
    cr_expect_null(strstr(suite_output, "Going on"));
}

Test(bench_resume, other_runs_than_planned)
{
    interrupt_at("2", "--blocks 5");
    replace("\"seed\": 3", "\"seed\": 4");
    expect_refusal("out", "", "--resume: the planned order is not the one that its seed, ");
}

Test(bench_resume, nothing_to_go_on_with)
{
    expect_refusal("nowhere", "",
                   "--resume: nowhere/results.json: cannot be read: No such file or directory\n");
    cr_assert_eq(suite_run(two_models), 0, "%s", suite_output);
    expect_refusal("out", "", "--resume: out: that suite came to its end");
    expect_refusal("mine.ini", "",
                   "--resume: mine.ini/results.json: cannot be read: Not a directory\n");
    expect_refusal("out/results.json", "", "cannot be read: Not a directory\n");
    suite_write_script("results.json", "{}");
    expect_refusal(".", "", "--resume: ./results.json: is not the result of such a suite");
    cr_assert_eq(truncate("out/results.json", 1000), 0);
    expect_refusal("out", "", "--resume: out/results.json: line ");
    unlink("results.json");
    cr_assert_eq(mkdir("results.json", 0700), 0);
    expect_refusal(".", "", "--resume: ./results.json: cannot be read: Is a directory\n");
}

Test(bench_resume, a_plan_is_not_changed)
{
    static const char *const options[] = {"models=x",      "workloads=x", "suite=default", "quick",
                                          "blocks=3",      "seconds=1",   "seed=1",        "out=x",
                                          "server-cpus=0", "no-counting", "against=redis", NULL};
    for (size_t i = 0; options[i] != NULL; i++) {
        char option[64], message[128];
        snprintf(option, sizeof option, "--%s", options[i]);
        snprintf(message, sizeof message, "bench/run.sh: --%.*s: not with --resume, which goes on ",
                 (int)strcspn(options[i], "="), options[i]);
        expect_refusal("out", option, message);
    }
}

/* ---- before a person ---- */

Test(bench_resume, progress_on_a_terminal)
{
    struct terminal t;
    terminal_start(&t, (const char *[]){SUITE_FILE, "--bin", "bin", "--models",
                                        "server_threads-model", "--workloads", "hold", "--blocks",
                                        "2", "--seconds", "0.2", "--out", "out", NULL});
    terminal_await(&t, "2 runs of 0.2 s, about 1 s in all");
    terminal_await(&t, "1/2 [..........] server_threads-model, hold  0 s gone, about ");
    terminal_await(&t, "2/2 [#####.....] server_threads-model, hold  ");
    terminal_await(&t, " left");
    terminal_await(&t, "1/1 [..........] server_threads-model, hold  counting");
    terminal_await(&t, "Results: out");
    cr_expect_eq(terminal_wait(&t), 0);
}
