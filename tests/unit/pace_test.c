/* How fast dead children are replaced, in made-up time. */
#include <criterion/criterion.h>

#include "clock.h"
#include "pace.h"

static struct pace pace;
static int64_t now_ns;

static void made(void)
{
    cr_assert(pace_allows(&pace, now_ns));
    pace_note_made(&pace, now_ns);
}

static void failed_after(int64_t ms)
{
    now_ns += ms * CLOCK_MS;
    pace_note_failure(&pace, now_ns);
}

/* No child before so many milliseconds have passed, and then one, whose time it then is. */
static void expect_pause(int64_t ms)
{
    now_ns += ms * CLOCK_MS - 1;
    cr_expect_not(pace_allows(&pace, now_ns), "already after %d ms", (int)ms);
    now_ns += 1;
    cr_expect(pace_allows(&pace, now_ns), "not after %d ms", (int)ms);
}

Test(pace, children_are_made_at_once_while_all_is_well)
{
    for (int i = 0; i < 1000; i++)
        made();
}

Test(pace, pauses_double_up_to_a_second)
{
    static const int pauses_ms[] = {20, 40, 80, 160, 320, 640, 1000, 1000};
    made();
    for (size_t i = 0; i < sizeof pauses_ms / sizeof *pauses_ms; i++) {
        failed_after(1);
        expect_pause(pauses_ms[i]);
        made();
    }
}

Test(pace, a_child_that_dies_late_in_its_trial_has_failed)
{
    made();
    failed_after(0);
    for (int i = 0; i < 10; i++) {
        expect_pause(pace.pause_ns / CLOCK_MS);
        made();
        failed_after(PACE_TRIAL_MS - 1);
    }
    expect_pause(PACE_LONGEST_PAUSE_MS);
}

Test(pace, those_made_together_fail_as_one)
{
    for (int i = 0; i < 64; i++)
        made();
    for (int i = 0; i < 64; i++)
        failed_after(0);
    expect_pause(PACE_FIRST_PAUSE_MS);
}

Test(pace, on_trial_one_is_made_in_each_pause)
{
    failed_after(0);
    expect_pause(20);
    made();
    expect_pause(20);
    made();
    expect_pause(20);
}

Test(pace, a_trial_that_was_passed_ends_the_pauses)
{
    made();
    failed_after(0);
    expect_pause(20);
    made();
    now_ns += PACE_TRIAL_MS * CLOCK_MS;
    for (int i = 0; i < 1000; i++)
        made();
    failed_after(0);
    expect_pause(PACE_FIRST_PAUSE_MS);
}

Test(pace, a_second_without_a_child_is_no_trial)
{
    for (int i = 0; i < 20; i++)
        failed_after(PACE_LONGEST_PAUSE_MS * 2);
    expect_pause(PACE_FIRST_PAUSE_MS); /* none was made in between: still the first failure */
    made();
    cr_expect_not(pace_allows(&pace, now_ns));
}
