/* How a clock is measured: made-up clocks, of which cost and step are known. */
#include <criterion/criterion.h>

#include "environment.h"

static int64_t now_ns, advance_ns;
static int readings, readings_a_step;

static int64_t steady_clock_ns(void)
{
    return now_ns += advance_ns;
}

/* Stands still for some readings, then steps. */
static int64_t coarse_clock_ns(void)
{
    if (++readings % readings_a_step == 0)
        now_ns += advance_ns;
    return now_ns;
}

/* Every 5000 readings something else runs for a long time. */
static int64_t interrupted_clock_ns(void)
{
    return now_ns += ++readings % 5000 == 0 ? 10000000 : 25;
}

Test(environment_clock, a_clock_is_measured)
{
    advance_ns = 25;
    struct environment_clock clock = environment_measure_clock(steady_clock_ns);
    cr_expect_eq(clock.cost_ns, 25);
    cr_expect_eq(clock.step_ns, 25);
    advance_ns = 900;
    clock = environment_measure_clock(steady_clock_ns);
    cr_expect_eq(clock.cost_ns, 900);
    clock = environment_measure_clock(interrupted_clock_ns);
    cr_expect_eq(clock.cost_ns, 25, "%g", clock.cost_ns);
    cr_expect_eq(clock.step_ns, 25);
}

Test(environment_clock, a_coarse_clock_is_measured)
{
    advance_ns = 100;
    readings_a_step = 4;
    struct environment_clock clock = environment_measure_clock(coarse_clock_ns);
    cr_expect_float_eq(clock.cost_ns, 25, 0.1);
    cr_expect_eq(clock.step_ns, 100);
    advance_ns = 4000000;
    readings_a_step = 200000;
    clock = environment_measure_clock(coarse_clock_ns);
    cr_expect_lt(clock.cost_ns, 0, "it cannot measure itself");
    cr_expect_eq(clock.step_ns, 4000000);
}

Test(environment_clock, a_clock_that_stands_still)
{
    advance_ns = 0;
    struct environment_clock clock = environment_measure_clock(steady_clock_ns);
    cr_expect_lt(clock.cost_ns, 0);
    cr_expect_lt(clock.step_ns, 0);
}
