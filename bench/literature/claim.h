/* claim: a published statement about these models, what was measured here to test it, and what that
 * says. */
#ifndef CLAIM_H
#define CLAIM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "interval.h"
#include "ratio.h"

enum claim_verdict {
    CLAIM_NOT_DECIDED, /* too few runs are VALID, or figures are missing */
    CLAIM_NOT_SHOWN,   /* the interval leaves it open, or two measures disagree */
    CLAIM_CONFIRMED,
    CLAIM_NOT_CONFIRMED,
};

enum { CLAIM_WHY_BYTES = 1536 };

struct claim {
    const char *claim, *source, *published, *unit; /* static */
    double value;                                  /* NaN: not known */
    struct interval interval;
    enum claim_verdict verdict;
    char why[CLAIM_WHY_BYTES]; /* a sentence or more, true of the figures */
};

/* This ratio is what was measured. */
void claim_take(struct claim *claim, const struct ratio *ratio);

/* The sentences are all there: takes off the blank behind the last. */
void claim_finish(struct claim *claim);

/* "confirmed", "not confirmed", "not shown", "not decided". */
const char *claim_verdict_text(enum claim_verdict verdict);

/* {"claim", "source", "published", "measured": {"value", "low", "high", "unit"}, "verdict", "why"};
 * NULL when memory is short. */
json_t *claim_json(const struct claim *claim);

/* For people, numbered. */
void claim_show(FILE *to, size_t number, const struct claim *claim);

#endif
