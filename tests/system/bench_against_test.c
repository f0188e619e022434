/* The suite beside servers that are no models: stand-ins for redis-server and for a server that
 * runs already, and at the end the real ones. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server.h"
#include "suite_run.h"

/* It stays until it is told to end, as redis-server does, and notes how it was started. */
static const char redis_script[] = "#!/bin/sh\n"
                                   "[ \"$1\" = --version ] && { echo 'Redis server v=0'; exit; }\n"
                                   "echo \"$*\" >redis-words\n"
                                   "echo $$ >>redis-pids\n"
                                   "sleep 300 & sleeper=$!\n"
                                   "trap 'kill $sleeper; wait $sleeper; exit 0' TERM\n"
                                   "echo '* Server initialized'\n"
                                   "echo '* Ready to accept connections'\n"
                                   "wait $sleeper\n";

/* Answers questions itself, and leaves loads to the stand-in of all tests of the suite. */
static const char client_script[] =
    "#!/bin/sh\n"
    "case \" $* \" in\n"
    "*' --once '*\" $FAKE_HANG_ON \"*) echo $$ >fifo; exec sleep 300 ;;\n"
    "*' --once '*' PING '*) [ -z \"$FAKE_PING\" ] || { echo \"$FAKE_PING\"; exit 1; } ;;\n"
    "*' --once '*' SLEEP '*) echo \"(error) ERR unknown command 'SLEEP', with args\"; exit 1 ;;\n"
    "*' --once '*' INFO '*) echo total_commands_processed:2000; exit ;;\n"
    "*' --once '*) ;;\n"
    "*) echo \"$*\" >>loads\n"
    "[ \"$(wc -l <loads)\" = \"$FAKE_HANG_AT\" ] && { echo $$ >fifo; exec sleep 300; }\n"
    "exec bin/load \"$@\" ;;\n"
    "esac\n"
    "echo PONG\n";

static void make_stand_ins(void)
{
    char path[4096];
    suite_make_folder();
    suite_wrap_client(client_script);
    suite_write_script("bin/redis-server", redis_script);
    snprintf(path, sizeof path, "bin:%s", getenv("PATH"));
    setenv("PATH", path, 1);
}

TestSuite(bench_against, .init = make_stand_ins, .fini = suite_remove_folder, .timeout = 90);

static void run(const char *options, int status)
{
    char all[512];
    snprintf(all, sizeof all, "--bin bin --models server_threads-model --no-counting %s", options);
    cr_expect_eq(suite_run(all), status, "%s", suite_output);
}

static void run_and_read(const char *options)
{
    run(options, 0);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
}

static void expect_refusal(const char *options, int status, const char *message)
{
    run(options, status);
    suite_expect_in(suite_output, message);
    const char *end = strchr(suite_output, '\n');
    cr_expect(end != NULL && end[1] == '\0', "not one line:\n%s", suite_output);
    cr_expect_neq(access("out", F_OK), 0, "nothing is made for a suite that does not run");
}

/* ---- redis ---- */

Test(bench_against, redis_is_a_row)
{
    run_and_read("--workloads hold --against redis --blocks 3");
    suite_expect_in(suite_output, "Models: 1, references: 1, workloads: 1, blocks: 3; 6 runs");
    suite_expect_in(suite_output, "  For reference, no models:\n  redis                   1,000");
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 6);
    cr_expect_eq(suite_count_in(suite_results, "\"reference\": true"), 1);
    suite_expect_in(suite_results, "\"commands\": 2000");
    suite_expect_in(suite_results, "\"complete\": true");
}

Test(bench_against, redis_keeps_nothing_and_ends_after_each_run)
{
    char text[512];
    run_and_read("--workloads hold --against redis --blocks 3");
    suite_read_file("redis-words", text, sizeof text);
    suite_expect_in(text, "--bind 127.0.0.1 --protected-mode no --save  --appendonly no ");
    FILE *pids = fopen("redis-pids", "re");
    cr_assert_not_null(pids);
    int starts = 0;
    for (long pid; fscanf(pids, "%ld", &pid) == 1; starts++)
        cr_expect(kill((pid_t)pid, 0) != 0 && errno == ESRCH, "%ld is still there", pid);
    fclose(pids);
    cr_expect_eq(starts, 1 + 3, "once to be asked, then once for each run");
}

Test(bench_against, a_workload_with_an_unknown_command_is_left_out)
{
    run_and_read("--workloads hold,wait --against redis --blocks 2");
    suite_expect_in(suite_output, "  redis              not available: unknown command SLEEP\n");
    suite_expect_in(suite_results, "\"why\": \"unknown command SLEEP\"");
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 2 * 3);
    cr_expect_null(strstr(suite_output, "ERRORS"));
    cr_expect_null(strstr(suite_output, "not run"));
    suite_expect_in(suite_results, "\"complete\": true");
    char csv[8192];
    suite_read_file("out/summary.csv", csv, sizeof csv);
    suite_expect_in(csv, "\"not available: unknown command SLEEP\"\n");
}

Test(bench_against, redis_that_does_not_start)
{
    unlink("bin/redis-server");
    suite_write_script("bin/redis-server",
                       "#!/bin/sh\n[ \"$1\" = --version ] || { echo 'no luck' >&2; exit 1; }\n");
    expect_refusal("--workloads hold --against redis", 1,
                   "bench/run.sh: --against=redis: redis-server: no luck\n");
}

/* It says why on standard output, behind a date. */
static const char taken_words[] =
    "W=': Address already in use'\n"
    "echo \"1:M 1 Jan 2031 09:30 # Warning: could not listen on 127.0.0.1:1$W\"\n"
    "echo '1:M 1 Jan 2031 09:30 # Failed listening on port 1 (TCP), aborting.'\nexit 1\n";

/* In every try for which the condition holds. */
static void write_redis_of_a_taken_port(const char *condition)
{
    char text[2048];
    snprintf(text, sizeof text,
             "#!/bin/sh\n[ \"$1\" = --version ] && exit\necho >>tries\nif %s; then\n%sfi\n%s",
             condition, taken_words, redis_script + strlen("#!/bin/sh\n"));
    unlink("bin/redis-server");
    suite_write_script("bin/redis-server", text);
}

Test(bench_against, redis_whose_port_was_taken_gets_another)
{
    char text[64];
    write_redis_of_a_taken_port("[ $(($(wc -l <tries) % 2)) = 1 ]");
    run_and_read("--workloads hold --against redis --blocks 2");
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 4);
    suite_read_file("tries", text, sizeof text);
    cr_expect_eq(strlen(text), 2 * (1 + 2), "each time a second one");
}

Test(bench_against, redis_that_gets_no_port)
{
    char text[64];
    write_redis_of_a_taken_port("true");
    expect_refusal("--workloads hold --against redis", 1,
                   "--against=redis: redis-server: Failed listening on port 1 (TCP), aborting.\n");
    suite_read_file("tries", text, sizeof text);
    cr_expect_eq(strlen(text), 3);
}

Test(bench_against, redis_that_is_not_installed)
{
    setenv("PATH", "/nonexistent", 1);
    expect_refusal("--workloads hold --against redis", 1,
                   "bench/run.sh: --against=redis: redis-server is not installed\n");
}

/* What it was asked is asked again, and the plan is still without what it does not know. */
Test(bench_against, redis_after_a_ctrl_c)
{
    char text[32];
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    setenv("FAKE_HANG_AT", "4", 1);
    pid_t pid = suite_start("--bin bin --models server_threads-model --no-counting --blocks 2 "
                            "--workloads hold,wait --against redis");
    int fd = open("fifo", O_RDONLY | O_CLOEXEC);
    cr_assert(fd >= 0 && read(fd, text, sizeof text) > 0);
    close(fd);
    kill(pid, SIGINT);
    cr_assert_eq(suite_await(pid), 130, "%s", suite_output);
    unsetenv("FAKE_HANG_AT");
    cr_expect_eq(suite_resume("out", ""), 0, "%s", suite_output);
    suite_expect_in(suite_output, "Going on with out: 3 of 6 runs");
    suite_expect_in(suite_output, "  For reference, no models:\n  redis                   1,000");
    suite_expect_in(suite_output, "  redis              not available: unknown command SLEEP\n");
}

/* What was being asked then is not known, and nothing may be kept of it. */
static void expect_interrupted(const char *question)
{
    char text[32];
    setenv("FAKE_HANG_ON", question, 1);
    pid_t pid = suite_start("--bin bin --models server_threads-model --no-counting "
                            "--workloads hold,wait --against redis");
    int fd = open("fifo", O_RDONLY | O_CLOEXEC);
    cr_assert(fd >= 0 && read(fd, text, sizeof text) > 0);
    close(fd);
    kill(pid, SIGINT);
    cr_expect_eq(suite_await(pid), 130, "%s", suite_output);
    cr_expect_str_eq(suite_output, "bench/run.sh: interrupted before the first run\n");
    cr_expect_neq(access("out", F_OK), 0, "nothing is made for a suite that does not run");
    cr_expect(kill((pid_t)atol(text), 0) != 0 && errno == ESRCH, "the client is still there");
}

Test(bench_against, a_ctrl_c_while_it_is_asked)
{
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    expect_interrupted("PING");
    expect_interrupted("SLEEP");
    FILE *pids = fopen("redis-pids", "re");
    cr_assert_not_null(pids);
    for (long pid; fscanf(pids, "%ld", &pid) == 1;)
        cr_expect(kill((pid_t)pid, 0) != 0 && errno == ESRCH, "%ld is still there", pid);
    fclose(pids);
}

/* ---- a server that runs already ---- */

Test(bench_against, an_address_is_a_row)
{
    char text[4096];
    run_and_read("--workloads hold --against 127.0.0.1:4711 --against 192.0.2.7:4712");
    suite_expect_in(suite_output, "  127.0.0.1:4711          1,000");
    suite_expect_in(suite_output, "  192.0.2.7:4712          1,000");
    suite_expect_in(suite_results,
                    "\"not_available\": \"the server is not one that the suite started\"");
    suite_read_file("loads", text, sizeof text);
    suite_expect_in(text, "--host 127.0.0.1 --port=4711 ");
    suite_expect_in(text, "--host 192.0.2.7 --port=4712 ");
    cr_expect_eq(suite_count_in(text, "--source="), 2, "no loopback address to another host: %s",
                 text);
}

Test(bench_against, an_address_where_nobody_answers)
{
    setenv("FAKE_PING", "(error) NOAUTH Authentication required.", 1);
    expect_refusal("--workloads hold --against 127.0.0.1:1", 1,
                   "--against=127.0.0.1:1: answers a PING with: NOAUTH Authentication required.\n");
    unlink("bin/client");
    suite_write_script("bin/client", "#!/bin/sh\necho 'fake: nobody there' >&2; exit 1\n");
    expect_refusal("--workloads hold --against 127.0.0.1:1", 1,
                   "--against=127.0.0.1:1: no reply to a PING: fake: nobody there\n");
}

/* It is not ours to be crashed, stopped or filled with clients. (Companions find nobody at the port
 * of a stand-in, which fails the runs of the model.) */
Test(bench_against, an_address_meets_no_companions)
{
    run("--workloads hold,crowd,crash --against 127.0.0.1:4711", 1);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    cr_expect_eq(suite_count_in(suite_results, "\"client_seed\""), 3 + 1);
    suite_expect_in(suite_results, "\"why\": \"companions are for servers that the suite starts\"");
    suite_expect_in(suite_results, "\"why\": \"it has no options of our servers\"");
}

/* ---- wrong use ---- */

Test(bench_against, wrong_values)
{
    expect_refusal("--against redis:", 2, "--against=redis:: must be redis or HOST:PORT\n");
    expect_refusal("--against nosuch", 2, "--against=nosuch: must be redis or HOST:PORT\n");
    expect_refusal("--against redis --against redis", 2, "--against=redis: is given twice\n");
    expect_refusal("--against redis --suite curves", 2, "--against: not with --suite=curves\n");
    expect_refusal("--against nosuch.invalid:1", 1, "--against=nosuch.invalid:1: ");
}

/* ---- the real programs ---- */

Test(bench_against, the_real_programs)
{
    char *path = getenv("PATH");
    setenv("PATH", strchr(path, ':') + 1, 1); /* without the stand-ins */
    if (!program_exists("redis-server"))
        cr_skip_test("redis-server is not installed");
    char options[256];
    size_t count;
    struct server_model *models = server_models(&count);
    struct server other;
    server_start(&other, &models[0], NULL);
    snprintf(options, sizeof options,
             "--workloads one-shot,array --models thread-pool --no-counting --seconds 0.8 "
             "--against redis --against 127.0.0.1:%u",
             (unsigned)other.port);
    cr_expect_eq(suite_run(options), 0, "%s", suite_output);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    cr_expect_eq(suite_count_in(suite_results, "\"outcome\": \"measured\""), 5, "%s", suite_output);
    suite_expect_in(suite_output, "  redis              not available: unknown command SUM\n");
    suite_expect_in(suite_results, "\"server\": \"redis-server\"");
    cr_expect_eq(suite_count_in(suite_results, "\"error_reply\": 0,"),
                 suite_count_in(suite_results, "\"error_reply\": "), "nobody is refused");
    free(server_stop(&other, SIGTERM)); /* which was neither stopped nor harmed */
    free(models);
}
