/* cost: in which quantity of the ledger models differ, in plain words, and how busy they kept their
 * processor: where to look for the reason why one is ahead. Pure. */
#ifndef COST_H
#define COST_H

#include <stdio.h>

#include "sentences.h"

/* Of two ranked models, of which `one` is ahead: the quantity of which it pays less, by the largest
 * factor, or that there is none; and how busy both kept their processor. */
void cost_write_difference(FILE *to, const struct sentence_rows *rows, int one, int other);

/* Of one: all quantities that are known. */
void cost_write_own(FILE *to, const struct sentence_rows *rows, int one);

#endif
