/* charts: the diagrams of a workload. Each writes a <figure>, or nothing where the results have
 * nothing for it. Series are the models, in their order; in the ledger its parts, from
 * PLOT_PARTS on. They return false when gnuplot failed, with the reason in error. */
#ifndef CHARTS_H
#define CHARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "data.h"
#include "plot.h"

/* Requests/s: a bar for each model, pale where no run is VALID. */
bool charts_throughput(FILE *to, const struct data *data, size_t workload,
                       char error[PLOT_ERROR_BYTES]);

/* Response times that this share of the requests did not exceed; VALID runs only. */
bool charts_percentiles(FILE *to, const struct data *data, size_t workload,
                        char error[PLOT_ERROR_BYTES]);

/* CPU time for each request: server, client, and what else the machine did. Has a legend of its
 * own. */
bool charts_ledger(FILE *to, const struct data *data, size_t workload,
                   char error[PLOT_ERROR_BYTES]);

/* The frame of a figure, for other diagrams as well. */
void charts_begin_figure(FILE *to, const char *caption);
void charts_end_figure(FILE *to);

#endif
