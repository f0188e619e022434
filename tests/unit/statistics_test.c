#include <criterion/criterion.h>
#include <math.h>

#include "statistics.h"

Test(statistics, spread_of_an_odd_number_of_values)
{
    struct spread s = statistics_spread((double[]){5, 1, 9, 3, 7}, 5);
    cr_assert_eq(s.count, 5);
    cr_assert_eq(s.min, 1);
    cr_assert_eq(s.median, 5);
    cr_assert_eq(s.max, 9);
}

Test(statistics, the_median_of_an_even_number_is_between_the_middle_two)
{
    cr_assert_eq(statistics_spread((double[]){10, 1, 2, 4}, 4).median, 3);
}

Test(statistics, one_value_is_its_own_spread)
{
    struct spread s = statistics_spread((double[]){42}, 1);
    cr_assert(s.count == 1 && s.min == 42 && s.median == 42 && s.max == 42);
}

Test(statistics, unknown_values_are_left_out)
{
    struct spread s = statistics_spread((double[]){NAN, 8, NAN, 2, 4}, 5);
    cr_assert_eq(s.count, 3);
    cr_assert_eq(s.min, 2);
    cr_assert_eq(s.median, 4);
}

Test(statistics, nothing_known_has_no_spread)
{
    struct spread s = statistics_spread((double[]){NAN, NAN}, 2);
    cr_assert_eq(s.count, 0);
    cr_assert(isnan(s.min) && isnan(s.median) && isnan(s.max));
    cr_assert_eq(statistics_spread(NULL, 0).count, 0);
}

Test(statistics, values_keep_their_order)
{
    double values[] = {3, 1, 2};
    statistics_spread(values, 3);
    cr_assert(values[0] == 3 && values[1] == 1 && values[2] == 2);
}
