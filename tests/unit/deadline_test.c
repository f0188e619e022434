/* Lists of deadlines: in order, whatever is set, put off and cancelled. */
#include <criterion/criterion.h>

#include "deadline.h"

static struct deadline_list list;
static struct deadline a, b, c;

static void set_up(void)
{
    list = deadline_list(100, 0);
    a = b = c = (struct deadline){0};
    deadline_set(&a, &list, 1);
    deadline_set(&b, &list, 2);
    deadline_set(&c, &list, 3);
}

TestSuite(deadline, .init = set_up, .timeout = 10);

/* Everybody in the list, forwards and backwards. */
static void expect_order(const struct deadline *const order[], int count)
{
    const struct deadline *d = list.first;
    for (int i = 0; i < count; i++, d = d->next) {
        cr_assert(d == order[i], "another at %d", i);
        cr_expect(d->list == &list && d->previous == (i > 0 ? order[i - 1] : NULL));
    }
    cr_expect_null(d);
    cr_expect(list.last == (count > 0 ? order[count - 1] : NULL));
}
#define EXPECT_ORDER(...)                                                                          \
    expect_order((const struct deadline *const[]){__VA_ARGS__},                                    \
                 sizeof((const struct deadline *const[]){__VA_ARGS__}) /                           \
                     sizeof(struct deadline *))

Test(deadline, the_longest_waiting_is_the_next)
{
    EXPECT_ORDER(&a, &b, &c);
    cr_expect_eq(deadline_next_ns(&list), 101);
    cr_expect_eq(deadline_ns(&c), 103);
}

Test(deadline, cancelled_anywhere)
{
    deadline_cancel(&b);
    EXPECT_ORDER(&a, &c);
    deadline_cancel(&c);
    EXPECT_ORDER(&a);
    deadline_cancel(&a);
    cr_expect(list.first == NULL && list.last == NULL);
    cr_expect_eq(deadline_next_ns(&list), INT64_MAX);
    cr_expect_null(a.list);
    deadline_cancel(&a); /* who does not wait may be cancelled */
    deadline_set(&b, &list, 9);
    EXPECT_ORDER(&b);
}

Test(deadline, put_off_goes_to_the_end)
{
    deadline_set(&a, &list, 4);
    EXPECT_ORDER(&b, &c, &a);
    deadline_set(&c, &list, 5);
    EXPECT_ORDER(&b, &a, &c);
    deadline_set(&c, &list, 6);
    EXPECT_ORDER(&b, &a, &c);
    cr_expect_eq(deadline_next_ns(&list), 102);
    cr_expect_eq(deadline_ns(&c), 106);
}

Test(deadline, one_list_at_a_time)
{
    struct deadline_list other = deadline_list(7, 0);
    deadline_set(&b, &other, 4);
    EXPECT_ORDER(&a, &c);
    cr_expect(other.first == &b && other.last == &b && deadline_next_ns(&other) == 11);
}

/* Within a grain nothing moves; it strikes late, never early. */
Test(deadline, grain)
{
    list.grain_ns = 10;
    deadline_set(&a, &list, 10);
    EXPECT_ORDER(&a, &b, &c);
    cr_expect(deadline_ns(&a) >= 10 + 100 && deadline_ns(&a) <= 10 + 100 + 10);
    deadline_set(&a, &list, 11);
    EXPECT_ORDER(&b, &c, &a);
    cr_expect(deadline_ns(&a) >= 11 + 100 && deadline_ns(&a) <= 11 + 100 + 10);
}

Test(deadline, for_ever)
{
    struct deadline_list never = deadline_list(INT64_MAX, INT64_MAX);
    deadline_set(&a, &never, 5);
    deadline_set(&b, &never, 6);
    deadline_set(&a, &never, INT64_MAX / 2);
    cr_expect(never.first == &a && never.last == &b);
    cr_expect_eq(deadline_next_ns(&never), INT64_MAX);
}
