/* The suite driver with servers and a client that misbehave, and at the end a small run with the
 * real programs. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite_run.h"

TestSuite(bench, .init = suite_make_folder, .fini = suite_remove_folder, .timeout = 90);

/* The run is recorded with this outcome and detail, and shown. */
static void expect_trouble(const char *server, const char *client, const char *outcome,
                           const char *detail)
{
    char json[256];
    cr_expect_eq(suite_run_once(server, client), 1);
    snprintf(json, sizeof json, "\"outcome\": \"%s\"", outcome);
    suite_expect_in(suite_results, json);
    suite_expect_in(suite_results, detail);
    suite_expect_in(suite_output, outcome);
    suite_expect_in(suite_output, detail);
    suite_expect_in(suite_output, "Results: ");
}

static void expect_refusal(const char *options, int status, const char *message)
{
    cr_expect_eq(suite_run(options), status, "%s", options);
    suite_expect_in(suite_output, message);
    const char *end = strchr(suite_output, '\n');
    cr_expect(end != NULL && end[1] == '\0', "not one line:\n%s", suite_output);
}

static void expect_gone(const char *pid_file)
{
    char text[32];
    suite_read_file(pid_file, text, sizeof text);
    cr_expect(kill((pid_t)atol(text), 0) != 0 && errno == ESRCH, "%s is still there", pid_file);
}

/* ---- servers ---- */

Test(bench, a_good_run)
{
    cr_expect_eq(suite_run_once("good", "good"), 0);
    suite_expect_in(suite_results, "\"outcome\": \"measured\"");
    suite_expect_in(suite_results, "\"complete\": true");
    suite_expect_in(suite_results, "\"commands\": 1000");
    suite_expect_in(suite_output, "1,000  -  ");
    suite_expect_in(suite_output, "50.0us   990us");
    cr_expect_eq(access("out/summary.txt", F_OK), 0);
    cr_expect_eq(access("out/summary.csv", F_OK), 0);
    cr_expect_eq(access("out/kinds.csv", F_OK), 0);
    cr_expect_neq(access("out/run.json.part", F_OK), 0, "scratch files are removed");
    expect_gone("sleeper");
}

/* It takes a tenth of a second of CPU time before it is ready, and next to nothing then. */
Test(bench, what_a_server_prepares_is_no_request_s_cost)
{
    cr_expect_eq(suite_run_once("prepares", "good"), 0);
    const char *server = strstr(suite_results, "\"commands\": 1000");
    const char *cpu = server != NULL ? strstr(server, "\"cpu_us\": ") : NULL;
    cr_assert_not_null(cpu, "%s", suite_results);
    cr_expect_lt(atol(cpu + strlen("\"cpu_us\": ")), 40000, "%.40s", cpu);
    expect_gone("sleeper");
}

/* This client announces no window. Nothing of it is known then, and that is said. */
Test(bench, a_ledger_without_a_window)
{
    cr_expect_eq(suite_run_once("good", "good"), 0);
    suite_expect_in(suite_results,
                    "\"not_available\": \"the client did not announce its measured time\"");
    suite_expect_in(suite_results, "\"source\": \"wait4 of the server, whole run\"");
    suite_expect_in(suite_results, "\"counted\": [\n  {");
    suite_expect_in(suite_output, "not available: the client did not announce its measured time\n");
    expect_gone("sleeper");
}

Test(bench, counting_runs_can_be_left_out)
{
    cr_expect_eq(suite_run("--bin bin --workloads hold --no-counting"), 0);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"counted\": []");
    suite_expect_in(suite_output, "not available: no such run\n");
}

Test(bench, a_model_that_fails_is_not_counted)
{
    expect_trouble("dies", "hangs", "server died", "signal 11");
    suite_expect_in(suite_results, "\"counted\": []");
}

Test(bench, ctrl_c_while_counting)
{
    char text[32];
    setenv("FAKE_CLIENT", "hangs-later", 1);
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    pid_t pid = suite_start("--bin bin --workloads hold --models server_fork-model");
    int fd = open("fifo", O_RDONLY | O_CLOEXEC); /* waits for the client of the counting run */
    cr_assert_gt(read(fd, text, sizeof text - 1), 0);
    close(fd);
    kill(pid, SIGINT);
    cr_expect_eq(suite_await(pid), 130);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"complete\": true");
    suite_expect_in(suite_results, "\"ended\": \"interrupted\"");
    expect_gone("sleeper");
}

Test(bench, server_that_refuses_to_start)
{
    expect_trouble("refuses", "good", "server did not start", "fake: no luck today");
}

Test(bench, server_that_never_gets_ready)
{
    expect_trouble("silent", "good", "server did not start", "no ready line within 5 s");
}

Test(bench, server_that_says_something_else)
{
    expect_trouble("babbles", "good", "server did not start", "no ready line: hello port=1");
    expect_gone("sleeper");
}

Test(bench, server_with_an_impossible_port)
{
    expect_trouble("portless", "good", "server did not start", "no ready line: ready port=65536");
}

Test(bench, server_whose_line_does_not_end)
{
    expect_trouble("endless", "good", "server did not start", "its first line does not end");
}

Test(bench, server_that_dies_in_the_run)
{
    expect_trouble("dies", "hangs", "server died", "signal 11");
}

Test(bench, server_that_leaves_in_the_run)
{
    expect_trouble("leaves-early", "hangs", "server died", "exit status 0");
}

Test(bench, server_that_does_not_stop)
{
    expect_trouble("stuck", "good", "server did not stop", "within 10 s of SIGTERM");
}

Test(bench, server_that_stops_with_a_failure)
{
    expect_trouble("fails", "good", "server failed", "exit status 3");
}

Test(bench, server_that_forgets_its_counters)
{
    expect_trouble("mute", "good", "server failed", "no served line");
}

Test(bench, server_that_leaves_a_process)
{
    expect_trouble("litters", "good", "server left something behind", "1 process left behind");
    expect_gone("sleeper");
}

Test(bench, server_whose_port_stays_open)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(fd, 1), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    char port[8];
    snprintf(port, sizeof port, "%u", ntohs(address.sin_port));
    setenv("FAKE_PORT", port, 1);
    expect_trouble("good", "good", "server left something behind", "is still open");
    close(fd);
}

Test(bench, the_suite_goes_on_after_a_failure)
{
    setenv("FAKE_SERVER", "dies", 1);
    cr_expect_eq(suite_run("--bin bin --workloads hold,wait --blocks 2"), 1);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"server died\""), 12);
    suite_expect_in(suite_output, "server died in 2 of 2 runs");
}

/* ---- clients ---- */

Test(bench, client_that_fails)
{
    expect_trouble("good", "fails", "client failed", "fake: nobody there");
    expect_gone("sleeper");
}

Test(bench, client_that_crashes)
{
    expect_trouble("good", "crashes", "client failed", "signal 6");
}

Test(bench, client_that_is_missing)
{
    unlink("bin/client");
    expect_trouble("good", "good", "client failed", "cannot run bin/client");
}

Test(bench, client_that_never_ends)
{
    expect_trouble("good", "hangs", "client failed", "did not end within");
    expect_gone("sleeper");
}

Test(bench, client_with_a_broken_result)
{
    expect_trouble("good", "garbles", "result unreadable", "line 2:");
}

Test(bench, client_with_an_empty_result)
{
    expect_trouble("good", "empties", "result unreadable", "line 1:");
}

Test(bench, client_with_another_kind_of_result)
{
    expect_trouble("good", "lists", "result unreadable", "throughput_rps or verdict is missing");
}

Test(bench, client_whose_result_lacks_a_figure)
{
    expect_trouble("good", "omits", "result unreadable", "throughput_rps or verdict is missing");
}

Test(bench, client_without_a_result)
{
    expect_trouble("good", "silent", "result unreadable", "no result");
}

Test(bench, client_whose_verdict_is_not_valid)
{
    setenv("FAKE_VERDICT", "STARVED", 1);
    cr_expect_eq(suite_run_once("good", "good"), 0, "a verdict is no failure");
    suite_expect_in(suite_output, "STARVED in 1 of 1 runs: too few");
    suite_expect_in(suite_output, "! server_threads-model");
    cr_expect_null(strstr(suite_output, "990us"), "times that would mislead are not shown");
}

Test(bench, client_that_failed_and_says_why_in_its_result)
{
    setenv("FAKE_VERDICT", "FAILED", 1);
    expect_trouble("good", "doubts", "client failed", "too few; who knows");
}

Test(bench, a_verdict_of_errors_is_shown)
{
    setenv("FAKE_VERDICT", "ERRORS", 1);
    cr_expect_eq(suite_run_once("good", "good"), 0);
    suite_expect_in(suite_output, "ERRORS in 1 of 1 runs: too few");
    suite_expect_in(suite_output, "! server_threads-model");
    suite_expect_in(suite_results, "\"verdict\": \"ERRORS\"");
}

/* ---- the end of a suite ---- */

/* A stand-in for the program report, which wants to see results. */
static void write_reporter(void)
{
    suite_write_script("bin/report", "#!/bin/sh\n"
                                     "[ -e \"$1/results.json\" ] || exit 1\n"
                                     "echo '<html>' >\"$1/report.html\"\n");
}

static void expect_clean_interrupt(int signal_number)
{
    char text[32];
    write_reporter();
    setenv("FAKE_CLIENT", "hangs-later", 1);
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    pid_t pid = suite_start("--bin bin --workloads hold --report bin/report");
    int fd = open("fifo", O_RDONLY | O_CLOEXEC); /* waits for the client of the second run */
    ssize_t n = read(fd, text, sizeof text - 1);
    cr_assert_gt(n, 0);
    text[n] = '\0';
    close(fd);
    kill(pid, signal_number);
    cr_expect_eq(suite_await(pid), 130);
    cr_expect(kill((pid_t)atol(text), 0) != 0 && errno == ESRCH, "the client is still there");
    expect_gone("sleeper");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"complete\": false");
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 1);
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"interrupted\""), 1);
    suite_expect_in(suite_output, "INCOMPLETE");
    suite_expect_in(suite_output, "\nReport:  out/report.html\n");
    cr_expect_eq(access("out/report.html", F_OK), 0);
}

Test(bench, ctrl_c_keeps_what_was_measured)
{
    expect_clean_interrupt(SIGINT);
}

Test(bench, sigterm_keeps_what_was_measured)
{
    expect_clean_interrupt(SIGTERM);
}

Test(bench, a_report_is_made_where_it_is_wanted)
{
    write_reporter();
    cr_expect_eq(suite_run("--bin bin --models server_threads-model --workloads hold"), 0);
    cr_expect_neq(access("out/report.html", F_OK), 0);
    cr_expect_eq(suite_run("--bin bin --models server_threads-model --workloads hold --out again "
                           "--report bin/report"),
                 0);
    suite_expect_in(suite_output, "\nReport:  again/report.html\n");
    cr_expect_eq(access("again/report.html", F_OK), 0);
}

Test(bench, a_report_that_fails_is_told)
{
    suite_write_script("bin/report", "#!/bin/sh\necho 'report: no luck' >&2\nexit 1\n");
    cr_expect_eq(suite_run("--bin bin --models server_threads-model --workloads hold --report "
                           "bin/report"),
                 1);
    suite_expect_in(suite_output, "bench/run.sh: out/report.html: report: no luck\n");
    cr_expect_eq(access("out/results.json", F_OK), 0);
}

Test(bench, a_full_disk_is_said_and_the_table_shown)
{
    suite_file_bytes = 4000; /* enough for the client's result and for what is shown */
    cr_expect_eq(suite_run("--bin bin --workloads hold --blocks 3"), 1);
    suite_expect_in(suite_output, "cannot write out/results.json: File too large");
    suite_expect_in(suite_output, "1,000  1.00k-1.00k");
    cr_expect_neq(access("out/results.json", F_OK), 0, "no half of a file is left");
    cr_expect_neq(access("out/results.json.part", F_OK), 0, "under no name");
}

Test(bench, standard_output_that_is_full)
{
    setenv("FAKE_CLIENT", "good", 1);
    cr_expect_eq(suite_run("--bin bin --workloads hold >/dev/full"), 1);
    suite_expect_in(suite_output, "cannot show the results: No space left on device");
    cr_expect_eq(access("out/results.json", F_OK), 0);
}

/* ---- as many blocks as it takes ---- */

static const char two_models[] =
    "--bin bin --models server_iterative-model,server_threads-model --workloads hold --seed 3";

static void run_auto(const char *client, const char *options)
{
    char all[512];
    snprintf(all, sizeof all, "%s --blocks auto %s", two_models, options);
    suite_write_script("turn", "0\n");
    setenv("FAKE_CLIENT", client, 1);
    cr_expect_eq(suite_run(all), 0, "%s", suite_output);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"blocks_auto\": true");
}

Test(bench, a_pilot_suffices_where_nothing_varies)
{
    run_auto("good", "");
    suite_expect_in(suite_output, "Runs:    16 of 16, in up to 8 blocks");
    suite_expect_in(suite_output, "Wanted: 3 %, attained");
    suite_expect_in(suite_output, "no difference shown");
}

Test(bench, more_blocks_where_it_varies)
{
    run_auto("varies", "--half-width 4");
    suite_expect_in(suite_output, "Wanted: 4 %, attained");
    cr_expect_gt(suite_count_in(suite_results, "\"outcome\": \"measured\""), 16);
    suite_expect_in(suite_results, "\"half_width_wanted\": 0.04");
    suite_expect_in(suite_results, "\"complete\": true");
}

/* Two runs are planned with 0.39 s each: 8 blocks take 6.2 s. */
Test(bench, a_budget_that_is_too_short_for_the_pilot)
{
    run_auto("varies", "--half-width 0.1 --budget 1");
    suite_expect_in(suite_output, "Runs:    2 of 2, in up to 1 block,");
    suite_expect_in(suite_output, "95 % intervals: not known");
}

/* ---- wrong use ---- */

Test(bench, unknown_names_are_answered_with_the_known)
{
    expect_refusal("--bin bin --models nope", 2,
                   "no model nope; there are server_iterative-model, server_threads-model, ");
    expect_refusal("--bin bin --workloads nope", 2, "no workload nope; there are one-shot, ");
    cr_expect_neq(access("out", F_OK), 0, "nothing is made for a suite that does not run");
}

/* What bench/run.sh asks before it builds the servers. */
Test(bench, a_check_needs_no_server)
{
    cr_expect_eq(suite_run("--bin nowhere --check --workloads hold"), 0);
    cr_expect_str_empty(suite_output);
    expect_refusal("--bin nowhere --check --workloads nope", 2, "no workload nope; there are ");
    expect_refusal("--bin nowhere --check --client-cpus 99999", 2, "--client-cpus=99999: must be");
    expect_refusal("--bin nowhere --check --blocks 0", 2, "--blocks=0: must be auto or a whole");
    expect_refusal("--bin nowhere --check --budget 9", 2, "--budget: only with --blocks auto");
    expect_refusal("--bin nowhere --check --half-width 2", 2, "--half-width: only with --blocks");
    expect_refusal("--bin nowhere --check --blocks auto --half-width 1e1", 2, "--half-width=1e1: ");
    expect_refusal("--bin nowhere --check --blocks auto --half-width 0", 2, "--half-width=0: must");
    expect_refusal("--bin nowhere --check --blocks auto --quick", 2, "--quick: not with --blocks");
    expect_refusal("--bin nowhere --check --suite nope", 2, "--suite=nope: must be default, full");
    expect_refusal("--bin nowhere --check --suite full --quick", 2, "--quick: not with --suite=");
    expect_refusal("--bin nowhere --check --suite curves --blocks auto", 2,
                   "--blocks=auto: not with --suite=curves, which has no workloads");
    expect_refusal("--bin nowhere --check --suite curves --workloads hold", 2,
                   "--workloads: not with --suite=curves, which has no workloads");
    expect_refusal("--bin nowhere --check --suite curves --experiments rate,nope", 2,
                   "--experiments: the suite curves has no experiment nope; --list shows");
    expect_refusal("--bin nowhere --check --experiments rate", 2,
                   "--experiments: the suite default has no experiment rate; --list shows");
    expect_refusal("--bin nowhere --check --workloads crash --seconds 1729", 2,
                   "--seconds=1729: must be at most 1728 with the workload crash, whose course");
    cr_expect_eq(suite_run("--bin nowhere --check --workloads crash --seconds 1728"), 0);
    cr_expect_neq(access("out", F_OK), 0, "nothing is made");
}

Test(bench, wrong_lists_of_cpus)
{
    expect_refusal("--bin bin --server-cpus 0-", 2, "--server-cpus=0-: must be a list of the CPUs");
    expect_refusal("--bin bin --client-cpus 99999", 2, "--client-cpus=99999: must be a list");
}

Test(bench, a_missing_server_is_named)
{
    unlink("bin/server_fork");
    expect_refusal("--bin bin", 1, "cannot run bin/server_fork: No such file");
}

Test(bench, a_folder_that_cannot_be_written)
{
    expect_refusal("--bin bin --out bin/client/results", 1,
                   "cannot make bin/client/results: Not a directory");
    cr_assert_eq(mkdir("used", 0700), 0);
    suite_write_script("used/results.json", "{}");
    expect_refusal("--bin bin --out used", 1, "used/results.json is there already");
}

Test(bench, a_workload_of_ones_own)
{
    suite_write_script("mine.ini", "[workload]\nquestion = Mine?\n[request]\ncommand = PING\n");
    cr_expect_eq(suite_run("--bin bin --workloads ./mine.ini --models server_fork-model"), 0);
    suite_expect_in(suite_output, "mine  Mine?");
    suite_write_script("wrong.ini", "[load]\nconnections = many\n[request]\ncommand = PING\n");
    expect_refusal("--bin bin --workloads wrong.ini", 2, "wrong.ini:2: connections=many: ");
}

Test(bench, the_list_of_models_and_workloads)
{
    cr_expect_eq(suite_run("--bin bin --list"), 0);
    suite_expect_in(suite_output, "server_fork-model   of a test");
    suite_expect_in(suite_output, "  hold                What happens");
    cr_expect_null(strstr(suite_output, "Experiments:"));
    cr_expect_eq(suite_run("--bin bin --list --suite curves"), 0);
    suite_expect_in(suite_output, "Experiments:\n  rate                How long");
    cr_expect_null(strstr(suite_output, "Workloads:"));
    cr_expect_neq(access("out", F_OK), 0);
}

Test(bench, the_same_seed_gives_the_same_order)
{
    char first[sizeof suite_results];
    cr_assert_eq(suite_run("--bin bin --quick --seed 7 --out first"), 0);
    cr_assert_eq(suite_run("--bin bin --quick --seed 7 --out second"), 0);
    suite_read_file("first/results.json", first, sizeof first);
    suite_read_file("second/results.json", suite_results, sizeof suite_results);
    char *first_order = strstr(first, "\"order\""), *order = strstr(suite_results, "\"order\"");
    cr_assert(first_order != NULL && order != NULL);
    size_t length = (size_t)(strstr(order, "\"runs\"") - order);
    cr_expect_arr_eq(first_order, order, length);
}

/* ---- the real programs ---- */

Test(bench, the_real_programs)
{
    cr_expect_eq(suite_run("--seconds 0.5 --workloads one-shot,hold"), 0, "%s", suite_output);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""),
                 suite_count_in(suite_results, "\"client_seed\""), "%s", suite_output);
    cr_expect_geq(suite_count_in(suite_results, "\"client_seed\""), 6);
    suite_expect_in(suite_output, "  Ledger, a request:");
    suite_expect_in(suite_results, "\"syscalls_per_request\": {");
    /* What was not read in time on a busy machine is not known, but all windows were announced. */
    cr_expect_null(strstr(suite_results, "did not announce"));
}
