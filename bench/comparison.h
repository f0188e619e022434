/* comparison: the models under one workload against each other. */
#ifndef COMPARISON_H
#define COMPARISON_H

#include "suite.h"
#include "summary.h"

/* Below this, chance is not what is believed. */
#define COMPARISON_P 0.05

/* row: the summaries of one workload, of all models. Fills in what depends on the others: ratio,
 * ratio_p, ratio_check and best. Where the model or the base has no VALID run, the ratio has
 * neither interval nor p.
 *
 * Best is a model all of whose runs are VALID, whose throughput is higher than that of every other
 * model, and each time by more than chance explains: paired t tests on the logarithms, their p
 * raised by Holm's method for all that it is compared with. The other's runs count here if they
 * were measured, VALID or not: "best" must be true of all that the table shows. So it is not said
 * of anyone while another has a block that cannot be compared, nor where the rate of requests was
 * given to all, whose requests/s then are that rate, and chance. References are no models: none is
 * called the best, and none keeps a model from being it. */
void comparison_fill(const struct suite *suite, struct summary row[]);

#endif
