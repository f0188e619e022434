/* suite: compares the server models. Plans the runs, carries them out one after another, shows and
 * stores what was measured. bench/run.sh builds everything and starts it. */
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "announce.h"
#include "clock.h"
#include "conclude.h"
#include "counting.h"
#include "diag.h"
#include "elsewhere.h"
#include "experiments.h"
#include "interrupt.h"
#include "keeping.h"
#include "machine.h"
#include "orphans.h"
#include "progress.h"
#include "reference.h"
#include "results.h"
#include "resume.h"
#include "schedule.h"
#include "setups.h"
#include "suite.h"
#include "times.h"

static struct suite suite; /* large, and one of a kind */

/* ---- before the runs ---- */

/* A full disk and a reader that has gone are errors of a write, not the end of the suite. */
static void ignore_write_signals(void)
{
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

/* The folder of the servers and the client: as told, or that of this program. */
static bool find_bin(char path[PATH_MAX])
{
    if (suite.options.bin != NULL)
        return (size_t)snprintf(path, PATH_MAX, "%s", suite.options.bin) < PATH_MAX;
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (n <= 0)
        return false;
    path[n] = '\0';
    *strrchr(path, '/') = '\0';
    return true;
}

/* Whoever was asked something when Ctrl-C came has not answered: that is no fact about it, and
 * nothing is stored. */
static int interrupted(void)
{
    diag_error("interrupted before the first run");
    return SUITE_INTERRUPTED;
}

static int fail(const char *error, int status)
{
    if (interrupt_arrived())
        return interrupted();
    diag_error("%s", error);
    return status;
}

/* These return 0, or the exit status of a failure they have reported. */
static int load_workloads(void)
{
    struct catalogue *c = &suite.catalogue;
    char error[CATALOGUE_ERROR_BYTES];
    if (!catalogue_find_workloads(c, BENCH_FOLDER "/workloads", error)) {
        diag_error("%s", error);
        return SUITE_FAILED;
    }
    if (!experiments_with_workloads(suite.options.suite))
        c->workloads_count = 0;
    else if (suite.options.workloads == NULL && suite.options.quick)
        catalogue_choose_lecture(c);
    else if (suite.options.workloads != NULL &&
             !catalogue_choose_workloads(c, suite.options.workloads, error)) {
        diag_error("%s", error);
        return SUITE_USAGE;
    }
    if (!elsewhere_choose(&suite, error) || !experiments_check(&suite, error) ||
        !times_fit_courses(&suite, error)) {
        diag_error("%s", error);
        return SUITE_USAGE;
    }
    return 0;
}

static int load_models(const char *bin)
{
    struct catalogue *c = &suite.catalogue;
    char error[CATALOGUE_ERROR_BYTES];
    if (!catalogue_find_models(c, bin, error))
        return fail(error, SUITE_FAILED);
    snprintf(suite.base_model, sizeof suite.base_model, "%s", c->models[0].name);
    if (suite.options.models != NULL && !catalogue_choose_models(c, suite.options.models, error))
        return fail(error, SUITE_USAGE);
    return 0;
}

/* A list from the command line; NULL when there is none. */
static const cpu_set_t *wanted_cpus(cpu_set_t *set, const char *option, const char *text,
                                    const cpu_set_t *allowed, bool *good)
{
    char names[CPUS_TEXT_BYTES];
    if (text == NULL)
        return NULL;
    if (!cpus_parse(set, text, allowed)) {
        diag_error("--%s=%s: must be a list of the CPUs %s, as in 0,2-3", option, text,
                   cpus_text(allowed, names));
        *good = false;
    }
    return set;
}

static int divide_cpus(void)
{
    cpu_set_t allowed, server, client;
    char error[CATALOGUE_ERROR_BYTES];
    bool good = true;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        diag_error("cannot tell which CPUs are allowed: %s", strerror(errno));
        return SUITE_FAILED;
    }
    const cpu_set_t *wanted_server =
        wanted_cpus(&server, "server-cpus", suite.options.server_cpus, &allowed, &good);
    const cpu_set_t *wanted_client =
        wanted_cpus(&client, "client-cpus", suite.options.client_cpus, &allowed, &good);
    if (!good)
        return SUITE_USAGE;
    if (setups_choose(&suite, &allowed, wanted_server, wanted_client, error))
        return 0;
    diag_error("%s", error);
    return SUITE_USAGE;
}

/* How often, and in which order. */
static bool make_new_plan(void)
{
    const struct options *o = &suite.options;
    const struct catalogue *c = &suite.catalogue;
    if (o->blocks_auto)
        suite.blocks = schedule_pilot(&suite, times_of_run_ns(&suite));
    if (!plan_make(&suite.plan, suite.blocks, c->models_count, c->workloads_count, o->seed))
        return false;
    reference_leave_out(&suite);
    suite.runs = calloc(suite.plan.count, sizeof *suite.runs);
    return suite.runs != NULL;
}

static int make_plan(void)
{
    const struct options *o = &suite.options;
    char error[RESUME_ERROR_BYTES];
    times_choose(&suite);
    if (o->resume == NULL && !make_new_plan())
        return fail("out of memory", SUITE_FAILED);
    if (o->resume != NULL && !resume_plan(&suite, error))
        return fail(error, SUITE_USAGE);
    return 0;
}

/* The options of the suite that is gone on with, if one is. */
static int load_resumed(void)
{
    char error[RESUME_ERROR_BYTES];
    if (suite.options.resume == NULL || resume_read(&suite, error))
        return 0;
    diag_error("%s", error);
    return SUITE_USAGE;
}

/* Other servers, which are asked what they know. */
static int load_references(const char *bin)
{
    char client[PATH_MAX + sizeof "/client"], error[REFERENCE_ERROR_BYTES];
    snprintf(client, sizeof client, "%s/client", bin);
    checksum_of_file(suite.client_checksum, client); /* one that is not there fails its runs */
    return reference_prepare(&suite, client, error) ? 0 : fail(error, SUITE_FAILED);
}

/* ---- the runs ---- */

static void report_trouble(const struct run *run)
{
    if (run_is_answer(run) || run->outcome == RUN_INTERRUPTED)
        return;
    progress_clear();
    printf("%s, %s, block %zu: %s: %s\n", suite.catalogue.models[run->model].name,
           suite.catalogue.workloads[run->workload].name, run->block + 1,
           run_outcome_text(run->outcome), run->detail);
    fflush(stdout);
}

static void carry_out_step(const struct plan_step *step, const char *client,
                           const struct results *results)
{
    struct run *run = &suite.runs[suite.runs_count++];
    run->block = step->block;
    run->model = step->model;
    run->workload = step->workload;
    /* The models of one block meet the same random requests. */
    run->client_seed =
        suite.options.seed + step->block * suite.catalogue.workloads_count + step->workload;
    struct run_setting setting = {
        .model = &suite.catalogue.models[step->model],
        .workload = &suite.catalogue.workloads[step->workload],
        .cpus = suite_cpus(&suite, step->workload),
        .client = client,
        .result_path = results->scratch,
        .warmup_ns = suite.warmup_ns,
        .run_ns = suite.run_ns,
        .sources = &suite.sources,
    };
    run_carry_out(run, &setting);
    report_trouble(run);
}

/* False when memory does not suffice for the blocks that are still needed. */
static bool carry_out_plan(const char *client, const struct results *results)
{
    struct keeping keeping = {0};
    int64_t started_ns = clock_now_ns() - suite.elapsed_ns;
    enum schedule next;
    do {
        while (suite.runs_count < suite.plan.count && !interrupt_arrived()) {
            progress_show(&suite, suite.runs_count, started_ns);
            carry_out_step(&suite.plan.steps[suite.runs_count], client, results);
            suite.elapsed_ns = clock_now_ns() - started_ns;
            steal_collect(&suite.steal, &suite.steal_mark, steal_now());
            if (!interrupt_arrived())
                keeping_after_run(&keeping, results, &suite);
        }
        next = interrupt_arrived() ? SCHEDULE_DONE
                                   : schedule_more(&suite, clock_now_ns() - started_ns);
    } while (next == SCHEDULE_MORE);
    progress_clear();
    return next == SCHEDULE_DONE;
}

static bool carry_out_all(const char *bin, const struct results *results)
{
    char client[PATH_MAX + sizeof "/client"];
    int64_t started_ns = clock_now_ns() - suite.elapsed_ns;
    snprintf(client, sizeof client, "%s/client", bin);
    bool planned = carry_out_plan(client, results);
    bool good = counting_carry_out(&suite, client, results->scratch) &&
                experiments_carry_out(&suite, client, results->scratch) && planned;
    suite.elapsed_ns = clock_now_ns() - started_ns;
    return good;
}

/* ---- all of it ---- */

static void release(void)
{
    for (size_t i = 0; i < suite.runs_count; i++)
        run_free(&suite.runs[i]);
    free(suite.runs);
    counting_free(&suite);
    plan_free(&suite.plan);
    json_decref(suite.machine);
    json_decref(suite.experiments);
    json_decref(suite.resumed);
    free(suite.experiments_text);
    ledger_release(&suite.sources);
}

/* Nobody else has gone on with what is gone on with. */
static bool is_current(struct results *results)
{
    char error[RESUME_ERROR_BYTES];
    if (suite.options.resume == NULL || resume_is_current(&suite, error))
        return true;
    diag_error("%s", error);
    results_close(results);
    return false;
}

static bool open_results(struct results *results)
{
    char error[RESULTS_ERROR_BYTES];
    time_t now = time(NULL);
    if (suite.options.resume == NULL)
        strftime(suite.started_at, sizeof suite.started_at, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    bool opened = suite.options.resume != NULL
                      ? results_reopen(results, suite.options.resume, error)
                      : results_open(results, suite.options.out, suite.started_at, error);
    if (!opened)
        diag_error("%s", error);
    return opened && is_current(results);
}

static int look_around(void)
{
    if (suite.machine == NULL)
        suite.machine = machine_facts();
    suite.sources.elsewhere = suite.options.hosts != NULL;
    if (!suite.sources.elsewhere)
        ledger_probe(&suite.sources);
    return interrupt_arrived() ? interrupted() : 0;
}

static int compare(const char *bin)
{
    struct results results;
    if (!open_results(&results))
        return SUITE_FAILED;
    suite.experiments = json_array();
    announce_plan(&suite, times_of_run_ns(&suite));
    suite.steal_mark = steal_now();
    bool planned = carry_out_all(bin, &results);
    steal_collect(&suite.steal, &suite.steal_mark, steal_now());
    if (!planned)
        diag_error("out of memory: no further runs");
    int status = conclude(&suite, &results);
    results_close(&results);
    return planned || status != 0 ? status : SUITE_FAILED;
}

int main(int argc, char **argv)
{
    char bin[PATH_MAX];
    diag_init(OPTIONS_PROGRAM, false);
    ignore_write_signals();
    options_parse(&suite.options, argc, argv);
    gsl_set_error_handler_off();
    int status = load_resumed();
    if (status == 0)
        status = load_workloads();
    if (status == 0)
        status = divide_cpus();
    if (status != 0 || suite.options.check)
        return status;
    if (!interrupt_init() || !orphans_init()) {
        diag_error("cannot prepare for signals or children: %s", strerror(errno));
        return SUITE_FAILED;
    }
    if (!find_bin(bin)) {
        diag_error("cannot tell the folder of the programs: use --bin");
        return SUITE_FAILED;
    }
    status = load_models(bin);
    if (status != 0)
        return status;
    if (suite.options.list) {
        announce_choice(&suite);
        return 0;
    }
    status = load_references(bin);
    if (status != 0)
        return status;
    status = make_plan();
    if (status == 0)
        status = look_around();
    if (status == 0)
        status = compare(bin);
    release();
    return status;
}
