/* draw: random numbers that are a pure function of where they are used.
 *
 * There is no generator with a state to carry along: a number is computed from (seed, connection,
 * sequence, slot), so any of them can be computed again later, in any order, by any thread. */
#ifndef DRAW_H
#define DRAW_H

#include <math.h>
#include <stdint.h>

/* Which request: the run's seed, the number of the connection, the number of the request on it. */
struct draw_point {
    uint64_t seed;
    uint64_t connection;
    uint64_t sequence;
};

/* A bijection of the 64-bit numbers in which every input bit changes about half of the output bits
 * (the constants are those of Stafford's variant 13, which splitmix64 uses too). */
static inline uint64_t draw_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* 2^64 divided by the golden ratio: successive multiples are spread evenly. */
#define DRAW_STEP UINT64_C(0x9e3779b97f4a7c15)

/* What all draws of one request begin with. */
static inline uint64_t draw_request(struct draw_point at)
{
    uint64_t x = draw_mix(at.seed + DRAW_STEP);
    x = draw_mix(x + (at.connection + 1) * DRAW_STEP);
    return draw_mix(x + (at.sequence + 1) * DRAW_STEP);
}

/* 64 random bits from it; `slot` tells apart the draws of one request. Those below 2^63 belong to
 * the arguments of its command. */
static inline uint64_t draw_slot(uint64_t request, uint64_t slot)
{
    return draw_mix(request + (slot + 1) * DRAW_STEP);
}

/* Both at once. */
static inline uint64_t draw_bits(struct draw_point at, uint64_t slot)
{
    return draw_slot(draw_request(at), slot);
}

/* In [0, 1), in steps of 2^-53. */
static inline double draw_fraction(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

/* From 0 to n-1, n > 0. The high half of a product; for n below 2^40 no number is likelier than
 * another by more than one part in 10^7. */
static inline uint64_t draw_below(uint64_t bits, uint64_t n)
{
    return (uint64_t)(((unsigned __int128)bits * n) >> 64);
}

/* Exponentially distributed, with this mean: at most 37 times the mean. */
static inline double draw_exponential(uint64_t bits, double mean)
{
    return -mean * log1p(-draw_fraction(bits));
}

#endif
