/* What was written of a suite's runs, read again: nothing may be lost. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "restore.h"
#include "results_json.h"
#include "suite_sample.h"
#include "summary.h"

enum { BLOCKS = 2, WORKLOADS = 2, MODELS = 2, RUNS = BLOCKS * WORKLOADS * MODELS };

static json_t *written(const struct suite *s)
{
    char *text = NULL;
    size_t bytes;
    struct summary *summaries = summary_make(s);
    FILE *to = open_memstream(&text, &bytes);
    cr_assert(results_write_json(to, s, summaries));
    fclose(to);
    free(summaries);
    json_t *document = json_loads(text, 0, NULL);
    cr_assert_not_null(document);
    free(text);
    return document;
}

/* Runs of all kinds: measured with a ledger, with companions, without a result. */
static struct suite *sample(void)
{
    static const double rps[RUNS] = {100, 200.25, 90, 1e-3, 110, 210, 95, 7};
    struct suite *s = suite_sample(BLOCKS, WORKLOADS, MODELS, rps);
    s->options.suite = "default";
    strcpy(s->catalogue.workloads[0].name, "hold");
    strcpy(s->catalogue.workloads[1].name, "crowd");
    cr_assert(companion_parse(&s->catalogue.workloads[1].companions, "idle 10, crash 3",
                              (char[COMPANION_ERROR_BYTES]){0}));
    for (size_t i = 0; i < RUNS; i++) {
        struct run *run = &s->runs[i];
        run->asked = &s->catalogue.workloads[run->workload];
        run->client_seed = 7 + i;
        run->server_peak_kib = i % 2 == 0 ? -1 : 4321;
        ledger_begin(&run->ledger, NULL, false);
    }
    struct run *run = &s->runs[0];
    run->ready = json_pack("{s:s, s:i}", "server", "fake", "port", 1);
    run->ledger.entries[LEDGER_SERVER_CPU] =
        (struct ledger_entry){.value = 12.345678901234, .source = "cgroup v2 cpu.stat"};
    run->ledger.entries[LEDGER_FORKS] =
        (struct ledger_entry){.value = NAN, .source = "/proc/stat", .why = "no reply"};
    run->ledger.end.taken = true;
    run->ledger.late_ns = 1234567;
    s->runs[2].accompanied = s->runs[3].accompanied = true;
    s->runs[2].companions[1] = (struct companion_report){{3, 2, 1.5}};
    s->runs[3].companions[1] = (struct companion_report){{3, 0, NAN}};
    suite_sample_lose(&s->runs[5], RUN_SERVER_DIED);
    suite_sample_verdict(&s->runs[6], "STARVED");
    return s;
}

static void forget_runs(struct suite *s)
{
    for (size_t i = 0; i < RUNS; i++) {
        struct run bare = {
            .block = s->runs[i].block, .model = s->runs[i].model, .workload = s->runs[i].workload};
        run_free(&s->runs[i]);
        s->runs[i] = bare;
    }
}

Test(restore, what_was_written_is_written_again)
{
    struct suite *s = sample();
    json_t *before = written(s);
    const json_t *runs = json_object_get(before, "runs");
    forget_runs(s);
    for (size_t i = 0; i < RUNS; i++)
        cr_assert(restore_run(&s->runs[i], json_array_get(runs, i), s), "run %zu", i);
    cr_expect(run_is_valid(&s->runs[0]) && !run_is_valid(&s->runs[6]));
    cr_expect(run_is_answer(&s->runs[5]) == false && s->runs[5].outcome == RUN_SERVER_DIED);
    cr_expect(s->runs[2].accompanied && isnan(s->runs[3].companions[1].values[2]));
    json_t *after = written(s);
    cr_expect(json_equal(before, after));
    json_decref(after);
    suite_sample_free(s);
    json_decref(before);
}

static void expect_refusal(struct suite *s, json_t *json, const char *key, json_t *value)
{
    json_t *changed = json_copy(json);
    struct run run = {
        .block = s->runs[0].block, .model = s->runs[0].model, .workload = s->runs[0].workload};
    json_object_set_new(changed, key, value);
    cr_expect_not(restore_run(&run, changed, s), "another %s", key);
    run_free(&run);
    json_decref(changed);
}

Test(restore, another_run_is_refused)
{
    struct suite *s = sample();
    json_t *document = written(s);
    json_t *run = json_array_get(json_object_get(document, "runs"), 0);
    expect_refusal(s, run, "block", json_integer(1));
    expect_refusal(s, run, "model", json_string("second"));
    expect_refusal(s, run, "workload", json_string("crowd"));
    expect_refusal(s, run, "outcome", json_string("eaten"));
    expect_refusal(s, run, "outcome", json_string("interrupted"));
    expect_refusal(s, run, "client", json_null());
    expect_refusal(s, run, "client", json_object());
    cr_expect_not(restore_run(&(struct run){0}, NULL, s));
    suite_sample_free(s);
    json_decref(document);
}
