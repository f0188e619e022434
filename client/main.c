/* client: loads a RESP server and tells how it did.
 *
 *     client --once ECHO Bonjour
 *     client -c 50 -d 10 --json=result.json ECHO {payload:64}
 *
 * --help tells the rest. See load.h for how a run is made, exchange.h for a connection's turn. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "figure.h"
#include "once.h"
#include "options.h"
#include "output.h"
#include "report.h"
#include "verdict.h"

static int fail_target(const struct options *o, const char *reason)
{
    diag_error("%s:%u: %s", o->host, (unsigned)net_port(&o->load.target), reason);
    return 1;
}

static int run_once(const struct options *o)
{
    char error[ONCE_ERROR_BYTES];
    int status = once_run(&o->load, error);
    if (status < 0)
        return fail_target(o, error);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        diag_error("standard output: %s", strerror(errno));
        return 1;
    }
    return status;
}

static double known_ns(const struct histogram *h, uint32_t quantile)
{
    struct figure figure = figure_quantile((struct figure_source){h, NULL}, quantile);
    return figure.knowledge == FIGURE_KNOWN ? (double)figure.ns : -1;
}

static struct verdict judge(const struct load *load, const struct load_result *result)
{
    const struct measure *m = &result->sum;
    struct verdict_facts facts = {
        .planned = m->planned,
        .ok = m->outcomes[OUTCOME_OK],
        .mismatches = m->outcomes[OUTCOME_MISMATCH],
        .fairness = result->fairness,
        .cpu_busy_worst = m->wall_ns > 0 ? m->cpu_busy_worst : -1,
        .lag_p99_ns = known_ns(&m->generator_lag, 990000),
        .service_p50_ns = known_ns(&m->service.answered, 500000),
        .covered_s = (double)m->covered_ns / (double)CLOCK_S,
        .window_s = result->window_s,
        .is_closed = load->pipeline == 1 && load->requests == 0 && !result->interrupted,
        .incomplete = m->incomplete,
        .hopeless = result->hopeless ? strerror(m->connect_errno) : NULL,
    };
    return verdict_of(&facts);
}

static bool write_file(const char *path, bool (*put)(FILE *, const struct report *),
                       const struct report *report)
{
    if (path == NULL || output_write(path, put, report))
        return true;
    diag_error("%s: %s", path, strerror(errno));
    return false;
}

static bool publish(const struct options *o, const struct report *report)
{
    bool good = write_file(o->json, report_put_json, report);
    good = write_file(o->csv, report_put_csv, report) && good;
    if (report->result->hopeless) {
        fail_target(o, strerror(report->result->sum.connect_errno));
    } else if (!o->quiet && !report_put_text(stdout, report)) {
        diag_error("standard output: %s", strerror(errno));
        good = false;
    }
    return good;
}

static int run_load(struct options *o)
{
    char error[LOAD_ERROR_BYTES];
    time_t started_at = time(NULL);
    o->load.show_progress = !o->quiet && isatty(STDERR_FILENO);
    struct load_result *result = load_run(&o->load, error);
    if (result == NULL) {
        diag_error("%s", error);
        return 1;
    }
    struct verdict verdict = judge(&o->load, result);
    struct report report = {&o->load, result, &verdict, o->host, o->command, started_at};
    bool good = publish(o, &report) && verdict.kind != VERDICT_FAILED;
    if (!measure_adds_up(&result->sum)) {
        diag_error("the outcomes do not add up to the requests that were planned: a fault of this "
                   "program");
        good = false;
    }
    load_result_free(result);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct options options;
    diag_init("client", false);
    signal(SIGPIPE, SIG_IGN); /* an output that nobody reads is an error like others */
    options_read(&options, argc, argv);
    int status = options.once ? run_once(&options) : run_load(&options);
    options_free(&options);
    return status;
}
