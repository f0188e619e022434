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

/* count <= STATISTICS_MOST. */
struct spread statistics_spread(const double values[], size_t count);

/* The known values in rising order; returns their number. count <= STATISTICS_MOST. */
size_t statistics_sorted(double sorted[], const double values[], size_t count);

#endif
