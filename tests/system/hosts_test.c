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
    " --client-hosts $LAB_CLIENTS --models multiplexed --blocks 1 --out out \"$@\"; }\n"
    "bench() { (start \"$@\"); }\n"
    "nothing_left() { for host; do ssh $host 'ls -A /tmp; ps -eo args= |"
    " grep -v -e sshd -e \"ps -eo\" -e grep'; done; }\n"
    /* The stand-ins' state is here, and the client of the third host is there. */
    "export TMPDIR=$PWD\n"
    "begun() { ssh client3 pgrep -x client; }\n"
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

Test(hosts, four_clients_make_one_load)
{
    struct outcome o =
        run_in_lab("bench --workloads hold --seconds 0.5 && nothing_left $LAB_SERVER "
                   "${LAB_CLIENTS//,/ }; ls -A | grep -c server-models");
    json_t *results, *run = json_array_get(read_runs(&results), 0);
    expect_in(o.err, "client4: ready; its clock is ahead by ");
    expect_in(o.out, "Hosts:   server on server, clients on client1, client2, client3, client4;");
    cr_expect_str_eq(json_string_value(at(run, "outcome")), "measured", "%s\n%s", o.out, o.err);
    const json_t *client = json_object_get(run, "client");
    expect_totals(client);
    expect_one_start(client);
    /* What was counted is of the server's host. */
    cr_expect_str_eq(json_string_value(at(run, "server.ready.host")), "server");
    cr_expect(json_is_number(at(run, "ledger.server_cpu_us_per_request.value")));
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
                                  "bench --workloads one-shot --seconds 2; echo status $?\n"
                                  "nothing_left server client1 client2 client4");
    json_t *results, *run = json_array_get(read_runs(&results), 0);
    cr_expect_str_eq(json_string_value(at(run, "outcome")), "client failed", "%s\n%s", o.out,
                     o.err);
    expect_in(json_string_value(at(run, "detail")), "client3: lost");
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

Test(hosts, hosts_that_cannot_take_part_are_named_before_anything_starts)
{
    struct outcome o =
        run_in_lab("lab cut client1; lab fill client2\n"
                   "ssh-keygen -q -R client4 -f /run/lab/known_hosts >/dev/null 2>&1\n"
                   "bench --workloads hold; echo status $?\n"
                   "lab free client2; nothing_left server client2 client3");
    cr_expect_str_eq(o.out, "status 1\n");
    expect_in(o.err, "client1: cannot be used");
    expect_in(o.err, "client2: the programs could not be copied");
    expect_in(o.err, "client3: ready");
    expect_in(o.err, "client4: cannot be used: Host key verification failed.");
    expect_in(o.err, "not all hosts can take part: nothing was started");
    cr_expect_neq(access("out", F_OK), 0);
    outcome_free(&o);
}

Test(hosts, an_interrupted_suite_leaves_nothing)
{
    struct outcome o = run_in_lab("start --workloads hold --seconds 60 &\n"
                                  "await begun\n"
                                  "kill -TERM $!; wait $!; echo status $?\n"
                                  "nothing_left server client1 client2 client3 client4");
    const char *tail = strstr(o.out, "status ");
    cr_assert_not_null(tail, "%s\n%s", o.out, o.err);
    cr_expect_str_eq(tail, "status 130\n", "something was left behind: %s", tail);
    outcome_free(&o);
}
