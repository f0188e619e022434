/* Servers beside the models: how they are named, and that no model is judged by them. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "suite_sample.h"
#include "summary.h"

Test(reference, is_redis_or_an_address)
{
    struct catalogue_model m;
    cr_expect(reference_parse(&m, "redis") && m.kind == CATALOGUE_REDIS);
    cr_expect(reference_parse(&m, "127.0.0.1:6379") && m.kind == CATALOGUE_ADDRESS);
    cr_expect(strcmp(m.host, "127.0.0.1") == 0 && m.port == 6379);
    cr_expect_str_eq(m.name, "127.0.0.1:6379");
    cr_expect(reference_parse(&m, "[::1]:80") && strcmp(m.host, "::1") == 0 && m.port == 80);
    cr_expect(reference_parse(&m, "somewhere.example:65535") && m.port == 65535);
}

Test(reference, is_nothing_else)
{
    static const char *const wrong[] = {
        "",       "rediss",  "host",       ":6379",   "host:",  "host:0",  "::1:80",
        "host:x", "[]:6379", "host:65536", "host:-1", "redis:", "host:1 ", NULL};
    struct catalogue_model m;
    for (size_t i = 0; wrong[i] != NULL; i++)
        cr_expect_not(reference_parse(&m, wrong[i]), "%s", wrong[i]);
}

/* Three blocks of two models and a reference that is faster than both. */
static const double rps[3][3] = {{100, 200, 900}, {101, 202, 910}, {99, 199, 890}};

static struct suite *suite_with_reference(void)
{
    struct suite *s = suite_sample(3, 1, 3, &rps[0][0]);
    s->catalogue.models[2].kind = CATALOGUE_REDIS;
    return s;
}

Test(reference, is_never_the_best_nor_in_the_way_of_it)
{
    struct suite *s = suite_with_reference();
    struct summary *all = summary_make(s);
    cr_expect_eq(suite_models(s), 2);
    cr_expect(!all[0].best && all[1].best && !all[2].best);
    cr_expect_float_eq(all[2].ratio.value, 9, 0.05, "but it has its ratio");
    cr_expect(ratio_shows_difference(&all[2].ratio));
    free(all);
    suite_sample_free(s);
}

Test(reference, pairs_that_are_not_available_leave_the_plan)
{
    struct suite *s = suite_sample(2, 2, 3, (const double[12]){0});
    strcpy(s->not_available[1][2], "unknown command SLEEP");
    reference_leave_out(s);
    cr_expect_eq(s->plan.count, 2 * (2 * 3 - 1));
    for (size_t i = 0; i < s->plan.count; i++) {
        cr_expect(s->plan.steps[i].workload != 1 || s->plan.steps[i].model != 2);
        cr_expect(i == 0 || s->plan.steps[i].block >= s->plan.steps[i - 1].block);
    }
    reference_leave_out(s);
    cr_expect_eq(s->plan.count, 2 * (2 * 3 - 1), "what is left stays");
    suite_sample_free(s);
}
