/* ratio: how many times as much, from values that belong together in pairs because they were
 * measured in one block: what made that block fast or slow then cancels out. Pure. */
#ifndef RATIO_H
#define RATIO_H

#include <stdbool.h>
#include <stddef.h>

#include "interval.h"
#include "statistics.h"

struct ratio {
    size_t count;             /* pairs; when 0, the rest is NaN */
    double value;             /* exponential of the mean of ln(above / below) */
    double sd;                /* of these logarithms; NaN below two pairs, as the rest */
    struct interval interval; /* of value, by Student's t on the logarithms */
    double p; /* how often chance alone makes a ratio at least as far from 1 (two-sided t test) */
};

/* logs[] = ln(above[i] / below[i]) of the pairs of which both values are known (not NaN); returns
 * their number. 0 if a known pair has a value that is not positive: it has no logarithm, and a mean
 * of the others alone would hide it. count <= STATISTICS_MOST. */
size_t ratio_logs(double logs[], const double above[], const double below[], size_t count);

/* When the pairs all show the same ratio, the interval is that one value, and p 0 unless it is 1.
 */
struct ratio ratio_paired(const double above[], const double below[], size_t count);

/* The interval of a ratio that is one of so many (>= 1): widened so that with 95 % all of theirs
 * hold the truth (Bonferroni: each has (100 - 5 / comparisons) %). From count, value and interval;
 * unknown where that is. */
struct interval ratio_widened(const struct ratio *ratio, size_t comparisons);

/* The interval is known and does not hold 1. */
bool ratio_shows_difference(const struct ratio *ratio);

#endif
