/* capacity_answer: what was found out about the capacity of one model, as JSON (capacity.h says
 * what is in it) and as a row for people. Pure. */
#ifndef CAPACITY_ANSWER_H
#define CAPACITY_ANSWER_H

#include <jansson.h>
#include <stdio.h>

#include "search.h"

struct capacity_answer {
    double closed_rps;   /* NaN when not known: then nothing was searched */
    bool closed_limited; /* the client was the limit there: it may be more */
    struct search_interval from_below, from_above;
    struct search_confirmation confirmed; /* of what both say together; all zero: not begun */
};

/* A new reference; NULL when memory is short. */
json_t *capacity_answer_json(const struct capacity_answer *a, const char *model);

/* In what way the confirmation contradicts the interval: fewer than a majority of the runs at its
 * lower end went well, or a majority of those at its upper end. "" when it does not, or was ended
 * before its time, or there was none. Returns text. */
enum { CAPACITY_OBJECTION_BYTES = 256 };
char *capacity_answer_objection(char text[CAPACITY_OBJECTION_BYTES],
                                const struct capacity_answer *a);

/* The heads of a table of answers, and a row of it, with lines below for what is to be said of it.
 * objective is the head of the joined interval. At most 100 columns wide. */
void capacity_answer_show_heads(FILE *to, const char *objective);
void capacity_answer_show(FILE *to, const struct capacity_answer *a, const char *model);

#endif
