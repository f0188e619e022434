/* The set-ups of the suite: which CPUs server and client really get, and how that is labelled. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite_run.h"

/* Notes on which CPUs the two are, and for which port or seed. */
static const char client_script[] =
    "#!/bin/sh\n"
    "read -r calls <calls; calls=$((calls + 1)); echo $calls >calls\n"
    "[ \"$calls\" = \"$FAKE_HANG_AT\" ] && { echo $$ >fifo; exec sleep 300; }\n"
    "echo client $(grep Cpus_allowed_list /proc/self/status) >>cpus\n"
    "read -r server <sleeper\n"
    "echo server $(grep Cpus_allowed_list /proc/$server/status) >>cpus\n"
    "exec bin/load \"$@\"\n";

static char cpus[8192];

static void make_folder(void)
{
    suite_make_folder();
    suite_wrap_client(client_script);
    suite_write_script("calls", "0\n");
    cr_assert_eq(mkfifo("fifo", 0600), 0);
}

TestSuite(bench_cpus, .init = make_folder, .fini = suite_remove_folder, .timeout = 60);

/* The CPUs that are left by keep_cpus, as lists. */
static char first[16], second[16], all_cpus[40];

/* The first so many (1 or 2) of the allowed CPUs, from here on the only ones. Skips the test where
 * there are fewer. */
static void keep_cpus(size_t wanted)
{
    cpu_set_t allowed, kept;
    size_t numbers[2] = {0, 0}, found = 0;
    cr_assert_eq(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    CPU_ZERO(&kept);
    for (size_t cpu = 0; cpu < CPU_SETSIZE && found < wanted; cpu++)
        if (CPU_ISSET(cpu, &allowed)) {
            CPU_SET(cpu, &kept);
            numbers[found++] = cpu;
        }
    if (found < wanted)
        cr_skip_test("there are not that many CPUs");
    cr_assert_eq(sched_setaffinity(0, sizeof kept, &kept), 0);
    snprintf(first, sizeof first, "%zu", numbers[0]);
    snprintf(second, sizeof second, "%zu", numbers[1]);
    snprintf(all_cpus, sizeof all_cpus, "%s%s%s", first, numbers[1] == numbers[0] + 1 ? "-" : ",",
             second);
}

static void run(const char *options)
{
    char all[512];
    snprintf(all, sizeof all,
             "--bin bin --models server_threads-model --workloads hold --no-counting %s", options);
    cr_expect_eq(suite_run(all), 0, "%s", suite_output);
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    suite_read_file("cpus", cpus, sizeof cpus);
}

static void expect_cpus(const char *who, size_t times, const char *list)
{
    char line[128];
    snprintf(line, sizeof line, "%s Cpus_allowed_list: %s\n", who, list);
    cr_expect_eq(suite_count_in(cpus, line), times, "not %zu times %s in:\n%s", times, line, cpus);
}

Test(bench_cpus, apart)
{
    keep_cpus(2);
    run("--cpus apart");
    expect_cpus("server", 1, first);
    expect_cpus("client", 1, second);
    suite_expect_in(suite_output, "(pinned apart)\n");
    suite_expect_in(suite_output,
                    "The server had a single CPU: threads and processes took turns on it");
    suite_expect_in(suite_results, "\"cpus\": \"pinned apart\"");
}

Test(bench_cpus, shared)
{
    keep_cpus(2);
    run("--cpus shared");
    expect_cpus("server", 1, all_cpus);
    expect_cpus("client", 1, all_cpus);
    suite_expect_in(suite_output, "(shared)\n");
    suite_expect_in(suite_output, "Server and client shared CPUs: ");
    cr_expect_null(strstr(suite_output, "single CPU"));
    suite_expect_in(suite_results, "\"cpus\": \"shared\"");
}

Test(bench_cpus, both_in_every_block)
{
    keep_cpus(2);
    run("--cpus both --blocks 3");
    expect_cpus("server", 3, first);
    expect_cpus("client", 3, second);
    expect_cpus("server", 3, all_cpus);
    suite_expect_in(suite_output, "\nhold (apart)  What");
    suite_expect_in(suite_output, "      CPUs: server and client pinned apart\n");
    suite_expect_in(suite_output, "\nhold (shared)  What");
    suite_expect_in(suite_output, "      CPUs: server and client share all of them\n");
    suite_expect_in(suite_output, "Apart: the server had a single CPU");
    suite_expect_in(suite_output, "Shared: server and client shared CPUs");
    for (int block = 0; block < 3; block++) {
        char run_text[128];
        snprintf(run_text, sizeof run_text, "   %d,\n   \"server_threads-model\",\n", block);
        cr_expect_eq(suite_count_in(suite_results, run_text), 2, "each block has both set-ups");
    }
}

/* It stays what it was when it is gone on with. */
Test(bench_cpus, both_after_a_ctrl_c)
{
    char text[32];
    keep_cpus(2);
    setenv("FAKE_HANG_AT", "4", 1);
    pid_t pid = suite_start("--bin bin --models server_threads-model --workloads hold "
                            "--no-counting --cpus both --blocks 3");
    int fd = open("fifo", O_RDONLY | O_CLOEXEC);
    cr_assert(fd >= 0 && read(fd, text, sizeof text) > 0);
    close(fd);
    kill(pid, SIGINT);
    cr_expect_eq(suite_await(pid), 130, "%s", suite_output);
    unsetenv("FAKE_HANG_AT");
    cr_expect_eq(suite_resume("out", ""), 0, "%s", suite_output);
    suite_expect_in(suite_output, "Runs:    6 of 6, in 3 blocks");
    suite_read_file("cpus", cpus, sizeof cpus);
    expect_cpus("server", 3, first);
    expect_cpus("client", 3, second);
}

static void expect_refusal(const char *options, const char *message)
{
    cr_expect_eq(suite_run(options), 2, "%s", options);
    suite_expect_in(suite_output, message);
    const char *end = strchr(suite_output, '\n');
    cr_expect(end != NULL && end[1] == '\0', "not one line:\n%s", suite_output);
}

Test(bench_cpus, wrong_use)
{
    expect_refusal("--bin bin --cpus nope", "--cpus=nope: must be apart, shared or both\n");
    expect_refusal("--bin bin --cpus apart --server-cpus 0", "--server-cpus: not with --cpus\n");
    expect_refusal("--bin bin --cpus shared --client-cpus 0", "--client-cpus: not with --cpus\n");
    expect_refusal("--bin bin --cpus both --suite full", "--cpus=both: not with --suite=full\n");
    keep_cpus(1);
    expect_refusal("--bin bin --cpus apart", "--cpus=apart: needs two CPUs, and only one is ");
    expect_refusal("--bin bin --cpus both", "--cpus=both: needs two CPUs, and only one is ");
}
