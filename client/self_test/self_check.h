/* self_check: what of the client's accuracy can be checked without a server: its plan of arrivals
 * and its histograms. Each function adds rows to a sheet. */
#ifndef SELF_CHECK_H
#define SELF_CHECK_H

#include "score.h"

/* Gaps of a Poisson process follow their law; constant arrivals do not drift. */
void self_check_plan(struct score_sheet *s);

/* Quantiles against sorted values of several laws; the sum of two halves is the whole. */
void self_check_histogram(struct score_sheet *s);

#endif
