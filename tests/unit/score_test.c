/* The table of the self-test: what is good, which attempt is the better one, what it looks like. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score.h"

static enum score_result result_of(double value, double expected, double tolerance)
{
    struct score_sheet s = {0};
    return score_near(&s, "x", SCORE_TIME, value, expected, tolerance, "wrong")->result;
}

Test(score, within_the_tolerance_is_good_on_both_sides)
{
    cr_expect_eq(result_of(110, 100, 10), SCORE_OK);
    cr_expect_eq(result_of(90, 100, 10), SCORE_OK);
    cr_expect_eq(result_of(111, 100, 10), SCORE_FAILED);
    cr_expect_eq(result_of(89, 100, 10), SCORE_FAILED);
    cr_expect_eq(result_of(100, 100, 0), SCORE_OK);
}

Test(score, what_is_not_known_is_not_good)
{
    cr_expect_eq(result_of(NAN, 100, 1000), SCORE_FAILED);
    cr_expect_eq(result_of(100, NAN, 1000), SCORE_FAILED);
}

static struct score_sheet sheet_of(int ok, int failed, int missing)
{
    struct score_sheet s = {0};
    for (int i = 0; i < ok + failed; i++)
        score_words(&s, "x", "value", "value", i < ok, "wrong");
    for (int i = 0; i < missing; i++)
        score_not_measured(score_words(&s, "x", "value", "value", true, "wrong"), "why");
    return s;
}

Test(score, rows_are_counted_by_their_result)
{
    struct score_sheet s = sheet_of(3, 2, 1);
    cr_expect_eq(score_count(&s, SCORE_OK), 3);
    cr_expect_eq(score_count(&s, SCORE_FAILED), 2);
    cr_expect_eq(score_count(&s, SCORE_NOT_MEASURED), 1);
}

static bool better(struct score_sheet s, struct score_sheet other)
{
    return score_is_better(&s, &other);
}

Test(score, a_failure_counts_more_than_a_missing_measurement)
{
    cr_expect(better(sheet_of(2, 0, 0), sheet_of(1, 1, 0)));
    cr_expect(!better(sheet_of(1, 1, 0), sheet_of(2, 0, 0)));
    cr_expect(better(sheet_of(1, 1, 0), sheet_of(1, 0, 1)));
    cr_expect(!better(sheet_of(1, 0, 1), sheet_of(1, 1, 0)), "what failed stays failed");
    cr_expect(better(sheet_of(0, 0, 2), sheet_of(0, 0, 0)), "the first attempt");
}

Test(score, rows_beyond_the_last_are_lost)
{
    struct score_sheet s = sheet_of(SCORE_ROWS + 2, 0, 0);
    cr_expect_eq(s.count, SCORE_ROWS);
}

Test(score, a_table_for_people)
{
    struct score_sheet s = {0};
    char *text;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);
    score_near(&s, "p50", SCORE_TIME, 1.05e6, 1e6, 1e5, "unused");
    score_near(&s, "p99", SCORE_TIME, 0.9e6, 1e6, 1e4, "it is wrong");
    score_near(&s, "quantiles", SCORE_SHARE, 0.0078, 0, 0.008, "unused");
    score_not_measured(score_words(&s, "verdict", "VALID", "STARVED", false, "unused"), "no CPU");
    score_put_sheet(file, &s, 2);
    fclose(file);
    char *line = text;
    static const char *const words[][7] = {
        {"p50", "1.05 ms", "1.00 ms", "+50.0 us", "100 us", "2", "ok"},
        {"p99", "900 us", "1.00 ms", "-100 us", "10.0 us", "2", "FAILED"},
        {"it is wrong", "", "", "", "", "", ""},
        {"quantiles", "0.78 %", "0 %", "+0.78 %", "0.8 %", "2", "ok"},
        {"verdict", "VALID", "STARVED", "-", "-", "2", "not measured: no CPU"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = line, *end = strchr(line, '\n');
        cr_assert_not_null(end);
        for (int w = 0; w < 7; w++) {
            const char *found = strstr(at, words[i][w]);
            cr_assert(found != NULL && found <= end, "%s: not in \"%s\"", words[i][w], line);
            at = found + strlen(words[i][w]);
        }
        cr_expect(at == end, "something is behind \"%s\"", words[i][0]);
        line = strchr(line, '\n') + 1;
    }
    free(text);
}
