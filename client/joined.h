/* joined: the results of several clients that made one load together, as one result of the same
 * schema, with an array "hosts" besides.
 *
 * Counts, rates and connections are added; percentiles come from the histograms of all, added bin
 * by bin, and never from percentiles. Where no sum says it (the kernel's stamps) the value is null.
 * The verdict is the worst of the hosts' own, with the host named; a host without a result makes it
 * FAILED, and so does one whose --interval is not that of the first, for then their series cannot
 * be added. Over all connections of all hosts the service must have been fair once more: a server
 * may well starve a whole host, and one that has connections but no reply while others have some is
 * STARVED, not FAILED. And INCR must not have told two hosts the same value. */
#ifndef JOINED_H
#define JOINED_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "joined_host.h"

/* The joined result, the caller's; NULL when memory is short. At least one host. */
json_t *joined_result(struct joined_host *const hosts[], size_t count);

/* A line for each host and one for all, for people. */
void joined_put_text(FILE *file, struct joined_host *const hosts[], size_t count,
                     const json_t *result);

/* Sets fairness_jain, verdict, verdict_text and checks of a result that is complete but for these.
 * False when memory is short. */
bool joined_judge(json_t *result, struct joined_host *const hosts[], size_t count);

#endif
