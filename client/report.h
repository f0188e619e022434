/* report: a run and its verdict, written for programs (JSON, CSV) and for people. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "environment.h"
#include "load.h"
#include "verdict.h"

struct report {
    const struct load *load;
    const struct load_result *result;
    const struct verdict *verdict;
    const struct environment *environment;
    const char *host;    /* as it was given */
    const char *command; /* its words, with blanks between them; of a mix, the names of its kinds */
    time_t started_at;
    bool percentiles; /* people want the whole spectrum too */
};

/* Each writes the whole report. False with errno: something could not be written, or memory was
 * short. */
bool report_put_json(FILE *file, const struct report *report);
bool report_put_csv(FILE *file, const struct report *report);
bool report_put_hdr_log(FILE *file, const struct report *report);
bool report_put_counter(FILE *file, const struct report *report); /* see counter_write */
bool report_put_text(FILE *file, const struct report *report);

/* A part of the text: the response times at ever finer percentiles, as HdrHistogram prints them. */
void report_put_spectrum(FILE *file, const struct report *report);

/* The time of day at which the run started, "2024-05-17T08:30:00Z". Returns text. */
enum { REPORT_TIME_BYTES = 32 };
char *report_time(char text[REPORT_TIME_BYTES], const struct report *report);

#endif
