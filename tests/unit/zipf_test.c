/* The law of {zipf:n}, against its exact probabilities. */
#include <criterion/criterion.h>
#include <math.h>

#include "draw.h"
#include "zipf.h"

enum { DRAWS = 1000000, MOST = 1000 };

static uint64_t nth(const struct zipf *z, uint64_t i)
{
    return zipf_draw(z, draw_bits((struct draw_point){1, 2, i}, 3));
}

/* The sum of the law over the first n numbers, without its constant factor. */
static double weights(uint64_t n)
{
    double sum = 0;
    for (uint64_t i = 1; i <= n; i++)
        sum += pow((double)i, -0.99);
    return sum;
}

/* No number is further than 4.5 standard deviations from where it should be, which for 1000 of them
 * happens once in 150, and chi-squared is below the value it exceeds once in a thousand. The draws
 * are always the same ones. */
static void expect_law(uint64_t n, double chi_squared_most)
{
    static double seen[MOST];
    struct zipf z = zipf_make(n);
    double chi_squared = 0, all = weights(n);
    for (uint64_t i = 0; i < DRAWS; i++) {
        uint64_t number = nth(&z, i);
        cr_assert_lt(number, n);
        seen[number]++;
    }
    for (uint64_t i = 0; i < n; i++) {
        double p = pow((double)i + 1, -0.99) / all, expected = DRAWS * p;
        double difference = seen[i] - expected;
        cr_expect(fabs(difference) < 4.5 * sqrt(expected * (1 - p)), "%d: %g instead of %g", (int)i,
                  seen[i], expected);
        chi_squared += difference * difference / expected;
    }
    cr_expect(chi_squared < chi_squared_most, "chi-squared is %g", chi_squared);
}

Test(zipf, ten_numbers)
{
    expect_law(10, 27.9);
}

Test(zipf, a_thousand_numbers)
{
    expect_law(1000, 1142);
}

Test(zipf, two_numbers)
{
    expect_law(2, 10.8);
}

Test(zipf, one_number_is_always_0)
{
    struct zipf z = zipf_make(1);
    for (uint64_t i = 0; i < 1000; i++)
        cr_assert_eq(nth(&z, i), 0);
    cr_expect_eq(zipf_draw(&z, 0), 0);
    cr_expect_eq(zipf_draw(&z, UINT64_MAX), 0);
}

/* Of 10^12 numbers the first million are drawn as often as the sum says; that of the rest is close
 * to an integral. Both ends of the random bits stay inside. */
Test(zipf, as_many_numbers_as_there_may_be)
{
    const uint64_t n = UINT64_C(1000000000000), few = 1000000;
    struct zipf z = zipf_make(n);
    double head = weights(few), seen = 0, zeros = 0;
    double rest = (pow((double)n + 0.5, 0.01) - pow((double)few + 0.5, 0.01)) / 0.01;
    double p = head / (head + rest), zero = 1 / (head + rest);
    for (uint64_t i = 0; i < DRAWS; i++) {
        uint64_t number = nth(&z, i);
        cr_assert_lt(number, n);
        seen += number < few;
        zeros += number == 0;
    }
    cr_expect_float_eq(seen / DRAWS, p, 4 * sqrt(p * (1 - p) / DRAWS));
    cr_expect_float_eq(zeros / DRAWS, zero, 4 * sqrt(zero * (1 - zero) / DRAWS));
    cr_expect_lt(zipf_draw(&z, 0), n);
    cr_expect_gt(zipf_draw(&z, 0), n / 2);
    cr_expect_eq(zipf_draw(&z, UINT64_MAX), 0);
}
