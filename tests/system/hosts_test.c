/* The bench over several hosts, in the laboratory that tests/lab.sh makes of this machine. Each
 * test runs a script there; what it prints and the results it leaves are looked at here. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

enum { NO_LAB = 77 };

static char folder[] = "/tmp/hosts_test_XXXXXX";

static void enter_folder(void)
{
    cr_assert(mkdtemp(folder) != NULL && chdir(folder) == 0);
}

static void leave_folder(void)
{
    cr_assert_eq(system("rm -rf ./*"), 0);
    cr_assert(chdir("..") == 0 && rmdir(folder) == 0);
}

TestSuite(hosts, .init = enter_folder, .fini = leave_folder, .timeout = 280);

/* What the scripts share: the suite on 4 client hosts and a server, its results in out. Nothing may
 * be running on a host afterwards but its sshd, nor be left in its /tmp. */
static const char prologue[] =
    "start() { exec " HOSTS_FILE " --bin " BIN_FOLDER " --server-host $LAB_SERVER"
    " --client-hosts $LAB_CLIENTS --models multiplexed --blocks 1 --out out"
    " ${counting---no-counting} \"$@\"; }\n"
    "bench() { (start \"$@\"); }\n"
    "nothing_left() { for host; do ssh $host 'ls -A /tmp; ps -eo args= |"
    " grep -v -e sshd -e \"ps -eo\" -e grep'; done; pgrep -a -x ssh; }\n"
    /* The stand-ins' state is here, and the client of the third host is there. */
    "export TMPDIR=$PWD\n"
    "begun() { pgrep -x client --ns $(cat /run/lab/pids/client3) --nslist pid; }\n"
    "await() { until \"$@\" >/dev/null 2>&1; do sleep 0.05; done; }\n";

static char *content_of(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t bytes = 0;
    cr_assert_not_null(file, "%s", path);
    if (getdelim(&text, &bytes, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(file);
    return text;
}

/* Runs the script in a lab; skips the test where there can be none. By way of files, since several
 * hosts of a busy machine may be silent for longer than a single program. */
static struct outcome run_in_lab(const char *script)
{
    if (!program_exists("parallel"))
        cr_skip_test("parallel is not installed");
    FILE *file = fopen("script", "we");
    cr_assert(file != NULL && fputs(prologue, file) >= 0 && fputs(script, file) >= 0);
    fclose(file);
    int status = system("timeout --kill-after=5 240 " LAB_FILE " bash script >said 2>complained");
    struct outcome o = {process_exit_status(status), content_of("said"), content_of("complained")};
    if (o.status == NO_LAB) {
        o.err[strcspn(o.err, "\n")] = '\0';
        cr_skip_test("%s", o.err);
    }
    return o;
}

static void expect_in(const char *text, const char *wanted)
{
    cr_expect_not_null(strstr(text, wanted), "\"%s\" is missing in:\n%s", wanted, text);
}

/* The runs of the suite, and the object they are in, to be released. */
static json_t *read_runs(json_t **results)
{
    json_error_t error;
    *results = json_load_file("out/results.json", 0, &error);
    cr_assert_not_null(*results, "out/results.json: %s", error.text);
    return json_object_get(*results, "runs");
}

static const json_t *at(const json_t *value, const char *path)
{
    char copy[128], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key; (key = strsep(&rest, ".")) != NULL;)
        value = json_object_get(value, key);
    return value;
}

/* A number of the joined result is the sum of the hosts' own. */
static void expect_sum(const json_t *client, const char *path)
{
    double sum = 0;
    const json_t *host;
    size_t i;
    json_array_foreach(json_object_get(client, "hosts"), i, host)
    {
        const json_t *own = at(json_object_get(host, "result"), path);
        cr_expect(json_is_number(own), "%s of host %zu", path, i);
        sum += json_number_value(own);
    }
    double all = json_number_value(at(client, path));
    cr_expect(fabs(all - sum) <= 1e-9 * sum, "%s: %f, but the hosts' own are %f", path, all, sum);
}

static void expect_totals(const json_t *client)
{
    static const char *const added[] = {"connections",        "throughput_rps",
                                        "counts.planned",     "counts.ok",
                                        "counts.error_reply", "latency_us.response.count",
                                        "kernel.retransmits", "latency_us.connect.count"};
    cr_assert_eq(json_array_size(json_object_get(client, "hosts")), 4);
    for (size_t i = 0; i < sizeof added / sizeof added[0]; i++)
        expect_sum(client, added[i]);
    cr_expect_gt(json_number_value(at(client, "counts.ok")), 100);
}

/* All started at one moment, each by its own clock, of which it is known how it goes. */
static void expect_one_start(const json_t *client)
{
    const json_t *host;
    double first = 0;
    size_t i;
    json_array_foreach(json_object_get(client, "hosts"), i, host)
    {
        const char *start = json_string_value(at(host, "result.start_at"));
        cr_assert_not_null(start);
        double moment = strtod(start, NULL) - json_number_value(at(host, "clock.offset_us")) / 1e6;
        cr_expect(json_number_value(at(host, "clock.bound_us")) <= 10000);
        if (i == 0)
            first = moment;
        cr_expect(fabs(moment - first) < 1e-5, "%f s apart", moment - first);
    }
}

/* The first run of this workload, of a list of runs. */
static const json_t *run_of(const json_t *runs, const char *workload)
{
    const json_t *run;
    size_t i;
    json_array_foreach(runs, i, run)
    {
        const char *name = json_string_value(json_object_get(run, "workload"));
        if (name != NULL && strcmp(name, workload) == 0)
            return run;
    }
    cr_assert_fail("no run of %s", workload);
    return NULL;
}

static void expect_number(const json_t *run, const char *path)
{
    cr_expect(json_is_number(at(run, path)), "%s is not known", path);
}

/* A quantity of the ledger; on a busy machine the readings may come too late to be used. */
static void expect_quantity(const json_t *run, const char *name)
{
    const json_t *entry = json_object_get(json_object_get(run, "ledger"), name);
    const char *why = json_string_value(json_object_get(entry, "not_available"));
    cr_expect(json_is_number(json_object_get(entry, "value")) ||
                  (why != NULL && strstr(why, "were late") != NULL),
              "%s: %s", name, why);
}

/* How many times of this kind of request there are. */
static json_int_t times_of(const json_t *result, size_t kind)
{
    return json_integer_value(
        at(json_array_get(json_object_get(result, "requests"), kind), "latency_us.response.count"));
}

static void expect_times_by_kind(const json_t *client)
{
    cr_assert_eq(json_array_size(json_object_get(client, "requests")), 2);
    for (size_t kind = 0; kind < 2; kind++) {
        json_int_t sum = 0;
        const json_t *host;
        size_t i;
        json_array_foreach(json_object_get(client, "hosts"), i, host) sum +=
            times_of(json_object_get(host, "result"), kind);
        cr_expect_gt(sum, 0);
        cr_expect_eq(times_of(client, kind), sum);
    }
}

/* What no host can tell alone: times by kind of request, and that no two were told one value. */
static void expect_whole(const json_t *runs)
{
    expect_times_by_kind(json_object_get(run_of(runs, "mixed"), "client"));
    const json_t *counter = at(run_of(runs, "shared"), "client.counter");
    cr_expect(json_is_true(at(counter, "distinct")));
    expect_number(counter, "missing");
    /* A load of one connection is made by one host. */
    const json_t *bulk = run_of(runs, "bulk");
    cr_expect_eq(json_array_size(at(bulk, "client.hosts")), 1);
    cr_expect_eq(json_integer_value(at(bulk, "client.connections")), 1, "%s",
                 json_string_value(at(bulk, "detail")));
}

Test(hosts, four_clients_make_one_load)
{
    struct outcome o =
        run_in_lab("counting=; bench --workloads mixed,shared,bulk --seconds 0.4 && "
                   "nothing_left $LAB_SERVER ${LAB_CLIENTS//,/ }; ls -A | grep -c server-models");
    json_t *results, *runs = read_runs(&results);
    expect_in(o.err, "client4: ready; its clock is ahead by ");
    expect_in(o.out, "Hosts:   server on server, clients on client1, client2, client3, client4;");
    expect_in(o.out, "         client4: ");
    expect_whole(runs);
    expect_quantity(run_of(json_object_get(results, "counted"), "shared"),
                    "memory_kib_per_connection");
    const json_t *run = run_of(runs, "shared");
    cr_expect_str_eq(json_string_value(at(run, "outcome")), "measured", "%s\n%s", o.out, o.err);
    const json_t *client = json_object_get(run, "client");
    expect_totals(client);
    expect_one_start(client);
    /* What was counted is of the server's host. */
    cr_expect_str_eq(json_string_value(at(run, "server.ready.host")), "server");
    expect_quantity(run, "server_cpu_us_per_request");
    cr_expect_str_eq(json_string_value(at(run, "ledger.retransmits.source")),
                     "/proc/net/netstat and snmp of the server's host");
    const char *tail = strstr(o.out, "\nResults: ");
    cr_assert_not_null(tail);
    cr_expect_str_eq(strchr(tail + 1, '\n') + 1, "0\n", "something was left behind");
    json_decref(results);
    outcome_free(&o);
}

/* The third host loses its power in the middle of a run: that is told, and all ends in good order.
 */
Test(hosts, a_client_host_that_dies_is_named)
{
    struct outcome o = run_in_lab("{ await begun; lab kill client3; } &\n"
                                  "bench --workloads one-shot --seconds 2 --blocks 2; echo status "
                                  "$?\n"
                                  "nothing_left server client1 client2 client4");
    json_t *results, *runs = read_runs(&results), *run = json_array_get(runs, 0);
    cr_expect_str_eq(json_string_value(at(run, "outcome")), "client failed", "%s\n%s", o.out,
                     o.err);
    expect_in(json_string_value(at(run, "detail")), "client3: lost");
    /* The suite goes on, without it. */
    expect_in(json_string_value(at(json_array_get(runs, 1), "detail")),
              "client3: no run can begin there");
    cr_expect(json_is_false(at(run, "valid")));
    const json_t *hosts = at(run, "client.hosts");
    cr_expect_not_null(strstr(json_string_value(at(json_array_get(hosts, 2), "failure")), "lost"));
    cr_expect(json_is_null(at(json_array_get(hosts, 3), "failure")));
    expect_in(o.out, "client failed: client3: lost");
    expect_in(o.err, "client3: /tmp/server-models.");
    const char *tail = strstr(o.out, "status ");
    cr_assert_not_null(tail);
    cr_expect_str_eq(tail, "status 1\n", "something was left behind");
    json_decref(results);
    outcome_free(&o);
}

/* The third host's disk is full when it is to write what it found out; then it can no longer begin
 * a run. */
Test(hosts, a_client_host_out_of_disk_is_named)
{
    struct outcome o = run_in_lab("{ await begun; lab fill client3; } &\n"
                                  "bench --workloads one-shot --seconds 1 --blocks 2; echo status "
                                  "$?\n"
                                  "lab free client3\n"
                                  "nothing_left server client1 client2 client3 client4");
    json_t *results, *runs = read_runs(&results);
    const char *first = json_string_value(at(json_array_get(runs, 0), "detail"));
    cr_assert_not_null(first);
    cr_expect_not_null(strstr(first, "client3: "), "%s\n%s\n%s", first, o.out, o.err);
    expect_in(first, "No space left on device");
    /* Nor can it take part in the next, and the suite goes on all the same. */
    expect_in(json_string_value(at(json_array_get(runs, 1), "detail")), "client3: ");
    cr_expect(json_is_false(at(json_array_get(runs, 0), "valid")));
    const char *tail = strstr(o.out, "status ");
    cr_assert_not_null(tail);
    cr_expect_str_eq(tail, "status 1\n", "something was left behind: %s", tail);
    json_decref(results);
    outcome_free(&o);
}

/* The third host stops in the middle of a run, all its processes: nobody waits for it longer than
 * for a word of its sshd. When it goes on, what ran there ends by itself. */
Test(hosts, a_client_host_that_hangs_is_named)
{
    struct outcome o = run_in_lab("{ await begun; lab stop client3; } &\n"
                                  "bench --workloads one-shot --seconds 1; echo status $?\n"
                                  "lab go client3; await eval '! begun'\n"
                                  "nothing_left server client1 client2 client4\n"
                                  "ssh client3 'ps -eo args=' | grep -c '[.]/attend'");
    json_t *results, *run = json_array_get(read_runs(&results), 0);
    expect_in(json_string_value(at(run, "detail")), "client3: lost");
    cr_expect(json_is_false(at(run, "valid")));
    expect_in(o.err, "client3: /tmp/server-models.");
    const char *tail = strstr(o.out, "status ");
    cr_assert_not_null(tail);
    cr_expect_str_eq(tail, "status 1\n0\n", "something was left behind: %s", tail);
    json_decref(results);
    outcome_free(&o);
}

Test(hosts, hosts_that_cannot_take_part_are_named_before_anything_starts)
{
    struct outcome o =
        run_in_lab("lab cut client1; lab fill client2\n"
                   "ssh-keygen -q -R client4 -f /run/lab/known_hosts >/dev/null 2>&1\n"
                   "bench --suite literature; echo status $?; bench --workloads crash; echo status "
                   "$?\n"
                   "bench --workloads hold; echo status $?\n"
                   "lab free client2; nothing_left server client2 client3");
    cr_expect_str_eq(o.out, "status 2\nstatus 2\nstatus 1\n");
    expect_in(o.err, "--suite=literature: not with --server-host: ");
    expect_in(o.err, "--workloads: crash has companions, which can be had on one machine only");
    expect_in(o.err, "client1: cannot be used");
    expect_in(o.err, "client2: the programs could not be copied");
    expect_in(o.err, "client3: ready");
    expect_in(o.err, "client4: cannot be used: Host key verification failed.");
    expect_in(o.err, "not all hosts can take part: nothing was started");
    cr_expect_neq(access("out", F_OK), 0);
    outcome_free(&o);
}

/* Nor was there anything but the one folder before. */
Test(hosts, an_interrupted_suite_leaves_nothing)
{
    struct outcome o = run_in_lab("start --workloads hold --seconds 60 &\n"
                                  "await begun\n"
                                  "echo $(ssh $LAB_SERVER ls -A /tmp | wc -l) folder\n"
                                  "kill -TERM $!; wait $!; echo status $?\n"
                                  "nothing_left server client1 client2 client3 client4");
    expect_in(o.out, "1 folder\n");
    const char *tail = strstr(o.out, "status ");
    cr_assert_not_null(tail, "%s\n%s", o.out, o.err);
    cr_expect_str_eq(tail, "status 130\n", "something was left behind: %s", tail);
    outcome_free(&o);
}
