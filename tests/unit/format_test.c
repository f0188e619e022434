#include <criterion/criterion.h>
#include <math.h>

#include "clock.h"
#include "format.h"

static void expect(char *(*format)(char text[FORMAT_BYTES], double), double value,
                   const char *shown)
{
    char text[FORMAT_BYTES];
    cr_expect_str_eq(format(text, value), shown);
}

Test(format, counts_have_commas)
{
    expect(format_count, 0, "0");
    expect(format_count, 999.4, "999");
    expect(format_count, 999.6, "1,000");
    expect(format_count, 123456, "123,456");
    expect(format_count, 1234567, "1,234,567");
    expect(format_count, NAN, "-");
}

Test(format, short_numbers_have_three_digits)
{
    expect(format_short, 7, "7");
    expect(format_short, 999.4, "999");
    expect(format_short, 999.6, "1.00k");
    expect(format_short, 9996, "10.0k");
    expect(format_short, 12345, "12.3k");
    expect(format_short, 123456, "123k");
    expect(format_short, 999499, "999k");
    expect(format_short, 999500, "1.00M");
    expect(format_short, 1234567, "1.23M");
    expect(format_short, NAN, "-");
}

Test(format, decimals_have_three_digits)
{
    expect(format_decimal, 0.8765, "0.88");
    expect(format_decimal, 9.994, "9.99");
    expect(format_decimal, 9.996, "10.0");
    expect(format_decimal, 99.96, "100");
    expect(format_decimal, 1234.5, "1234");
    expect(format_decimal, NAN, "-");
}

/* Never with an exponent: a width of 623 % is no 6.2e+02 %. */
Test(format, rough_numbers_have_two_digits_or_more)
{
    expect(format_rough, 0, "0.00");
    expect(format_rough, 0.994, "0.99");
    expect(format_rough, 0.996, "1.0");
    expect(format_rough, 9.94, "9.9");
    expect(format_rough, 9.96, "10");
    expect(format_rough, 12.4, "12");
    expect(format_rough, 623.4, "623");
    expect(format_rough, NAN, "-");
    expect(format_rough, INFINITY, "-");
}

Test(format, half_widths_that_say_nothing_are_not_spelled_out)
{
    expect(format_half_width, 0.031, "up to 3.1 %");
    expect(format_half_width, 9.99, "up to 999 %");
    expect(format_half_width, 62630.88, "more than 1000 %");
}

Test(format, times_take_the_unit_that_fits)
{
    expect(format_time_us, 0, "0.00us");
    expect(format_time_us, 45.25, "45.2us");
    expect(format_time_us, 999.6, "1.00ms");
    expect(format_time_us, 12345, "12.3ms");
    expect(format_time_us, 1234567, "1.23s");
    expect(format_time_us, NAN, "-");
}

Test(format, values_beyond_all_measure_are_not_shown)
{
    expect(format_count, INFINITY, "-");
    expect(format_short, INFINITY, "-");
    expect(format_decimal, -INFINITY, "-");
    expect(format_time_us, 1e300, "-");
}

Test(format, durations)
{
    char text[FORMAT_BYTES];
    cr_expect_str_eq(format_duration(text, 0), "0 s");
    cr_expect_str_eq(format_duration(text, 59 * CLOCK_S + 499 * CLOCK_MS), "59 s");
    cr_expect_str_eq(format_duration(text, 59 * CLOCK_S + 500 * CLOCK_MS), "1 min 0 s");
    cr_expect_str_eq(format_duration(text, 3900 * CLOCK_S), "1 h 5 min");
}
