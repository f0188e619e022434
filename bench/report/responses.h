/* responses: who answers soonest, in plain words, where the rate of requests was given to all:
 * their requests/s then are that rate, and tell nobody apart. Pure. */
#ifndef RESPONSES_H
#define RESPONSES_H

#include <stdio.h>

#include "sentences.h"

/* Compares the p99 of the response times of models with VALID runs, as the bench did (soonest.h):
 * one is said to be ahead only when it is best by p99, and "no difference is shown" where p, raised
 * for all comparisons, is not below COMPARISON_P. Returns the row that is best or else has the
 * lowest median, with which the others are compared; -1 when no p99 is known. Those without VALID
 * runs are named, with what most of their runs were. */
int responses_write(FILE *to, const struct sentence_rows *rows);

#endif
