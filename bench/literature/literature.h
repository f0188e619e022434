/* literature: eight claims that were published about these models, carried out here and judged. Its
 * points are the runs behind six of them (points.h); what else they take is measured besides
 * (creation.h, stall.h, limits/measure.h).
 *
 * It adds "claims" to its experiment's JSON: a list of what claim.h says, in the order of judge.h.
 */
#ifndef LITERATURE_H
#define LITERATURE_H

#include <stdbool.h>

#include "experiment.h"

bool literature_define(struct experiment *e, const struct suite *suite);

#endif
