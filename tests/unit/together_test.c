/* Moments to start and shares of a load. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "load.h"
#include "plan.h"
#include "together.h"

static const int64_t now_ns = INT64_C(1764112500000000000);

static const char *parsed(const char *text, int64_t *at_ns)
{
    *at_ns = -1;
    return together_parse_start(text, now_ns, at_ns);
}

Test(together, a_moment_is_read_to_the_nanosecond)
{
    int64_t at_ns;
    cr_expect_null(parsed("1764112500.000000001", &at_ns));
    cr_expect_eq(at_ns, now_ns + 1);
    cr_expect_null(parsed("1764112501.5", &at_ns));
    cr_expect_eq(at_ns, now_ns + 3 * CLOCK_S / 2);
    cr_expect_null(parsed("1764116100", &at_ns), "an hour is allowed");
    cr_expect_eq(at_ns, now_ns + 3600 * CLOCK_S);
}

Test(together, moments_that_are_none_or_wrong_are_refused)
{
    static const char *const malformed[] = {
        "",
        "soon",
        "1764112501.",
        "1764112501.1s",
        " 1764112501",
        "+1764112501",
        "-1",
        "1e9",
        ".5",
        "17641125010",
        "1764112501.0000000001",
        "0x1",
        "nan",
        "9999999999999999999",
    };
    int64_t at_ns;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        const char *problem = parsed(malformed[i], &at_ns);
        cr_assert_not_null(problem, "%s", malformed[i]);
        cr_expect_str_eq(problem, "must be seconds since 1970, as in 1764112500.25", "%s",
                         malformed[i]);
        cr_expect_eq(at_ns, -1);
    }
    cr_expect_str_eq(parsed("1764112500", &at_ns), "must be in the future");
    cr_expect_str_eq(parsed("0", &at_ns), "must be in the future");
    cr_expect_str_eq(parsed("1764116100.000000001", &at_ns), "must be within the next hour");
}

Test(together, a_share_is_one_of_several)
{
    static const char *const wrong[] = {"",
                                        "1",
                                        "1/",
                                        "/2",
                                        "0/2",
                                        "3/2",
                                        "1/1001",
                                        "-1/2",
                                        "1/2x",
                                        "1 /2",
                                        "1/ 2",
                                        "1//2",
                                        "99999999999999999999/2"};
    struct together_share share = {7, 7};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_not(together_parse_share(wrong[i], &share), "%s", wrong[i]);
    cr_expect_eq(share.count, 7);
    cr_expect(together_parse_share("2/4", &share));
    cr_expect(share.number == 1 && share.count == 4);
    cr_expect(together_parse_share("1000/1000", &share));
}

static struct load part(struct load load, uint32_t number, uint32_t count)
{
    char error[TOGETHER_ERROR_BYTES];
    cr_assert(together_take(&load, (struct together_share){number, count}, error), "%s", error);
    return load;
}

Test(together, shares_add_up_and_differ)
{
    struct load whole = {.shape = LOAD_OPEN,
                         .connections = 10,
                         .requests = 1001,
                         .rate_micro = 1000000003,
                         .seed = 5};
    uint64_t connections = 0, requests = 0, rate_micro = 0;
    for (uint32_t i = 0; i < 4; i++) {
        struct load p = part(whole, i, 4);
        connections += p.connections;
        requests += p.requests;
        rate_micro += (uint64_t)p.rate_micro;
        for (uint32_t j = 0; j < i; j++)
            cr_expect_neq(p.seed, part(whole, j, 4).seed);
    }
    cr_expect_eq(connections, 10);
    cr_expect_eq(requests, 1001);
    cr_expect_eq(rate_micro, 1000000003);
    struct load alone = part(whole, 0, 1);
    cr_expect(alone.connections == 10 && alone.seed == 5 && alone.phase_ns == 0);
}

Test(together, constant_arrivals_of_all_are_at_equal_distances)
{
    struct load whole = {.shape = LOAD_OPEN,
                         .connections = 8,
                         .arrivals = ARRIVALS_CONSTANT,
                         .rate_micro = INT64_C(4000000000)};
    for (uint32_t i = 0; i < 4; i++) {
        struct load p = part(whole, i, 4);
        struct plan plan = plan_make(p.arrivals, load_arrivals_micro(&p), p.seed, p.phase_ns, 0, 1);
        cr_expect_eq(plan_due_ns(&plan), i * 250 * CLOCK_US);
        plan_advance(&plan);
        cr_expect_eq(plan_due_ns(&plan), (i + 4) * 250 * CLOCK_US);
    }
}

Test(together, a_share_of_nothing_is_refused)
{
    struct load load = {.connections = 3};
    char error[TOGETHER_ERROR_BYTES];
    cr_expect_not(together_take(&load, (struct together_share){0, 4}, error));
    cr_expect_str_eq(error, "4 clients cannot share 3 connections");
    load = (struct load){.connections = 4, .requests = 3};
    cr_expect_not(together_take(&load, (struct together_share){0, 4}, error));
    cr_expect_str_eq(error, "4 clients cannot share 3 requests");
}

Test(together, the_moment_is_awaited, .timeout = 20)
{
    int signalfd = eventfd(0, EFD_CLOEXEC);
    int64_t start_ns, at_ns = clock_of_ns(CLOCK_REALTIME) + 20 * CLOCK_MS;
    cr_expect_eq(together_await(at_ns, signalfd, &start_ns), TOGETHER_STARTED);
    cr_expect_leq(start_ns, clock_now_ns());
    /* The same moment by both clocks. */
    int64_t since_ns = clock_of_ns(CLOCK_REALTIME) - at_ns - (clock_now_ns() - start_ns);
    cr_expect(since_ns > -CLOCK_MS && since_ns < CLOCK_MS, "%lld ns", (long long)since_ns);
    close(signalfd);
}

Test(together, a_moment_that_is_over_is_missed)
{
    int64_t start_ns;
    cr_expect_eq(together_await(clock_of_ns(CLOCK_REALTIME) - 1, -1, &start_ns), TOGETHER_MISSED);
}

Test(together, a_signal_ends_the_wait, .timeout = 20)
{
    int signalfd = eventfd(1, EFD_CLOEXEC);
    int64_t start_ns, at_ns = clock_of_ns(CLOCK_REALTIME) + 3600 * CLOCK_S;
    cr_expect_eq(together_await(at_ns, signalfd, &start_ns), TOGETHER_INTERRUPTED);
    cr_expect_leq(start_ns, clock_now_ns());
    close(signalfd);
}
