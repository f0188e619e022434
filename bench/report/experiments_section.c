#include "experiments_section.h"

#include <math.h>
#include <string.h>

#include "curve.h"
#include "format.h"
#include "html.h"
#include "labels.h"
#include "map.h"
#include "page.h"

/* ---- values of whatever type ---- */

static void write_number(FILE *to, double value)
{
    char text[FORMAT_BYTES];
    fputs(fabs(value) >= 1000 ? format_count(text, value) : format_decimal(text, value), to);
}

/* A text, a number, or {"value", "low", "high"}. */
static void write_value(FILE *to, const json_t *value)
{
    double low = data_number(value, "low"), high = data_number(value, "high");
    if (json_is_string(value))
        html_text(to, json_string_value(value));
    else if (json_is_number(value))
        write_number(to, json_number_value(value));
    else if (isfinite(data_number(value, "value")))
        write_number(to, data_number(value, "value"));
    else
        fputs("-", to);
    if (isfinite(low) && isfinite(high)) {
        fputs("<small>", to);
        write_number(to, low);
        fputs(" to ", to);
        write_number(to, high);
        fputs("</small>", to);
    }
}

static void write_heads(FILE *to, const char *const heads[], size_t count)
{
    fputs("<tr>", to);
    for (size_t i = 0; i < count; i++)
        fprintf(to, "<th>%s</th>", heads[i]);
    fputs("</tr>\n", to);
}

/* ---- claims ---- */

static const struct {
    const char *head, *key, *class;
} claim_columns[] = {
    {"Claim", "claim", "text"},   {"Published", "published", "text"},
    {"Measured", "measured", ""}, {"Verdict", "verdict", "text"},
    {"Why", "why", "text long"},  {"Source", "source", "text"},
};
enum { CLAIM_COLUMNS = sizeof claim_columns / sizeof *claim_columns };

static void write_claim(FILE *to, const json_t *claim)
{
    fputs("<tr>", to);
    for (size_t k = 0; k < CLAIM_COLUMNS; k++) {
        fprintf(to, "<td class=\"%s\">", claim_columns[k].class);
        write_value(to, json_object_get(claim, claim_columns[k].key));
        fputs("</td>", to);
    }
    fputs("</tr>\n", to);
}

static void write_claims(FILE *to, const json_t *claims)
{
    size_t i;
    const json_t *claim;
    if (json_array_size(claims) == 0)
        return;
    page_begin_table(to, "In brackets: 95 % intervals. Ratios are taken block by block, and so are "
                         "not quite those of the medians beside them.");
    fputs("<tr>", to);
    for (size_t k = 0; k < CLAIM_COLUMNS; k++)
        fprintf(to, "<th class=\"%s\">%s</th>", claim_columns[k].class, claim_columns[k].head);
    fputs("</tr>\n", to);
    json_array_foreach(claims, i, claim) write_claim(to, claim);
    page_end_table(to);
}

/* ---- capacities ---- */

static void write_count(FILE *to, const json_t *count)
{
    double runs = data_number(count, "runs"), untold = data_number(count, "untold");
    if (!(runs > 0)) {
        fputs("-", to);
        return;
    }
    fprintf(to, "%.0f/%.0f", data_number(count, "passed"), runs);
    if (untold > 0)
        fprintf(to, " (%.0f could not be told)", untold);
}

/* "5/5 0/5", and what contradicts the answer. */
static void write_confirmed(FILE *to, const json_t *confirmed)
{
    const char *objection = data_text(confirmed, "objection");
    write_count(to, json_object_get(confirmed, "low"));
    if (json_is_object(confirmed)) {
        fputs(" ", to);
        write_count(to, json_object_get(confirmed, "high"));
    }
    if (json_is_true(json_object_get(confirmed, "ended_early")))
        fputs("<small>ended early</small>", to);
    if (*objection == '\0')
        return;
    fputs("<small>not confirmed: ", to);
    html_text(to, objection);
    fputs("</small>", to);
}

static void write_answer(FILE *to, const json_t *answer)
{
    fputs("<tr><th>", to);
    html_text(to, data_text(answer, "model"));
    fputs("</th><td>", to);
    write_value(to, json_object_get(answer, "low_rps"));
    fputs("</td><td>", to);
    write_value(to, json_object_get(answer, "high_rps"));
    if (json_is_true(json_object_get(answer, "limited")))
        fputs(isfinite(data_number(answer, "high_rps"))
                  ? "<small>of some rates in between nothing could be told</small>"
                  : "<small>client limited, or late</small>",
              to);
    if (json_is_true(json_object_get(answer, "ended_early")))
        fputs("<small>ended early</small>", to);
    fputs("</td><td>", to);
    write_confirmed(to, json_object_get(answer, "confirmed"));
    fputs("</td><td>", to);
    if (json_is_true(json_object_get(answer, "closed_loop_limited")))
        fputs("≥ ", to);
    write_value(to, json_object_get(answer, "closed_loop_rps"));
    fputs("</td></tr>\n", to);
}

static void write_late(FILE *to, double late)
{
    char text[FORMAT_BYTES];
    if (late > 0)
        fprintf(to,
                "<p class=\"soft\">In %s runs the client was late, and they tell all the same: p99 "
                "was within the limit although that is in it, or p95 beyond it by more than twice "
                "the longest lateness.</p>\n",
                format_count(text, late));
}

static void write_answers(FILE *to, const json_t *experiment)
{
    const json_t *answers = json_object_get(experiment, "answers");
    static const char *const heads[] = {"Model", "Lower end", "Upper end", "Confirmed",
                                        "Closed loop"};
    size_t i;
    const json_t *answer;
    if (json_array_size(answers) == 0)
        return;
    page_begin_table(to,
                     "Requests/s: the last rate that went well, and the first that did not. - : "
                     "not known; without an upper end the capacity is at least the lower. "
                     "Confirmed: of the runs that were then made at both ends, how many went "
                     "well at the lower, where most should, and at the upper, where most should "
                     "not. Closed loop: the most that 16 clients who always ask can get.");
    write_heads(to, heads, sizeof heads / sizeof *heads);
    json_array_foreach(answers, i, answer) write_answer(to, answer);
    page_end_table(to);
    write_late(to, data_number(experiment, "late_runs"));
}

/* ---- points ---- */

static void write_place(FILE *to, double coordinate)
{
    if (isfinite(coordinate))
        fprintf(to, "<td>%.4g</td>", coordinate);
    else
        fputs("<td>-</td>", to);
}

static void write_point(FILE *to, const json_t *point, bool has_y)
{
    char text[FORMAT_BYTES];
    fputs("<tr><th>", to);
    html_text(to, data_text(point, "label"));
    fputs("</th>", to);
    write_place(to, data_number(point, "x"));
    if (has_y)
        write_place(to, data_number(point, "y"));
    fprintf(to, "<td>%s", format_count(text, data_number(point, "valid")));
    fprintf(to, "/%s<small>", format_count(text, data_number(point, "runs")));
    html_text(to, data_text(point, "verdict"));
    if (data_number(point, "late") > 0)
        fprintf(to, ", %s late", format_count(text, data_number(point, "late")));
    fputs("</small></td><td>", to);
    write_value(to, json_object_get(point, "throughput_rps"));
    fputs("</td>", to);
    static const char *const times[] = {"mean_us", "p50_us", "p99_us"};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        fprintf(to, "<td>%s</td>",
                format_time_us(text, data_has_times(point) ? data_number(point, times[i]) : NAN));
    fprintf(to, "<td>%s</td></tr>\n",
            format_decimal(text, data_number(point, "cpu_us_per_request")));
}

static void write_points(FILE *to, const json_t *experiment)
{
    size_t i;
    const json_t *point, *points = json_object_get(experiment, "points");
    bool has_y = json_is_object(json_object_get(experiment, "y"));
    if (json_array_size(points) == 0)
        return;
    fprintf(to, "<details><summary>All %zu points</summary>\n", json_array_size(points));
    page_begin_table(to, NULL);
    fputs("<tr><th>Label</th><th>", to);
    html_text(to, data_text(experiment, "x.name"));
    if (has_y) {
        fputs("</th><th>", to);
        html_text(to, data_text(experiment, "y.name"));
    }
    fputs("</th><th>VALID</th><th>requests/s</th><th>mean</th><th>p50</th><th>p99</th>"
          "<th>CPU us</th></tr>\n",
          to);
    json_array_foreach(points, i, point) write_point(to, point, has_y);
    page_end_table(to);
    fputs("</details>\n", to);
}

static void write_words(FILE *to, const json_t *theory)
{
    size_t i;
    const json_t *item;
    if (json_array_size(theory) == 0)
        return;
    fputs("<p class=\"soft\">Dashed: what theory predicts.</p>\n<ul>\n", to);
    json_array_foreach(theory, i, item)
    {
        fputs("<li>", to);
        html_textf(to, "%s%s%s", data_text(item, "label"), *data_text(item, "words") ? ": " : "",
                   data_text(item, "words"));
        fputs("</li>\n", to);
    }
    fputs("</ul>\n", to);
}

/* What is none of the points' runs and went wrong. */
static void write_failed(FILE *to, const json_t *failed)
{
    size_t i;
    const json_t *text;
    json_array_foreach(failed, i, text)
    {
        fputs("<p class=\"soft\">", to);
        html_textf(to, "Could not be done: %s",
                   json_is_string(text) ? json_string_value(text) : "");
        fputs("</p>\n", to);
    }
}

/* ---- an experiment ---- */

static void write_heading(FILE *to, const json_t *experiment, size_t number)
{
    const char *title = data_text(experiment, "title"), *name = data_text(experiment, "name");
    fprintf(to, "<h2 id=\"e%zu\">", number);
    html_text(to, *title != '\0' ? title : *name != '\0' ? name : "Experiment");
    fputs("</h2>\n<p class=\"question\">", to);
    html_text(to, data_text(experiment, "question"));
    fputs("</p>\n", to);
}

/* The points of a search are single tries, in the order in which it came to them, and those of the
 * claims have no place: no curve. */
static bool write_curves(FILE *to, const json_t *experiment, const struct labels *labels,
                         char error[PLOT_ERROR_BYTES])
{
    const char *kind = data_text(experiment, "kind");
    if (labels->count == 0 || strcmp(kind, "capacity") == 0 || strcmp(kind, "claims") == 0)
        return true;
    page_begin_figures(to, labels->names, labels->series, labels->count);
    bool drawn = curve_write(to, experiment, NULL, labels, error);
    page_end_figures(to);
    return drawn;
}

static bool write_experiment(FILE *to, const struct data *data, const json_t *experiment,
                             size_t number, char error[PLOT_ERROR_BYTES])
{
    struct labels labels;
    bool drawn = true;
    labels_find(&labels, data, experiment);
    write_heading(to, experiment, number);
    if (strcmp(data_text(experiment, "kind"), "map") == 0)
        map_write(to, experiment, &labels);
    else
        drawn = write_curves(to, experiment, &labels, error);
    write_words(to, json_object_get(experiment, "theory"));
    write_answers(to, experiment);
    write_claims(to, json_object_get(experiment, "claims"));
    write_failed(to, json_object_get(experiment, "failed"));
    write_points(to, experiment);
    return drawn;
}

bool experiments_section_write(FILE *to, const struct data *data, char error[PLOT_ERROR_BYTES])
{
    bool drawn = true;
    size_t i;
    const json_t *experiment;
    json_array_foreach(json_object_get(data->document, "experiments"), i, experiment) drawn =
        write_experiment(to, data, experiment, i, error) && drawn;
    return drawn;
}
