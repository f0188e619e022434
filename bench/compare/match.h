/* match: which workloads and models of two suites are the same. */
#ifndef MATCH_H
#define MATCH_H

#include <stddef.h>

#include "report/data.h"

/* The place in `in` of workload `workload` of `of`; in->workloads when it has none. They are the
 * same when their names are. A suite that had each in both set-ups (--cpus both) has their labels
 * in its names: beside one that had a single set-up, "hold (apart)" is its "hold" if that was
 * apart.
 */
size_t match_workload(const struct data *in, const struct data *of, size_t workload);

/* Likewise by name alone; in->models when there is none. */
size_t match_model(const struct data *in, const struct data *of, size_t model);

#endif
