/* results_json: a suite as JSON, complete enough to compute every figure of the table again. */
#ifndef RESULTS_JSON_H
#define RESULTS_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "suite.h"
#include "summary.h"

/* Writes the document. False when memory is short or the file cannot be written. */
bool results_write_json(FILE *to, const struct suite *suite, const struct summary *summaries);

#endif
