/* soonest: who answers soonest, by the p99 of the response times, where the rate of requests was
 * given: their requests/s then are that rate, and tell nobody apart. Pure. */
#ifndef SOONEST_H
#define SOONEST_H

#include "suite.h"
#include "summary.h"

/* row: the summaries of one workload, of all models; p99_us and the counts of runs are filled in.
 * Fills in best_p99, p99_ratio and p99_p.
 *
 * Best by p99 is a model all of whose runs are VALID, whose p99 is shorter than that of every other
 * model that has VALID runs, and each time by more than chance explains: paired t tests on the
 * logarithms, their p raised by Holm's method for all that it is compared with, as with requests/s
 * (comparison.h). Other than there, the other's runs count only if they are VALID: the response
 * times of others would mislead (STARVED shows the lucky ones), and are not shown. It is not said
 * of anyone while another has VALID runs in fewer than two blocks, which allow no test, nor where
 * nobody else has any.
 *
 * The first is the one that is best by p99, or else the model with the lowest median. p99_ratio of
 * every other model is how many times as long its p99 is as that of the first, paired by block, and
 * p99_p the p of "as long", raised. References are no models, and have neither. */
void soonest_fill(const struct suite *suite, struct summary row[]);

/* The same fields, of a workload that is not judged so: not known, and nobody the best. */
void soonest_clear(const struct suite *suite, struct summary row[]);

#endif
