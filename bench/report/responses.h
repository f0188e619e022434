/* responses: who answers soonest, in plain words, where the rate of requests was given to all:
 * their requests/s then are that rate, and tell nobody apart. Pure. */
#ifndef RESPONSES_H
#define RESPONSES_H

#include <stdio.h>

#include "sentences.h"

/* Compares the p99 of the response times of models with VALID runs. One is said to be ahead only
 * when the 95 % interval of the ratio of each other's p99 to its own, paired by block, is above 1.
 * Returns the row with the lowest median, or -1 when no p99 is known. */
int responses_write(FILE *to, const struct sentence_rows *rows);

#endif
