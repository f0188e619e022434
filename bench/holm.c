#include "holm.h"

#include <gsl/gsl_sort.h>
#include <math.h>

void holm_adjust(double p[], size_t count)
{
    double known[HOLM_MOST] = {0};
    size_t place[HOLM_MOST], order[HOLM_MOST], n = 0;
    for (size_t i = 0; i < count && i < HOLM_MOST; i++) {
        if (isnan(p[i]))
            continue;
        place[n] = i;
        known[n++] = p[i];
    }
    gsl_sort_index(order, known, 1, n);
    double least = 0; /* no p falls below one that was smaller before */
    for (size_t rank = 0; rank < n; rank++) {
        least = fmax(least, fmin(1, (double)(n - rank) * known[order[rank]]));
        p[place[order[rank]]] = least;
    }
}
