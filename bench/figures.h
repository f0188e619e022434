/* figures: what single runs measured, by block. Not known is NaN. Pure. */
#ifndef FIGURES_H
#define FIGURES_H

#include "run.h"
#include "suite.h"

/* How many requests come in a second was given (an open loop), and not the server's doing. */
bool figures_rate_is_given(const struct run *run);

double figures_rps(const struct run *run); /* requests per second */

/* What the client tells of its latencies: of "response", "generator_lag", ...; "p95", "max", ... */
double figures_latency_us(const struct run *run, const char *of, const char *what);
double figures_p50_us(const struct run *run);
double figures_p99_us(const struct run *run);
double figures_mean_us(const struct run *run); /* of the response times, as the others */

/* The server's CPU time for a request within the measured window, from the ledger: its start and
 * its end, and memory it was told to occupy, are no part of it. */
double figures_cpu_us(const struct run *run);

enum figures_which { FIGURES_VALID, FIGURES_MEASURED };

/* values[block] = the figure of the run of this model and workload in that block, NaN when there is
 * none, or it is not VALID and only such are wanted. Fills suite->blocks values. */
void figures_collect(double values[], const struct suite *suite, size_t workload, size_t model,
                     enum figures_which which, double (*figure)(const struct run *));

#endif
