/* What the ledger reads in /proc and in the files of a control group, as texts; and that a quantity
 * without a source is said to be so. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "ledger.h"
#include "ledger_account.h"
#include "ledger_strace.h"

/* ---- the machine ---- */

static const char machine_text[] = "cpu  100 20 30 4000 500 6 7 8 9 10\n"
                                   "cpu0 100 20 30 4000 500 6 7 8 9 10\n"
                                   "intr 123 0 0\n"
                                   "ctxt 98765\n"
                                   "btime 1700000000\n"
                                   "processes 4321\n"
                                   "procs_running 2\n";

Test(ledger_proc, the_machine)
{
    struct proc_machine m = proc_machine_parse(machine_text);
    cr_expect(m.known);
    cr_expect_eq(m.busy_ticks, 100 + 20 + 30 + 6 + 7, "neither idle, nor waiting, nor stolen");
    cr_expect_eq(m.switches, 98765);
    cr_expect_eq(m.forks, 4321);
}

Test(ledger_proc, a_machine_that_tells_less)
{
    cr_expect_not(proc_machine_parse("").known);
    cr_expect_not(proc_machine_parse("cpu  1 2 3\nctxt 1\nprocesses 2\n").known);
    cr_expect_not(proc_machine_parse("cpu 1 2 3 4 5 6 7\nctxt 1\n").known, "no forks");
    cr_expect_not(proc_machine_parse("cpu 1 2 3 4 5 6 7\nprocesses_ 1\nctxt 1\n").known);
}

/* ---- processes ---- */

Test(ledger_proc, a_process_with_a_strange_name)
{
    struct proc_usage u;
    const char *text = "4242 (a) S 1 (b) R 1 777 777 0 -1 4194304 10 20 3 4 50 60 7 8 20 0 1 0 99 "
                       "1000 100\n";
    cr_assert(proc_usage_parse(text, &u));
    cr_expect_eq(u.group, 777);
    cr_expect_eq(u.children_ticks, 7 + 8);
}

Test(ledger_proc, no_line_of_a_process)
{
    struct proc_usage u;
    cr_expect_not(proc_usage_parse("", &u));
    cr_expect_not(proc_usage_parse("4242 (name", &u));
    cr_expect_not(proc_usage_parse("4242 (name) S 1 777 777 0 -1 4194304 10 20 3 4 50 60 7\n", &u));
}

Test(ledger_proc, the_delay_of_a_thread)
{
    cr_expect_eq(proc_delay_parse_ns("1188157 2971954 10\n"), 2971954);
    cr_expect_eq(proc_delay_parse_ns("0 0 0\n"), -1, "the kernel does not account it");
    cr_expect_eq(proc_delay_parse_ns(""), -1);
}

/* ---- control groups ---- */

static FILE *text_file(const char *text)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    cr_assert_not_null(file);
    return file;
}

static void expect_path(void (*parse)(FILE *, char *), const char *text, const char *wanted)
{
    char path[CGROUP_PATH_BYTES] = "untouched";
    FILE *file = text_file(text);
    parse(file, path);
    fclose(file);
    cr_expect_str_eq(path, wanted);
}

Test(ledger_cgroup, where_it_is_mounted)
{
    expect_path(cgroup_parse_mount,
                "25 1 0:22 / / rw - ext4 /dev/root rw\n"
                "30 25 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                "36 25 0:27 / /sys/fs/cgroup/unified rw,relatime shared:9 master:1 - cgroup2 none "
                "rw\n",
                "/sys/fs/cgroup/unified");
    expect_path(cgroup_parse_mount, "30 25 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw\n", "");
}

Test(ledger_cgroup, which_group_this_is)
{
    expect_path(cgroup_parse_group, "8:pids:/other\n1:cpu:/\n0::/user.slice/a b.scope\n",
                "/user.slice/a b.scope");
    expect_path(cgroup_parse_group, "8:pids:/other\n", "");
}

Test(ledger_cgroup, its_figures)
{
    cr_expect_eq(cgroup_parse_cpu_us("usage_usec 123456\nuser_usec 100000\nsystem_usec 23456\n"),
                 123456);
    cr_expect_eq(cgroup_parse_cpu_us("nr_periods 0\n"), -1);
    cr_expect_eq(cgroup_parse_stall_us("some avg10=0.00 avg60=0.00 avg300=0.00 total=4711\n"
                                       "full avg10=0.00 avg60=0.00 avg300=0.00 total=12\n"),
                 4711);
    cr_expect_eq(cgroup_parse_stall_us("full avg10=0.00 avg60=0.00 avg300=0.00 total=12\n"), -1);
}

/* ---- strace ---- */

static int64_t total_of(const char *text)
{
    FILE *file = text_file(text);
    int64_t calls = strace_parse_total(file);
    fclose(file);
    return calls;
}

Test(ledger_strace, its_total)
{
    cr_expect_eq(total_of("% time     seconds  usecs/call     calls    errors syscall\n"
                          "------ ----------- ----------- --------- --------- ----------------\n"
                          " 90.00    0.000900           1       900        12 read\n"
                          " 10.00    0.000100           1        87           close\n"
                          "------ ----------- ----------- --------- --------- ----------------\n"
                          "100.00    0.001000           1       987        12 total\n"),
                 987);
    cr_expect_eq(total_of("100.00    0.001000           0         5           total\n"), 5);
    cr_expect_eq(total_of("strace: attach: ptrace(PTRACE_SEIZE): Operation not permitted\n"), -1);
}

Test(ledger_strace, before_a_command_line)
{
    const char *const program[] = {"server", "--port=0", NULL};
    const char *argv[8];
    strace_compose(argv, 8, program, "table");
    cr_expect_str_eq(argv[4], "table");
    cr_expect_str_eq(argv[6], "--port=0");
    cr_expect_null(argv[7]);
}

/* ---- entries ---- */

static struct ledger_sources no_sources = {
    .perf = {.syscalls_id = -1, .why = {"no", "no", "no", "tracefs cannot be read"}}};

static struct ledger sample(bool counting)
{
    struct ledger l;
    ledger_begin(&l, &no_sources, counting);
    l.begin = (struct ledger_reading){
        .taken = true, .cgroup_cpu_us = -1, .cgroup_stall_us = -1, .client_cpu_ns = 5000000};
    l.end = l.begin;
    l.end.client_cpu_ns += 3000000;
    l.begin.machine = (struct proc_machine){true, 100, 0, 50};
    l.end.machine = (struct proc_machine){true, 110, 0, 70};
    l.begin.tree = (struct proc_tree){true, 5000000, 1000, 77};
    l.end.tree = (struct proc_tree){true, 8000000, 51000, 77};
    for (int e = 0; e < PERF_EVENTS; e++)
        l.begin.perf.values[e] = l.end.perf.values[e] = -1;
    return l;
}

/* 100 requests a second in 2 s. accepts: what the server printed of its workers, taken; NULL:
 * nothing. */
static void settle_accepts(struct ledger *l, double window_s, json_t *accepts)
{
    struct rusage usage = {.ru_nvcsw = 300, .ru_nivcsw = 100, .ru_minflt = 370, .ru_majflt = 5};
    json_t *served = json_pack("{s:i, s:o*}", "commands", 250, "worker_connections", accepts);
    json_t *client =
        json_pack("{s:f, s:f, s:i, s:{s:i, s:i}}", "throughput_rps", 100.0, "duration_s", window_s,
                  "connections", 4, "kernel", "listen_overflows", 3, "retransmits", 0);
    ledger_settle(l, client, served, &usage);
    json_decref(served);
    json_decref(client);
}

static void settle(struct ledger *l, double window_s)
{
    settle_accepts(l, window_s, NULL);
}

static void expect_value(const struct ledger *l, enum ledger_quantity q, double value)
{
    cr_expect_float_eq(l->entries[q].value, value, 1e-9, "%s: %g", ledger_names[q],
                       l->entries[q].value);
    cr_expect_null(l->entries[q].why);
    cr_expect_not_null(l->entries[q].source);
}

static void expect_lack(const struct ledger *l, enum ledger_quantity q)
{
    cr_expect(isnan(l->entries[q].value), "%s: %g", ledger_names[q], l->entries[q].value);
    cr_expect_not_null(l->entries[q].why, "%s", ledger_names[q]);
}

Test(ledger, what_a_request_has_cost)
{
    struct ledger l = sample(false);
    settle(&l, 2);
    double tick_us = proc_ticks_us(1);
    expect_value(&l, LEDGER_SERVER_CPU, 3000.0 / 200);
    expect_value(&l, LEDGER_CLIENT_CPU, 3000.0 / 200);
    expect_value(&l, LEDGER_MACHINE_CPU, 10 * tick_us / 200);
    expect_value(&l, LEDGER_UNEXPLAINED_CPU, 10 * tick_us / 200 - 30);
    expect_value(&l, LEDGER_FAULTS, 1.5);
    expect_value(&l, LEDGER_FORKS, 10);
    expect_value(&l, LEDGER_DELAY, 0.25);
    expect_value(&l, LEDGER_SWITCHES, 1.6);
    expect_value(&l, LEDGER_OVERFLOWS, 3);
    expect_value(&l, LEDGER_RETRANSMITS, 0);
    expect_lack(&l, LEDGER_STALL);
}

Test(ledger, a_control_group_comes_before_clocks)
{
    struct ledger l = sample(false);
    l.begin.cgroup_cpu_us = 1000;
    l.end.cgroup_cpu_us = 3000;
    settle(&l, 2);
    expect_value(&l, LEDGER_SERVER_CPU, 10);
    cr_expect_str_eq(l.entries[LEDGER_SERVER_CPU].source, "cgroup v2 cpu.stat");
}

Test(ledger, threads_that_came_and_went)
{
    struct ledger l = sample(false);
    l.end.tree.threads_id++;
    settle(&l, 2);
    expect_lack(&l, LEDGER_DELAY);
}

Test(ledger, without_requests_nothing_is_known_for_each)
{
    struct ledger l = sample(false);
    settle(&l, 0);
    expect_lack(&l, LEDGER_CLIENT_CPU);
    expect_lack(&l, LEDGER_FORKS);
}

Test(ledger, without_a_window)
{
    struct ledger l = sample(false);
    l.end.taken = false;
    settle(&l, 2);
    expect_lack(&l, LEDGER_SERVER_CPU);
    expect_value(&l, LEDGER_SWITCHES, 1.6); /* which is of the whole run */
}

Test(ledger, readings_that_miss_the_window)
{
    struct ledger l = sample(false);
    l.late_ns = 101000000;
    settle(&l, 2);
    expect_lack(&l, LEDGER_SERVER_CPU);
    l = sample(false);
    l.late_ns = 99000000;
    settle(&l, 2);
    expect_value(&l, LEDGER_SERVER_CPU, 15);
}

Test(ledger, a_run_that_did_not_end_well)
{
    struct ledger l = sample(false);
    ledger_settle(&l, NULL, NULL, NULL);
    for (int q = 0; q < LEDGER_QUANTITIES; q++)
        expect_lack(&l, (enum ledger_quantity)q);
}

Test(ledger, what_is_counted)
{
    struct ledger l = sample(true);
    l.begin.perf.values[PERF_EVENT_SWITCHES] = 10;
    l.end.perf.values[PERF_EVENT_SWITCHES] = 410;
    l.rest_kib = 1000;
    l.window_kib = 1080;
    settle(&l, 2);
    expect_value(&l, LEDGER_COUNTED_SWITCHES, 2);
    expect_value(&l, LEDGER_MEMORY, 20);
    expect_lack(&l, LEDGER_SYSCALLS);
    cr_expect_str_eq(l.entries[LEDGER_SYSCALLS].why, "tracefs cannot be read");
    expect_lack(&l, LEDGER_SERVER_CPU);
}

Test(ledger, what_strace_counted)
{
    struct ledger l = sample(true);
    l.straced_calls = 1000;
    settle(&l, 2);
    expect_value(&l, LEDGER_SYSCALLS, 4); /* for each command of the whole run */
    expect_lack(&l, LEDGER_COUNTED_FAULTS);
}

/* Written where the server ran, and read where the suite runs. */
static struct ledger as_account(const struct ledger *there, struct rusage *usage)
{
    static struct ledger_sources elsewhere = {.elsewhere = true};
    char *line;
    size_t bytes;
    FILE *file = open_memstream(&line, &bytes);
    ledger_account_write(file, there, usage, 7, -1, 0);
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    json_t *account = fields_parse(line, "account");
    cr_assert_not_null(account, "%s", line);
    struct ledger here;
    ledger_begin(&here, &elsewhere, there->counting);
    ledger_account_read(&here, account, usage);
    json_decref(account);
    free(line);
    return here;
}

Test(ledger, the_account_of_another_host)
{
    struct rusage usage = {.ru_nvcsw = 300, .ru_utime = {1, 5}};
    struct ledger there = sample(false), l = as_account(&there, &usage);
    cr_expect_eq(usage.ru_nvcsw, 300);
    cr_expect_eq(usage.ru_utime.tv_usec, 5);
    settle(&l, 2);
    expect_value(&l, LEDGER_SERVER_CPU, 15);
    expect_value(&l, LEDGER_FORKS, 10);
    expect_value(&l, LEDGER_OVERFLOWS, 7);
    expect_lack(&l, LEDGER_RETRANSMITS);
    expect_lack(&l, LEDGER_STALL);
}

/* Clients that had left again do not make memory. */
Test(ledger, memory_that_did_not_grow_is_no_figure)
{
    for (int64_t window_kib = 990; window_kib <= 1000; window_kib += 10) {
        struct ledger l = sample(true);
        l.rest_kib = 1000;
        l.window_kib = window_kib;
        settle(&l, 2);
        expect_lack(&l, LEDGER_MEMORY);
    }
}

Test(ledger, the_account_of_another_host_of_what_is_counted)
{
    struct rusage usage = {0};
    struct ledger there = sample(true);
    there.begin.perf.values[PERF_EVENT_SYSCALLS] = 10;
    there.end.perf.values[PERF_EVENT_SYSCALLS] = 610;
    there.rest_kib = 1000;
    there.window_kib = 1080;
    struct ledger l = as_account(&there, &usage);
    settle(&l, 2);
    expect_value(&l, LEDGER_SYSCALLS, 3);
    expect_value(&l, LEDGER_MEMORY, 20);
    expect_lack(&l, LEDGER_COUNTED_SWITCHES);
    expect_lack(&l, LEDGER_SERVER_CPU);
}

Test(ledger, the_busiest_worker)
{
    struct ledger even = sample(false), uneven = even, one = even, idle = even, none = even;
    settle_accepts(&even, 2, json_string("4,4,4"));
    expect_value(&even, LEDGER_BUSIEST, 1);
    settle_accepts(&uneven, 2, json_string("1,0,5,2"));
    expect_value(&uneven, LEDGER_BUSIEST, 2.5);
    settle_accepts(&one, 2, json_integer(7));
    expect_value(&one, LEDGER_BUSIEST, 1);
    settle_accepts(&idle, 2, json_string("0,0"));
    expect_lack(&idle, LEDGER_BUSIEST);
    settle_accepts(&none, 2, NULL);
    expect_lack(&none, LEDGER_BUSIEST);
}

Test(ledger, as_json)
{
    struct ledger l = sample(false);
    settle(&l, 2);
    json_t *served = json_pack("{s:s}", "worker_connections", "3,4"), *entry;
    json_t *json = ledger_json(&l, served);
    cr_assert_not_null(json);
    entry = json_object_get(json, "faults_per_request");
    cr_expect_float_eq(json_real_value(json_object_get(entry, "value")), 1.5, 1e-9);
    cr_expect(json_is_null(json_object_get(entry, "not_available")));
    entry = json_object_get(json, "run_queue_stall_us_per_request");
    cr_expect(json_is_null(json_object_get(entry, "value")), "not known is not 0");
    cr_expect(json_is_string(json_object_get(entry, "not_available")));
    entry = json_object_get(json, "accepts_per_worker");
    cr_expect_str_eq(json_string_value(json_object_get(entry, "value")), "3,4");
    cr_expect_null(json_object_get(json, "syscalls_per_request"), "of the other kind of run");
    json_decref(json);
    json_decref(served);
}
