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
#include "merge.h"
#include "once.h"
#include "options.h"
#include "output.h"
#include "report.h"
#include "self_test.h"
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

static double known_ns(struct figure_source source, uint32_t quantile)
{
    struct figure figure = figure_quantile(source, quantile);
    return figure_is_value(figure) ? (double)figure.ns : -1;
}

/* The same, but only where enough requests lie beyond it to be sure. */
static double sure_ns(struct figure_source source, uint32_t quantile)
{
    struct figure figure = figure_quantile(source, quantile);
    return figure.knowledge == FIGURE_KNOWN ? (double)figure.ns : -1;
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)CLOCK_S;
}

static void count_failures(struct verdict_facts *f, const struct tally *total)
{
    static const enum outcome broken[] = {OUTCOME_ERROR_REPLY, OUTCOME_CONNECT_FAILED,
                                          OUTCOME_RESET, OUTCOME_CLOSED_EARLY},
                              unanswered[] = {OUTCOME_TIMEOUT, OUTCOME_IN_FLIGHT, OUTCOME_UNSENT};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        f->broken += total->outcomes[broken[i]];
    for (size_t i = 0; i < sizeof unanswered / sizeof unanswered[0]; i++)
        f->unanswered += total->outcomes[unanswered[i]];
}

static struct verdict judge(const struct load *load, const struct load_result *result)
{
    const struct measure *m = &result->sum;
    const struct tally *total = &result->total;
    struct figure_source lag = {&m->generator_lag, NULL},
                         response = {&total->response.answered, &total->response.unanswered},
                         service = {&total->service.answered, &total->service.unanswered};
    struct verdict_facts facts = {
        .planned = total->planned,
        .ok = total->outcomes[OUTCOME_OK],
        .mismatches = total->outcomes[OUTCOME_MISMATCH],
        .duplicates = counter_result(&result->counter).duplicates,
        .fairness = result->fairness,
        .cpu_busy_worst = m->wall_ns > 0 ? m->cpu_busy_worst : -1,
        .lag_p99_ns = known_ns(lag, 990000),
        .lag_p999_ns = sure_ns(lag, 999000),
        .service_p50_ns = known_ns(service, 500000),
        .response_p99_ns = known_ns(response, 990000),
        .stalled_s = seconds(m->stalled_ns),
        .sockets_missing = m->sockets_missing,
        .covered_s = seconds(m->covered_ns),
        .window_s = result->window_s,
        .is_open = load->shape != LOAD_CLOSED && load->requests == 0,
        .rate = (double)load_arrivals_micro(load) / 1e6,
        .sent = (double)m->arrivals_sent,
        .is_regular = load->arrivals == ARRIVALS_CONSTANT,
        .arrival_p = result->arrival_p,
        .in_flight = result->in_flight,
        .throughput = result->throughput,
        .p50 = result->p50,
        .is_closed = load->shape == LOAD_CLOSED && load->pipeline == 1 && load->requests == 0 &&
                     !result->interrupted,
        .incomplete = m->incomplete,
        .hopeless = result->hopeless ? strerror(m->connect_errno) : NULL,
    };
    count_failures(&facts, total);
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
    good = write_file(o->hdr_log, report_put_hdr_log, report) && good;
    if (report->load->counter_key != NULL)
        good = write_file(o->counter_values, report_put_counter, report) && good;
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
    struct environment environment = environment_read();
    struct load_result *result = load_run(&o->load, error);
    if (result == NULL) {
        diag_error("%s", error);
        return 1;
    }
    environment_finish(&environment);
    struct verdict verdict = judge(&o->load, result);
    struct report report = {&o->load, result,     &verdict,   &environment,
                            o->host,  o->command, started_at, o->percentiles};
    bool good = publish(o, &report) && verdict.kind != VERDICT_FAILED &&
                result->total.outcomes[OUTCOME_OK] > 0;
    if (!tally_adds_up(&result->total)) {
        diag_error("the outcomes do not add up to the requests that were planned: a fault of this "
                   "program");
        good = false;
    }
    load_result_free(result);
    return good ? 0 : 1;
}

static int run(struct options *o)
{
    if (o->self_test)
        return self_test_run();
    if (o->merge_count > 0)
        return merge_run(o->merge_count, o->merge_paths, o->hdr_log);
    if (o->check)
        return 0; /* whatever is wrong was told before */
    return o->once ? run_once(o) : run_load(o);
}

int main(int argc, char **argv)
{
    struct options options;
    diag_init("client", false);
    signal(SIGPIPE, SIG_IGN); /* an output that nobody reads is an error like others */
    options_read(&options, argc, argv);
    int status = run(&options);
    options_free(&options);
    return status;
}
