/* When the requests of an open loop are due: laws, no drift, one sequence for all threads. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "draw.h"
#include "kstest.h"
#include "plan.h"

#define THOUSAND_A_SECOND INT64_C(1000000000)

enum { GAPS = 100000, LONG_RUN = 10000000, MOST_SHARES = 7, MERGED = 2000 };

static const enum arrivals random_laws[] = {ARRIVALS_POISSON, ARRIVALS_UNIFORM};

static struct plan whole(enum arrivals law, int64_t rate_micro, uint64_t seed, int64_t start_ns)
{
    return plan_make(law, rate_micro, seed, start_ns, 0, 1);
}

/* ---- names ---- */

Test(arrivals, each_law_is_found_by_its_name)
{
    static const char *const names[] = {"poisson", "constant", "uniform"};
    static const enum arrivals laws[] = {ARRIVALS_POISSON, ARRIVALS_CONSTANT, ARRIVALS_UNIFORM};
    for (int i = 0; i < 3; i++) {
        enum arrivals law = ARRIVALS;
        cr_expect(arrivals_by_name(names[i], &law) && law == laws[i], "%s", names[i]);
        cr_expect_str_eq(arrivals_names[laws[i]], names[i]);
    }
}

Test(arrivals, no_other_name_is_taken)
{
    enum arrivals law = ARRIVALS_UNIFORM;
    cr_expect(!arrivals_by_name("Poisson", &law) && !arrivals_by_name("", &law) &&
              !arrivals_by_name("poisson ", &law) && !arrivals_by_name("unif", &law));
    cr_expect_eq(law, ARRIVALS_UNIFORM);
}

/* ---- the laws ---- */

/* The gaps of a plan, in units of their mean. */
static void take_gaps(struct plan p, double *gaps)
{
    double mean_ns = 1e15 / (double)p.rate_micro;
    for (int i = 0; i < GAPS; i++) {
        int64_t before = plan_due_ns(&p);
        plan_advance(&p);
        gaps[i] = (double)(plan_due_ns(&p) - before) / mean_ns;
    }
}

static double p_of_gaps(enum arrivals law, uint64_t seed, double (*cdf)(double))
{
    static double gaps[GAPS];
    take_gaps(whole(law, THOUSAND_A_SECOND, seed, 5000), gaps);
    return kstest_p(gaps, GAPS, cdf, 0);
}

Test(plan, gaps_follow_their_law_and_no_other)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        cr_expect_gt(p_of_gaps(ARRIVALS_POISSON, seed, kstest_exponential), 0.01);
        cr_expect_gt(p_of_gaps(ARRIVALS_UNIFORM, seed, kstest_uniform), 0.01);
        cr_expect_lt(p_of_gaps(ARRIVALS_POISSON, seed, kstest_uniform), 1e-9);
        cr_expect_lt(p_of_gaps(ARRIVALS_UNIFORM, seed, kstest_exponential), 1e-9);
    }
}

/* Exponential gaps could still come in a bad order; those of a Poisson process have no memory. */
Test(plan, successive_gaps_are_independent)
{
    static double gaps[GAPS];
    for (size_t law = 0; law < 2; law++) {
        double products = 0, squares = 0;
        take_gaps(whole(random_laws[law], THOUSAND_A_SECOND, 42, 0), gaps);
        for (int i = 0; i + 1 < GAPS; i++) {
            products += (gaps[i] - 1) * (gaps[i + 1] - 1);
            squares += (gaps[i] - 1) * (gaps[i] - 1);
        }
        cr_expect_lt(fabs(products / squares), 4 / sqrt(GAPS));
    }
}

Test(plan, numbers_of_arrivals_in_equal_times_are_poisson)
{
    enum { SLOTS = 10000, EACH = 10 };
    struct plan p = whole(ARRIVALS_POISSON, THOUSAND_A_SECOND, 7, 0);
    double sum = 0, squares = 0;
    for (int slot = 1; slot <= SLOTS; slot++) {
        double count = 0;
        for (; plan_due_ns(&p) < slot * INT64_C(1000000) * EACH; plan_advance(&p))
            count++;
        sum += count;
        squares += count * count;
    }
    double mean = sum / SLOTS, variance = squares / SLOTS - mean * mean;
    cr_expect_lt(fabs(mean - EACH), 4 * sqrt((double)EACH / SLOTS));
    cr_expect_lt(fabs(variance / mean - 1), 4 * sqrt(2.0 / SLOTS));
}

Test(plan, begins_at_the_start_or_one_gap_later)
{
    struct plan p = whole(ARRIVALS_CONSTANT, THOUSAND_A_SECOND, 1, 777);
    cr_expect(plan_due_ns(&p) == 777 && plan_index(&p) == 0);
    for (size_t law = 0; law < 2; law++) {
        p = whole(random_laws[law], THOUSAND_A_SECOND, 1, 777);
        cr_expect(plan_due_ns(&p) > 777 && plan_index(&p) == 0);
    }
}

Test(plan, the_start_only_shifts_it)
{
    for (int law = 0; law < ARRIVALS; law++) {
        struct plan early = whole((enum arrivals)law, THOUSAND_A_SECOND, 9, 0);
        struct plan late = whole((enum arrivals)law, THOUSAND_A_SECOND, 9, 123456789);
        for (int i = 0; i < 1000; i++, plan_advance(&early), plan_advance(&late))
            cr_assert_eq(plan_due_ns(&late), plan_due_ns(&early) + 123456789);
    }
}

Test(plan, another_seed_is_another_sequence)
{
    for (size_t law = 0; law < 2; law++) {
        struct plan a = whole(random_laws[law], THOUSAND_A_SECOND, 1, 0);
        struct plan b = whole(random_laws[law], THOUSAND_A_SECOND, 2, 0);
        struct plan again = whole(random_laws[law], THOUSAND_A_SECOND, 1, 0);
        for (int i = 0; i < 100; i++, plan_advance(&a), plan_advance(&b), plan_advance(&again)) {
            cr_assert_neq(plan_due_ns(&a), plan_due_ns(&b));
            cr_assert_eq(plan_due_ns(&a), plan_due_ns(&again));
        }
    }
}

/* ---- no drift ---- */

/* At 3000 a second the gap is 333333 1/3 ns. */
Test(plan, constant_arrivals_are_exact_up_to_ten_million)
{
    struct plan p = whole(ARRIVALS_CONSTANT, THOUSAND_A_SECOND * 3, 1, 1000);
    int64_t wrong = 0;
    for (int64_t i = 0; i < LONG_RUN; i++, plan_advance(&p))
        wrong += plan_due_ns(&p) != 1000 + i * 333333 + i / 3;
    cr_expect_eq(wrong, 0);
    cr_expect_eq(plan_index(&p), LONG_RUN);
    cr_expect_eq(plan_due_ns(&p), INT64_C(1000) + INT64_C(3333333333333));
}

/* Adds up the same gaps in another way. */
static long double sum_of_gaps(enum arrivals law, uint64_t seed, long double mean_ns, int gaps)
{
    long double sum = 0;
    for (int i = 0; i < gaps; i++) {
        struct draw_point at = {seed, UINT64_MAX, (uint64_t)i};
        long double u = (long double)(draw_bits(at, 0) >> 11) * 0x1p-53L;
        sum += law == ARRIVALS_POISSON ? -logl(1 - u) * mean_ns : 2 * u * mean_ns;
    }
    return sum;
}

static void expect_no_drift(enum arrivals law, double gap_deviation)
{
    struct plan p = whole(law, THOUSAND_A_SECOND * 3, 42, 0);
    long double mean_ns = 1e6L / 3, sum = sum_of_gaps(law, 42, mean_ns, LONG_RUN);
    for (int i = 1; i < LONG_RUN; i++)
        plan_advance(&p);
    long double due_ns = (long double)plan_due_ns(&p);
    cr_expect(due_ns <= sum + 0.01L && due_ns > sum - 1.01L, "%s: %.3Lf ns off",
              arrivals_names[law], due_ns - sum);
    cr_expect_lt(fabsl(due_ns / LONG_RUN / mean_ns - 1), 4 * gap_deviation / sqrt(LONG_RUN));
}

Test(plan, random_arrivals_are_exact_to_the_ns_after_ten_million)
{
    expect_no_drift(ARRIVALS_POISSON, 1);
    expect_no_drift(ARRIVALS_UNIFORM, 1 / sqrt(3));
}

/* ---- shares ---- */

/* The next arrival of all shares together; the share that has it goes on. */
static int64_t take_first(struct plan *shares, uint32_t count, uint64_t *index)
{
    uint32_t first = 0;
    for (uint32_t j = 1; j < count; j++)
        if (plan_index(&shares[j]) < plan_index(&shares[first]))
            first = j;
    int64_t due_ns = plan_due_ns(&shares[first]);
    *index = plan_index(&shares[first]);
    cr_assert_eq(*index % count, first);
    plan_advance(&shares[first]);
    return due_ns;
}

static void expect_one_sequence(enum arrivals law, uint32_t count)
{
    struct plan all = whole(law, INT64_C(7000000001), 3, 99), shares[MOST_SHARES];
    for (uint32_t j = 0; j < count; j++)
        shares[j] = plan_make(law, INT64_C(7000000001), 3, 99, j, count);
    for (uint64_t i = 0, index; i < MERGED; i++, plan_advance(&all)) {
        cr_assert_eq(take_first(shares, count, &index), plan_due_ns(&all),
                     "%s, %u shares, %" PRIu64, arrivals_names[law], count, i);
        cr_assert(index == i && plan_index(&all) == i);
    }
}

Test(plan, the_shares_make_up_the_same_sequence_however_many_there_are)
{
    static const uint32_t counts[] = {1, 2, 3, 7};
    for (int law = 0; law < ARRIVALS; law++)
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            expect_one_sequence((enum arrivals)law, counts[i]);
}

/* Arrival i is due in turn by another thread, and never two at once. */
Test(plan, constant_shares_do_not_ask_at_the_same_time)
{
    for (uint32_t j = 0; j < 4; j++) {
        struct plan p = plan_make(ARRIVALS_CONSTANT, THOUSAND_A_SECOND, 1, 0, j, 4);
        cr_expect_eq(plan_due_ns(&p), (int64_t)j * 1000000);
        plan_advance(&p);
        cr_expect_eq(plan_due_ns(&p), (int64_t)j * 1000000 + 4000000);
    }
}

/* ---- extremes ---- */

Test(plan, the_highest_rate_has_its_mean)
{
    for (int law = 0; law < ARRIVALS; law++) {
        struct plan p = whole((enum arrivals)law, PLAN_RATE_MICRO_MAX, 5, 0);
        int64_t before = 0;
        for (int i = 0; i < 1000000; i++) {
            plan_advance(&p);
            cr_assert_geq(plan_due_ns(&p), before);
            before = plan_due_ns(&p);
        }
        cr_expect_lt(llabs(before - INT64_C(100000000)), 400000, "%s", arrivals_names[law]);
    }
}

Test(plan, the_lowest_rate_has_its_mean)
{
    for (int law = 0; law < ARRIVALS; law++) {
        struct plan p = whole((enum arrivals)law, PLAN_RATE_MICRO_MIN, 5, 0);
        for (int i = 1; i < 10000; i++)
            plan_advance(&p);
        double mean_s = (double)plan_due_ns(&p) / 1e9 / 10000;
        cr_expect_lt(fabs(mean_s - 1000), 40, "%s: %g s", arrivals_names[law], mean_s);
    }
}

Test(plan, what_is_due_too_late_for_an_int64_stays_at_its_end)
{
    for (int law = 0; law < ARRIVALS; law++) {
        struct plan p = whole((enum arrivals)law, PLAN_RATE_MICRO_MIN, 5,
                              INT64_MAX - INT64_C(1000000000000000));
        int64_t before = plan_due_ns(&p);
        cr_expect_lt(before, INT64_MAX);
        for (int i = 0; i < 3000; i++) {
            plan_advance(&p);
            cr_assert_geq(plan_due_ns(&p), before);
            before = plan_due_ns(&p);
        }
        cr_expect_eq(before, INT64_MAX, "%s", arrivals_names[law]);
    }
}
