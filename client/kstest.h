/* kstest: whether values follow a law: the test of Kolmogorov and Smirnov for one sample. */
#ifndef KSTEST_H
#define KSTEST_H

#include <stddef.h>

/* How likely values that do follow the law would be at least as far from it; 1 for no values. Below
 * 0.01 they hardly follow it.
 *
 * cdf is the law's distribution function, continuous and rising. Each value may be off by up to
 * `tolerance` >= 0 either way, because a clock or a sender is only so exact: what that may explain
 * does not count against the law. With F_n for the share of the values up to a place, the distance
 * is the supremum over x of
 *
 *     max(F_n(x - tolerance) - F(x), F(x) - F_n(x + tolerance), 0)
 *
 * which without tolerance is the usual one. Its probability is the asymptotic one with the
 * correction for small n of M. A. Stephens, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and
 * related statistics without extensive tables", J. Royal Statistical Society B 32, 1970: between
 * 0.01 and 0.1 it is off by a seventh of itself at n = 5, and by a twentieth from n = 10. Sorts the
 * values; no NaN may be among them. */
double kstest_p(double *values, size_t n, double (*cdf)(double), double tolerance);

/* Two laws of mean 1: exponential, and even from 0 to 2. */
double kstest_exponential(double x);
double kstest_uniform(double x);

#endif
