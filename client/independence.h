/* independence: how far successive latencies depend on each other.
 *
 * One slow request makes the next ones wait too. Latencies that depend on each other say less than
 * as many independent ones, and a confidence interval that counts them all is too narrow. Ranks are
 * compared, not the latencies themselves, so that one long wait does not decide everything. */
#ifndef INDEPENDENCE_H
#define INDEPENDENCE_H

#include <stddef.h>
#include <stdint.h>

/* Of fewer pairs of successive values nothing is said. */
enum { INDEPENDENCE_FEWEST = 8 };

/* Both are NaN when not known: too few pairs, all values equal, or memory is short. */
struct independence {
    double spearman; /* correlation of the ranks of successive values, -1 to 1 */
    double share;    /* n_eff / n, above 0 and at most 1: as many independent values say as much */
};

/* Of `runs` runs of `run_length` latencies each, one run after the other, in the order in which
 * their requests were sent; only values of one run are compared with each other. Equal values share
 * the mean of their ranks.
 *
 *     n_eff / n = 1 / (1 + 2 (rho_1 + rho_2 + ...))
 *
 * where rho_k is the correlation of the ranks of values k places apart, as far as the first below
 * 0.05 and at most to half a run. Chance alone makes a rho of m pairs about 1/sqrt(m), so the share
 * of independent values is near 1 only from a thousand or so. Time: n log n for the ranks and n for
 * each rho, so runs of a thousand are quick and one of 10^5 may not be. */
struct independence independence_of(const int64_t *values, size_t runs, size_t run_length);

#endif
