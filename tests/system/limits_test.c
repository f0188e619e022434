/* The program behind bench/limits.sh: with stand-ins of known speed, and in short with what it is
 * for. How fast anything is does not matter here. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "server.h"

/* ---- stand-ins ---- */

/* The port a server claims tells the client which of the two it loads. */
static const char server_script[] =
    "#!/bin/sh\n"
    "case ${0##*/} in server_threads) model=thread-per-client ;; *) model=${0##*/} ;; esac\n"
    "[ \"$1\" = --list-models ] && { printf '%s\\tof a test\\n' $model; exit; }\n"
    "case $FAKE_SERVER in\n"
    "refuses) echo 'server: no luck today' >&2; exit 1 ;;\n"
    "knows-no-option) echo 'server: no such option' >&2; exit 2 ;;\n"
    "fails) trap 'exit 3' TERM; echo 'ready port=1'; while :; do sleep 0.01; done ;;\n"
    "leaves) echo 'ready port=1'; exit 0 ;;\n"
    "esac\n"
    "echo 'ready port=1'; exec sleep 300\n";

static const char bare_script[] = "#!/bin/sh\necho 'ready port=2'; exec sleep 300\n";

static const char client_script[] =
    "#!/bin/sh\n"
    "rate=1000\n"
    "for argument; do case $argument in\n"
    "--json=*) json=${argument#--json=} ;;\n"
    "--port=1) rate=$FAKE_RATE ;;\n"
    "--once) [ \"$FAKE_CLIENT\" = refused ] && { echo '(error) ERR no'; exit 1; }; exit 0 ;;\n"
    "esac; done\n"
    "[ \"$FAKE_CLIENT\" = fails ] && { echo 'client: nobody there' >&2; exit 1; }\n"
    "[ \"$FAKE_CLIENT\" = garbles ] && { echo '{' >\"$json\"; exit; }\n"
    "echo \"{\\\"throughput_rps\\\": $rate, \\\"verdict\\\": \\\"${FAKE_VERDICT:-VALID}\\\"}\" "
    ">\"$json\"\n";

static char folder[32];

static void write_script(const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void make_stand_ins(void)
{
    strcpy(folder, "/tmp/limits_test.XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    write_script("server_iterative", server_script);
    write_script("server_threads", server_script);
    write_script("server_fork", server_script);
    write_script("bare_server", bare_script);
    write_script("client", client_script);
    setenv("TMPDIR", folder, 1);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info, (void)type, (void)at;
    return remove(path);
}

static void remove_stand_ins(void)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(limits, .timeout = 120);
TestSuite(limits_of_stand_ins, .init = make_stand_ins, .fini = remove_stand_ins, .timeout = 60);

/* One row once with the stand-ins, whose server has this rate: what comes out must have all parts
 * of `wanted`, which ends with NULL. */
static void expect_row(const char *rate, int status, const char *const wanted[])
{
    setenv("FAKE_RATE", rate, 1);
    struct outcome o = process_run((const char *[]){LIMITS_FILE, "--bin", folder, "--rounds=2",
                                                    "--seconds=0.1", "--only=kept-threads", NULL});
    cr_expect(o.status == status, "exit status %d, not %d:\n%s%s", o.status, status, o.out, o.err);
    for (size_t i = 0; wanted[i] != NULL; i++)
        cr_expect(strstr(o.out, wanted[i]) != NULL, "\"%s\" is missing in:\n%s", wanted[i], o.out);
    outcome_free(&o);
}

Test(limits_of_stand_ins, met)
{
    expect_row("900", 0, (const char *[]){"0.900  0.90-0.90      >= 0.90    met\n", NULL});
}

Test(limits_of_stand_ins, missed)
{
    expect_row("899", 1, (const char *[]){"0.899  0.90-0.90      >= 0.90    MISSED\n", NULL});
}

Test(limits_of_stand_ins, client_was_the_bottleneck)
{
    setenv("FAKE_VERDICT", "GENERATOR-LIMITED", 1);
    expect_row("950", 0, (const char *[]){"0.950! ", "\n! In some of these runs the client", NULL});
}

/* What is not there is no fault; what is there and does not work is one. */
Test(limits_of_stand_ins, left_out)
{
    setenv("FAKE_SERVER", "knows-no-option", 1);
    expect_row("950", 0, (const char *[]){"left out: server: no such option\n", NULL});
    setenv("FAKE_SERVER", "", 1);
    setenv("FAKE_CLIENT", "refused", 1);
    expect_row("950", 0, (const char *[]){"left out: PING is not answered: (error) ERR no", NULL});
}

Test(limits_of_stand_ins, failed)
{
    static const char *const cases[][3] = {
        {"refuses", "", "thread-per-client: server: no luck today\n"},
        {"fails", "", "thread-per-client: the server did not end in order: exit status 3\n"},
        {"leaves", "", "thread-per-client: "}, /* ended by itself, or under load */
        {"", "fails", ": the client failed: client: nobody there\n"},
        {"", "garbles", ": the client's result cannot be read\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setenv("FAKE_SERVER", cases[i][0], 1);
        setenv("FAKE_CLIENT", cases[i][1], 1);
        expect_row("950", 1,
                   (const char *[]){"kept-threads, round 1: ", "kept-threads, round 2: ",
                                    cases[i][2], "not measured\n", NULL});
    }
}

Test(limits_of_stand_ins, nothing_is_left)
{
    expect_row("950", 0, (const char *[]){"met\n", NULL});
    char command[64];
    snprintf(command, sizeof command, "ls -d %s/limits.*", folder);
    struct outcome o = process_run((const char *[]){"sh", "-c", command, NULL});
    cr_expect_str_eq(o.out, "");
    outcome_free(&o);
}

/* Ctrl-C ends it in order, whenever it comes. */
Test(limits_of_stand_ins, interrupted)
{
    struct process p;
    setenv("FAKE_RATE", "950", 1);
    process_start(&p, (const char *[]){LIMITS_FILE, "--bin", folder, "--rounds=1000",
                                       "--seconds=0.1", "--only=kept-threads", NULL});
    free(process_line(&p));
    process_await_error(&p, "round 2 of 1000\n");
    process_signal(&p, SIGINT);
    cr_expect_eq(process_exit_status(process_wait(&p)), 130);
    cr_expect(strstr(p.text, "\nINCOMPLETE: ended early.\n") != NULL, "%s", p.text);
    process_free(&p);
}

/* ---- the command line ---- */

Test(limits, wrong_use)
{
    static const char *const wrong[][2] = {
        {"--nosuch", "bench/limits.sh: --nosuch: no such option; --help lists them\n"},
        {"--only=nosuch", "bench/limits.sh: --only=nosuch: no such row; --list shows them\n"},
        {"--only=kept-", "bench/limits.sh: --only=kept-: no such row; --list shows them\n"},
        {"--only=kept,", "bench/limits.sh: --only: a name is empty\n"},
        {"--rounds=0", "bench/limits.sh: --rounds=0: must be a whole number from 1 to 1000\n"},
        {"--seconds=0", "bench/limits.sh: --seconds=0: must be a time from 100ms to 1h\n"},
        {"--idle=4", "bench/limits.sh: --idle=4: must be a whole number from 5 to 10000\n"},
        {"--seed", "bench/limits.sh: --seed: needs a value\n"},
        {"surplus", "bench/limits.sh: unexpected argument 'surplus'\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct outcome o = process_run((const char *[]){LIMITS_FILE, wrong[i][0], NULL});
        cr_expect(o.status == 2 && *o.out == '\0', "%s: exit status %d, printed \"%s\"",
                  wrong[i][0], o.status, o.out);
        cr_expect_str_eq(o.err, wrong[i][1]);
        outcome_free(&o);
    }
}

Test(limits, list)
{
    static const char *const wanted[] = {
        "\n  kept-redis            multiplexed / redis-server                      >= 1.10\n",
        "\n  once-threads          thread-per-client / bare threads                >= 0.90\n",
        "\n  incr-fork ",
        "\n  memory-fork           fork-per-client                                 <= 130\n",
        "\n  clients-threads       thread-per-client                               >= 10,000\n",
    };
    struct outcome o = process_run((const char *[]){LIMITS_FILE, "--list", NULL});
    cr_expect_eq(o.status, 0);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        cr_expect(strstr(o.out, wanted[i]) != NULL, "\"%s\" is missing in:\n%s", wanted[i], o.out);
    outcome_free(&o);
}

/* ---- what it is for, in short ---- */

/* The figure of a row; fails the test when there is none. */
static double figure_of(const char *output, const char *row)
{
    char start[64];
    snprintf(start, sizeof start, "\n  %s ", row);
    const char *line = strstr(output, start);
    cr_assert(line != NULL, "%s is missing in:\n%s", row, output);
    char *end;
    double value = strtod(line + 71, &end); /* where the column begins */
    cr_assert(end != line + 71, "%s has no figure in:\n%s", row, output);
    return value;
}

static char *measure(const char *only)
{
    struct outcome o = process_run((const char *[]){LIMITS_FILE, "--rounds=1", "--seconds=0.2",
                                                    "--idle=100", "--only", only, NULL});
    cr_assert(o.status == 0 || o.status == 1, "exit status %d: %s", o.status, o.err);
    cr_expect(strstr(o.out, ", round 1: ") == NULL, "%s", o.out);
    free(o.err);
    return o.out;
}

Test(limits, ratios)
{
    char *output = measure("kept-threads,once-fork");
    double kept = figure_of(output, "kept-threads"), once = figure_of(output, "once-fork");
    cr_expect(kept > 0 && kept < 100, "%s", output);
    cr_expect(once > 0 && once < 100, "%s", output);
    free(output);
}

/* A thread has a stack in the kernel; an epoll loop has nothing of its own for a client. */
Test(limits, memory)
{
    char *output = measure("memory-threads,memory-fork,memory-bare");
    double epoll = figure_of(output, "memory-bare-epoll");
    double threads = figure_of(output, "memory-bare-threads");
    double processes = figure_of(output, "memory-bare-fork");
    cr_expect(epoll > -2 && epoll < 2, "%s", output);
    cr_expect(threads > 8 && threads < processes, "%s", output);
    cr_expect(processes < 1000, "%s", output);
    cr_expect(figure_of(output, "memory-threads") > 8, "%s", output);
    cr_expect(figure_of(output, "memory-fork") > 8, "%s", output);
    free(output);
}

/* ---- the bare loops ---- */

static void expect_bare_answers(const char *model)
{
    struct process p;
    unsigned port = 0;
    process_start(&p, (const char *[]){BARE_FILE, model, NULL});
    char *line = process_line(&p);
    cr_assert(line != NULL &&
                  sscanf(line, "ready server=bare_server model=%*s address=127.0.0.1 port=%u",
                         &port) == 1,
              "%s: its first line is \"%s\"", model, line != NULL ? line : "");
    free(line);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct server server = {.address_length = sizeof address};
    memcpy(&server.address, &address, sizeof address);
    struct peer first, second;
    cr_assert(peer_connect(&first, &server) && peer_connect(&second, &server));
    cr_expect(peer_ask(&first, "*1\r\n$4\r\nPING\r\n", "+PONG\r\n"), "%s", model);
    cr_expect(peer_ask(&second, "PING\r\n", "+PONG\r\n"), "%s", model);
    cr_expect(peer_ask(&first, "*1\r\n$4\r\nPING\r\n", "+PONG\r\n"), "%s", model);
    peer_close(&first);
    peer_close(&second);
    /* SIGTERM is for the head alone: what it made ends with its clients. */
    process_await_census(&p, (struct census){.descriptors = 16, .threads = 1, .processes = 1});
    process_signal(&p, SIGTERM);
    cr_expect_eq(process_exit_status(process_wait(&p)), 128 + SIGTERM);
    process_free(&p);
}

Test(limits, bare_loops)
{
    expect_bare_answers("epoll");
    expect_bare_answers("threads");
    expect_bare_answers("fork");
    struct outcome o = process_run((const char *[]){BARE_FILE, "nosuch", NULL});
    cr_expect_eq(o.status, 2);
    cr_expect_str_eq(o.err, "bare_server: takes one argument: epoll, threads or fork\n");
    outcome_free(&o);
}
