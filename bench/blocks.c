#include "blocks.h"

#include <math.h>

#include "interval.h"

double blocks_half_width(double sd, size_t count)
{
    return count < 2 ? NAN : expm1(interval_t(count) * sd / sqrt((double)count));
}

/* More blocks always help: t falls with them, and so does the half width. */
size_t blocks_needed(double sd, double wanted, size_t most)
{
    size_t few = 1, enough = 2; /* few do not suffice */
    while (enough < most && blocks_half_width(sd, enough) > wanted) {
        few = enough;
        enough *= 2;
    }
    if (enough > most)
        enough = most;
    while (enough - few > 1) {
        size_t middle = few + (enough - few) / 2;
        if (blocks_half_width(sd, middle) > wanted)
            few = middle;
        else
            enough = middle;
    }
    return enough;
}
