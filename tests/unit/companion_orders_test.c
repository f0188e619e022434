/* Companions: what a workload file may order, and how their reports read. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "companion.h"

static void expect_orders(const char *text, size_t count)
{
    struct companion_orders orders;
    char error[COMPANION_ERROR_BYTES];
    cr_assert(companion_parse(&orders, text, error), "%s: %s", text, error);
    cr_expect_eq(orders.count, count, "%s", text);
}

Test(companion_orders, orders)
{
    struct companion_orders orders;
    char error[COMPANION_ERROR_BYTES];
    cr_assert(companion_parse(&orders, "trickle 4, \t unread\t2 ,idle 1k", error), "%s", error);
    cr_assert_eq(orders.count, 3);
    cr_expect(orders.list[0].kind == COMPANION_TRICKLE && orders.list[0].count == 4);
    cr_expect(orders.list[1].kind == COMPANION_UNREAD && orders.list[1].count == 2);
    cr_expect(orders.list[2].kind == COMPANION_IDLE && orders.list[2].count == 1000);
    cr_expect(companion_is_ordered(&orders, COMPANION_UNREAD));
    cr_expect_not(companion_is_ordered(&orders, COMPANION_CRASH));
    expect_orders("crash 3", 1);
    expect_orders("  stall 1  ", 1);
    expect_orders("idle 1,trickle 1,unread 1,stall 1", 4);
}

Test(companion_orders, what_is_no_order)
{
    static const char *const texts[] = {
        "",        "idle",           "idle 0",         "idle 10001",
        "idle -1", "idle 1 2",       "5 idle",         "idle 1,",
        ",idle 1", "idle 1 stall 1", "idle 1, idle 2", "idler 1",
        "id 1",    "IDLE 1",         "idle one",       "idle 1,trickle 1,unread 1,stall 1,crash 1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct companion_orders orders;
        char error[COMPANION_ERROR_BYTES] = "";
        cr_expect_not(companion_parse(&orders, texts[i], error), "taken: %s", texts[i]);
        cr_expect_eq(strncmp(error, "must be up to 4 of idle N, ", 27), 0, "%s", error);
    }
}

Test(companion_orders, an_order_that_is_too_long)
{
    struct companion_orders orders;
    char error[COMPANION_ERROR_BYTES], text[1024] = "idle 1";
    memset(text + 6, ' ', sizeof text - 7);
    cr_expect_not(companion_parse(&orders, text, error));
}

static const struct {
    struct companion_order order;
    struct companion_report report;
    const char *text;
} reports[] = {
    {{COMPANION_IDLE, 1000}, {{1000, 64, NAN}}, "1,000 idle clients, 64 of them served"},
    {{COMPANION_IDLE, 1000},
     {{130, 1, NAN}},
     "130 of 1,000 idle clients connected, 1 of them served"},
    {{COMPANION_TRICKLE, 4}, {{36, NAN, NAN}}, "4 slow senders, who were served 36 times"},
    {{COMPANION_UNREAD, 2}, {{20, NAN, NAN}}, "2 who do not read, and left 20 replies"},
    {{COMPANION_CRASH, 3},
     {{3, 3, 0.42}},
     "3 crashes, each time the next client was answered within 420us"},
    {{COMPANION_CRASH, 3},
     {{3, 2, 5}},
     "3 crashes, after 2 of which the next client was answered within 5.00ms"},
    {{COMPANION_CRASH, 1},
     {{1, 1, 0.42}},
     "1 crash, and the next client was answered within 420us"},
    {{COMPANION_CRASH, 3}, {{1, 0, NAN}}, "1 crash, and then nobody was there to answer"},
    {{COMPANION_CRASH, 3},
     {{0, 0, NAN}},
     "no crash: whoever was to cause it was not served in time"},
    {{COMPANION_STALL, 1}, {{1, 0, 100}}, "the whole server was stopped 1 time, for 100ms in all"},
    {{COMPANION_STALL, 2},
     {{2, 2, 200}},
     "one of the server's processes was stopped 2 times, for 200ms in all"},
    {{COMPANION_STALL, 1}, {{0, 0, 0}}, "nobody could be stopped"},
};

Test(companion_orders, reports_in_words)
{
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        char text[COMPANION_TEXT_BYTES];
        cr_expect_str_eq(companion_text(text, &reports[i].order, &reports[i].report),
                         reports[i].text);
    }
}

Test(companion_orders, reports_as_json)
{
    const struct companion_order order = {COMPANION_CRASH, 3};
    const struct companion_report report = {{1, 0, NAN}};
    json_t *json = companion_json(&order, &report);
    cr_assert_not_null(json);
    cr_expect_str_eq(json_string_value(json_object_get(json, "kind")), "crash");
    cr_expect_eq(json_integer_value(json_object_get(json, "count")), 3);
    cr_expect_eq(json_number_value(json_object_get(json, "crashes")), 1);
    cr_expect_eq(json_number_value(json_object_get(json, "survived")), 0);
    cr_expect(json_is_null(json_object_get(json, "silence_ms")));
    json_decref(json);
}

static void expect_sum(enum companion_kind kind, const double wanted[COMPANION_FIGURES])
{
    const struct companion_order order = {kind, 5};
    const struct companion_report runs[] = {{{1, 10, 3}}, {{2, 20, NAN}}, {{6, 90, 2}}};
    struct companion_report sum = companion_sum(&order, runs, 3);
    for (int f = 0; f < COMPANION_FIGURES; f++)
        if (isnan(wanted[f]))
            cr_expect(isnan(sum.values[f]), "%d %d: %g", (int)kind, f, sum.values[f]);
        else
            cr_expect_eq(sum.values[f], wanted[f], "%d %d: %g", (int)kind, f, sum.values[f]);
}

Test(companion_orders, several_runs_together)
{
    expect_sum(COMPANION_IDLE, (double[]){2, 20, 2.5});
    expect_sum(COMPANION_TRICKLE, (double[]){9, 120, NAN});
    expect_sum(COMPANION_CRASH, (double[]){9, 120, 3});
    expect_sum(COMPANION_STALL, (double[]){9, 120, NAN});
}
