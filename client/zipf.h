/* zipf: whole numbers of which a few come often and most hardly ever, as the keys of a store do.
 *
 * Of the numbers 0 .. n-1, number i has a probability proportional to (i + 1)^-0.99. The exponent
 * is the default of YCSB (B. Cooper et al., "Benchmarking cloud serving systems with YCSB", 2010).
 *
 * Drawn without a table, in a time that does not depend on n, by rejection-inversion: W. Hörmann
 * and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
 * distributions", ACM Transactions on Modeling and Computer Simulation 6(3), 1996.
 *
 * A struct zipf never changes after zipf_make: any number of threads may share it. */
#ifndef ZIPF_H
#define ZIPF_H

#include <stdint.h>

struct zipf {
    double n;
    double area_first, area_last; /* the law's integral, below rank 1 and up to rank n */
    double surely; /* a rank that is rounded up by no more than this is right without a test */
};

/* n from 1 to 10^12, beyond which a double could no longer tell the last ranks apart. */
struct zipf zipf_make(uint64_t n);

/* A number from 0 to n-1, a pure function of 64 random bits. Where these are rejected, in less than
 * one draw of a hundred, others are computed from them. */
uint64_t zipf_draw(const struct zipf *z, uint64_t bits);

#endif
