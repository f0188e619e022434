#include <criterion/criterion.h>
#include <math.h>

#include "blocks.h"

/* With the tables of t: sd 5 %, wanted 3 %: R = 14, for (2.160 * 0.05 / 0.029559)^2 = 13.4, while
 * 13 blocks need (2.179 * 0.05 / 0.029559)^2 = 13.6. */
Test(blocks, worked_examples)
{
    cr_expect_eq(blocks_needed(0.05, 0.03, 1000), 14);
    cr_expect_eq(blocks_needed(0.10, 0.03, 1000), 47); /* t 2.0129: 46.4; at 46, 2.0141: 46.4 */
    cr_expect_eq(blocks_needed(0.02, 0.05, 1000), 4);  /* t 3.182: 1.7; at 3, 4.303: 3.1 */
    cr_expect_eq(blocks_needed(0.00001, 0.03, 1000), 2);
    cr_expect_eq(blocks_needed(0, 0.03, 1000), 2);
}

Test(blocks, never_more_than_the_most)
{
    cr_expect_eq(blocks_needed(0.5, 0.001, 1000), 1000);
    cr_expect_eq(blocks_needed(0.05, 0.03, 13), 13);
}

Test(blocks, half_width_with_the_tables_of_t)
{
    cr_expect_float_eq(blocks_half_width(0.05, 5), exp(2.7764 * 0.05 / sqrt(5)) - 1, 1e-5);
    cr_expect(isnan(blocks_half_width(0.05, 1)) && isnan(blocks_half_width(0.05, 0)));
    cr_expect(isnan(blocks_half_width(NAN, 5)));
    cr_expect_eq(blocks_half_width(0, 5), 0);
}

Test(blocks, the_number_is_the_least_that_does)
{
    for (double sd = 0.001; sd < 0.3; sd *= 1.1) {
        size_t needed = blocks_needed(sd, 0.02, 100000);
        cr_expect_leq(blocks_half_width(sd, needed), 0.02);
        if (needed > 2)
            cr_expect_gt(blocks_half_width(sd, needed - 1), 0.02);
    }
}
