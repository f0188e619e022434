#include <criterion/criterion.h>
#include <math.h>

#include "outliers.h"

/* Quartiles 2 and 4: fences at -1 and 7, far ones at -4 and 10. */
Test(outliers, one_and_a_half_and_three_times_the_distance_of_the_quartiles)
{
    struct fences f = outliers_fences((double[]){1, 2, 3, 4, 5}, 5);
    cr_assert(f.known);
    cr_expect(f.low == -1 && f.high == 7 && f.far_low == -4 && f.far_high == 10);
    cr_expect_eq(outliers_class(&f, 7), OUTLIER_NONE, "on the fence is inside");
    cr_expect_eq(outliers_class(&f, 7.1), OUTLIER_MILD);
    cr_expect_eq(outliers_class(&f, -1.1), OUTLIER_MILD);
    cr_expect_eq(outliers_class(&f, 10), OUTLIER_MILD);
    cr_expect_eq(outliers_class(&f, 10.1), OUTLIER_FAR);
    cr_expect_eq(outliers_class(&f, -4.1), OUTLIER_FAR);
    cr_expect_eq(outliers_class(&f, NAN), OUTLIER_NONE);
}

/* R's quantile(c(10, 20, 40, 80, 160, 320)): 25 and 140. */
Test(outliers, quartiles_lie_between_values)
{
    struct fences f = outliers_fences((double[]){10, 20, 40, 80, 160, 320}, 6);
    cr_expect_float_eq(f.high, 140 + 1.5 * 115, 1e-12);
    cr_expect_eq(outliers_class(&f, 320), OUTLIER_MILD);
}

Test(outliers, among_few_values_nothing_is_apart)
{
    struct fences f = outliers_fences((double[]){1, 1, 1, 1000}, 4);
    cr_expect_not(f.known);
    cr_expect_eq(outliers_class(&f, 1000), OUTLIER_NONE);
}

Test(outliers, beside_equal_values_any_other_is_far)
{
    struct fences f = outliers_fences((double[]){50, 50, 50, 50, 51}, 5);
    cr_expect_eq(outliers_class(&f, 50), OUTLIER_NONE);
    cr_expect_eq(outliers_class(&f, 51), OUTLIER_FAR);
    cr_expect_str_eq(outliers_text(OUTLIER_FAR), "far");
    cr_expect_str_eq(outliers_text(OUTLIER_MILD), "mild");
    cr_expect_str_empty(outliers_text(OUTLIER_NONE));
}
