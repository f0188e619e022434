#include "results_json.h"

#include <math.h>

#include "comparison.h"
#include "counting.h"
#include "figures.h"
#include "precision.h"
#include "setups.h"

static json_t *or_null(json_t *borrowed)
{
    return borrowed != NULL ? json_incref(borrowed) : json_null();
}

/* A path or a question may be no UTF-8, which JSON cannot hold. */
static json_t *text_or_null(const char *text)
{
    json_t *string = json_string(text);
    return string != NULL ? string : json_null();
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *known_or_null(int64_t value)
{
    return value < 0 ? json_null() : json_integer(value);
}

/* Takes the item. NULL when memory is short, which json_pack passes on: no list is ever cut short.
 */
static json_t *append(json_t *list, json_t *item)
{
    if (json_array_append_new(list, item) == 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *suite_options(const struct suite *s)
{
    char server[CPUS_TEXT_BYTES], client[CPUS_TEXT_BYTES], shared[CPUS_TEXT_BYTES];
    bool planned = s->options.blocks_auto, both = s->options.cpus == OPTIONS_CPUS_BOTH;
    cpus_text(&s->shared_cpus.server, shared);
    return json_pack(
        "{s:s, s:b, s:I, s:b, s:o, s:o, s:f, s:f, s:I, s:o, s:s, s:s, s:s, s:o, s:o, "
        "s:b, s:o, s:o, s:o, s:I, s:f}",
        "suite", s->options.suite, "quick", (int)s->options.quick, "blocks", (json_int_t)s->blocks,
        "blocks_auto", (int)planned, "half_width_wanted",
        real_or_null(planned ? s->options.half_width : NAN), "budget_s",
        real_or_null(planned ? (double)s->options.budget_ns / 1e9 : NAN), "seconds",
        (double)s->run_ns / 1e9, "warmup_s", (double)s->warmup_ns / 1e9, "seed",
        (json_int_t)s->options.seed, "hosts", text_or_null(s->options.hosts), "server_cpus",
        cpus_text(&s->cpus.server, server), "client_cpus", cpus_text(&s->cpus.client, client),
        "cpus",
        both            ? "pinned apart and shared"
        : s->cpus.apart ? "pinned apart"
                        : "shared",
        "shared_cpus", both ? json_string(shared) : json_null(), "cpus_wanted",
        text_or_null(setups_name(s->options.cpus)), "counting", (int)!s->options.no_counting,
        "experiments", text_or_null(s->options.experiments), "server_cpus_wanted",
        text_or_null(s->options.server_cpus), "client_cpus_wanted",
        text_or_null(s->options.client_cpus), "blocks_wanted", (json_int_t)s->options.blocks,
        "seconds_wanted", (double)s->options.run_ns / 1e9);
}

static json_t *models(const struct suite *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->catalogue.models_count; i++) {
        const struct catalogue_model *m = &s->catalogue.models[i];
        list = append(list, json_pack("{s:s, s:o, s:o, s:b, s:s}", "name", m->name, "description",
                                      text_or_null(m->description), "server",
                                      text_or_null(m->server), "reference",
                                      (int)catalogue_is_reference(m), "checksum", m->checksum));
    }
    return list;
}

static json_t *workloads(const struct suite *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->catalogue.workloads_count; i++) {
        const struct catalogue_workload *w = &s->catalogue.workloads[i];
        list = append(list,
                      json_pack("{s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:o}", "name",
                                text_or_null(w->name), "question", text_or_null(w->question),
                                "expected", text_or_null(w->expected), "file",
                                text_or_null(w->path), "checksum", w->checksum, "cpus",
                                suite_cpus(s, i)->apart ? "pinned apart" : "shared", "judged_by",
                                comparison_measure_text(comparison_measure(s, i)), "course_s",
                                real_or_null(w->course_ns > 0 ? (double)w->course_ns / 1e9 : NAN)));
    }
    return list;
}

/* References under workloads that are none for them. */
static json_t *not_available(const struct suite *s)
{
    json_t *list = json_array();
    for (size_t w = 0; w < s->catalogue.workloads_count; w++)
        for (size_t m = 0; m < s->catalogue.models_count; m++)
            if (suite_not_available(s, w, m) != NULL)
                list =
                    append(list, json_pack("{s:s, s:o, s:o}", "model", s->catalogue.models[m].name,
                                           "workload", text_or_null(s->catalogue.workloads[w].name),
                                           "why", text_or_null(suite_not_available(s, w, m))));
    return list;
}

/* The planned order: it tells what is missing when the suite was ended early. */
static json_t *order(const struct suite *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->plan.count; i++) {
        const struct plan_step *step = &s->plan.steps[i];
        list = append(list, json_pack("[I, s, o]", (json_int_t)step->block,
                                      s->catalogue.models[step->model].name,
                                      text_or_null(s->catalogue.workloads[step->workload].name)));
    }
    return list;
}

/* Who else was there, and what they saw. */
static json_t *companions(const struct run *run)
{
    json_t *list = json_array();
    for (size_t i = 0; run->accompanied && i < run->asked->companions.count; i++)
        list = append(list, companion_json(&run->asked->companions.list[i], &run->companions[i]));
    return list;
}

static json_t *run_json(const struct suite *s, const struct run *run)
{
    json_t *server = json_pack("{s:o, s:o, s:o, s:o, s:o}", "ready", or_null(run->ready), "served",
                               or_null(run->served), "cpu_us", known_or_null(run->server_cpu_us),
                               "cpu_us_per_request", real_or_null(run_cpu_us_per_request(run)),
                               "peak_kib", known_or_null(run->server_peak_kib));
    return json_pack("{s:I, s:s, s:o, s:I, s:s, s:o, s:b, s:o, s:o, s:o, s:o}", "block",
                     (json_int_t)run->block, "model", s->catalogue.models[run->model].name,
                     "workload", text_or_null(s->catalogue.workloads[run->workload].name),
                     "client_seed", (json_int_t)run->client_seed, "outcome",
                     run_outcome_text(run->outcome), "detail", text_or_null(run->detail), "valid",
                     (int)run_is_valid(run), "server", server, "client", or_null(run->client),
                     "companions", companions(run), "ledger",
                     ledger_json(&run->ledger, run->served));
}

static json_t *runs(const struct suite *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->runs_count; i++)
        list = append(list, run_json(s, &s->runs[i]));
    return list;
}

/* The counting runs: only what they counted. */
static json_t *counted(const struct suite *s)
{
    json_t *list = json_array();
    for (size_t w = 0; w < s->catalogue.workloads_count; w++)
        for (size_t m = 0; m < s->catalogue.models_count; m++) {
            const struct run *run = counting_run(s, w, m);
            if (run == NULL)
                continue;
            list = append(list, json_pack("{s:s, s:o, s:s, s:s, s:o}", "model",
                                          s->catalogue.models[m].name, "workload",
                                          text_or_null(s->catalogue.workloads[w].name), "ended",
                                          run_outcome_text(run->outcome), "detail", run->detail,
                                          "ledger", ledger_json(&run->ledger, run->served)));
        }
    return list;
}

/* ---- what follows from the runs ---- */

static json_t *interval_json(double value, struct interval i)
{
    return json_pack("{s:o, s:o, s:o}", "value", real_or_null(value), "low", real_or_null(i.low),
                     "high", real_or_null(i.high));
}

static json_t *outliers(const struct suite *s, const struct summary *summary)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->runs_count; i++) {
        const struct run *run = &s->runs[i];
        if (!summary_holds(summary, run) || summary_outlier(summary, run) == OUTLIER_NONE)
            continue;
        double rps = figures_rps(run);
        list = append(list, json_pack("{s:I, s:o, s:o, s:s}", "block", (json_int_t)run->block,
                                      "throughput_rps", real_or_null(rps), "over_median",
                                      real_or_null(rps / summary->rps.median), "kind",
                                      outliers_text(summary_outlier(summary, run))));
    }
    return list;
}

static json_t *summary_json(const struct suite *s, const struct summary *summary)
{
    return json_pack(
        "{s:o, s:s, s:I, s:I, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}",
        "workload", text_or_null(s->catalogue.workloads[summary->workload].name), "model",
        s->catalogue.models[summary->model].name, "runs", (json_int_t)summary->runs, "measured",
        (json_int_t)summary->measured, "valid", (json_int_t)summary->valid, "best",
        (int)summary->best, "throughput_rps",
        interval_json(summary->rps.median, summary->rps_interval), "ratio",
        interval_json(summary->ratio.value, summary->ratio.interval), "ratio_bootstrap",
        interval_json(summary->ratio.value, summary->ratio_check), "ratio_p_holm",
        real_or_null(summary->ratio_p), "p50_us",
        interval_json(summary->p50_us, summary->p50_interval), "p99_us",
        interval_json(summary->p99_us, summary->p99_interval), "best_p99", (int)summary->best_p99,
        "p99_ratio", interval_json(summary->p99_ratio.value, summary->p99_ratio.interval),
        "p99_p_holm", real_or_null(summary->p99_p), "outliers", outliers(s, summary));
}

static json_t *summaries_json(const struct suite *s, const struct summary *summaries)
{
    json_t *list = json_array();
    size_t count = s->catalogue.models_count * s->catalogue.workloads_count;
    for (size_t i = 0; i < count; i++)
        list = append(list, summary_json(s, &summaries[i]));
    return list;
}

static json_t *precisions(const struct suite *s, const struct summary *summaries)
{
    json_t *list = json_array();
    for (size_t w = 0; w < s->catalogue.workloads_count; w++) {
        struct precision p = precision_of(s, summaries + w * s->catalogue.models_count);
        json_t *model = p.count > 0 ? json_string(s->catalogue.models[p.model].name) : json_null();
        list = append(list, json_pack("{s:o, s:I, s:o, s:o, s:s}", "workload",
                                      text_or_null(s->catalogue.workloads[w].name), "blocks",
                                      (json_int_t)p.count, "half_width", real_or_null(p.half_width),
                                      "model", model, "of", p.of_ratio ? "ratio" : "mean"));
    }
    return list;
}

bool results_write_json(FILE *to, const struct suite *s, const struct summary *summaries)
{
    json_t *document = json_pack(
        "{s:s, s:s, s:b, s:b, s:I, s:f, s:f, s:f, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, "
        "s:o, s:o}",
        "schema", "server-models-bench/1", "started_at", s->started_at, "complete",
        (int)suite_is_complete(s), "finished", (int)s->finished, "resumed", (json_int_t)s->resumes,
        "elapsed_s", (double)s->elapsed_ns / 1e9, "cpu_wanted_s", s->steal.wanted_s, "cpu_stolen_s",
        s->steal.stolen_s, "client_checksum", s->client_checksum, "base_model", s->base_model,
        "options", suite_options(s), "machine", or_null(s->machine), "models", models(s),
        "workloads", workloads(s), "not_available", not_available(s), "order", order(s), "runs",
        runs(s), "counted", counted(s), "summaries", summaries_json(s, summaries), "precision",
        precisions(s, summaries), "experiments", or_null(s->experiments));
    bool written = document != NULL &&
                   json_dumpf(document, to, JSON_INDENT(1) | JSON_REAL_PRECISION(15)) == 0 &&
                   fputc('\n', to) != EOF;
    json_decref(document);
    return written;
}
