/* merge: the histogram logs of several clients, or several runs, as one.
 *
 * Counts of the same tag are added, bin by bin; percentiles are never averaged. What a log has
 * under "unanswered" belongs to the lines without a tag, "TAG-unanswered" to those of TAG: the
 * waits of requests that were given up, which can make a percentile unknown above some value. Logs
 * count as begun at the same moment, whatever their clocks said. Mean and maximum are as exact as
 * the bins. */
#ifndef MERGE_H
#define MERGE_H

#include <stdbool.h>
#include <stdio.h>

#include "hdr_log.h"

enum { MERGE_TAGS = 320 }; /* and no more: four of each kind of a mix, and the others */

struct merge;

/* An empty merge, to be freed; NULL when memory is short. Without keep_lines it has no log to
 * write, and the same size however long the logs are. */
struct merge *merge_new(bool keep_lines);
void merge_free(struct merge *m);

/* Adds a log. False: *m holds part of it and is of no more use; error is one line. */
bool merge_add(struct merge *m, const char *path, char error[HDR_LOG_ERROR_BYTES]);

/* A table of what was merged, for people. Returns false with errno, as does the next. */
bool merge_put_text(FILE *file, const struct merge *m);

/* One log, second by second; it begins when the earliest of the merged did. */
bool merge_put_log(FILE *file, struct merge *m);

/* All of it: reads the logs, prints the table, writes the merged log to log_path unless that is
 * NULL. Returns the exit status; faults are told on standard error. */
int merge_run(int count, char *const paths[], const char *log_path);

#endif
