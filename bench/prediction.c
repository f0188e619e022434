#include "prediction.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "format.h"
#include "interrupt.h"
#include "statistics.h"
#include "theory.h"

/* What a request takes is the median of so many runs of half the length: the machine may have been
 * busy with something else in one of them. For both figures that is about four whole runs. */
enum { CALIBRATIONS = 3, CALIBRATION_RUNS = 4 };

/* An only client comes when the one before is gone for certain. */
#define ALONE_UTILISATION 0.1

/* Of one label. */
struct curve {
    size_t point; /* its first */
    enum prediction_law law;
    double alone_us, busy_us; /* NaN when not known */
};

static const char processors_unknown[] =
    "no prediction for models that serve many at once: how many processors the server has on the "
    "other host is not known";

struct prediction {
    struct prediction_work work;
    const char *left_out; /* why there is none for some; NULL: for all or none */
    size_t count;
    struct curve curves[CATALOGUE_MODELS_MOST];
};

/* ---- the laws ---- */

enum prediction_law prediction_law(const char *model, const char *command, int cpus)
{
    if (strcmp(model, "one-at-a-time") == 0 || strcmp(model, "multiplexed") == 0)
        return PREDICTION_IN_TURN;
    if (strcmp(command, "SLEEP") == 0)
        return PREDICTION_APART;
    return cpus == 1 ? PREDICTION_SHARED : PREDICTION_NONE;
}

static const char *law_text(enum prediction_law law, const struct prediction_work *work)
{
    switch (law) {
    case PREDICTION_IN_TURN:
        return work->exponential ? "in turn, M/M/1" : "in turn, M/D/1";
    case PREDICTION_SHARED:
        return "processor sharing";
    case PREDICTION_APART:
        return "nobody waits";
    default:
        return "";
    }
}

double prediction_mean_us(enum prediction_law law, const struct prediction_work *work,
                          double alone_us, double busy_us, double rate)
{
    double per_us = rate / 1e6;
    double variance = work->exponential ? work->work_us * work->work_us : 0;
    switch (law) {
    case PREDICTION_IN_TURN:
        return theory_mg1_mean(per_us, busy_us, busy_us * busy_us + variance) + alone_us - busy_us;
    case PREDICTION_SHARED:
        return theory_ps_mean(per_us, busy_us) + alone_us - busy_us;
    case PREDICTION_APART:
        return alone_us;
    default:
        return NAN;
    }
}

/* ---- which runs count ---- */

static bool counts(const struct run *run)
{
    static const char *const good[] = {"VALID", "NON-STATIONARY", "SERVER-SATURATED"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (run->outcome == RUN_MEASURED && strcmp(run_verdict(run), good[i]) == 0)
            return true;
    return false;
}

/* ---- what a request takes ---- */

/* A figure of constant work under this load. */
static double probe(struct experiment *e, size_t point, const struct suite *suite,
                    const char *client, const char *result_path, const char *load,
                    double (*figure)(const struct run *))
{
    const struct prediction *prediction = e->own;
    struct experiment_point constant = e->points[point];
    struct experiment shorter = *e;
    double values[CALIBRATIONS];
    shorter.run_ns = e->run_ns / 2;
    snprintf(constant.client, sizeof constant.client, "-k 1 %s %s %.0f", load,
             prediction->work.command, prediction->work.work_us);
    for (int i = 0; i < CALIBRATIONS; i++) {
        struct run run = {.client_seed = suite->options.seed};
        values[i] = NAN;
        if (interrupt_arrived())
            continue;
        experiment_probe(&run, &shorter, &constant, suite, client, result_path);
        experiment_fail_probe(e, &run, "what a request takes", constant.label);
        if (counts(&run))
            values[i] = figure(&run);
        run_free(&run);
    }
    return statistics_spread(values, CALIBRATIONS).median;
}

static void calibrate(struct curve *curve, struct experiment *e, const struct suite *suite,
                      const char *client, const char *result_path)
{
    const struct prediction *prediction = e->own;
    char load[64];
    snprintf(load, sizeof load, "-c 1000 -a constant -r %.0f",
             ALONE_UTILISATION * 1e6 / prediction->work.work_us);
    curve->alone_us = probe(e, curve->point, suite, client, result_path, load, figures_p50_us);
    curve->busy_us = NAN;
    if (curve->law != PREDICTION_APART)
        curve->busy_us =
            1e6 / probe(e, curve->point, suite, client, result_path, "-c 3", figures_rps);
}

static double predict(const struct prediction *prediction, const struct curve *curve, double rate)
{
    return prediction_mean_us(curve->law, &prediction->work, curve->alone_us, curve->busy_us, rate);
}

/* ---- what was measured ---- */

struct means {
    double mean, lowest, highest; /* over the blocks; NaN when not known */
};

static struct means measured(const struct experiment *e, size_t point)
{
    double sum = 0, lowest = INFINITY, highest = 0;
    size_t count = 0;
    for (size_t b = 0; b < e->blocks; b++) {
        const struct run *run = &e->runs[b * e->count + point];
        double mean = counts(run) ? figures_mean_us(run) : NAN;
        if (isnan(mean))
            continue;
        sum += mean;
        lowest = fmin(lowest, mean);
        highest = fmax(highest, mean);
        count++;
    }
    if (count == 0)
        return (struct means){NAN, NAN, NAN};
    return (struct means){sum / (double)count, lowest, highest};
}

static bool is_of(const struct experiment *e, size_t point, const struct curve *curve)
{
    return strcmp(e->points[point].label, e->points[curve->point].label) == 0;
}

/* "measured - predicted: -3 % to +8 %, at 700 the most", over the points where both are known. */
static void put_into_words(char *text, size_t bytes, const struct experiment *e,
                           const struct curve *curve)
{
    double low = INFINITY, high = -INFINITY, worst = 0, worst_x = 0;
    for (size_t p = 0; p < e->count; p++) {
        double off = is_of(e, p, curve)
                         ? measured(e, p).mean / predict(e->own, curve, e->points[p].x) - 1
                         : NAN;
        if (!(off > -1)) /* not known, or nothing is predicted */
            continue;
        low = fmin(low, off);
        high = fmax(high, off);
        if (fabs(off) >= worst) {
            worst = fabs(off);
            worst_x = e->points[p].x;
        }
    }
    if (isnan(curve->alone_us) || (curve->law != PREDICTION_APART && isnan(curve->busy_us)))
        snprintf(text, bytes, "not compared: what a request takes could not be measured");
    else if (low > high)
        snprintf(text, bytes, "not compared: nothing was measured that can be predicted");
    else
        snprintf(text, bytes,
                 "measured is between %+.1f %% and %+.1f %% off the prediction, the most at %.5g",
                 low * 100, high * 100, worst_x);
}

/* ---- as JSON ---- */

static json_t *curve_json(const struct experiment *e, const struct curve *curve)
{
    const struct prediction *prediction = e->own;
    json_t *predicted = json_array(), *means = json_array();
    char words[160];
    for (size_t p = 0; p < e->count; p++) {
        if (!is_of(e, p, curve))
            continue;
        double x = e->points[p].x, us = predict(prediction, curve, x), mean = measured(e, p).mean;
        if (isfinite(us))
            json_array_append_new(predicted, json_pack("[f, f]", x, us));
        if (isfinite(mean))
            json_array_append_new(means, json_pack("[f, f]", x, mean));
    }
    put_into_words(words, sizeof words, e, curve);
    return json_pack("{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:s}", "label",
                     e->points[curve->point].label, "law", law_text(curve->law, &prediction->work),
                     "work_us", prediction->work.work_us, "alone_us",
                     isfinite(curve->alone_us) ? json_real(curve->alone_us) : json_null(),
                     "busy_us", isfinite(curve->busy_us) ? json_real(curve->busy_us) : json_null(),
                     "points", predicted, "measured", means, "words", words);
}

static bool keep(struct experiment *e)
{
    const struct prediction *prediction = e->own;
    json_t *theory = json_array();
    bool good = theory != NULL;
    for (size_t c = 0; good && c < prediction->count; c++)
        good = json_array_append_new(theory, curve_json(e, &prediction->curves[c])) == 0;
    if (good && e->more == NULL)
        good = (e->more = json_object()) != NULL;
    if (good && prediction->left_out != NULL)
        good =
            json_object_set_new(e->more, "theory_left_out", json_string(prediction->left_out)) == 0;
    if (good)
        return json_object_set_new(e->more, "theory", theory) == 0;
    json_decref(theory);
    return false;
}

/* ---- the course ---- */

static void find_curves(const struct experiment *e, const struct suite *suite)
{
    struct prediction *prediction = e->own;
    for (size_t p = 0; p < e->count && prediction->count < CATALOGUE_MODELS_MOST; p++) {
        const char *model = suite->catalogue.models[e->points[p].model].name;
        enum prediction_law law =
            prediction_law(model, prediction->work.command, suite_server_cpus(suite));
        bool known = law == PREDICTION_NONE;
        if (known && suite_server_cpus(suite) == 0)
            prediction->left_out = processors_unknown;
        for (size_t c = 0; c < prediction->count; c++)
            known = known || is_of(e, p, &prediction->curves[c]);
        if (!known)
            prediction->curves[prediction->count++] =
                (struct curve){.point = p, .law = law, .alone_us = NAN, .busy_us = NAN};
    }
}

static bool carry_out(struct experiment *e, const struct suite *suite, const char *client,
                      const char *result_path)
{
    struct prediction *prediction = e->own;
    if (!experiment_carry_out(e, suite, client, result_path))
        return false;
    find_curves(e, suite);
    for (size_t c = 0; c < prediction->count; c++)
        calibrate(&prediction->curves[c], e, suite, client, result_path);
    return keep(e);
}

/* ---- for people ---- */

static void show_point(FILE *to, const struct experiment *e, size_t p, const struct curve *curve)
{
    char mean[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES], predicted[FORMAT_BYTES];
    double us = predict(e->own, curve, e->points[p].x), busy = curve->busy_us;
    struct means m = measured(e, p);
    if (isnan(m.mean) && !isfinite(us))
        return;
    fprintf(to, "  %-18.18s%-17s%6.5g", e->points[p].label,
            law_text(curve->law, &((const struct prediction *)e->own)->work), e->points[p].x);
    if (isfinite(busy))
        fprintf(to, "%7.2f", e->points[p].x * busy / 1e6);
    else
        fprintf(to, "%7s", "-");
    if (isnan(m.mean))
        fprintf(to, "%9s %15s", "-", "");
    else
        fprintf(to, "%9s %7s-%-7s", format_time_us(mean, m.mean), format_time_us(low, m.lowest),
                format_time_us(high, m.highest));
    fprintf(to, "%10s", isinf(us) ? "no end" : format_time_us(predicted, us));
    if (isfinite(us) && !isnan(m.mean))
        fprintf(to, "  %+7.1f %%", (m.mean / us - 1) * 100);
    fputc('\n', to);
}

static void show(FILE *to, const struct experiment *e)
{
    const struct prediction *prediction = e->own;
    char words[160];
    fprintf(to, "  %-18s%-17s%6s%7s%9s %-15s%10s  %s\n", "theory beside it", "", "rate", "busy",
            "measured", "   (blocks)", "predicted", "difference");
    for (size_t c = 0; c < prediction->count; c++)
        for (size_t p = 0; p < e->count; p++)
            if (is_of(e, p, &prediction->curves[c]))
                show_point(to, e, p, &prediction->curves[c]);
    for (size_t c = 0; c < prediction->count; c++) {
        put_into_words(words, sizeof words, e, &prediction->curves[c]);
        fprintf(to, "  %s: %s\n", e->points[prediction->curves[c].point].label, words);
    }
    if (prediction->left_out != NULL)
        format_wrapped(to, "  ", prediction->left_out);
    fputs("  Mean response times, over the blocks, of runs that are NON-STATIONARY or\n"
          "  SERVER-SATURATED as well (the table above has medians of those that are VALID);\n"
          "  busy: rate times what the server spends on a request, measured apart; no end:\n"
          "  beyond 1 the queue grows for as long as one looks.\n",
          to);
}

bool prediction_attach(struct experiment *e, const struct prediction_work *work)
{
    struct prediction *prediction = calloc(1, sizeof *prediction);
    if (prediction == NULL)
        return false;
    prediction->work = *work;
    e->own = prediction;
    e->course = carry_out;
    e->show_more = show;
    size_t labels = 0;
    for (size_t p = 0; p < e->count; p++)
        labels += p == 0 || strcmp(e->points[p].label, e->points[p - 1].label) != 0;
    e->more_runs = CALIBRATION_RUNS * labels;
    return true;
}
