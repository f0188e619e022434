#include "slope.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double slope_per_minute(const struct sample *samples, size_t count)
{
    size_t pairs = 0;
    if (count < 2)
        return 0;
    double *slopes = calloc(count * (count - 1) / 2, sizeof *slopes);
    if (slopes == NULL)
        return NAN;
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            slopes[pairs++] =
                (samples[k].value - samples[i].value) / (samples[k].minutes - samples[i].minutes);
    qsort(slopes, pairs, sizeof *slopes, compare);
    double median = (slopes[(pairs - 1) / 2] + slopes[pairs / 2]) / 2;
    free(slopes);
    return median;
}
