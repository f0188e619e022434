/* joined_host: what one of several clients left behind, who made one load from as many hosts.
 *
 * Its folder holds result.json and client.hlog, as --json and --hdr-log write them, and where INCR
 * was asked counter.values of --counter-values; or `error`, a line on why there is no result.
 * clock, "OFFSET_US BOUND_US", may stand beside: how far the clock of that host goes before that of
 * whoever collected this, and how far off that may be. */
#ifndef JOINED_HOST_H
#define JOINED_HOST_H

#include <jansson.h>
#include <stdbool.h>

#include "counter.h"
#include "measure.h"
#include "series.h"

enum { JOINED_ERROR_BYTES = 400 };

struct joined_host {
    const char *name;
    json_t *result;                   /* NULL when there is none */
    char failure[JOINED_ERROR_BYTES]; /* why; "" when there is one */
    json_t *clock;                    /* {"offset_us", "bound_us"}, or null */
    struct tally total; /* of this only the times, from the log; of the next as well */
    struct measure sum;
    uint32_t kinds_count;   /* of requests; 0 where there is but one */
    struct tally *kinds;    /* of these again the times */
    struct counter counter; /* empty when INCR was not asked */
};

/* Reads the folder into a new object; whatever is wrong there is its failure. Minimum, maximum and
 * mean, which a log has only as exactly as its bins, are those of the result. NULL when memory is
 * short; free with joined_host_free. The name must outlive it. */
struct joined_host *joined_host_read(const char *name, const char *folder);

/* Makes it a failure of this host, which then has no result, that its intervals are not as long as
 * those of `first`. Both have a result. */
void joined_host_compare(struct joined_host *host, const struct joined_host *first);

void joined_host_free(struct joined_host *host);

/* The number at a key of an object; `otherwise` if there is none. */
double joined_number(const json_t *object, const char *key, double otherwise);

#endif
