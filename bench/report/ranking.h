/* ranking: who served the most requests/s, in plain words, or why that is not told. Pure. */
#ifndef RANKING_H
#define RANKING_H

#include <stdio.h>

#include "sentences.h"

/* Who is shown to be ahead: the one that is marked best; else the one with the most requests/s; -1
 * when nobody is ranked. */
int ranking_leader(const struct sentence_rows *rows);

/* leader: of ranking_leader. second: the most of the others; -1 when there is none, and then it is
 * told that there is nobody to compare the leader with. Those without VALID runs are named, with
 * what most of their runs were. */
void ranking_write(FILE *to, const struct sentence_rows *rows, int leader, int second);

#endif
