/* The suite driver with experiments instead of workloads: with programs that are scripts, and at
 * the end with the real ones. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite_run.h"

TestSuite(curves, .init = suite_make_folder, .fini = suite_remove_folder, .timeout = 90);

/* Closed loops get 1500 requests a second; up to 1400 offered ones p99 is 1 ms. Keeps the rates in
 * a file; in run $INTERRUPT_AT it interrupts the suite, and waits for its end. With $LATE it was
 * late by 1 ms, and nothing else. */
static const char capable_client[] =
    "#!/bin/sh\n"
    "for word; do\n"
    "    case $word in --json=*) json=${word#--json=} ;; esac\n"
    "    [ \"$last\" = -r ] && rate=${word%.*}\n"
    "    last=$word\n"
    "done\n"
    "echo ${rate:-closed} >>rates\n"
    "if [ \"$(grep -c . rates)\" = \"$INTERRUPT_AT\" ]; then\n"
    "    kill -INT $PPID\n"
    "    exec sleep 60\n"
    "fi\n"
    "[ ${rate:-1500} -gt 1400 ] && p99=99000\n"
    "verdict=VALID pass=true\n"
    "[ \"$LATE\" ] && verdict=GENERATOR-LIMITED pass=false\n"
    "cat >\"$json\" <<EOF\n"
    "{\"verdict\": \"$verdict\", \"throughput_rps\": ${rate:-1500},\n"
    " \"checks\": [{\"name\": \"generator_lag_p99_us\", \"pass\": $pass}],\n"
    " \"counts\": {\"planned\": 10, \"ok\": 10},\n"
    " \"latency_us\": {\"response\": {\"p95\": ${p99:-1000}, \"p99\": ${p99:-1000}},\n"
    "                \"generator_lag\": {\"max\": 1000}}}\n"
    "EOF\n";

static const char capacity[] = "--bin bin --suite curves --experiments capacity --models "
                               "server_threads-model ";

static void make_capable(void)
{
    cr_assert_eq(unlink("bin/client"), 0);
    suite_write_script("bin/client", capable_client);
}

/* From below: 1080, 1350, 1687; then 1509, 1427, 1388. From above: 1680, 1344; then 1502, 1421,
 * 1382. Each twice, but the first of each that is hopeless: 20 runs beside the closed loop. */
Test(curves, the_capacity_of_a_server)
{
    make_capable();
    cr_expect_eq(suite_run(capacity), 0, "%s", suite_output);
    suite_expect_in(suite_output, "1,382 - 1,427    1,388 - 1,427    1,382 - 1,421");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"kind\": \"capacity\"");
    suite_expect_in(suite_results, "\"closed_loop_rps\": 1500");
    suite_expect_in(suite_results, "\"limit_us\": 20000");
    suite_expect_in(suite_results, "\"objection\": null");
    suite_read_file("out/summary.txt", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "1,382 - 1,427");
    suite_expect_in(suite_results, "    20   5/5 0/5\n");
    suite_read_file("rates", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\n1382\n1382\n1382\n1427\n1382\n1427\n1382\n1427\n1382\n1427\n"
                                   "1382\n1427\n");
}

/* What it was late is in the times, and changes nothing. */
Test(curves, the_capacity_of_a_server_whose_client_is_late)
{
    make_capable();
    setenv("LATE", "1", 1);
    cr_expect_eq(suite_run(capacity), 0, "%s", suite_output);
    suite_expect_in(suite_output, "1,382 - 1,427    1,388 - 1,427    1,382 - 1,421");
    suite_expect_in(suite_output, "  In 32 of 32 runs the client was late, and they tell all the");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"late_runs\": 32");
    suite_expect_in(suite_results, "\"failed_checks\": [\n        \"generator_lag_p99_us\"\n");
    suite_expect_in(suite_results, "\"turn\": 32,");
}

/* In the third run that confirms: the answer is there, and how far they had come. */
Test(curves, ctrl_c_while_a_capacity_is_confirmed)
{
    make_capable();
    setenv("INTERRUPT_AT", "24", 1);
    cr_expect_eq(suite_run(capacity), 130, "%s", suite_output);
    suite_expect_in(suite_output, "1,382 - 1,427    1,388 - 1,427    1,382 - 1,421");
    suite_expect_in(suite_output, "    20   1/1 0/1\n    (ended early): an answer, but");
    cr_expect_null(strstr(suite_output, "no answer"), "%s", suite_output);
}

/* Of a suite without workloads nothing is said about them. */
Test(curves, experiments_alone)
{
    cr_expect_eq(suite_run("--bin bin --suite curves --experiments clients"), 0);
    suite_expect_in(suite_output, "Models: 3; suite curves, about ");
    suite_expect_in(suite_output, "clients  What do more clients");
    suite_expect_in(suite_output, "  server_fork-model         1.00k     1.00k");
    cr_expect_null(strstr(suite_output, "Runs:"));
    cr_expect_null(strstr(suite_output, "vs iterative"));
    cr_expect_null(strstr(suite_output, "INCOMPLETE"));
    suite_read_file("out/points.csv", suite_results, sizeof suite_results);
    cr_expect_eq(suite_count_in(suite_results, "\n"), 1 + 3 * 5, "%s", suite_results);
    suite_expect_in(suite_results, "experiment,label,model,x,y,runs,valid,late,verdict,rps,");
    suite_expect_in(
        suite_results,
        "\n\"clients\",\"server_fork-model\",\"server_fork-model\",100,,1,1,0,\"VALID\","
        "1000,,,50,990,");
    suite_expect_in(suite_results, ",\"\",\"-c 100 -k 1 SPIN 200\"\n");
    cr_expect_neq(access("out/claims.csv", F_OK), 0, "there are no claims");
}

Test(curves, an_experiment_whose_server_dies)
{
    setenv("FAKE_SERVER", "dies", 1);
    cr_expect_eq(suite_run("--bin bin --suite curves --experiments clients"), 1);
    suite_expect_in(suite_output,
                    "! server died, 15 of 15 points, as server_iterative-model at 1: ");
    cr_expect_eq(suite_run("--bin bin --suite curves --experiments capacity --out other"), 1);
    suite_expect_in(suite_output, "not known");
}

Test(curves, ctrl_c_in_an_experiment)
{
    char text[32];
    setenv("FAKE_CLIENT", "hangs-later", 1);
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    pid_t pid = suite_start(capacity);
    int fd = open("fifo", O_RDONLY | O_CLOEXEC); /* waits for the client of the second run */
    cr_assert_gt(read(fd, text, sizeof text - 1), 0);
    close(fd);
    kill(pid, SIGINT);
    cr_expect_eq(suite_await(pid), 130);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"complete\": false");
    suite_expect_in(suite_results, "\"verdict\": \"interrupted\"");
    suite_expect_in(suite_output, "INCOMPLETE");
    suite_read_file("sleeper", text, sizeof text);
    cr_expect(kill((pid_t)atol(text), 0) != 0 && errno == ESRCH, "a process is still there");
}

/* All are as fast as the others, so nobody wins. */
Test(curves, a_map_without_differences)
{
    cr_expect_eq(suite_run("--bin bin --suite map --experiments map-waiting --models "
                           "server_threads-model,server_fork-model"),
                 0, "%s", suite_output);
    suite_expect_in(suite_output, "          PING           A=B           A=B");
    suite_expect_in(suite_output,
                    "in 25 no winner is named. No two models were shown to change places.");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"kind\": \"map\"");
    suite_expect_in(suite_results, "\"winner\": null");
    suite_expect_in(suite_results,
                    "\"text\": \"no difference shown between server_threads-model and "
                    "server_fork-model\"");
}

/* What can be more than was measured is not ranked, by nothing. */
Test(curves, a_map_where_the_client_was_the_limit)
{
    setenv("FAKE_VERDICT", "GENERATOR-LIMITED", 1);
    cr_expect_eq(suite_run("--bin bin --suite map --experiments map-waiting --models "
                           "server_threads-model"),
                 0, "%s", suite_output);
    suite_expect_in(suite_output, "          PING  client limit  client limit");
    suite_expect_in(suite_output, "in 25 of them because the client was the limit with");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"winner\": null");
    suite_expect_in(suite_results, "\"client_was_the_limit\": true");
}

/* Models that the claims are not about leave them undecided. */
Test(curves, claims_without_their_models)
{
    cr_expect_eq(suite_run("--bin bin --suite literature --models server_threads-model"), 0, "%s",
                 suite_output);
    suite_expect_in(suite_output, "\n 8.  The response times of a closed loop lie");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"kind\": \"claims\"");
    suite_expect_in(suite_results,
                    "\"client\": \"-c 3000 -k 1 -r 1750 --timeout=2s --close=rst SPIN 300\"");
    size_t open = 0;
    for (const char *at = suite_results; (at = strstr(at, "\"verdict\": \"not decided\"")) != NULL;
         at++)
        open++;
    cr_expect_eq(open, 8);
    suite_read_file("out/claims.csv", suite_results, sizeof suite_results);
    cr_expect_eq(suite_count_in(suite_results, "\n"), 1 + 8, "%s", suite_results);
    cr_expect_eq(suite_count_in(suite_results, ",\"not decided\",\""), 8);
    suite_expect_in(suite_results, "\n8,\"");
}

/* What is none of the points' runs and could not be done is in the summary and the exit status. The
 * server, of a name that the claims are about, has no port to be idle at. */
Test(curves, claims_whose_figures_cannot_be_made)
{
    cr_assert_eq(rename("bin/server_threads", "bin/plain"), 0);
    suite_write_script("bin/server_threads",
                       "#!/bin/sh\n"
                       "[ \"$1\" != --list-models ] && exec bin/plain \"$@\"\n"
                       "printf 'thread-per-client\\tof a test\\n'\n");
    cr_expect_eq(suite_run("--bin bin --suite literature --models thread-per-client"), 1, "%s",
                 suite_output);
    suite_expect_in(suite_output, "! could not be done: memory of thread-per-client: ");
    suite_read_file("out/summary.txt", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "! could not be done: memory of thread-per-client: ");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"failed\": [\n    \"memory of thread-per-client: ");
}

/* The figures of so short runs are none, but the law, its rates and a comparison are there. Another
 * program's burst may spoil a run. */
Test(curves, theory_beside_the_real_programs)
{
    enum { TRIES = 3 };
    static const char options[] =
        "--suite curves --experiments waiting-evenly,stack --models one-at-a-time";
    int status = suite_run(options);
    for (int i = 1; i < TRIES && status != 0; i++) {
        cr_assert_eq(unlink("out/results.json"), 0);
        status = suite_run(options);
    }
    cr_assert_eq(status, 0, "%s", suite_output);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_expect_in(suite_results, "\"name\": \"waiting-evenly\"");
    suite_expect_in(suite_results, "\"theory\": [\n    {\n     \"label\": \"one-at-a-time\"");
    suite_expect_in(suite_results, "\"law\": \"in turn, M/D/1\"");
    suite_expect_in(suite_output, "theory beside it");
    suite_expect_in(suite_output, "  one-at-a-time: ");
    cr_expect_null(strstr(suite_results, "\"name\": \"stack\""), "no model makes threads");
}
