/* figure: one number of a result, with what is known about it. */
#ifndef FIGURE_H
#define FIGURE_H

#include <stdint.h>

#include "histogram.h"
#include "measure.h"

enum figure_knowledge {
    FIGURE_UNKNOWN, /* too few samples: printed as "-" */
    FIGURE_KNOWN,
    FIGURE_AT_LEAST, /* requests that were never answered could make it higher: printed as "> x" */
};

struct figure {
    enum figure_knowledge knowledge;
    int64_t ns;
};

/* The percentiles of every table, in rising order. */
enum { FIGURE_PERCENTILES = 6 };
struct figure_percentile {
    const char *key;   /* in JSON: "p999" */
    const char *label; /* for people: "p99.9" */
    uint32_t quantile; /* in parts of a million */
};
extern const struct figure_percentile figure_percentiles[FIGURE_PERCENTILES];

/* One kind of time; `unanswered` is NULL where a time is either measured or does not exist. */
struct figure_source {
    const struct histogram *answered, *unanswered;
};

/* A percentile over the answered and the unanswered: known if even an endless wait of all the
 * unanswered ones could not change it. */
struct figure figure_quantile(struct figure_source source, uint32_t quantile);
struct figure figure_max(struct figure_source source);

/* The times that a run may have, in the order of the contract. Those without a source are not
 * measured in a closed loop. */
enum { FIGURE_TIMES = 6 };
struct figure_time {
    const char *key;   /* "first_byte" */
    const char *label; /* "first byte" */
    struct figure_source source;
};
void figure_times(const struct measure *m, struct figure_time times[FIGURE_TIMES]);

#endif
