/* Which law is predicted for which model, and what it says. */
#include <criterion/criterion.h>
#include <math.h>

#include "prediction.h"

static const struct prediction_work even = {"SLEEP", 1000, false},
                                    exponential = {"SLEEP", 1000, true};

Test(prediction, the_law_of_a_model)
{
    cr_expect_eq(prediction_law("one-at-a-time", "SLEEP", 1), PREDICTION_IN_TURN);
    cr_expect_eq(prediction_law("multiplexed", "SPIN", 4), PREDICTION_IN_TURN);
    cr_expect_eq(prediction_law("thread-per-client", "SLEEP", 1), PREDICTION_APART);
    cr_expect_eq(prediction_law("fork-per-client", "SPIN", 1), PREDICTION_SHARED);
    cr_expect_eq(prediction_law("thread-pool", "SPIN", 2), PREDICTION_NONE);
    cr_expect_eq(prediction_law("thread-pool", "SPIN", 0), PREDICTION_NONE, "not known");
    cr_expect_eq(prediction_law("thread-pool", "SLEEP", 0), PREDICTION_APART);
}

/* A server that is busy for half of the time, and nothing is spent beyond the work. */
Test(prediction, half_busy)
{
    cr_expect_float_eq(prediction_mean_us(PREDICTION_IN_TURN, &exponential, 1000, 1000, 500), 2000,
                       1e-9);
    cr_expect_float_eq(prediction_mean_us(PREDICTION_IN_TURN, &even, 1000, 1000, 500), 1500, 1e-9);
    cr_expect_float_eq(prediction_mean_us(PREDICTION_SHARED, &even, 1000, 1000, 500), 2000, 1e-9);
    cr_expect_float_eq(prediction_mean_us(PREDICTION_APART, &even, 1000, NAN, 500), 1000, 1e-9);
    cr_expect(isnan(prediction_mean_us(PREDICTION_NONE, &even, 1000, 1000, 500)));
}

/* What the server spends for itself keeps others waiting, but varies no more than the work does:
 * 1250 + 400e-6 * (1250^2 + 1000^2) / (2 * 0.5). What goes by around it is only added. */
Test(prediction, work_is_not_all_that_takes_time)
{
    cr_expect_float_eq(prediction_mean_us(PREDICTION_IN_TURN, &exponential, 1250, 1250, 400), 2275,
                       1e-9);
    cr_expect_float_eq(prediction_mean_us(PREDICTION_IN_TURN, &exponential, 1300, 1250, 400), 2325,
                       1e-9);
    cr_expect_float_eq(prediction_mean_us(PREDICTION_SHARED, &even, 1300, 1250, 400), 2550, 1e-9);
}

Test(prediction, beyond_its_capacity_a_queue_has_no_end)
{
    cr_expect(isinf(prediction_mean_us(PREDICTION_IN_TURN, &even, 1000, 1000, 1000)));
    cr_expect(isinf(prediction_mean_us(PREDICTION_SHARED, &even, 1000, 1000, 1200)));
    cr_expect_eq(prediction_mean_us(PREDICTION_APART, &even, 1000, NAN, 5000), 1000);
}

Test(prediction, what_was_not_measured_predicts_nothing)
{
    cr_expect(isnan(prediction_mean_us(PREDICTION_IN_TURN, &even, 1000, NAN, 100)));
    cr_expect(isnan(prediction_mean_us(PREDICTION_IN_TURN, &even, NAN, 1000, 100)));
}
