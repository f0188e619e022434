/* bootstrap: the interval of a mean without the assumption that the values are about normal. The
 * values are drawn again, with replacement, many times over, and the means of these samples show
 * how far chance moves a mean (BCa, bias-corrected and accelerated: Efron, Better bootstrap
 * confidence intervals, 1987). With so few values it tends to be too narrow: a check on the t
 * interval, not a replacement. Pure: the seed decides. */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#include <stdint.h>

#include "interval.h"

enum { BOOTSTRAP_LEAST = 10, BOOTSTRAP_RESAMPLES = 10000 };

/* Not known for fewer than BOOTSTRAP_LEAST values, or when memory is short. */
struct interval bootstrap_of_mean(const double values[], size_t count, size_t resamples,
                                  uint32_t seed);

#endif
