#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cpus.h"

static cpu_set_t range(size_t first, size_t last)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (size_t cpu = first; cpu <= last; cpu++)
        CPU_SET(cpu, &set);
    return set;
}

static void expect_text(const cpu_set_t *set, const char *expected)
{
    char text[CPUS_TEXT_BYTES];
    cr_assert_str_eq(cpus_text(set, text), expected);
}

Test(cpus, lists_are_read)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"0", "0"},   {"0,1", "0-1"},  {"3,1,1", "1,3"}, {"0-3", "0-3"}, {"0-1,4-5,7", "0-1,4-5,7"},
        {"2-2", "2"}, {"4,0-4", "0-4"}};
    cpu_set_t set, allowed = range(0, 7);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(cpus_parse(&set, cases[i].text, &allowed), "%s", cases[i].text);
        expect_text(&set, cases[i].shown);
    }
}

Test(cpus, what_is_no_list_is_refused)
{
    static const char *const texts[] = {"",
                                        ",",
                                        "0,",
                                        ",0",
                                        "0,,1",
                                        "-1",
                                        "1-",
                                        "3-1",
                                        "a",
                                        "0 1",
                                        " 0",
                                        "0-1-2",
                                        "1.5",
                                        "+1",
                                        "0x1",
                                        "8",
                                        "7-8",
                                        "1024",
                                        "99999999999999999999",
                                        "0-99999999999999999999"};
    cpu_set_t set, allowed = range(0, 7);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_not(cpus_parse(&set, texts[i], &allowed), "\"%s\"", texts[i]);
}

Test(cpus, a_processor_that_is_not_allowed_is_refused)
{
    cpu_set_t set, allowed = range(2, 3);
    cr_assert(cpus_parse(&set, "2-3", &allowed));
    cr_assert_not(cpus_parse(&set, "1-2", &allowed));
}

Test(cpus, a_long_list_is_cut)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu += 2)
        CPU_SET(cpu, &set);
    char text[CPUS_TEXT_BYTES];
    cpus_text(&set, text);
    cr_assert_lt(strlen(text), sizeof text);
    cr_assert_str_eq(text + strlen(text) - 3, "...");
}

static void expect_division(size_t allowed_count, const char *server, const char *client,
                            bool apart)
{
    cpu_set_t allowed = range(0, allowed_count - 1);
    struct cpus_division d = cpus_divide(&allowed, NULL, NULL);
    expect_text(&d.server, server);
    expect_text(&d.client, client);
    cr_assert_eq(d.apart, apart);
}

Test(cpus, the_server_gets_the_first_half)
{
    expect_division(2, "0", "1", true);
    expect_division(3, "0-1", "2", true);
    expect_division(8, "0-3", "4-7", true);
}

Test(cpus, a_single_processor_is_shared)
{
    expect_division(1, "0", "0", false);
}

Test(cpus, one_given_side_leaves_the_rest_to_the_other)
{
    cpu_set_t allowed = range(0, 3), one = range(1, 1);
    struct cpus_division d = cpus_divide(&allowed, &one, NULL);
    expect_text(&d.client, "0,2-3");
    cr_assert(d.apart);
    d = cpus_divide(&allowed, NULL, &one);
    expect_text(&d.server, "0,2-3");
    expect_text(&d.client, "1");
}

Test(cpus, taking_all_or_overlapping_is_shared)
{
    cpu_set_t allowed = range(0, 3), low = range(0, 2), high = range(2, 3);
    struct cpus_division d = cpus_divide(&allowed, &allowed, NULL);
    expect_text(&d.client, "0-3");
    cr_assert_not(d.apart);
    cr_assert_not(cpus_divide(&allowed, &low, &high).apart);
}
