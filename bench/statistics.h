/* statistics: what a few repetitions of a measurement say together. A value that is not known is
 * NaN, going in as coming out. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stddef.h>

/* At most so many repetitions. */
enum { STATISTICS_MOST = 1000 };

struct spread {
    size_t count; /* known values; when 0, the rest is NaN */
    double min, median, max;
};

struct spread statistics_spread(const double values[], size_t count);

/* ratios[i] = above[i] / below[i], which belong together because they were measured in one block:
 * what made that block fast or slow then cancels out. Unknown unless both are known and below[i] >
 * 0. */
void statistics_ratios(double ratios[], const double above[], const double below[], size_t count);

#endif
