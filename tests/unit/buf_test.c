#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

/* AddressSanitizer asks here. By default it ends a program that wants more memory than there is. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void expect_unread(const struct buf *b, const char *text)
{
    cr_expect_eq(buf_length(b), strlen(text), "%.*s, not %s", (int)buf_length(b), buf_head(b),
                 text);
    cr_expect_eq(strncmp(buf_head(b), text, buf_length(b)), 0, "%.*s, not %s", (int)buf_length(b),
                 buf_head(b), text);
}

Test(buf, begins_empty_without_memory)
{
    struct buf b = buf_over(NULL, 0);
    cr_expect_null(buf_head(&b));
    cr_expect_null(buf_tail(&b));
    cr_expect_eq(buf_length(&b), 0);
    cr_expect_eq(buf_room(&b), 0);
    cr_expect(buf_append(&b, NULL, 0), "nothing needs no memory");
    cr_expect_null(b.bytes);
    cr_expect(buf_append(&b, "abc", 3));
    expect_unread(&b, "abc");
    cr_expect(b.owned);
    buf_free(&b);
    cr_expect_null(b.bytes);
    cr_expect_eq(b.capacity, 0);
    buf_free(&b);
}

Test(buf, lent_memory_is_used_and_outgrown)
{
    char lent[8];
    struct buf b = buf_over(lent, sizeof lent);
    cr_expect(buf_append(&b, "12345678", 8));
    cr_expect_eq(buf_head(&b), lent);
    buf_consume(&b, 2);
    cr_expect(buf_append(&b, "9", 1));
    expect_unread(&b, "3456789");
    cr_expect_neq(b.bytes, lent);
    cr_expect(b.owned);
    cr_expect_arr_eq(lent, "12345678", 8, "what was lent is left as it was");
    buf_free(&b);
}

Test(buf, consuming_everything_starts_over)
{
    char lent[8];
    struct buf b = buf_over(lent, sizeof lent);
    buf_append(&b, "1234567", 7);
    buf_consume(&b, 7);
    cr_expect_eq(buf_room(&b), sizeof lent);
    cr_expect(buf_append(&b, "abcdefgh", 8));
    cr_expect_eq(buf_head(&b), lent);
    buf_free(&b);
    cr_expect_null(b.bytes, "lent memory is only let go of");
}

Test(buf, moves_to_the_front_when_that_is_cheap)
{
    char lent[16];
    struct buf b = buf_over(lent, sizeof lent);
    buf_append(&b, "0123456789abcdef", 16);
    buf_consume(&b, 12);
    cr_expect(buf_reserve(&b, 12));
    cr_expect_eq(buf_head(&b), lent);
    expect_unread(&b, "cdef");
    cr_expect_eq(buf_room(&b), 12);
    buf_free(&b);
}

Test(buf, tail_and_extend)
{
    struct buf b = buf_over(NULL, 0);
    cr_assert(buf_reserve(&b, 1000));
    cr_expect_geq(buf_room(&b), 1000);
    memcpy(buf_tail(&b), "abc", 3);
    buf_extend(&b, 3);
    expect_unread(&b, "abc");
    buf_free(&b);
}

/* How often the unread bytes are copied while a buf that holds `held` bytes is consumed and
 * refilled by `step` bytes, once over. */
static int count_moves(size_t held, size_t step)
{
    struct buf b = buf_over(NULL, 0);
    char *bytes = calloc(1, held);
    cr_assert_not_null(bytes);
    buf_append(&b, bytes, held);
    int moves = 0;
    for (size_t done = 0; done < held; done += step) {
        const char *block = b.bytes;
        size_t start = b.start;
        buf_consume(&b, step);
        buf_append(&b, bytes, step);
        moves += b.bytes != block || b.start < start;
    }
    cr_expect_eq(buf_length(&b), held);
    cr_expect_leq(b.capacity, 4 * held, "%zu for %zu", b.capacity, held);
    free(bytes);
    buf_free(&b);
    return moves;
}

Test(buf, a_long_run_refilled_a_little_at_a_time_is_seldom_copied)
{
    cr_expect_leq(count_moves(1024, 1), 2);
    cr_expect_leq(count_moves(1000, 1), 2);
    cr_expect_leq(count_moves(65536, 16), 2);
}

Test(buf, growth_by_doubling)
{
    struct buf b = buf_over(NULL, 0);
    int blocks = 0;
    for (int i = 0; i < 1000000; i++) {
        size_t capacity = b.capacity;
        cr_assert(buf_append(&b, "x", 1));
        blocks += b.capacity != capacity;
    }
    cr_expect_eq(buf_length(&b), 1000000);
    cr_expect_lt(blocks, 16);
    cr_expect_lt(b.capacity, 2 * 1000000);
    buf_free(&b);
}

Test(buf, keep_ends_a_loan)
{
    char lent[64];
    struct buf b = buf_over(lent, sizeof lent);
    buf_append(&b, "consumed and unread", 19);
    buf_consume(&b, 13);
    cr_expect(buf_keep(&b));
    memset(lent, '?', sizeof lent);
    expect_unread(&b, "unread");
    cr_expect(b.owned);
    buf_consume(&b, 2);
    const char *head = buf_head(&b);
    cr_expect(buf_keep(&b));
    cr_expect_eq(buf_head(&b), head, "what is owned stays");
    buf_free(&b);
}

Test(buf, keeping_nothing_holds_nothing)
{
    char lent[64];
    struct buf b = buf_over(lent, sizeof lent);
    buf_append(&b, "x", 1);
    buf_consume(&b, 1);
    cr_expect(buf_keep(&b));
    cr_expect_null(b.bytes);
    cr_expect_eq(b.capacity, 0);
}

Test(buf, failure_is_remembered)
{
    static const size_t too_much[] = {SIZE_MAX, SIZE_MAX - 8, SIZE_MAX / 4 + 1, SIZE_MAX / 8};
    for (size_t i = 0; i < sizeof too_much / sizeof too_much[0]; i++) {
        struct buf b = buf_over(NULL, 0);
        buf_append(&b, "abc", 3);
        cr_expect_not(buf_reserve(&b, too_much[i]));
        cr_expect(b.failed);
        expect_unread(&b, "abc");
        cr_expect_not(buf_append(&b, "d", 1));
        cr_expect_not(buf_append(&b, NULL, 0));
        expect_unread(&b, "abc");
        buf_free(&b);
        cr_expect_not(b.failed);
    }
}

Test(buf, a_failed_loan_ends_too)
{
    char lent[8];
    struct buf b = buf_over(lent, sizeof lent);
    cr_expect_not(buf_reserve(&b, SIZE_MAX));
    cr_expect_not(buf_keep(&b));
    cr_expect_null(b.bytes);
    cr_expect(b.failed);
}

Test(buf, random_use_keeps_the_order)
{
    char lent[32];
    struct buf b = buf_over(lent, sizeof lent);
    unsigned seed = 3, in = 0, out = 0;
    for (int round = 0; round < 20000; round++) {
        unsigned char piece[100];
        size_t n = (size_t)rand_r(&seed) % sizeof piece;
        for (size_t i = 0; i < n; i++)
            piece[i] = (unsigned char)in++;
        cr_assert(buf_append(&b, piece, n));
        size_t taken = (size_t)rand_r(&seed) % (buf_length(&b) + 1);
        for (size_t i = 0; i < taken; i++)
            cr_assert_eq((unsigned char)buf_head(&b)[i], (unsigned char)out++);
        buf_consume(&b, taken);
        cr_assert_leq(b.end, b.capacity);
    }
    buf_free(&b);
}
