#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "option.h"

static const struct option_range anything = {INT64_MIN, INT64_MAX};

struct golden {
    const char *text;
    int64_t value;
};

typedef bool read_text(const char *text, struct option_range range, int64_t *value);

static void expect_values(read_text *read, const struct golden *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t value = 4711;
        cr_expect(read(list[i].text, anything, &value), "%s", list[i].text);
        cr_expect_eq(value, list[i].value, "%s: %lld", list[i].text, (long long)value);
    }
}

static void expect_refused(read_text *read, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t value = 4711;
        cr_expect_not(read(list[i], anything, &value), "'%s'", list[i]);
        cr_expect_eq(value, 4711, "'%s' leaves the value alone", list[i]);
    }
}

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static const char *const bad_numbers[] = {"",
                                          " ",
                                          "-",
                                          "k",
                                          "+5",
                                          " 5",
                                          "5 ",
                                          "5 k",
                                          "5kk",
                                          "5kb",
                                          "5t",
                                          "1.5",
                                          "1e3",
                                          "0x10",
                                          "- 5",
                                          "--5",
                                          "5,0",
                                          "5\n",
                                          "9223372036854775808",
                                          "-9223372036854775809",
                                          "9223372036854775807k",
                                          "99999999999999999999999"};

Test(option, counts)
{
    static const struct golden good[] = {{"0", 0},
                                         {"5", 5},
                                         {"-5", -5},
                                         {"1k", 1000},
                                         {"1K", 1000},
                                         {"2m", 2000000},
                                         {"3g", 3000000000},
                                         {"3G", 3000000000},
                                         {"9223372036854775807", INT64_MAX},
                                         {"-9223372036854775808", INT64_MIN}};
    expect_values(option_count_text, good, LENGTH(good));
    expect_refused(option_count_text, bad_numbers, LENGTH(bad_numbers));
}

Test(option, sizes)
{
    static const struct golden good[] = {{"0", 0},
                                         {"512", 512},
                                         {"1k", 1024},
                                         {"64K", 65536},
                                         {"2m", 2097152},
                                         {"2M", 2097152},
                                         {"1g", 1073741824},
                                         {"8G", INT64_C(8) << 30},
                                         {"8589934591g", INT64_C(8589934591) << 30}};
    expect_values(option_size_text, good, LENGTH(good));
    expect_refused(option_size_text, bad_numbers, LENGTH(bad_numbers));
    cr_expect_not(option_size_text("8589934592g", anything, &(int64_t){0}));
}

static bool time_in_seconds(const char *text, struct option_range range, int64_t *value)
{
    return option_time_text(text, CLOCK_S, range, value);
}

Test(option, times)
{
    static const struct golden good[] = {{"0", 0},
                                         {"10", 10 * CLOCK_S},
                                         {"1.5", 1500 * CLOCK_MS},
                                         {".5", 500 * CLOCK_MS},
                                         {"2.", 2 * CLOCK_S},
                                         {"7ns", 7},
                                         {"7us", 7000},
                                         {"0.1us", 100},
                                         {"250ms", 250 * CLOCK_MS},
                                         {"0.001ms", 1000},
                                         {"3s", 3 * CLOCK_S},
                                         {"3S", 3 * CLOCK_S},
                                         {"2m", 120 * CLOCK_S},
                                         {"1.5h", 5400 * CLOCK_S},
                                         {"0.4ns", 0},
                                         {"0.6ns", 1},
                                         {"0.0000000015", 2}};
    static const char *const bad[] = {"",
                                      " ",
                                      "s",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1 s",
                                      "1e3",
                                      "0x1",
                                      "inf",
                                      "nan",
                                      "1.2.3",
                                      ".",
                                      "..",
                                      "1d",
                                      "1sec",
                                      "1,5",
                                      "1k",
                                      "1n",
                                      "infs",
                                      "9999999999999",
                                      "9223372036.854775808",
                                      "99999999999999999999999999999999999h"};
    expect_values(time_in_seconds, good, LENGTH(good));
    expect_refused(time_in_seconds, bad, LENGTH(bad));
    int64_t value;
    cr_expect(option_time_text("5", CLOCK_MS, anything, &value), "the unit of a bare number");
    cr_expect_eq(value, 5 * CLOCK_MS);
}

Test(option, ranges_hold_at_their_edges)
{
    struct option_range range = {2, 4096};
    int64_t value;
    cr_expect_not(option_count_text("1", range, &value));
    cr_expect(option_count_text("2", range, &value));
    cr_expect(option_count_text("4096", range, &value));
    cr_expect_not(option_count_text("4097", range, &value));
    cr_expect(option_size_text("4k", range, &value));
    cr_expect_not(option_size_text("5k", range, &value));
    cr_expect_not(option_time_text("1ns", 1, range, &value));
    cr_expect(option_time_text("2ns", 1, range, &value));
    cr_expect(option_time_text("4.096us", 1, range, &value));
    cr_expect_eq(value, 4096);
    cr_expect_not(option_time_text("4.097us", 1, range, &value));
}

Test(option, phrases)
{
    char text[OPTION_TEXT_BYTES];
    cr_expect_str_eq(option_count_phrase(text, (struct option_range){0, 65535}),
                     "a whole number from 0 to 65535");
    cr_expect_str_eq(option_count_phrase(text, (struct option_range){1, 1000000}),
                     "a whole number from 1 to 1000000");
    cr_expect_str_eq(option_size_phrase(text, (struct option_range){16 << 10, 1 << 30}),
                     "a size from 16k to 1g");
    cr_expect_str_eq(option_size_phrase(text, (struct option_range){0, 1000}),
                     "a size from 0 to 1000");
    cr_expect_str_eq(option_time_phrase(text, (struct option_range){CLOCK_MS, 3600 * CLOCK_S}),
                     "a time from 1ms to 1h");
    cr_expect_str_eq(option_time_phrase(text, (struct option_range){1500, 90 * CLOCK_S}),
                     "a time from 1500ns to 90s");
    option_count_phrase(text, anything);
    cr_expect_str_eq(text, "a whole number from -9223372036854775808 to 9223372036854775807");
}

/* ---- the way out: one line on standard error, exit status 2 ----
 * Each test ends in exit(2). What was written is checked on the way out, and another line than the
 * expected one makes the exit status 1, which the test does not accept. */

static const char *expected_line;
static int stderr_reader;

static void check_line(void)
{
    char text[1024];
    ssize_t n = read(stderr_reader, text, sizeof text);
    size_t length = n > 0 ? (size_t)n : 0; /* an empty pipe: EAGAIN */
    if (length != strlen(expected_line) || memcmp(text, expected_line, length) != 0)
        _exit(1);
}

static struct argp_state parser_expecting(const char *line)
{
    int fds[2];
    cr_assert_eq(pipe2(fds, O_NONBLOCK), 0);
    cr_assert_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
    stderr_reader = fds[0];
    expected_line = line;
    atexit(check_line);
    return (struct argp_state){.name = "prog", .err_stream = stderr, .out_stream = stdout};
}

Test(option, a_bad_count_ends_the_program, .exit_code = OPTION_USAGE_STATUS)
{
    struct argp_state state =
        parser_expecting("prog: --port=70000: must be a whole number from 0 to 65535\n");
    option_count(&state, "port", "70000", (struct option_range){0, 65535});
}

Test(option, a_bad_size_ends_the_program, .exit_code = OPTION_USAGE_STATUS)
{
    struct argp_state state =
        parser_expecting("prog: --stack-size=1k: must be a size from 16k to 1g\n");
    option_size(&state, "stack-size", "1k", (struct option_range){16 << 10, 1 << 30});
}

Test(option, a_bad_time_ends_the_program, .exit_code = OPTION_USAGE_STATUS)
{
    struct argp_state state = parser_expecting("prog: --timeout=soon: must be a time from 1ms to "
                                               "1h\n");
    option_time_ns(&state, "timeout", "soon", CLOCK_S,
                   (struct option_range){CLOCK_MS, 3600 * CLOCK_S});
}

Test(option, a_strange_value_is_still_one_short_line, .exit_code = OPTION_USAGE_STATUS)
{
    char text[400], line[512];
    memset(text, '7', sizeof text);
    memcpy(text, "a\nb\x1b", 4);
    text[sizeof text - 1] = '\0';
    snprintf(line, sizeof line, "prog: --port=a?b?%.196s: must be a whole number from 0 to 9\n",
             text + 4);
    struct argp_state state = parser_expecting(line);
    option_count(&state, "port", text, (struct option_range){0, 9});
}

Test(option, a_silent_parser_says_it_too, .exit_code = OPTION_USAGE_STATUS)
{
    struct argp_state state = parser_expecting("prog: unknown model\n");
    state.flags = ARGP_NO_ERRS | ARGP_NO_EXIT;
    option_fail(&state, "unknown %s", "model");
}

Test(option, a_good_value_comes_back)
{
    struct argp_state state = {.name = "prog", .err_stream = stderr};
    cr_expect_eq(option_count(&state, "n", "2k", anything), 2000);
    cr_expect_eq(option_size(&state, "n", "2k", anything), 2048);
    cr_expect_eq(option_time_ns(&state, "n", "2", CLOCK_MS, anything), 2 * CLOCK_MS);
}
