/* What is read of a machine and said about it: of folders with made-up files, and of this one. */
#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"

#define CLOCK_SOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define SMT          "/sys/devices/system/cpu/smt/active"
#define GOVERNOR(n)  "/sys/devices/system/cpu/cpu" #n "/cpufreq/scaling_governor"

static char root[] = "/tmp/environment_test_XXXXXX";

static void make_root(void)
{
    cr_assert_not_null(mkdtemp(root));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)type;
    (void)at;
    return remove(path);
}

static void remove_root(void)
{
    nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(environment, .init = make_root, .fini = remove_root);

/* Writes a file below the root, whose folders are made. */
static void put(const char *path, const char *text)
{
    char name[256];
    snprintf(name, sizeof name, "%s%s", root, path);
    for (char *slash = strchr(name + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(name, 0700);
        *slash = '/';
    }
    FILE *file = fopen(name, "w");
    cr_assert_not_null(file, "%s", name);
    fputs(text, file);
    cr_assert_eq(fclose(file), 0);
}

static cpu_set_t cpus(int first, int last)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int cpu = first; cpu <= last; cpu++)
        CPU_SET((size_t)cpu, &set);
    return set;
}

static struct environment read_of(int first, int last)
{
    cpu_set_t allowed = cpus(first, last);
    return environment_read_at(root, &allowed);
}

static void expect_notes(const struct environment *e, size_t count, const char *const expected[])
{
    char notes[ENVIRONMENT_NOTES_MOST][ENVIRONMENT_NOTE_BYTES];
    size_t n = environment_notes(e, notes, ENVIRONMENT_NOTES_MOST);
    cr_expect_eq(n, count, "%zu notes, the first: %s", n, n > 0 ? notes[0] : "");
    for (size_t i = 0; i < n && i < count; i++)
        cr_expect_str_eq(notes[i], expected[i]);
}

static void expect_no_note(const struct environment *e)
{
    expect_notes(e, 0, NULL);
}

static void expect_note(const struct environment *e, const char *expected)
{
    expect_notes(e, 1, (const char *const[]){expected});
}

/* ---- nothing ---- */

static void expect_all_unknown(const struct environment *e)
{
    cr_expect_str_eq(e->clock_source, "unknown");
    cr_expect_eq(e->clock_is_counter, ENVIRONMENT_UNKNOWN);
    cr_expect(e->clock.cost_ns < 0 && e->clock.step_ns < 0);
    cr_expect_lt(e->load_average, 0);
    cr_expect_lt(e->cpus_online, 0);
    cr_expect_lt(e->others_running, 0);
    cr_expect_str_eq(e->governor, "unknown");
    cr_expect_eq(e->smt, ENVIRONMENT_UNKNOWN);
    cr_expect_lt(e->stolen_percent, 0);
    expect_no_note(e);
}

Test(environment, without_files_all_is_unknown_and_nothing_is_doubtful)
{
    struct environment e = read_of(0, 1);
    environment_finish_at(&e, root);
    expect_all_unknown(&e);
    cr_expect_eq(e.cpus_allowed, 2);
    e = environment_read_at(root, NULL);
    environment_finish_at(&e, root);
    expect_all_unknown(&e);
    cr_expect_lt(e.cpus_allowed, 0);
}

Test(environment, files_without_sense_are_unknown)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        " ",
                                        "-1\n",
                                        "inf",
                                        "x 1 2",
                                        "1e999 1",
                                        "cpu0\n",
                                        "cpu0 1 2 3 4 5 6 7\n",
                                        "procs_running\n",
                                        "cpux 1 2 3 4 5 6 7 8\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put("/proc/stat", texts[i]);
        put("/proc/loadavg", texts[i]);
        put(SMT, texts[i]);
        struct environment e = read_of(0, 1);
        environment_finish_at(&e, root);
        cr_expect_lt(e.load_average, 0, "\"%s\"", texts[i]);
        cr_expect_eq(e.smt, ENVIRONMENT_UNKNOWN, "\"%s\"", texts[i]);
        cr_expect_lt(e.others_running, 0, "\"%s\"", texts[i]);
        cr_expect_lt(e.stolen_percent, 0, "\"%s\"", texts[i]);
        expect_no_note(&e);
    }
}

/* ---- a quiet machine ---- */

static void put_quiet_machine(void)
{
    put(CLOCK_SOURCE, "tsc\n");
    put("/proc/loadavg", "0.12 0.34 0.56 1/234 5678\n");
    put("/proc/stat", "cpu  20 0 20 200 0 0 0 0 0 0\n"
                      "cpu0 10 0 10 100 0 0 0 0 0 0\n"
                      "cpu1 10 0 10 100 0 0 0 0 0 0\n"
                      "intr 99 1 2 3\nctxt 12345\nprocs_running 1\nprocs_blocked 0\n");
    put(GOVERNOR(0), "performance\n");
    put(GOVERNOR(1), "performance\n");
    put(SMT, "0\n");
}

Test(environment, a_quiet_machine)
{
    put_quiet_machine();
    struct environment e = read_of(0, 1);
    cr_expect_str_eq(e.clock_source, "tsc");
    cr_expect_eq(e.clock_is_counter, ENVIRONMENT_YES);
    cr_expect_float_eq(e.load_average, 0.12, 1e-9);
    cr_expect_eq(e.cpus_online, 2);
    cr_expect_eq(e.cpus_allowed, 2);
    cr_expect_eq(e.others_running, 0);
    cr_expect_str_eq(e.governor, "performance");
    cr_expect_eq(e.smt, ENVIRONMENT_NO);
    cr_expect_lt(e.stolen_percent, 0, "not before the end");
    expect_no_note(&e);
}

/* ---- stolen time ---- */

static struct environment run_between(const char *begin, const char *end, int first, int last)
{
    put("/proc/stat", begin);
    struct environment e = read_of(first, last);
    put("/proc/stat", end);
    environment_finish_at(&e, root);
    return e;
}

Test(environment, stolen_time_is_that_of_the_allowed_cpus)
{
    /* Of CPU 0 nothing, of CPU 1 32 of 1000 ticks; guest time counts once, as user time. */
    static const char begin[] = "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 50 1 2 3 4 5 6 70 8 9\n"
                                "cpu1 100 10 10 10 10 10 10 10 90 9\n";
    static const char end[] = "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 1050 1 2 3 4 5 6 70 8 9\n"
                              "cpu1 600 110 110 110 110 58 10 42 590 109\n";
    struct environment e = run_between(begin, end, 1, 1);
    cr_expect_float_eq(e.stolen_percent, 100 * 32.0 / 980, 1e-9);
    expect_note(&e, "3.3 % of the CPU time was stolen by other virtual machines");
    e = run_between(begin, end, 0, 0);
    cr_expect_eq(e.stolen_percent, 0);
    expect_no_note(&e);
    e = run_between(begin, end, 0, 1);
    cr_expect_float_eq(e.stolen_percent, 100 * 32.0 / 1980, 1e-9);
    e = run_between(begin, end, 2, 1000);
    cr_expect_lt(e.stolen_percent, 0, "no such CPU");
}

Test(environment, a_little_stolen_time_is_no_reason_for_doubt)
{
    struct environment e = run_between("cpu0 0 0 0 0 0 0 0 0\n", "cpu0 996 0 0 0 0 0 0 4\n", 0, 0);
    cr_expect_float_eq(e.stolen_percent, 0.4, 1e-9);
    expect_no_note(&e);
    e = run_between("cpu0 0 0 0 0 0 0 0 0\n", "cpu0 995 0 0 0 0 0 0 5\n", 0, 0);
    expect_note(&e, "0.5 % of the CPU time was stolen by other virtual machines");
}

Test(environment, differences_that_mean_nothing)
{
    static const char one[] = "cpu0 10 0 0 0 0 0 0 5\n";
    static const char two[] = "cpu0 10 0 0 0 0 0 0 5\ncpu1 10 0 0 0 0 0 0 5\n";
    static const struct {
        const char *what, *begin, *end;
    } cases[] = {
        {"less than a tick", one, one},
        {"backwards", one, "cpu0 9 0 0 0 0 0 0 5\n"},
        {"stolen time backwards", one, "cpu0 99 0 0 0 0 0 0 4\n"},
        {"more stolen than passed", one, "cpu0 8 0 0 0 0 0 0 9\n"},
        {"a CPU more", one, "cpu0 20 0 0 0 0 0 0 6\ncpu1 10000 0 0 0 0 0 0 9000\n"},
        {"a CPU less", two, "cpu0 20 0 0 0 0 0 0 6\ncpu2 10000 0 0 0 0 0 0 9000\n"},
        {"no CPU", one, "procs_running 1\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct environment e = run_between(cases[i].begin, cases[i].end, 0, 1);
        cr_expect_lt(e.stolen_percent, 0, "%s: %g", cases[i].what, e.stolen_percent);
    }
}

/* ---- other programs ---- */

static void put_stat(int online, int running)
{
    char text[4096], *end = text + sprintf(text, "cpu  1 1 1 1 1 1 1 1\n");
    for (int cpu = 0; cpu < online; cpu++)
        end += sprintf(end, "cpu%d 1 1 1 1 1 1 1 1\n", cpu);
    sprintf(end, "procs_running %d\n", running);
    put("/proc/stat", text);
}

static void expect_load_note(int online, const char *load, const char *expected)
{
    put_stat(online, 1);
    put("/proc/loadavg", load);
    struct environment e = read_of(0, 0);
    expect_notes(&e, expected != NULL, &expected);
}

Test(environment, load_before_the_run)
{
    expect_load_note(2, "2.63 1.00 0.50 3/104 1\n",
                     "the load average was 2.6 on 2 CPUs before the run");
    expect_load_note(8, "2.63 1.00 0.50 3/104 1\n", NULL);
    expect_load_note(1, "0.50 1.00 0.50 3/104 1\n",
                     "the load average was 0.5 on 1 CPU before the run");
    expect_load_note(1, "0.49 1.00 0.50 3/104 1\n", NULL);
    expect_load_note(0, "99.00 1.00 0.50 3/104 1\n", NULL); /* on how many CPUs is not known */
}

Test(environment, tasks_that_are_ready_to_run)
{
    put_stat(2, 2);
    struct environment e = read_of(0, 1);
    cr_expect_eq(e.others_running, 1);
    expect_note(&e, "1 other task was ready to run on 2 CPUs when the run began");
    put_stat(1, 4);
    e = read_of(0, 0);
    expect_note(&e, "3 other tasks were ready to run on 1 CPU when the run began");
    put_stat(16, 8);
    e = read_of(0, 1);
    cr_expect_eq(e.others_running, 7);
    expect_no_note(&e);
    put_stat(2, 0);
    e = read_of(0, 1);
    cr_expect_lt(e.others_running, 0, "this one runs, so 0 is not true");
}

/* ---- processors ---- */

Test(environment, governors)
{
    put(GOVERNOR(0), "performance\n");
    put(GOVERNOR(1), "powersave\n");
    put(GOVERNOR(2), "schedutil\n");
    struct environment e = read_of(0, 2);
    cr_expect_str_eq(e.governor, "powersave");
    expect_note(&e, "the CPU governor is powersave");
    e = read_of(0, 0);
    cr_expect_str_eq(e.governor, "performance");
    expect_no_note(&e);
    e = read_of(2, 1000);
    expect_note(&e, "the CPU governor is schedutil");
    e = read_of(3, 3);
    cr_expect_str_eq(e.governor, "unknown");
}

Test(environment, smt)
{
    put(SMT, "1\n");
    struct environment e = read_of(0, 1);
    cr_expect_eq(e.smt, ENVIRONMENT_YES);
    expect_note(&e, "SMT is active: CPUs that share a core slow each other down");
    put(SMT, "2\n");
    e = read_of(0, 1);
    cr_expect_eq(e.smt, ENVIRONMENT_UNKNOWN);
}

/* ---- the clock ---- */

static struct environment with_clock(const char *source, double cost_ns, double step_ns)
{
    put(CLOCK_SOURCE, source);
    struct environment e = read_of(0, 1);
    e.clock = (struct environment_clock){.cost_ns = cost_ns, .step_ns = step_ns};
    return e;
}

static void expect_clock_note(const char *source, double cost_ns, double step_ns,
                              const char *expected)
{
    struct environment e = with_clock(source, cost_ns, step_ns);
    expect_notes(&e, expected != NULL, &expected);
}

Test(environment, a_clock_is_good_by_its_name_and_its_cost)
{
    static const char *const good[] = {"tsc", "arch_sys_counter\n", "kvm-clock\n", "xen\n"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        expect_clock_note(good[i], 40, 1000, NULL);
    expect_clock_note("kvm-clock\n", 400, 400,
                      "the clock source is kvm-clock: a reading costs 400 ns");
    expect_clock_note("hpet\n", 900.4, 70, "the clock source is hpet: a reading costs 900 ns");
    expect_clock_note("acpi_pm\n", 20, 20, "the clock source is acpi_pm: a reading costs 20 ns");
    expect_clock_note("jiffies\n", -1, 20,
                      "the clock source is jiffies, no counter of the processor");
    expect_clock_note("", 400, 40, "a reading of the clock costs 400 ns");
    expect_clock_note("", 40, 1500, "the clock moves in steps of 1.5 us");
    expect_clock_note("tsc\n", -1, 4e6, "the clock moves in steps of 4000 us");
    expect_clock_note(
        "a_clock_source_with_a_name_that_is_much_too_long\n", 900, 900,
        "the clock source is a_clock_source_with_a_name_that: a reading costs 900 ns");
}

/* ---- all together ---- */

static struct environment bad_machine(void)
{
    put_quiet_machine();
    put("/proc/loadavg", "3.00 0 0\n");
    put_stat(2, 3);
    put(GOVERNOR(1), "ondemand\n");
    put(SMT, "1\n");
    struct environment e = with_clock("hpet\n", 1000, 5000);
    e.stolen_percent = 10;
    return e;
}

Test(environment, the_worst_first)
{
    struct environment e = bad_machine();
    expect_notes(
        &e, ENVIRONMENT_NOTES_MOST,
        (const char *const[]){"10.0 % of the CPU time was stolen by other virtual machines",
                              "the load average was 3.0 on 2 CPUs before the run",
                              "2 other tasks were ready to run on 2 CPUs when the run began",
                              "the clock source is hpet: a reading costs 1000 ns",
                              "the clock moves in steps of 5 us", "the CPU governor is ondemand",
                              "SMT is active: CPUs that share a core slow each other down"});
}

Test(environment, no_more_notes_than_there_is_room_for)
{
    struct environment e = bad_machine();
    char notes[3][ENVIRONMENT_NOTE_BYTES];
    strcpy(notes[2], "untouched");
    cr_expect_eq(environment_notes(&e, notes, 2), 2);
    cr_expect_str_eq(notes[1], "the load average was 3.0 on 2 CPUs before the run");
    cr_expect_str_eq(notes[2], "untouched");
    cr_expect_eq(environment_notes(&e, notes, 0), 0);
}

Test(environment, this_machine)
{
    struct environment e = environment_read();
    cpu_set_t allowed;
    cr_assert_eq(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    cr_expect_eq(e.cpus_allowed, CPU_COUNT(&allowed));
    cr_expect(e.cpus_online < 0 || e.cpus_online >= e.cpus_allowed);
    cr_expect(e.clock.cost_ns > 0 && e.clock.cost_ns < 100000, "%g ns", e.clock.cost_ns);
    cr_expect(e.clock.step_ns > 0 && e.clock.step_ns < 1e8, "%g ns", e.clock.step_ns);
    cr_expect(e.clock_source[0] != '\0' && e.governor[0] != '\0');
    cr_expect_lt(e.stolen_percent, 0);
    environment_finish(&e);
    cr_expect_leq(e.stolen_percent, 100);
}
