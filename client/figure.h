/* figure: one number of a result, with what is known about it. */
#ifndef FIGURE_H
#define FIGURE_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "measure.h"

/* How many samples must lie beyond a percentile: with 100 its rank is sure to about 20 %, with
 * fewer than 10 it would be a number for its own sake. */
enum { FIGURE_BEYOND_ROUGH = 10, FIGURE_BEYOND_KNOWN = 100 };

enum figure_knowledge {
    FIGURE_UNKNOWN, /* too few samples: printed as "-" */
    FIGURE_ROUGH,   /* few samples: printed as "~ x" */
    FIGURE_KNOWN,
    FIGURE_AT_LEAST, /* requests that were never answered could make it higher: printed as "> x" */
};

struct figure {
    enum figure_knowledge knowledge;
    int64_t ns;
};

/* True if the figure is a value, and not only a bound or nothing. */
static inline bool figure_is_value(struct figure figure)
{
    return figure.knowledge == FIGURE_KNOWN || figure.knowledge == FIGURE_ROUGH;
}

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
struct figure figure_mean(struct figure_source source);

/* The 95 % interval of a quantile, free of any assumption on the distribution: the values at the
 * ranks floor(np - 1.96 sqrt(np(1-p))) and ceil(np + 1.96 sqrt(np(1-p))) + 1, where n is the number
 * of independent samples, of which there are `independent` times as many as samples (0 to 1).
 * False when there are too few, or the upper end lies among the unanswered. */
struct figure_interval {
    int64_t low_ns, high_ns;
};
bool figure_interval(struct figure_source source, uint32_t quantile, double independent,
                     struct figure_interval *interval);

/* The times that a run may have, in the order of the contract. Those without samples do not exist
 * in this run. */
enum { FIGURE_TIMES = 7 };
struct figure_time {
    const char *key;   /* "first_byte" */
    const char *label; /* "first byte" */
    struct figure_source source;
};
void figure_times(const struct tally *total, const struct measure *m,
                  struct figure_time times[FIGURE_TIMES]);

#endif
