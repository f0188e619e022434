/* The plan of a run, and the queues of what is due. */
#include <criterion/criterion.h>

#include "pacer.h"
#include "timeline.h"

/* ---- pacer ---- */

static struct pacer by_time(void)
{
    return (struct pacer){.begin_ns = 1000, .end_ns = 2000, .think_ns = 5};
}

static struct pacer by_number(uint64_t remaining)
{
    return (struct pacer){
        .begin_ns = 1000, .end_ns = INT64_MAX, .by_number = true, .remaining = remaining};
}

Test(pacer, a_request_counts_from_the_first_moment_of_the_window_to_before_its_end)
{
    static const struct {
        int64_t due_ns;
        uint32_t taken;
        bool counts;
    } cases[] = {
        {0, 3, false}, {999, 3, false}, {1000, 3, true}, {1999, 3, true}, {2000, 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pacer p = by_time();
        bool counts = false;
        cr_expect_eq(pacer_take(&p, cases[i].due_ns, 3, &counts), cases[i].taken, "case %zu", i);
        cr_expect_eq(counts, cases[i].counts, "case %zu", i);
    }
}

Test(pacer, a_number_ends_the_window_with_its_last_request)
{
    struct pacer p = by_number(5);
    bool counts;
    cr_expect(pacer_take(&p, 1000, 3, &counts) == 3 && counts);
    cr_expect(!pacer_is_over(&p, 1500));
    cr_expect(pacer_take(&p, 1500, 3, &counts) == 2 && counts, "only two were left");
    cr_expect(pacer_is_over(&p, 1500) && !pacer_is_over(&p, 1499));
    cr_expect_eq(pacer_take(&p, 1600, 1, &counts), 0);
    cr_expect_eq(pacer_take(&p, 1400, 1, &counts), 0, "not one more, though it was due before");
}

Test(pacer, the_warm_up_does_not_use_up_the_number)
{
    struct pacer p = by_number(1);
    bool counts;
    cr_expect(pacer_take(&p, 999, 4, &counts) == 4 && !counts);
    cr_expect(pacer_take(&p, 1000, 4, &counts) == 1 && counts);
}

Test(pacer, a_connection_thinks_before_it_asks_again)
{
    struct pacer p = by_time();
    cr_expect_eq(pacer_due(&p, 1200), 1205);
}

Test(pacer, stopping_ends_the_window_but_never_later_than_it_would)
{
    struct pacer p = by_time();
    bool counts;
    pacer_stop(&p, 1300);
    cr_expect(pacer_take(&p, 1299, 1, &counts) == 1 && counts);
    cr_expect_eq(pacer_take(&p, 1300, 1, &counts), 0);
    pacer_stop(&p, 1900);
    cr_expect(pacer_is_over(&p, 1300));
}

/* ---- timeline ---- */

static struct timeline timeline;
static struct timeline_event events[3];

static void fill(void)
{
    timeline_init(&timeline);
    for (int i = 0; i < 3; i++)
        timeline_add(&timeline, &events[i], 10 * (i + 1));
}

static void expect_events(int count, const int *which)
{
    for (int i = 0; i < count; i++) {
        struct timeline_event *first = timeline_first(&timeline);
        cr_assert_eq(first, &events[which[i]], "place %d", i);
        cr_expect_eq(timeline_first_ns(&timeline), first->at_ns);
        timeline_remove(first);
    }
    cr_expect_null(timeline_first(&timeline));
    cr_expect_eq(timeline_first_ns(&timeline), INT64_MAX);
}

Test(timeline, gives_events_in_the_order_of_their_time)
{
    fill();
    expect_events(3, (int[]){0, 1, 2});
}

Test(timeline, any_event_can_be_removed)
{
    for (int removed = 0; removed < 3; removed++) {
        fill();
        timeline_remove(&events[removed]);
        expect_events(2, (int[]){removed == 0, removed == 2 ? 1 : 2});
    }
}

Test(timeline, removing_twice_does_nothing)
{
    fill();
    timeline_remove(&events[1]);
    timeline_remove(&events[1]);
    expect_events(2, (int[]){0, 2});
}

Test(timeline, a_removed_event_may_come_again)
{
    fill();
    timeline_remove(&events[0]);
    timeline_add(&timeline, &events[0], 40);
    expect_events(3, (int[]){1, 2, 0});
}
