/* Memory that is occupied for nothing. What the rest tells is tried where INFO shows it. */
#include <criterion/criterion.h>
#include <errno.h>

#include "memory.h"

enum { BYTES = 32 << 20 };

Test(memory, what_is_occupied_is_resident)
{
    int64_t before = memory_now().resident;
    cr_assert_gt(before, 0);
    cr_assert_eq(memory_occupy(BYTES), 0);
    int64_t grown = memory_now().resident - before;
    cr_expect(grown >= BYTES - (1 << 20) && grown < BYTES + (4 << 20), "%lld", (long long)grown);
}

Test(memory, nothing_is_occupied)
{
    int64_t before = memory_now().resident;
    cr_assert_eq(memory_occupy(0), 0);
    cr_expect_lt(memory_now().resident - before, 1 << 20);
}

Test(memory, more_than_there_can_be)
{
    errno = 0;
    cr_expect_eq(memory_occupy((size_t)1 << 60), -1);
    cr_expect_eq(errno, ENOMEM);
}
