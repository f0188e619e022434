#include "capacity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capacity_answer.h"
#include "clock.h"
#include "fields.h"
#include "figures.h"
#include "format.h"
#include "interrupt.h"
#include "progress.h"

#define LIMIT_US    20000.0
#define REQUEST     "SPIN 300"
#define PRECISION   0.05
#define STEP        1.25
#define SHARE_LEAST 0.99
#define RUN_NS      (800 * CLOCK_MS)
#define WARMUP_NS   (150 * CLOCK_MS)
#define LONGEST_NS  (10 * CLOCK_S)

enum {
    REQUESTS_LEAST = 1300, /* a p99 takes 1000, and chance brings fewer than planned */
    SEARCH_RUNS = 24,      /* that a model's two searches take, about */
    CONFIRM_RUNS = 5,      /* at either end of what they found */
    RUNS_ABOUT = SEARCH_RUNS + 2 * CONFIRM_RUNS,
    DRAIN_MS = 250, /* about what one of them takes until what waits was answered */
    MODELS_MOST = CATALOGUE_MODELS_MOST,
};

struct answers {
    size_t count;
    struct capacity_answer of[MODELS_MOST]; /* the model of point m is that of answer m */
    size_t capacity;                        /* of the experiment's runs */
};

/* ---- a run ---- */

/* Of those that were planned within the window. */
static double share_answered(const struct run *run)
{
    const json_t *counts = json_object_get(run->client, "counts");
    int64_t planned = fields_number(counts, "planned", 0);
    return planned > 0 ? (double)fields_number(counts, "ok", 0) / (double)planned : NAN;
}

/* More than 1 of 100 requests would have taken longer than the limit had the client been on time: 5
 * of 100 took longer than that and twice the longest lateness, once for the request itself, and
 * once for the crowd that comes together behind it. One that never was answered took longer than
 * any. */
static bool is_too_slow_for_all_lateness(const struct run *run, double limit_us)
{
    double p95_us = figures_latency_us(run, "response", "p95");
    double lag_us = figures_latency_us(run, "generator_lag", "max");
    if (isnan(p95_us) && share_answered(run) < 0.95)
        p95_us = INFINITY;
    return p95_us - 2 * lag_us > limit_us;
}

/* What the client was late makes requests take longer, never shorter. */
static enum search_outcome judge_late(const struct run *run, double limit_us)
{
    if (is_too_slow_for_all_lateness(run, limit_us))
        return SEARCH_FAIL;
    return strcmp(run_verdict_without_lateness(run->client), "VALID") == 0 &&
                   share_answered(run) >= SHARE_LEAST && figures_p99_us(run) <= limit_us
               ? SEARCH_PASS
               : SEARCH_UNKNOWN;
}

enum search_outcome capacity_judge(const struct run *run, double limit_us)
{
    static const char *const blind[] = {"GENERATOR-LIMITED", "INCONSISTENT"};
    if (run->outcome == RUN_INTERRUPTED)
        return SEARCH_OVER;
    if (run->outcome != RUN_MEASURED)
        return SEARCH_FAIL;
    if (run_client_was_late(run->client))
        return judge_late(run, limit_us);
    for (size_t i = 0; i < sizeof blind / sizeof *blind; i++)
        if (strcmp(run_verdict(run), blind[i]) == 0)
            return SEARCH_UNKNOWN;
    double p99_us = figures_p99_us(run), share = share_answered(run);
    if (!run_is_valid(run) || share < SHARE_LEAST || p99_us > limit_us)
        return SEARCH_FAIL;
    return isnan(p99_us) || isnan(share) ? SEARCH_UNKNOWN : SEARCH_PASS;
}

/* One more point with its run, like point `model` but under this load; false when memory is short.
 */
static bool add_run(struct experiment *e, size_t model, double rate, const char *load)
{
    struct answers *answers = e->own;
    if (e->count == answers->capacity) {
        size_t capacity = 2 * e->count + 32;
        struct run *runs = reallocarray(e->runs, capacity, sizeof *runs);
        if (runs == NULL)
            return false;
        e->runs = runs;
        answers->capacity = capacity;
    }
    struct experiment_point *point = experiment_add(e);
    if (point == NULL)
        return false;
    point->model = e->points[model].model;
    point->x = rate;
    memcpy(point->label, e->points[model].label, sizeof point->label);
    snprintf(point->client, sizeof point->client, "%s " REQUEST, load);
    e->runs[e->count - 1] = (struct run){.model = point->model};
    return true;
}

/* What a search knows while it tries. */
struct trying {
    struct experiment *e;
    const struct suite *suite;
    const char *client, *result_path;
    size_t model;
    int64_t started_ns;
    bool out_of_memory;
};

/* As many requests as a p99 takes. */
static int64_t run_ns_of(const struct experiment *e, double rate)
{
    int64_t needed_ns = (int64_t)(REQUESTS_LEAST / rate * 1e9);
    int64_t ns = needed_ns > e->run_ns ? needed_ns : e->run_ns;
    return ns < LONGEST_NS ? ns : LONGEST_NS;
}

static enum search_outcome try(void *context, double rate)
{
    struct trying *t = context;
    struct experiment *e = t->e;
    char load[64];
    /* What takes 50 times the limit need not be waited for: so a hopeless run ends soon. */
    snprintf(load, sizeof load, "-k 1 -c 4000 --timeout=1s -r %.3f", rate);
    if (interrupt_arrived())
        return SEARCH_OVER;
    if (!add_run(e, t->model, rate, load)) {
        t->out_of_memory = true;
        return SEARCH_OVER;
    }
    struct run *run = &e->runs[e->count - 1];
    struct experiment longer = *e;
    longer.run_ns = run_ns_of(e, rate);
    run->client_seed = t->suite->options.seed + e->count;
    run->turn = e->count - ((struct answers *)e->own)->count;
    size_t models = ((struct answers *)e->own)->count;
    progress_show_experiment(e->name, e->count - 1, models * (RUNS_ABOUT + 1), t->started_ns);
    experiment_probe(run, &longer, &e->points[e->count - 1], t->suite, t->client, t->result_path);
    return capacity_judge(run, LIMIT_US);
}

/* ---- the course ---- */

static void search(struct trying *t, struct capacity_answer *answer)
{
    struct run *closed = &t->e->runs[t->model];
    closed->model = t->e->points[t->model].model;
    closed->client_seed = t->suite->options.seed;
    experiment_probe(closed, t->e, &t->e->points[t->model], t->suite, t->client, t->result_path);
    answer->closed_rps = closed->outcome == RUN_MEASURED ? figures_rps(closed) : NAN;
    answer->closed_limited =
        closed->outcome == RUN_MEASURED && strcmp(run_verdict(closed), "GENERATOR-LIMITED") == 0;
    answer->from_below.over = answer->from_above.over = closed->outcome == RUN_INTERRUPTED;
    if (!(answer->closed_rps > 0))
        return;
    struct search search = {.lowest = answer->closed_rps / 50,
                            .highest = answer->closed_rps * 4,
                            .step = STEP,
                            .precision = PRECISION,
                            .hopeless =
                                answer->closed_limited ? INFINITY : answer->closed_rps * 1.05,
                            .try = try,
                            .context = t};
    answer->from_below = search_from(&search, answer->closed_rps * CAPACITY_BELOW);
    answer->from_above = search_from(&search, answer->closed_rps * CAPACITY_ABOVE);
    struct search_interval both = search_join(answer->from_below, answer->from_above);
    if (both.low > 0 && !both.over)
        answer->confirmed = search_confirm(&search, both, CONFIRM_RUNS);
}

/* Runs that told something although the client was late. */
static size_t count_late(const struct experiment *e)
{
    size_t late = 0, models = ((const struct answers *)e->own)->count;
    for (size_t i = models; i < e->count; i++)
        late += e->runs[i].outcome == RUN_MEASURED && run_client_was_late(e->runs[i].client) &&
                capacity_judge(&e->runs[i], LIMIT_US) != SEARCH_UNKNOWN;
    return late;
}

static bool keep(struct experiment *e)
{
    json_t *list = json_array();
    bool good = list != NULL;
    const struct answers *answers = e->own;
    for (size_t m = 0; good && m < answers->count; m++) {
        json_t *answer = capacity_answer_json(&answers->of[m], e->points[m].label);
        good = json_array_append_new(list, answer) == 0;
    }
    if (!good) {
        json_decref(list);
        return false;
    }
    e->more = json_pack("{s:{s:i, s:f, s:s, s:f}, s:I, s:o}", "objective", "percentile", 99,
                        "limit_us", LIMIT_US, "request", REQUEST, "precision", PRECISION,
                        "late_runs", (json_int_t)count_late(e), "answers", list);
    return e->more != NULL;
}

static bool carry_out(struct experiment *e, const struct suite *suite, const char *client,
                      const char *result_path)
{
    static const struct search_interval not_begun = {.high = INFINITY, .over = true};
    struct answers *answers = e->own;
    struct trying t = {.e = e,
                       .suite = suite,
                       .client = client,
                       .result_path = result_path,
                       .started_ns = clock_now_ns()};
    e->blocks = 1; /* a rate is tried as often as the search needs */
    answers->count = answers->capacity = e->count;
    e->runs = calloc(e->count, sizeof *e->runs);
    if (e->runs == NULL)
        return false;
    for (size_t m = 0; m < answers->count; m++)
        answers->of[m] = (struct capacity_answer){
            .closed_rps = NAN, .from_below = not_begun, .from_above = not_begun};
    for (t.model = 0; t.model < answers->count && !interrupt_arrived(); t.model++)
        search(&t, &answers->of[t.model]);
    progress_clear();
    return !t.out_of_memory && keep(e);
}

/* ---- for people ---- */

static void show(FILE *to, const struct experiment *e)
{
    const struct answers *answers = e->own;
    capacity_answer_show_heads(to, "p99 <= 20 ms");
    bool limited = false;
    for (size_t m = 0; m < answers->count; m++) {
        const struct capacity_answer *a = &answers->of[m];
        capacity_answer_show(to, a, e->points[m].label);
        limited = limited || (a->from_below.limited && isinf(a->from_below.high)) ||
                  (a->from_above.limited && isinf(a->from_above.high)) || a->closed_limited;
        if (*experiment_reason(e, m) != '\0' && !(a->closed_rps > 0))
            fprintf(to, "    the closed loop failed: %s: %s\n", experiment_verdict(e, m),
                    experiment_reason(e, m));
    }
    fputs(
        "  Each request (" REQUEST ") comes on a connection of its own, at random (Poisson).\n"
        "  From the last rate that went well to the first that did not, in two runs of three\n"
        "  (beyond 1.05 times the closed loop: if the first of them failed); closed loop: the\n"
        "  most that 16 clients who always ask can get, however long they wait\n"
        "  Confirmed: of the runs that were then made at both ends of the interval, how many went\n"
        "  well at its lower one, where most should, and at its upper one, where most should not\n",
        to);
    size_t late = count_late(e);
    if (late > 0)
        fprintf(
            to,
            "  In %zu of %zu runs the client was late, and they tell all the same: p99 was within\n"
            "  the limit although that is in it, or p95 beyond it by more than twice its longest\n"
            "  lateness\n",
            late, e->count - answers->count);
    if (limited)
        fputs("  >=: beyond it nothing could be told: the client was the bottleneck, or so late "
              "that p99 is\n  not the server's, or too few requests came for a p99\n",
              to);
}

bool capacity_define(struct experiment *e, const struct suite *suite)
{
    *e = (struct experiment){
        .kind = "capacity",
        .name = "capacity",
        .title = "Requests a second while p99 stays within 20 ms",
        .question = "How many requests a second can each model take in while p99 stays <= 20 ms?",
        .x = {"offered rate", "1/s", true},
        .blocks = 1,
        .run_ns = RUN_NS,
        .warmup_ns = WARMUP_NS,
        .no_tables = true,
        .course = carry_out,
        .show_more = show,
        .more_runs = suite->catalogue.models_count * RUNS_ABOUT,
        .more_ns = (int64_t)(suite->catalogue.models_count * RUNS_ABOUT) * DRAIN_MS * CLOCK_MS,
        .own = calloc(1, sizeof(struct answers)),
    };
    for (size_t m = 0; e->own != NULL && m < suite->catalogue.models_count; m++) {
        struct experiment_point *point = experiment_add(e);
        if (point == NULL)
            return false;
        point->model = m;
        snprintf(point->label, sizeof point->label, "%s", suite->catalogue.models[m].name);
        snprintf(point->client, sizeof point->client, "-k 1 -c 16 " REQUEST);
    }
    return e->own != NULL;
}
