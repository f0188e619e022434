/* search: the highest rate at which something still goes well, found by trying rates. Pure: what a
 * try is, the caller knows.
 *
 * First a bracket: from the first rate upwards by `step` as long as it goes well, or downwards
 * until it does, or who tries could not tell of SEARCH_UNTOLD_MOST rates on end. Then the bracket
 * is halved, on the scale of the logarithm, until its upper end is at most 1 + precision times its
 * lower. Tries near the edge are a matter of luck, so a rate goes well when it does in two tries of
 * three. At a rate of `hopeless` or more it does not if the first try fails. The answer is an
 * interval: the edge lies between the last rate that went well and the first that did not.
 *
 * The tries of a search chose the ends of its interval, so that luck has a part in them. A
 * confirmation tries both ends once more, by tries that choose nothing. */
#ifndef SEARCH_H
#define SEARCH_H

#include <stdbool.h>
#include <stddef.h>

enum { SEARCH_UNTOLD_MOST = 5 };

enum search_outcome {
    SEARCH_PASS,
    SEARCH_FAIL,
    SEARCH_UNKNOWN, /* who tries could not tell: then the upper end is a rate that failed before,
                       or there is none but only a lower */
    SEARCH_OVER,    /* no more tries */
};

struct search {
    double lowest, highest; /* no rate beyond is tried */
    double step;            /* > 1 */
    double precision;       /* > 0 */
    double hopeless;
    enum search_outcome (*try)(void *context, double rate);
    void *context;
};

struct search_interval {
    double low;   /* the highest rate below `high` that went well; 0: none did */
    double high;  /* the lowest that did not; INFINITY: all went well, or it is not known */
    bool limited; /* who tries could not tell of what lies next beyond low */
    bool over;    /* ended before its time: the interval is wider than it should be */
    size_t tries;
};

/* Begins with the rate `first`, which says from which side it comes. */
struct search_interval search_from(const struct search *search, double first);

/* What two searches say together: from the lower low to the higher high; what one says alone that
 * could tell of all rates it tried, where the other could not. */
struct search_interval search_join(struct search_interval a, struct search_interval b);

/* What became of the tries at one rate; of those that say neither, the rest failed. */
struct search_count {
    size_t tries, passed, unknown;
};

struct search_confirmation {
    struct search_count low, high;
    bool over; /* ended before its time: fewer tries than were asked for */
};

/* So many tries at either end of an interval, low and high in turn, so that what changes meanwhile
 * meets both; none at an end that is not known (low 0, high INFINITY). One that ends with
 * SEARCH_OVER is the last, and not counted. */
struct search_confirmation search_confirm(const struct search *search,
                                          struct search_interval interval, size_t tries);

/* More than half of the tries passed. */
bool search_went_well(struct search_count count);

#endif
