#include "environment.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* ---- what is doubtful ---- */

/* Whoever meets a stolen moment waits for its end: with half a percent of the time gone, half of
 * the requests beyond p99 may owe their latency to the host. */
static const double STOLEN_PERCENT = 0.5;

/* The load and the client need CPUs of their own. Half of them taken by others leaves too few on
 * any machine, and a single busy task is half of two. */
static const double BUSY_SHARE = 0.5;

/* A reading in user space takes 15 to 80 ns; more means a system call or a device. The client reads
 * the clock twice a request, which at 150 ns is 2 % of a fast exchange of 15 us. */
static const double CLOCK_COST_NS = 150;

/* Latencies are told in microseconds. */
static const double CLOCK_STEP_NS = 1000;

/* Names in the kernel of clock sources that the C library reads without a system call: counters of
 * the processor, and those of a virtual machine, which are such a counter and a scale that the host
 * keeps in shared memory. kvm-clock, xen and Hyper-V's are therefore no reason for doubt by name:
 * on a host whose counter is not stable each reading is a system call, and its cost tells that. */
static const char *const counters[] = {
    "tsc", "arch_sys_counter", "kvm-clock", "xen", "hyperv_clocksource_tsc_page", "timebase",
    "tod", "riscv_clocksource"};

/* ---- files ---- */

static FILE *open_below(const char *root, const char *path)
{
    char name[PATH_MAX];
    int length = snprintf(name, sizeof name, "%s%s", root, path);
    return length < (int)sizeof name ? fopen(name, "re") : NULL;
}

/* The first word of a file, cut where it is too long; "unknown" when there is none. */
static bool read_word(const char *root, const char *path, char word[ENVIRONMENT_NAME_BYTES])
{
    FILE *file = open_below(root, path);
    bool good = file != NULL && fgets(word, ENVIRONMENT_NAME_BYTES, file) != NULL;
    if (file != NULL)
        fclose(file);
    if (good)
        word[strcspn(word, " \t\n")] = '\0';
    good = good && word[0] != '\0';
    if (!good)
        strcpy(word, "unknown");
    return good;
}

static double read_load_average(const char *root)
{
    char word[ENVIRONMENT_NAME_BYTES], *end;
    if (!read_word(root, "/proc/loadavg", word) || !isdigit((unsigned char)word[0]))
        return -1;
    double load = strtod(word, &end);
    return *end == '\0' && isfinite(load) ? load : -1;
}

static enum environment_answer read_smt(const char *root)
{
    char word[ENVIRONMENT_NAME_BYTES];
    read_word(root, "/sys/devices/system/cpu/smt/active", word);
    if (strcmp(word, "1") == 0)
        return ENVIRONMENT_YES;
    return strcmp(word, "0") == 0 ? ENVIRONMENT_NO : ENVIRONMENT_UNKNOWN;
}

static void read_clock_source(const char *root, struct environment *e)
{
    if (!read_word(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
                   e->clock_source))
        return;
    e->clock_is_counter = ENVIRONMENT_NO;
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        if (strcmp(e->clock_source, counters[i]) == 0)
            e->clock_is_counter = ENVIRONMENT_YES;
}

static void read_governor(const char *root, const cpu_set_t *cpus,
                          char governor[ENVIRONMENT_NAME_BYTES])
{
    strcpy(governor, "unknown");
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        char path[80], word[ENVIRONMENT_NAME_BYTES];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%zu/cpufreq/scaling_governor", cpu);
        if (!CPU_ISSET(cpu, cpus) || !read_word(root, path, word))
            continue;
        strcpy(governor, word);
        if (strcmp(word, "performance") != 0)
            return;
    }
}

/* ---- /proc/stat ---- */

struct stat_facts {
    int cpus_online, others_running; /* -1: unknown */
    struct environment_ticks ticks;
};

/* Behind "cpu3" stand its ticks of user, nice, system, idle, iowait, irq, softirq and steal. Those
 * of guests, behind them, are in user and nice already. Adds nothing if some are missing. */
static void add_ticks(struct environment_ticks *ticks, const char *text)
{
    enum { FIELDS = 8 };
    uint64_t all = 0, value = 0;
    for (int field = 0; field < FIELDS; field++) {
        char *end;
        value = strtoull(text, &end, 10);
        if (end == text)
            return;
        text = end;
        all += value;
    }
    ticks->cpus++;
    ticks->all += all;
    ticks->stolen += value;
}

static void read_stat_line(struct stat_facts *facts, const char *line, const cpu_set_t *allowed)
{
    static const char running[] = "procs_running ";
    if (strncmp(line, "cpu", 3) == 0 && isdigit((unsigned char)line[3])) {
        char *end;
        unsigned long cpu = strtoul(line + 3, &end, 10);
        facts->cpus_online++;
        if (cpu < CPU_SETSIZE && CPU_ISSET(cpu, allowed))
            add_ticks(&facts->ticks, end);
    } else if (strncmp(line, running, sizeof running - 1) == 0) {
        /* This thread runs, so 0 is what a kernel writes that does not know. */
        long tasks = strtol(line + sizeof running - 1, NULL, 10);
        facts->others_running = tasks > 0 && tasks <= INT_MAX ? (int)tasks - 1 : -1;
    }
}

static struct stat_facts read_stat(const char *root, const cpu_set_t *allowed)
{
    struct stat_facts facts = {.others_running = -1};
    FILE *file = open_below(root, "/proc/stat");
    char *line = NULL;
    size_t bytes = 0;
    while (file != NULL && getline(&line, &bytes, file) > 0)
        read_stat_line(&facts, line, allowed);
    free(line);
    if (file != NULL)
        fclose(file);
    if (facts.cpus_online == 0)
        facts.cpus_online = -1;
    return facts;
}

/* ---- the clock ---- */

static int compare_rising(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* In batches, of which those that were interrupted are not the median. */
static double measure_cost(int64_t (*now_ns)(void))
{
    enum { BATCHES = 15, READINGS = 1000 };
    int64_t took_ns[BATCHES];
    for (int batch = 0; batch < BATCHES; batch++) {
        int64_t begin_ns = now_ns();
        for (int i = 1; i < READINGS; i++)
            now_ns();
        took_ns[batch] = now_ns() - begin_ns;
    }
    qsort(took_ns, BATCHES, sizeof *took_ns, compare_rising);
    int64_t median_ns = took_ns[BATCHES / 2];
    return median_ns > 0 ? (double)median_ns / READINGS : -1; /* 0: it stood still meanwhile */
}

/* The most readings are for a clock that moves with the timer interrupt: 20 ms hold two steps. */
static double measure_step(int64_t (*now_ns)(void))
{
    enum { STEPS = 1000, READINGS_MOST = 1000000 };
    int64_t least_ns = INT64_MAX, last_ns = now_ns();
    for (int reading = 0, steps = 0; reading < READINGS_MOST && steps < STEPS; reading++) {
        int64_t ns = now_ns(), step_ns = ns - last_ns;
        last_ns = ns;
        if (step_ns <= 0)
            continue;
        steps++;
        if (step_ns < least_ns)
            least_ns = step_ns;
    }
    return least_ns < INT64_MAX ? (double)least_ns : -1;
}

struct environment_clock environment_measure_clock(int64_t (*now_ns)(void))
{
    return (struct environment_clock){.cost_ns = measure_cost(now_ns),
                                      .step_ns = measure_step(now_ns)};
}

/* ---- begin and end ---- */

struct environment environment_read_at(const char *root, const cpu_set_t *allowed)
{
    struct environment e = {.clock = {-1, -1}, .cpus_allowed = -1, .stolen_percent = -1};
    if (allowed != NULL) {
        e.allowed = *allowed;
        e.cpus_allowed = CPU_COUNT(allowed);
    }
    struct stat_facts facts = read_stat(root, &e.allowed);
    e.cpus_online = facts.cpus_online;
    e.others_running = facts.others_running;
    e.begin = facts.ticks;
    e.load_average = read_load_average(root);
    e.smt = read_smt(root);
    read_clock_source(root, &e);
    read_governor(root, &e.allowed, e.governor);
    return e;
}

struct environment environment_read(void)
{
    cpu_set_t allowed;
    bool known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    struct environment e = environment_read_at("", known ? &allowed : NULL);
    e.clock = environment_measure_clock(clock_now_ns);
    /* A second look, as a task that only passed by is no reason for doubt. */
    struct stat_facts again = read_stat("", &e.allowed);
    if (again.others_running < e.others_running)
        e.others_running = again.others_running;
    e.begin = again.ticks;
    return e;
}

void environment_finish_at(struct environment *e, const char *root)
{
    struct environment_ticks end = read_stat(root, &e->allowed).ticks;
    e->stolen_percent = -1;
    if (end.cpus == 0 || end.cpus != e->begin.cpus || end.all <= e->begin.all ||
        end.stolen < e->begin.stolen)
        return;
    uint64_t all = end.all - e->begin.all, stolen = end.stolen - e->begin.stolen;
    if (stolen <= all) /* else a CPU was replaced by another, or the time of idling was corrected */
        e->stolen_percent = 100 * (double)stolen / (double)all;
}

void environment_finish(struct environment *e)
{
    environment_finish_at(e, "");
}

/* ---- notes ---- */

struct notes {
    char (*texts)[ENVIRONMENT_NOTE_BYTES];
    size_t count, most;
};

__attribute__((format(printf, 2, 3))) static void note(struct notes *n, const char *format, ...)
{
    if (n->count == n->most)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(n->texts[n->count++], ENVIRONMENT_NOTE_BYTES, format, args);
    va_end(args);
}

static void note_others(struct notes *n, const struct environment *e)
{
    double many = BUSY_SHARE * e->cpus_online;
    const char *plural = e->cpus_online == 1 ? "" : "s";
    if (e->stolen_percent >= STOLEN_PERCENT)
        note(n, "%.1f %% of the CPU time was stolen by other virtual machines", e->stolen_percent);
    if (e->cpus_online < 1)
        return;
    if (e->load_average >= many)
        note(n, "the load average was %.1f on %d CPU%s before the run", e->load_average,
             e->cpus_online, plural);
    if (e->others_running >= many)
        note(n, "%d other task%s ready to run on %d CPU%s when the run began", e->others_running,
             e->others_running == 1 ? " was" : "s were", e->cpus_online, plural);
}

static void note_clock(struct notes *n, const struct environment *e)
{
    bool named = strcmp(e->clock_source, "unknown") != 0, slow = e->clock.cost_ns > CLOCK_COST_NS;
    bool foreign = e->clock_is_counter == ENVIRONMENT_NO;
    if (foreign && e->clock.cost_ns < 0)
        note(n, "the clock source is %s, no counter of the processor", e->clock_source);
    else if (slow && !named)
        note(n, "a reading of the clock costs %.0f ns", e->clock.cost_ns);
    else if (slow || foreign)
        note(n, "the clock source is %s: a reading costs %.0f ns", e->clock_source,
             e->clock.cost_ns);
    if (e->clock.step_ns > CLOCK_STEP_NS)
        note(n, "the clock moves in steps of %g us", e->clock.step_ns / (double)CLOCK_US);
}

size_t environment_notes(const struct environment *e, char notes[][ENVIRONMENT_NOTE_BYTES],
                         size_t most)
{
    struct notes n = {.texts = notes, .most = most};
    note_others(&n, e);
    note_clock(&n, e);
    /* Any other lowers the frequency of an idle processor: a low load then looks slow. */
    if (strcmp(e->governor, "unknown") != 0 && strcmp(e->governor, "performance") != 0)
        note(&n, "the CPU governor is %s", e->governor);
    if (e->smt == ENVIRONMENT_YES)
        note(&n, "SMT is active: CPUs that share a core slow each other down");
    return n.count;
}
