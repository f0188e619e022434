#include "charts.h"

#include <math.h>
#include <string.h>

#include "format.h"
#include "lines.h"

enum { WIDTH = 480, HEIGHT = 320, LEFT = 64 };

/* ---- response times ---- */

/* Where a percentile stands: how many requests there are for each that took longer. */
static double place_of(int percentile)
{
    return 1 / (1 - data_percentiles[percentile] / 100);
}

/* A percentile that some runs are too short for has the median of fewer runs, which may lie below
 * that of a lower percentile: a curve is of the same runs all along. */
static bool is_drawn(const struct cell *cell, int percentile)
{
    double value = cell->response_us[percentile];
    return isfinite(value) && value > 0 &&
           cell->response_runs[percentile] == cell->response_runs[0];
}

static size_t collect_percentiles(struct line_point points[DATA_PERCENTILES], struct plot *p,
                                  const char *model, const struct cell *cell)
{
    size_t count = 0;
    for (int i = 0; i < DATA_PERCENTILES; i++) {
        char us[FORMAT_BYTES];
        double value = cell->response_us[i];
        if (!is_drawn(cell, i))
            continue;
        points[count++] = (struct line_point){
            place_of(i),
            value,
            NAN,
            NAN,
            plot_text(p, "%s: %.4g %% of the requests took at most %s", model, data_percentiles[i],
                      format_time_us(us, value)),
            false,
        };
    }
    return count;
}

static void name_percentiles(struct plot *p, int last)
{
    for (int i = 0; i <= last; i++) {
        char name[32];
        snprintf(name, sizeof name, "%.4g %%", data_percentiles[i]);
        plot_named_tic(p, PLOT_X, place_of(i), name, i == 0);
    }
}

/* The highest percentile that is known of anybody. */
static int last_known(const struct data *data, size_t workload, struct extent *extent)
{
    int last = 0;
    for (size_t m = 0; m < data->models; m++)
        for (int i = 0; i < DATA_PERCENTILES; i++) {
            const struct cell *cell = data_cell(data, workload, m);
            if (!is_drawn(cell, i))
                continue;
            extent_add(extent, cell->response_us[i], true);
            last = i > last ? i : last;
        }
    return last;
}

bool charts_percentiles(FILE *to, const struct data *data, size_t workload,
                        char error[PLOT_ERROR_BYTES])
{
    struct extent extent = {0};
    struct plot p;
    int last = last_known(data, workload, &extent);
    if (!extent.is_known)
        return true;
    charts_begin_figure(to, "Response time that this share of the requests did not exceed: median "
                            "of the VALID runs, as far as each is long enough to tell. Both axes "
                            "are logarithmic.");
    plot_begin(&p, WIDTH, HEIGHT);
    lines_margins(&p, LEFT);
    extent_axis(extent, &p, PLOT_Y, true, plot_time_us, NULL);
    plot_axis(&p, PLOT_X, 1.7, place_of(last) * 1.2, true, NULL, NULL);
    name_percentiles(&p, last);
    for (size_t m = 0; m < data->models; m++) {
        struct line_point points[DATA_PERCENTILES];
        size_t count =
            collect_percentiles(points, &p, data->model_names[m], data_cell(data, workload, m));
        lines_add(&p, (int)m, points, count);
    }
    bool drawn = plot_write(&p, to, "Percentiles of the response time of each model", error);
    charts_end_figure(to);
    return drawn;
}
