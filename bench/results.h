/* results: the folder a suite leaves: results.json, summary.txt, summary.csv.
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
};

/* Makes the folder and sees to it that files can be written there. out NULL: a new folder named
 * after the moment in bench/results. An existing folder may hold other files, but no results. */
bool results_open(struct results *r, const char *out, const char *started_at,
                  char error[RESULTS_ERROR_BYTES]);

/* Writes the three files, and in the default place points bench/results/latest at the folder. */
bool results_write(const struct results *r, const struct suite *suite,
                   const struct summary *summaries, char error[RESULTS_ERROR_BYTES]);

#endif
