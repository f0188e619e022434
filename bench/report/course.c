#include "course.h"

#include <math.h>
#include <string.h>

#include "charts.h"
#include "format.h"
#include "lines.h"

enum { WIDTH = 480, HEIGHT = 320, LEFT = 64, POINTS_MOST = 300, MOMENTS_MOST = 20 };

/* The course of one workload. */
struct course {
    const struct data *data;
    size_t workload;
    double step_s;                        /* of the file */
    const json_t *runs[DATA_MODELS_MOST]; /* what is drawn of each model; NULL: nothing */
    size_t together; /* so many steps are one point, that there be no more than POINTS_MOST */
    size_t longest;  /* points of the longest run */
};

/* ---- which runs ---- */

/* Of a model none of whose runs was measured, because the server died in each, all runs are
 * candidates: that is its answer. */
static bool is_candidate(const struct course *c, const json_t *run, size_t model)
{
    const struct data *data = c->data;
    if (json_array_size(data_at(run, "client.series")) < 2)
        return false;
    if (data_cell(data, c->workload, model)->measured > 0)
        return data_counts(data, run, c->workload, model);
    return data_is_of(data, run, c->workload, model);
}

static double rps_of(const json_t *run)
{
    double rps = data_number(run, "client.throughput_rps");
    return isfinite(rps) ? rps : 0;
}

/* The candidate with the median requests/s, of two the lower; NULL when there is none. */
static const json_t *typical_run(const struct course *c, size_t model)
{
    const json_t *runs = json_object_get(c->data->document, "runs"), *run, *other;
    size_t i, j;
    json_array_foreach(runs, i, run)
    {
        size_t below = 0, above = 0;
        if (!is_candidate(c, run, model))
            continue;
        json_array_foreach(runs, j, other)
        {
            if (j == i || !is_candidate(c, other, model))
                continue;
            bool is_below = rps_of(other) < rps_of(run) || (rps_of(other) == rps_of(run) && j < i);
            below += is_below;
            above += !is_below;
        }
        if (below == above || below + 1 == above)
            return run;
    }
    return NULL;
}

/* The last step is left out, since it has the replies that came later, too. */
static size_t steps_of(const json_t *run)
{
    size_t steps = json_array_size(data_at(run, "client.series"));
    return steps > 0 ? steps - 1 : 0;
}

static void choose(struct course *c)
{
    size_t steps = 0;
    for (size_t m = 0; m < c->data->models; m++) {
        c->runs[m] = typical_run(c, m);
        steps = steps_of(c->runs[m]) > steps ? steps_of(c->runs[m]) : steps;
    }
    c->together = steps / POINTS_MOST + 1;
    c->longest = steps / c->together;
}

/* ---- the lines ---- */

/* Replies/s in one point of a run; NaN behind its end. */
static double replies_per_s(const struct course *c, const json_t *run, size_t point)
{
    const json_t *series = data_at(run, "client.series");
    double sum = 0;
    if ((point + 1) * c->together > steps_of(run))
        return NAN;
    for (size_t i = 0; i < c->together; i++)
        sum += data_number(json_array_get(series, point * c->together + i), "ok");
    return sum / (c->step_s * (double)c->together);
}

static size_t collect(struct line_point points[POINTS_MOST], struct plot *p, const struct course *c,
                      size_t model)
{
    bool is_valid = data_cell(c->data, c->workload, model)->valid > 0;
    double length_s = c->step_s * (double)c->together;
    size_t count = 0;
    for (size_t i = 0; i < c->longest; i++) {
        char text[FORMAT_BYTES];
        double value = replies_per_s(c, c->runs[model], i), begin_s = (double)i * length_s;
        if (!isfinite(value))
            break;
        int title = plot_text(p, "%s: %s replies/s from %.4g s to %.4g s%s",
                              c->data->model_names[model], format_count(text, value), begin_s,
                              begin_s + length_s, is_valid ? "" : " (no run is VALID)");
        points[count++] =
            (struct line_point){begin_s + length_s / 2, value, NAN, NAN, title, !is_valid};
    }
    return count;
}

static struct extent extent_of(const struct course *c)
{
    struct extent replies = {0};
    for (size_t m = 0; m < c->data->models; m++)
        for (size_t i = 0; i < c->longest; i++)
            extent_add(&replies, replies_per_s(c, c->runs[m], i), false);
    return replies;
}

/* ---- the moments ---- */

/* How many moments of this kind of companion the runs have; 0: there is no such companion. */
static size_t count_moments(const struct course *c, const char *kind)
{
    for (size_t m = 0; m < c->data->models; m++) {
        size_t i;
        const json_t *companion;
        json_array_foreach(data_at(c->runs[m], "companions"), i, companion)
        {
            double count = data_number(companion, "count");
            if (strcmp(data_text(companion, "kind"), kind) == 0 && count >= 1 &&
                count <= MOMENTS_MOST)
                return (size_t)count;
        }
    }
    return 0;
}

/* N moments divide the measured time into N + 1 equal parts, see companion.h. */
static void mark_moments(struct plot *p, const struct course *c, const char *kind)
{
    size_t count = count_moments(c, kind);
    double run_s = data_number(c->data->document, "options.seconds");
    for (size_t i = 0; i < count && isfinite(run_s); i++) {
        double at_s = run_s * (double)(i + 1) / (double)(count + 1);
        fprintf(p->script,
                "set arrow from first %.10g,graph 0 to first %.10g,graph 1 nohead lc rgb "
                "'black'\n",
                at_s, at_s);
    }
}

static const char *moments_text(const struct course *c)
{
    if (isnan(data_number(c->data->document, "options.seconds")))
        return "";
    if (count_moments(c, "crash") > 0)
        return " Upright lines: the moments planned for the crashes.";
    if (count_moments(c, "stall") > 0)
        return " Upright lines: when somebody was to be stopped, each time for a tenth of the "
               "measured time.";
    return "";
}

/* ---- the figure ---- */

static void begin_figure(FILE *to, const struct course *c)
{
    char caption[800], step[64];
    snprintf(caption, sizeof caption,
             "Right replies/s over the measured time, in steps of %s, of one run of each model: "
             "that with the median requests/s (of two the lower) of its VALID runs, or else of "
             "those measured, or else of all. Only replies to requests that came due in the "
             "measured time count; the last step, which also has later replies, is left out. "
             "Crosses: no run is VALID.%s",
             plot_time_us(step, c->step_s * (double)c->together * 1e6), moments_text(c));
    charts_begin_figure(to, caption);
}

bool course_write(FILE *to, const struct data *data, size_t workload, char error[PLOT_ERROR_BYTES])
{
    static struct line_point points[POINTS_MOST];
    struct course c = {.data = data, .workload = workload};
    struct plot p;
    c.step_s = data_number(data->workload_objects[workload], "course_s");
    if (!(c.step_s > 0))
        return true;
    choose(&c);
    if (c.longest < 2)
        return true;
    begin_figure(to, &c);
    plot_begin(&p, WIDTH, HEIGHT);
    lines_margins(&p, LEFT);
    extent_axis(extent_of(&c), &p, PLOT_Y, false, plot_count, NULL);
    plot_axis(&p, PLOT_X, 0, (double)(c.longest * c.together) * c.step_s, false, plot_count,
              "seconds");
    mark_moments(&p, &c, "crash");
    mark_moments(&p, &c, "stall");
    for (size_t m = 0; m < data->models; m++)
        lines_add_dense(&p, (int)m, points, collect(points, &p, &c, m));
    bool drawn = plot_write(&p, to, "Replies of each model over time", error);
    charts_end_figure(to);
    return drawn;
}
