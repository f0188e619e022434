/* results: the folder a suite leaves: results.json, summary.txt, summary.csv, kinds.csv; with
 * experiments points.csv, and claims.csv of claims.
 *
 * Each file appears whole or not at all. Functions return false with one line in error. */
#ifndef RESULTS_H
#define RESULTS_H

#include <stdbool.h>

#include "suite.h"
#include "summary.h"

enum { RESULTS_PATH_BYTES = 1024, RESULTS_ERROR_BYTES = 1280 };

struct results {
    char folder[RESULTS_PATH_BYTES];
    char scratch[RESULTS_PATH_BYTES]; /* a file in it for the client's result of one run */
    bool is_default_place;
    int lockfd; /* held as long as results are written to the folder */
};

/* Makes the folder and sees to it that files can be written there. out NULL: a new folder named
 * after the moment in bench/results. An existing folder may hold other files, but no results. Only
 * one suite at a time may have a folder. */
bool results_open(struct results *r, const char *out, const char *started_at,
                  char error[RESULTS_ERROR_BYTES]);

/* The same for a folder that has the results of a suite that is gone on with. */
bool results_reopen(struct results *r, const char *folder, char error[RESULTS_ERROR_BYTES]);

/* Writes results.json only, of a suite that goes on. */
bool results_keep(const struct results *r, const struct suite *suite,
                  const struct summary *summaries, char error[RESULTS_ERROR_BYTES]);

void results_close(struct results *r);

/* Writes all files, and in the default place points bench/results/latest at the folder. */
bool results_write(const struct results *r, const struct suite *suite,
                   const struct summary *summaries, char error[RESULTS_ERROR_BYTES]);

#endif
