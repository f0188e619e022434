/* A result of the client, read back. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "trial.h"

static const char whole[] =
    "{\"verdict\": \"VALID\", \"duration_s\": 1.5, \"counts\": {\"planned\": 100, \"ok\": 99},"
    " \"client\": {\"stalled_s\": 0.25},"
    " \"checks\": [{\"name\": \"a\", \"value\": 1, \"limit\": 2, \"pass\": true},"
    "              {\"name\": \"b\", \"value\": 3.5, \"limit\": 2, \"pass\": false},"
    "              {\"name\": \"c\", \"value\": 9, \"limit\": 2, \"pass\": false}],"
    " \"latency_us\": {"
    "  \"response\": {\"count\": 99, \"mean\": 12.5, \"p50\": 10, \"p90\": 20, \"p95\": 30.5,"
    "                 \"p99\": null},"
    "  \"blocked\": {\"p50\": 7}}}";

Test(trial, a_result_is_read_in_ns)
{
    struct trial_result r;
    cr_assert(trial_read(&r, whole, strlen(whole)));
    cr_expect_str_eq(r.verdict, "VALID");
    cr_expect_str_eq(r.failed_check, "b 3.5, limit 2");
    cr_expect(r.planned == 100 && r.ok == 99);
    cr_expect_float_eq(r.window_ns, 1.5e9, 1);
    cr_expect_float_eq(r.stalled_ns, 0.25e9, 1);
    cr_expect(r.response.count == 99 && r.response.p50 == 10000 && r.response.p90 == 20000);
    cr_expect_float_eq(r.response.mean, 12500, 0.001);
    cr_expect_float_eq(r.response.p95, 30500, 0.001);
    cr_expect_eq(r.blocked.p50, 7000);
}

Test(trial, what_is_not_there_is_not_a_number)
{
    struct trial_result r;
    cr_assert(trial_read(&r, whole, strlen(whole)));
    cr_expect(isnan(r.response.p99) && isnan(r.service.p50) && isnan(r.blocked.mean));
}

Test(trial, no_result_is_none)
{
    static const char *const wrong[] = {"", "{", "[]", "{}", "null", "{\"verdict\": 7}"};
    struct trial_result r;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect(!trial_read(&r, wrong[i], strlen(wrong[i])), "%s", wrong[i]);
    cr_expect(!trial_read(&r, whole, strlen(whole) - 1), "cut at its end");
}
