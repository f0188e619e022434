/* The search for a capacity, on servers that are formulas. */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "search.h"

enum { TRIES_MOST = 200 };

/* A server of which everything is known, and what it was asked. */
struct fake {
    double edge;        /* goes well up to this rate */
    double width;       /* over which, as a part of the edge, luck decides; 0: none */
    double client_most; /* beyond, the client can tell nothing */
    double sure_from;   /* but from here on it can tell that it fails; 0: never */
    int fluke_each;     /* every so many tries it fails without a reason; 0: never */
    size_t over_after;  /* so many tries it is over; 0: never */
    gsl_rng *rng;       /* for luck */
    size_t count;
    bool over;
    double tried[TRIES_MOST];
};

static bool is_lucky(struct fake *f, double rate)
{
    double share = 1 / (1 + exp((rate - f->edge) / (f->width * f->edge)));
    return gsl_rng_uniform(f->rng) < share;
}

static enum search_outcome try(void *context, double rate)
{
    struct fake *f = context;
    cr_assert_lt(f->count, TRIES_MOST, "the search does not end");
    cr_assert(!f->over, "tried although it is over");
    f->over = f->over_after > 0 && f->count == f->over_after;
    if (f->over)
        return SEARCH_OVER;
    f->tried[f->count++] = rate;
    if (f->client_most > 0 && rate > f->client_most)
        return f->sure_from > 0 && rate >= f->sure_from ? SEARCH_FAIL : SEARCH_UNKNOWN;
    if (f->fluke_each > 0 && f->count % (size_t)f->fluke_each == 0)
        return SEARCH_FAIL;
    bool good = f->width > 0 ? is_lucky(f, rate) : rate <= f->edge;
    return good ? SEARCH_PASS : SEARCH_FAIL;
}

static struct search_interval search(struct fake *f, double first)
{
    f->count = 0;
    f->over = false;
    struct search s = {.lowest = 10,
                       .highest = 10000,
                       .step = 1.25,
                       .precision = 0.05,
                       .hopeless = 2000,
                       .try = try,
                       .context = f};
    return search_from(&s, first);
}

static void expect_edge(struct search_interval i, double edge)
{
    cr_expect(i.low <= edge && edge < i.high, "%g is not in %g to %g", edge, i.low, i.high);
    cr_expect_leq(i.high, 1.0501 * i.low, "%g to %g is too wide", i.low, i.high);
    cr_expect(!i.limited && !i.over);
}

Test(search, the_edge_lies_within_whatever_side_one_comes_from)
{
    for (double edge = 20; edge < 9000; edge *= 1.37) {
        struct fake f = {.edge = edge};
        expect_edge(search(&f, edge * 0.7), edge);
        cr_expect_leq(f.count, 12);
        expect_edge(search(&f, fmin(edge * 1.1, 10000)), edge);
        cr_expect_leq(f.count, 12);
        expect_edge(search(&f, 300), edge);
    }
}

Test(search, it_goes_up_from_below_and_down_from_above)
{
    struct fake f = {.edge = 1000};
    search(&f, 700);
    cr_expect(f.tried[0] == 700 && f.tried[2] == 875, "a rate that goes well is tried twice");
    search(&f, 1100);
    cr_expect(f.tried[0] == 1100 && f.tried[1] == 1100 && f.tried[2] == 880);
}

Test(search, a_hopeless_rate_is_tried_once)
{
    struct fake f = {.edge = 1000};
    search(&f, 2500);
    cr_expect(f.tried[0] == 2500 && f.tried[1] == 2000 && f.tried[2] == 1600 && f.tried[3] == 1600);
}

/* One try of four goes wrong, and two of three decide. */
Test(search, a_fluke_decides_nothing)
{
    struct fake f = {.edge = 1000, .fluke_each = 4};
    expect_edge(search(&f, 700), 1000);
    expect_edge(search(&f, 1100), 1000);
}

/* In a band of 4 % luck decides. What two searches say together holds the edge as a rule. */
Test(search, luck_near_the_edge)
{
    struct fake f = {.edge = 1000, .width = 0.02, .rng = gsl_rng_alloc(gsl_rng_mt19937)};
    enum { SEARCHES = 500 };
    int held = 0, near = 0;
    for (int i = 0; i < SEARCHES; i++) {
        struct search_interval both = search_join(search(&f, 720), search(&f, 1120));
        cr_assert(both.low > 0 && isfinite(both.high));
        held += both.low <= f.edge && f.edge <= both.high;
        near += both.low > 0.9 * f.edge && both.high < 1.1 * f.edge;
    }
    cr_log_info("held %d, near %d of %d\n", held, near, (int)SEARCHES);
    cr_expect_geq(held, SEARCHES * 8 / 10);
    cr_expect_geq(near, SEARCHES * 9 / 10);
    gsl_rng_free(f.rng);
}

Test(search, a_client_that_is_the_bottleneck_gives_a_lower_end_only)
{
    struct fake f = {.edge = 1000, .client_most = 800};
    for (double first = 500; first < 1800; first *= 1.5) {
        struct search_interval i = search(&f, first);
        cr_expect(i.limited && isinf(i.high));
        cr_expect(i.low <= 800 && i.low * 1.0501 >= 800, "%g", i.low);
    }
}

/* Rates that were seen to fail are an upper end, however far from the lower. */
Test(search, what_is_known_to_fail_beyond_what_cannot_be_told)
{
    struct fake f = {.edge = 1000, .client_most = 800, .sure_from = 1200};
    struct search_interval i = search(&f, 1500);
    cr_expect(i.limited && i.high >= 1200 && i.high < 1200 * 1.25, "%g", i.high);
    cr_expect(i.low <= 800 && i.low * 1.0501 >= 800, "%g", i.low);
    i = search(&f, 1190); /* comes from below, and never sees it */
    cr_expect(i.limited && isinf(i.high));
}

/* On a machine that lends its processors elsewhere this is so at any rate. */
Test(search, a_client_that_can_never_tell_is_not_asked_for_ever)
{
    struct fake f = {.edge = 1000, .client_most = 1};
    struct search_interval i = search(&f, 700);
    cr_expect(i.limited && i.low == 0 && isinf(i.high) && !i.over);
    cr_expect_eq(i.tries, 2 * SEARCH_UNTOLD_MOST, "%zu", i.tries);
}

Test(search, a_client_that_suffices_up_to_the_edge_is_no_limit)
{
    struct fake f = {.edge = 1000, .client_most = 1200};
    expect_edge(search(&f, 1400), 1000);
}

Test(search, a_server_that_never_goes_well)
{
    struct fake f = {.edge = 0};
    struct search_interval i = search(&f, 700);
    cr_expect_eq(i.low, 0);
    cr_expect(i.high >= 10 && i.high < 12.5, "%g", i.high);
    cr_expect(!i.limited && !i.over);
}

Test(search, a_server_that_always_goes_well)
{
    struct fake f = {.edge = 1e9};
    struct search_interval i = search(&f, 700);
    cr_expect(i.low > 8000 && i.low <= 10000, "%g", i.low);
    cr_expect(isinf(i.high) && !i.limited && !i.over);
}

Test(search, it_ends_when_it_is_over)
{
    struct fake f = {.edge = 1000, .over_after = 1};
    struct search_interval i = search(&f, 700);
    cr_expect(i.over && i.low == 0 && isinf(i.high) && i.tries == 2);
    f.over_after = 6; /* 700 and 875 went well, 1093.75 did not: the bracket is left as it is */
    i = search(&f, 700);
    cr_expect(i.over && i.low == 875 && i.high == 1093.75, "%g to %g", i.low, i.high);
}

Test(search, two_searches_together)
{
    struct search_interval below = {.low = 900, .high = 940, .tries = 9},
                           above = {.low = 950, .high = 990, .tries = 8},
                           both = search_join(below, above);
    cr_expect(both.low == 900 && both.high == 990 && both.tries == 17 && !both.limited);
    above = (struct search_interval){.low = 930, .high = INFINITY, .limited = true};
    both = search_join(below, above);
    cr_expect(both.low == 900 && both.high == 940 && !both.limited);
    both = search_join(above, above);
    cr_expect(both.low == 930 && isinf(both.high) && both.limited);
    above.high = 1200; /* seen to fail, beyond rates that could not be told */
    both = search_join(above, below);
    cr_expect(both.low == 900 && both.high == 940 && !both.limited, "below found the edge");
    below.limited = true;
    below.high = INFINITY;
    both = search_join(above, below);
    cr_expect(both.low == 900 && both.high == 1200 && both.limited);
    below = (struct search_interval){.low = 900, .high = 940, .tries = 9};
    above = (struct search_interval){.low = 930, .high = INFINITY}; /* all went well */
    both = search_join(below, above);
    cr_expect(isinf(both.high) && !both.limited);
}

/* ---- the confirmation ---- */

static struct search_confirmation confirm(struct fake *f, double low, double high)
{
    struct search s = {.hopeless = 1, .try = try, .context = f};
    f->count = 0;
    f->over = false;
    return search_confirm(&s, (struct search_interval){.low = low, .high = high}, 5);
}

static void expect_count(struct search_count count, size_t tries, size_t passed, size_t unknown)
{
    cr_expect(count.tries == tries && count.passed == passed && count.unknown == unknown,
              "%zu of %zu, %zu not known", count.passed, count.tries, count.unknown);
    cr_expect_eq(search_went_well(count), 2 * passed > tries);
}

/* Each try counts, also at rates where one that fails would be enough for a search. */
Test(search, both_ends_are_tried_again_in_turn)
{
    struct fake f = {.edge = 1000};
    struct search_confirmation c = confirm(&f, 980, 1029);
    expect_count(c.low, 5, 5, 0);
    expect_count(c.high, 5, 0, 0);
    cr_expect(!c.over);
    cr_expect_eq(f.count, 10);
    for (size_t i = 0; i < f.count; i++)
        cr_expect_eq(f.tried[i], i % 2 == 0 ? 980 : 1029);
}

Test(search, an_interval_beside_the_edge_is_found_out)
{
    struct fake f = {.edge = 1000};
    struct search_confirmation c = confirm(&f, 1010, 1060);
    cr_expect(!search_went_well(c.low) && !search_went_well(c.high));
    c = confirm(&f, 900, 945);
    cr_expect(search_went_well(c.low) && search_went_well(c.high));
}

/* Half of them are no majority, and neither are tries that tell nothing. */
Test(search, what_a_majority_is)
{
    cr_expect(search_went_well((struct search_count){.tries = 5, .passed = 3, .unknown = 2}));
    cr_expect(!search_went_well((struct search_count){.tries = 5, .passed = 2, .unknown = 3}));
    cr_expect(!search_went_well((struct search_count){.tries = 4, .passed = 2}));
    cr_expect(!search_went_well((struct search_count){0}));
}

Test(search, an_end_that_is_not_known_is_not_tried)
{
    struct fake f = {.edge = 1000, .client_most = 940};
    struct search_confirmation c = confirm(&f, 930, INFINITY);
    expect_count(c.low, 5, 5, 0);
    expect_count(c.high, 0, 0, 0);
    c = confirm(&f, 950, INFINITY);
    expect_count(c.low, 5, 0, 5);
    c = confirm(&f, 0, 100);
    expect_count(c.low, 0, 0, 0);
    expect_count(c.high, 5, 5, 0);
}

Test(search, a_confirmation_that_is_over)
{
    struct fake f = {.edge = 1000, .over_after = 3};
    struct search_confirmation c = confirm(&f, 980, 1029);
    cr_expect(c.over);
    expect_count(c.low, 2, 2, 0);
    expect_count(c.high, 1, 0, 0);
    f.over_after = 4;
    c = confirm(&f, 980, 1029);
    cr_expect(c.over);
    expect_count(c.low, 2, 2, 0);
    expect_count(c.high, 2, 0, 0);
}
