/* experiments_section: the part of a report on the experiments of a results file.
 *
 * `experiments` in the file is an array of
 *
 *     {"kind", "name", "title", "question",
 *      "x": {"name", "unit", "log": bool}, "y": the same,
 *      "points": [{"label", "x", "y", "runs", "valid", "verdict",
 *                  "throughput_rps": {"value", "low", "high"},
 *                  "p50_us", "p99_us", "mean_us", "cpu_us_per_request"}],
 *      "theory": [{"label", "points": [[x, y], ...], "measured": [[x, y], ...], "words"}],
 *      "claims": [{"claim", "source", "published", "measured": {"value", "low", "high"},
 *                  "verdict", "why"}],
 *      "answers": [{"model", "closed_loop_rps", "low_rps", "high_rps", "limited": bool,
 *                   "ended_early": bool}]}
 *
 * bench/experiment.h says what the bench writes there. Each field may be missing or null. What is
 * shown depends on the kind for points ("map": a grid of x by y, whose cells name the label with
 * the most requests/s of those with VALID runs, and by how much; else: curves over x, one for each
 * label), and on nothing but its presence for the rest. Theory tells of the mean response time in
 * microseconds: dashed in the diagram of that, beside the means that it comes with ("measured") or
 * else those of the points; where no mean is known, it is dashed in the diagram of requests/s. */
#ifndef EXPERIMENTS_SECTION_H
#define EXPERIMENTS_SECTION_H

#include <stdbool.h>
#include <stdio.h>

#include "data.h"
#include "plot.h"

/* False when a diagram could not be drawn, with the reason in error; the rest is there. */
bool experiments_section_write(FILE *to, const struct data *data, char error[PLOT_ERROR_BYTES]);

#endif
