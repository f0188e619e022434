/* holm: several tests at once. With many comparisons, some come out below 0.05 by chance; these p
 * are raised so that the chance of even one false alarm among all of them stays below 0.05 (Holm, A
 * simple sequentially rejective multiple test procedure, 1979). Pure. */
#ifndef HOLM_H
#define HOLM_H

#include <stddef.h>

enum { HOLM_MOST = 256 };

/* Raises p[0..count) in place; those that are NaN stay so and do not count. count <= HOLM_MOST. */
void holm_adjust(double p[], size_t count);

#endif
