/* progress: the line on a terminal that shows a run while it lasts. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct load;
struct worker;

struct progress {
    const struct load *load;
    int64_t start_ns, next_ns;
    uint64_t ok_before;
    bool shown; /* something stands on the line */
};

struct progress progress_begin(const struct load *load, int64_t start_ns);

/* Refreshes the line if that is due, from what the workers published: rate, p50 and p99 of the last
 * full interval, failures, requests under way, time left. Returns when it is due next. */
int64_t progress_show(struct progress *p, const struct worker *workers, int64_t now_ns);

/* Empties the line, so that the result may begin there. */
void progress_end(struct progress *p);

#endif
