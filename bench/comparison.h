/* comparison: the models under one workload against each other. */
#ifndef COMPARISON_H
#define COMPARISON_H

#include "suite.h"
#include "summary.h"

/* Below this, chance is not what is believed. */
#define COMPARISON_P 0.05

/* What the models are judged by under a workload.
 *
 * Where the rate of requests is given to all, their requests/s are that rate, and chance: then it
 * is the p99 of the response times. But a workload with a rate may offer more than can be done, and
 * says so by letting SERVER-SATURATED count (also-valid): it asks how much gets done all the same
 * (goodput), which is requests/s again. Not with companions: there they are who holds up the
 * server, and the rate is one that it could serve. */
enum comparison_measure { COMPARISON_RPS, COMPARISON_P99 };
enum comparison_measure comparison_measure(const struct suite *suite, size_t workload);
const char *comparison_measure_text(enum comparison_measure measure); /* "requests/s", "p99" */

/* row: the summaries of one workload, of all models. Fills in what depends on the others: ratio,
 * ratio_p, ratio_check and best; best_p99, p99_ratio and p99_p (soonest.h). Where the model or the
 * base has no VALID run, the ratio has neither interval nor p.
 *
 * Best is a model all of whose runs are VALID, whose throughput is higher than that of every other
 * model, and each time by more than chance explains: paired t tests on the logarithms, their p
 * raised by Holm's method for all that it is compared with. The other's runs count here if they
 * were measured, VALID or not: "best" must be true of all that the table shows. So it is not said
 * of anyone while another has a block that cannot be compared, nor where models are judged by p99.
 * References are no models: none is
 * called the best, and none keeps a model from being it. */
void comparison_fill(const struct suite *suite, struct summary row[]);

#endif
