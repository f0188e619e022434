#include "zipf.h"

#include <math.h>

#include "draw.h"

/* 1 minus the exponent. */
#define COMPLEMENT 0.01

/* The law without its constant factor, its integral from 1 to x, and the inverse of that. */
static double law(double x)
{
    return pow(x, COMPLEMENT - 1);
}

static double area(double x)
{
    return (pow(x, COMPLEMENT) - 1) / COMPLEMENT;
}

static double inverse_area(double a)
{
    return pow(1 + COMPLEMENT * a, 1 / COMPLEMENT);
}

struct zipf zipf_make(uint64_t n)
{
    return (struct zipf){
        .n = (double)n,
        .area_first = area(1.5) - law(1),
        .area_last = area((double)n + 0.5),
        .surely = 2 - inverse_area(area(2.5) - law(2)),
    };
}

/* Ranks count from 1. Rank k owns the stretch of x from k - 0.5 to k + 0.5, whose area is a little
 * more than law(k) because the law is convex: the lowest part of that area, what is too much, is
 * rejected. */
uint64_t zipf_draw(const struct zipf *z, uint64_t bits)
{
    for (;;) {
        double a = z->area_last - draw_fraction(bits) * (z->area_last - z->area_first);
        double x = inverse_area(a), rank = floor(x + 0.5);
        rank = fmin(fmax(rank, 1), z->n); /* what rounding may have pushed over the edge */
        if (rank - x <= z->surely || a >= area(rank + 0.5) - law(rank))
            return (uint64_t)rank - 1;
        bits = draw_mix(bits + DRAW_STEP);
    }
}
