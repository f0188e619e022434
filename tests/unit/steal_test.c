/* CPU time that others took, from what the kernel counts. */
#include <criterion/criterion.h>
#include <math.h>

#include "steal.h"

Test(steal, idle_time_was_not_wanted)
{
    struct steal s;
    cr_assert(steal_parse(&s, "cpu  1000 200 3000 90000 700 10 290 500 0 0\n", 100));
    cr_expect_float_eq(s.wanted_s, 50, 1e-9, "%g", s.wanted_s);
    cr_expect_float_eq(s.stolen_s, 5, 1e-9, "%g", s.stolen_s);
    cr_expect_float_eq(steal_percent(s), 10, 1e-9);
}

Test(steal, other_lines_tell_nothing)
{
    static const char *const lines[] = {"", "cpu0 1 2 3 4 5 6 7 8 0 0", "cpu  1 2 3 4", "intr 1 2"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct steal s = {1, 1};
        cr_expect(!steal_parse(&s, lines[i], 100), "%s", lines[i]);
        cr_expect(s.wanted_s == 0 && s.stolen_s == 0 && isnan(steal_percent(s)), "%s", lines[i]);
    }
}

Test(steal, it_is_that_of_the_times_that_were_collected)
{
    struct steal sum = {60, 0}, mark = {100, 5}; /* the sum is of what was before */
    steal_collect(&sum, &mark, (struct steal){130, 15});
    steal_collect(&sum, &mark, (struct steal){140, 15});
    cr_expect_float_eq(steal_percent(sum), 10, 1e-9);
    cr_expect_float_eq(sum.wanted_s, 100, 1e-9);
}

/* This program wants some meanwhile. */
Test(steal, it_grows_with_work)
{
    struct steal before = steal_now(), now = before;
    cr_assert_gt(before.wanted_s, 0);
    while (now.wanted_s <= before.wanted_s)
        now = steal_now();
    cr_expect_geq(now.stolen_s, before.stolen_s);
}
