/* limits: how near the servers come to what this machine allows. bench/limits.sh builds everything
 * and starts it. */
#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cpus.h"
#include "diag.h"
#include "interrupt.h"
#include "limits_options.h"
#include "measure.h"
#include "memory.h"
#include "orphans.h"
#include "verdicts.h"

enum { STATUS_FAILED = 1, STATUS_INTERRUPTED = 130 };

/* The warm-up takes this part of the measured time. */
enum { WARMUP_SHARE = 5 };

/* Large, and one of a kind. */
static struct limits_options options;
static struct stage stage;
static struct record records[ROWS_MOST];

/* ---- before the rounds ---- */

/* Standard descriptors that are closed would be taken by the first files opened. */
static void open_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static bool find_bin(void)
{
    if (options.bin != NULL)
        return (size_t)snprintf(stage.bin, sizeof stage.bin, "%s", options.bin) < sizeof stage.bin;
    ssize_t n = readlink("/proc/self/exe", stage.bin, sizeof stage.bin - 1);
    if (n <= 0)
        return false;
    stage.bin[n] = '\0';
    *strrchr(stage.bin, '/') = '\0';
    return true;
}

/* One CPU for the server, another for the client: the first two allowed, if there are two. */
static bool choose_cpus(void)
{
    cpu_set_t allowed;
    cpu_set_t *sets[] = {&stage.server_cpus, &stage.client_cpus};
    size_t found = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return false;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        CPU_ZERO(sets[found]);
        CPU_SET(cpu, sets[found++]);
    }
    if (found == 1)
        stage.client_cpus = stage.server_cpus;
    return found > 0;
}

static bool prepare(void)
{
    char error[CATALOGUE_ERROR_BYTES];
    if (!interrupt_init() || !orphans_init())
        diag_error("cannot prepare for signals or children: %s", strerror(errno));
    else if (!find_bin())
        diag_error("cannot tell the folder of the programs: use --bin");
    else if (!choose_cpus())
        diag_error("cannot tell which CPUs are allowed: %s", strerror(errno));
    else if (!catalogue_find_models(&stage.models, stage.bin, error))
        diag_error("%s", error);
    else
        return true;
    return false;
}

static struct measure_setting setting(void)
{
    return (struct measure_setting){.run_ns = options.run_ns,
                                    .warmup_ns = options.run_ns / WARMUP_SHARE,
                                    .idle_clients = (size_t)options.idle_clients};
}

static void announce(void)
{
    char server[CPUS_TEXT_BYTES], client[CPUS_TEXT_BYTES];
    bool apart = !CPU_EQUAL(&stage.server_cpus, &stage.client_cpus);
    printf("Server on CPU %s, client on CPU %s%s; rounds: %lld of %.6g s, seed %u\n",
           cpus_text(&stage.server_cpus, server), cpus_text(&stage.client_cpus, client),
           apart ? "" : " (shared: the figures say little)", (long long)options.rounds,
           (double)options.run_ns / 1e9, (unsigned)options.seed);
    printf("Memory: with %lld connections less with %lld; %lld KiB of kernel stack a thread\n",
           (long long)options.idle_clients, (long long)options.idle_clients / MEASURE_IDLE_STEPS,
           (long long)memory_kernel_stack_kib());
    fflush(stdout);
}

/* ---- the rounds ---- */

static void look_what_is_possible(void)
{
    const struct measure_setting s = setting();
    for (size_t i = 0; i < rows_count; i++)
        if (options.chosen[i])
            /* An interrupt tells nothing against a row. */
            records[i].possible = interrupt_arrived() ||
                                  measure_is_possible(&rows[i], &s, &stage, records[i].why_not) ||
                                  interrupt_arrived();
}

static void carry_out(size_t row, long long round, bool mark_first)
{
    const struct measure_setting s = setting();
    struct record *record = &records[row];
    struct measured measured;
    char why[CONTENDER_WHY_BYTES];
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[Kround %lld of %lld: %s", round + 1, (long long)options.rounds,
                rows[row].name);
    bool good = measure_row(&measured, &rows[row], &s, &stage, mark_first, why);
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    if (interrupt_arrived())
        return;
    if (good) {
        record->values[record->count++] = measured.value;
        record->client_limited += measured.client_limited;
    } else {
        record->failed++;
        printf("%s, round %lld: %s\n", rows[row].name, round + 1, why);
        fflush(stdout);
    }
}

/* Each round measures every row once, in an order of its own; the two of a ratio right after each
 * other. What slows the machine down for a while then falls on both. */
static void carry_out_rounds(gsl_rng *rng)
{
    size_t order[ROWS_MOST], count = 0;
    for (size_t i = 0; i < rows_count; i++)
        if (records[i].possible)
            order[count++] = i;
    for (long long round = 0; count > 0 && round < options.rounds; round++) {
        gsl_ran_shuffle(rng, order, count, sizeof *order);
        if (interrupt_arrived())
            return;
        if (!isatty(STDERR_FILENO))
            fprintf(stderr, "round %lld of %lld\n", round + 1, (long long)options.rounds);
        for (size_t i = 0; i < count; i++) {
            bool mark_first = gsl_rng_uniform_int(rng, 2) == 0;
            if (interrupt_arrived())
                return;
            carry_out(order[i], round, mark_first);
        }
    }
}

static int conclude(void)
{
    bool all_good = true;
    for (size_t i = 0; i < rows_count; i++)
        all_good = all_good && records[i].failed == 0 &&
                   verdict_of(&rows[i], &records[i]) != VERDICT_MISSED;
    verdicts_write(stdout, records, options.chosen);
    if (interrupt_arrived())
        puts("\nINCOMPLETE: ended early.");
    bool shown = fflush(stdout) == 0 && !ferror(stdout);
    if (!shown)
        diag_error("cannot show the results: %s", strerror(errno));
    if (interrupt_arrived())
        return STATUS_INTERRUPTED;
    return all_good && shown ? 0 : STATUS_FAILED;
}

/* With a folder for the client's results. */
static int measure(gsl_rng *rng)
{
    const char *tmp = getenv("TMPDIR");
    char folder[PATH_MAX - 16];
    int n = snprintf(folder, sizeof folder, "%s/limits.XXXXXX", tmp != NULL ? tmp : "/tmp");
    if ((size_t)n >= sizeof folder || mkdtemp(folder) == NULL) {
        diag_error("no folder for temporary files: %s", strerror(errno));
        return STATUS_FAILED;
    }
    snprintf(stage.result_path, sizeof stage.result_path, "%s/result.json", folder);
    announce();
    look_what_is_possible();
    carry_out_rounds(rng);
    rmdir(folder);
    return conclude();
}

int main(int argc, char **argv)
{
    open_standard_descriptors();
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    diag_init(LIMITS_PROGRAM, false);
    limits_options_parse(&options, argc, argv);
    if (options.check)
        return 0;
    if (options.list) {
        verdicts_write_list(stdout);
        return fflush(stdout) == 0 ? 0 : STATUS_FAILED;
    }
    gsl_set_error_handler_off();
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (rng == NULL) {
        diag_error("out of memory");
        return STATUS_FAILED;
    }
    gsl_rng_set(rng, options.seed);
    int status = prepare() ? measure(rng) : STATUS_FAILED;
    gsl_rng_free(rng);
    return status;
}
