#include "fairness.h"

#include <stdlib.h>

static int compare_falling(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left < right) - (left > right);
}

struct fairness fairness_of(uint64_t *replies, uint32_t count)
{
    struct fairness f = {.connections = count};
    double sum = 0, squares = 0, most = 0;
    qsort(replies, count, sizeof *replies, compare_falling);
    for (uint32_t i = 0; i < count; i++) {
        double x = (double)replies[i];
        sum += x;
        squares += x * x;
    }
    if (sum == 0)
        return f;
    while (most < 0.9 * sum)
        most += (double)replies[f.favoured++];
    f.mean = sum / count;
    f.jain = sum * sum / (count * squares);
    return f;
}
