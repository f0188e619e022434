/* sentence_parts: what the sentences about a workload (sentences.h) have in common: who takes part,
 * how two compare, and phrases. Models are told by their row; pure. */
#ifndef SENTENCE_PARTS_H
#define SENTENCE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "ratio.h"
#include "sentences.h"

enum { SENTENCE_NOBODY = -1 };

/* It has VALID runs, and its requests/s are known. */
bool sentence_is_ranked(const struct sentence_row *row);

/* The model with the most requests/s of those that are ranked; without the one that is left out. */
int sentence_most(const struct sentence_rows *rows, int left_out);

/* The base, if it is ranked; else nobody. */
int sentence_base(const struct sentence_rows *rows);

/* Of the requests/s, paired by block. */
struct ratio sentence_ratio(const struct sentence_rows *rows, int above, int below);

/* "6,525 requests/s (95 %: 5,179 to 8,017)" */
void sentence_write_rps(FILE *to, const struct sentence_row *row);

/* "a", "a and b", "a, b and c": called for each of `count` in turn. */
void sentence_write_listed(FILE *to, const char *name, size_t index, size_t count);

#endif
