#include "search.h"

#include <math.h>

/* One try if it is clear enough, else the best of three; three different outcomes tell nothing. */
static enum search_outcome judge(const struct search *search, double rate, size_t *tries)
{
    size_t counts[SEARCH_OVER + 1] = {0};
    for (int i = 0; i < 3; i++) {
        enum search_outcome outcome = search->try(search->context, rate);
        ++*tries;
        counts[outcome]++;
        if (counts[outcome] == 2 || outcome == SEARCH_OVER ||
            (outcome == SEARCH_FAIL && i == 0 && rate >= search->hopeless))
            return outcome;
    }
    return SEARCH_UNKNOWN;
}

/* A search that goes on. */
struct course {
    struct search_interval interval;
    double failed; /* the lowest rate that did not go well; INFINITY: none was told */
};

/* The end of a bracket moves to `rate`. False when it is over. */
static bool note(struct course *course, double rate, enum search_outcome outcome)
{
    struct search_interval *interval = &course->interval;
    if (outcome == SEARCH_OVER) {
        interval->over = true;
        return false;
    }
    if (outcome == SEARCH_PASS) {
        interval->low = rate;
    } else {
        interval->high = rate;
        interval->limited = outcome == SEARCH_UNKNOWN;
        course->failed = interval->limited ? course->failed : rate;
    }
    return true;
}

/* True when both ends are known. */
static bool bracket(const struct search *search, double first, struct course *course)
{
    struct search_interval *interval = &course->interval;
    double rate = first;
    size_t untold = 0;
    while (rate >= search->lowest && rate <= search->highest && untold < SEARCH_UNTOLD_MOST) {
        enum search_outcome outcome = judge(search, rate, &interval->tries);
        if (!note(course, rate, outcome))
            return false;
        if (interval->low > 0 && isfinite(interval->high))
            return true;
        untold = outcome == SEARCH_UNKNOWN ? untold + 1 : 0;
        rate = interval->low > 0 ? rate * search->step : rate / search->step;
    }
    return false;
}

struct search_interval search_from(const struct search *search, double first)
{
    struct course course = {.interval = {.high = INFINITY}, .failed = INFINITY};
    struct search_interval *interval = &course.interval;
    if (bracket(search, first, &course))
        while (interval->high > interval->low * (1 + search->precision)) {
            double rate = sqrt(interval->low * interval->high);
            if (!note(&course, rate, judge(search, rate, &interval->tries)))
                break;
        }
    if (interval->limited)
        interval->high = course.failed;
    return *interval;
}

/* Of two that could not tell of all rates, what either knows of an upper end. */
static double join_high(const struct search_interval *a, const struct search_interval *b)
{
    if (isinf(a->high))
        return b->high;
    if (isinf(b->high))
        return a->high;
    return fmax(a->high, b->high);
}

struct search_interval search_join(struct search_interval a, struct search_interval b)
{
    if (a.limited != b.limited) { /* the other could tell everywhere, and found the edge */
        struct search_interval one = a.limited ? b : a;
        one.over = a.over || b.over;
        one.tries = a.tries + b.tries;
        return one;
    }
    return (struct search_interval){
        .low = fmin(a.low, b.low),
        .high = a.limited ? join_high(&a, &b) : fmax(a.high, b.high),
        .limited = a.limited || b.limited,
        .over = a.over || b.over,
        .tries = a.tries + b.tries,
    };
}

/* False when it is over. */
static bool try_again(const struct search *search, double rate, struct search_count *count)
{
    enum search_outcome outcome = search->try(search->context, rate);
    if (outcome == SEARCH_OVER)
        return false;
    count->tries++;
    count->passed += outcome == SEARCH_PASS;
    count->unknown += outcome == SEARCH_UNKNOWN;
    return true;
}

struct search_confirmation search_confirm(const struct search *search,
                                          struct search_interval interval, size_t tries)
{
    struct search_confirmation c = {0};
    for (size_t i = 0; i < tries && !c.over; i++)
        c.over = (interval.low > 0 && !try_again(search, interval.low, &c.low)) ||
                 (isfinite(interval.high) && !try_again(search, interval.high, &c.high));
    return c;
}

bool search_went_well(struct search_count count)
{
    return 2 * count.passed > count.tries;
}
