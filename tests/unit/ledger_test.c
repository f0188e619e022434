/* The ledger against work of which is known how much it is. Where the machine has a source not, the
 * ledger must say so; what /proc gives is always there. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "clock.h"
#include "interrupt.h"
#include "ledger.h"
#include "process.h"

#define DEADLINE_NS (30 * CLOCK_S)

static struct ledger_sources sources;
static struct ledger ledger;

static void probe(void)
{
    cr_assert(interrupt_init());
    ledger_probe(&sources);
}

static void release(void)
{
    char path[CGROUP_PATH_BYTES];
    struct stat info;
    snprintf(path, sizeof path, "%s", sources.cgroup.path);
    ledger_release(&sources);
    cr_expect(path[0] == '\0' || stat(path, &info) != 0, "%s is left", path);
}

TestSuite(ledger, .init = probe, .fini = release, .timeout = 60);

static void expect_line(struct process *p, const char *wanted)
{
    char line[PROCESS_LINE_BYTES];
    cr_assert_eq(process_read_line(p, line, clock_now_ns() + DEADLINE_NS), PROCESS_LINE);
    cr_assert_str_eq(line, wanted);
}

static void announce(const char *what)
{
    char line[64];
    snprintf(line, sizeof line, "%s at_ns=%lld", what, (long long)clock_now_ns());
    ledger_hear(&ledger, line, getpid());
}

/* One request in one second, so that what a request has cost is all there was. */
static void settle(const struct rusage *usage)
{
    json_t *client =
        json_pack("{s:f, s:f, s:i}", "throughput_rps", 1.0, "duration_s", 1.0, "connections", 1);
    json_t *served = json_pack("{s:i}", "commands", 1);
    ledger_settle(&ledger, client, served, usage);
    json_decref(client);
    json_decref(served);
}

static void account(const char *work, const char *amount, bool counting)
{
    const char *const argv[] = {KNOWN_WORK_FILE, work, amount, NULL};
    struct process p;
    ledger_begin(&ledger, &sources, counting);
    cr_assert(process_start_attached(&p, argv, true, NULL, ledger_attach, &ledger));
    expect_line(&p, "ready");
    ledger_rest(&ledger);
    announce("window-begin");
    kill(p.pid, SIGUSR1);
    expect_line(&p, "done");
    announce("window-end");
    cr_assert(process_stop(&p, clock_now_ns() + DEADLINE_NS));
    cr_expect_eq(p.status, 0);
    settle(&p.usage);
    process_close(&p);
}

static void expect_between(enum ledger_quantity q, double least, double most)
{
    const struct ledger_entry *entry = &ledger.entries[q];
    if (entry->why != NULL) {
        cr_log_warn("%s is not available: %s", ledger_names[q], entry->why);
        cr_expect(isnan(entry->value));
        return;
    }
    cr_expect(entry->value >= least && entry->value <= most, "%s: %g is not from %g to %g (%s)",
              ledger_names[q], entry->value, least, most, entry->source);
}

static void forget_group(void)
{
    cgroup_close(&sources.cgroup);
}

/* ---- CPU time: within 5 % and 2 ms ---- */

Test(ledger, cpu_time)
{
    account("spin", "200", false);
    expect_between(LEDGER_SERVER_CPU, 190e3 - 2e3, 210e3 + 2e3);
    cr_expect_null(ledger.entries[LEDGER_SERVER_CPU].why, "there is always /proc");
    expect_between(LEDGER_CLIENT_CPU, 0, 100e3);
}

Test(ledger, cpu_time_that_was_counted)
{
    account("spin", "200", true);
    expect_between(LEDGER_COUNTED_CPU, 190e3 - 2e3, 210e3 + 2e3);
}

Test(ledger, cpu_time_without_a_control_group)
{
    forget_group();
    account("spin", "200", false);
    cr_assert_null(ledger.entries[LEDGER_SERVER_CPU].why);
    expect_between(LEDGER_SERVER_CPU, 190e3 - 2e3, 210e3 + 2e3);
}

/* The machine did at least what the server did; what others did is what remains unexplained. */
Test(ledger, what_the_machine_did_besides)
{
    account("spin", "300", false);
    const struct ledger_entry *e = ledger.entries;
    cr_assert_null(e[LEDGER_MACHINE_CPU].why);
    cr_expect_geq(e[LEDGER_MACHINE_CPU].value, 300e3 * 0.8, "%g", e[LEDGER_MACHINE_CPU].value);
    cr_expect_float_eq(e[LEDGER_UNEXPLAINED_CPU].value,
                       e[LEDGER_MACHINE_CPU].value - e[LEDGER_SERVER_CPU].value -
                           e[LEDGER_CLIENT_CPU].value,
                       1e-6);
}

/* ---- children that are gone ---- */

Test(ledger, children_that_are_gone)
{
    account("fork", "100", false);
    expect_between(LEDGER_SERVER_CPU, 100e3 * 0.95 - 2e3, 300e3);
    expect_between(LEDGER_FORKS, 100, 1e6);
    cr_expect_null(ledger.entries[LEDGER_FORKS].why);
    expect_between(LEDGER_FAULTS, 100, 1e5);
    cr_expect_null(ledger.entries[LEDGER_FAULTS].why);
}

/* What it waited for is told in ticks of 10 ms. */
Test(ledger, children_that_are_gone_without_a_control_group)
{
    forget_group();
    account("fork", "100", false);
    cr_assert_null(ledger.entries[LEDGER_SERVER_CPU].why);
    expect_between(LEDGER_SERVER_CPU, 100e3 * 0.95 - 12e3, 300e3);
}

Test(ledger, children_that_are_gone_were_counted)
{
    account("fork", "100", true);
    expect_between(LEDGER_COUNTED_CPU, 100e3 * 0.95 - 2e3, 300e3);
    expect_between(LEDGER_COUNTED_FAULTS, 100, 1e5);
    expect_between(LEDGER_SYSCALLS, 300, 1e7); /* fork, exit, wait for each, and reading clocks */
}

/* ---- switches, faults, calls ---- */

Test(ledger, switches)
{
    account("switch", "2000", false);
    cr_expect_null(ledger.entries[LEDGER_SWITCHES].why);
    expect_between(LEDGER_SWITCHES, 2000, 20000);
}

Test(ledger, switches_that_were_counted)
{
    account("switch", "2000", true);
    expect_between(LEDGER_COUNTED_SWITCHES, 2000, 20000);
    expect_between(LEDGER_SYSCALLS, 4 * 2000, 4 * 2000 + 200);
}

Test(ledger, faults)
{
    account("fault", "3000", false);
    cr_assert_null(ledger.entries[LEDGER_FAULTS].why);
    expect_between(LEDGER_FAULTS, 3000, 3000 + 10e3); /* and those of its start */
}

Test(ledger, faults_that_were_counted)
{
    account("fault", "3000", true);
    expect_between(LEDGER_COUNTED_FAULTS, 3000, 3100);
}

Test(ledger, system_calls)
{
    account("call", "5000", true);
    expect_between(LEDGER_SYSCALLS, 5000, 5020);
}

/* ---- before the program begins ---- */

static void remember(pid_t pid, void *context)
{
    *(pid_t *)context = pid;
}

Test(ledger, a_program_that_cannot_be_run_is_attached_to_all_the_same)
{
    const char *const argv[] = {"/nowhere/at/all", NULL};
    struct process p;
    pid_t attached = 0;
    cr_assert(process_start_attached(&p, argv, false, NULL, remember, &attached));
    cr_expect_eq(attached, p.pid);
    cr_expect_eq(process_wait(&p, NULL, clock_now_ns() + DEADLINE_NS), PROCESS_ENDED);
    process_kill(&p);
    cr_expect(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 127);
    process_close(&p);
}
