/* hdr_log: a histogram log, format version 1.3, as HistogramLogProcessor and others read it.
 *
 *     #[StartTime: 1441812279.474 (seconds since epoch), ...]
 *     #[BaseTime: 1441812279.474 (seconds since epoch)]
 *     "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
 *     0.000,1.000,2.769,HISTFAAAA...
 *     Tag=service,0.000,10.000,3.101,HISTFAAAA...
 *
 * Starts are seconds behind the base time, lengths are seconds, the maximum is in milliseconds; the
 * histogram is that of hdr_codec.h, in nanoseconds. A line without a tag is about response times.
 * Facts of the format: HistogramLogWriter and HistogramLogReader of the Java implementation. */
#ifndef HDR_LOG_H
#define HDR_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "histogram.h"
#include "series.h"

enum {
    HDR_LOG_TAG_BYTES = 64, /* with its NUL */
    HDR_LOG_ERROR_BYTES = 320,
};

struct hdr_log_entry {
    const char *tag; /* printable ASCII without blanks and commas; NULL for none */
    double start_s, length_s;
    const struct histogram *h;
};

/* The head of a log whose times count from epoch_s, in seconds since 1970. These three return false
 * with errno: something could not be written, or memory was short. */
bool hdr_log_begin(FILE *file, double epoch_s);
bool hdr_log_put(FILE *file, const struct hdr_log_entry *entry);

/* Each interval of a window without a tag, the empty ones too; the last ends with the window. As
 * all times of a log, its begin is rounded to a millisecond. */
bool hdr_log_put_series(FILE *file, const struct series *s, double window_s);

/* Gives each entry of a log to take(), in the order of the file, with its start counted from that
 * of the log: its StartTime, or its first entry's. take() returns NULL, or why to go no further;
 * what the entry points to is gone afterwards. *epoch_s is the start of the log.
 *
 * Any content is safe; memory is bounded. False: error is "PATH:LINE: REASON" or "PATH: REASON"; a
 * log without any histogram is one. */
bool hdr_log_read(const char *path,
                  const char *(*take)(void *context, const struct hdr_log_entry *entry),
                  void *context, double *epoch_s, char error[HDR_LOG_ERROR_BYTES]);

#endif
