/* labels: the curves of an experiment: the names that its points have, in the order in which they
 * come. A label that is the name of a model gets that model's number and so its colour. */
#ifndef LABELS_H
#define LABELS_H

#include <stddef.h>

#include "data.h"

enum { LABELS_MOST = 48 };

struct labels {
    size_t count;
    const char *names[LABELS_MOST];
    int series[LABELS_MOST]; /* see plot.h */
};

/* Of the points and the theory of an experiment; those without a name are left out,
 * and those that would be too many. */
void labels_find(struct labels *labels, const struct data *data, const json_t *experiment);

#endif
