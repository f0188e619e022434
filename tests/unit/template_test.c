#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "template.h"

enum { DRAWS = 100000, TEXT_BYTES = 1 << 18 };

static struct template compiled(const char *text)
{
    struct template t;
    char error[TEMPLATE_ERROR_BYTES];
    cr_assert(template_compile(&t, text, error), "%s: %s", text, error);
    return t;
}

/* The text of one argument of one request, as a string that the next call overwrites. */
static const char *render_argument(const struct template *t, uint64_t connection, uint64_t sequence,
                                   uint32_t argument)
{
    static char text[TEXT_BYTES];
    struct buf out = {0};
    template_render(t, (struct draw_point){1, connection, sequence}, argument, &out);
    cr_assert(!out.failed && buf_length(&out) < sizeof text);
    if (buf_length(&out) > 0)
        memcpy(text, buf_head(&out), buf_length(&out));
    text[buf_length(&out)] = '\0';
    buf_free(&out);
    return text;
}

static const char *render(const struct template *t, uint64_t connection, uint64_t sequence)
{
    return render_argument(t, connection, sequence, 1);
}

static double draw(const struct template *t, uint64_t sequence)
{
    return strtod(render(t, 3, sequence), NULL);
}

Test(template, text_without_braces_is_itself)
{
    struct template t = compiled("a }{{b}\t\xff");
    cr_assert(template_is_literal(&t));
    cr_assert_str_eq(render(&t, 0, 0), "a }{b}\t\xff");
    template_free(&t);
    t = compiled("");
    cr_assert(template_is_literal(&t));
    cr_assert_str_eq(render(&t, 0, 0), "");
    template_free(&t);
}

Test(template, placeholders_stand_within_text)
{
    struct template t = compiled("a{seq}b{{{seq}{seq}");
    cr_assert(!template_is_literal(&t));
    cr_assert_str_eq(render(&t, 9, 42), "a42b{4242");
    cr_assert_str_eq(render(&t, 9, 0), "a0b{00");
    template_free(&t);
}

Test(template, the_same_request_has_the_same_text_and_others_have_others)
{
    struct template t = compiled("{rand:1000000000}{payload:20}");
    char *first = strdup(render(&t, 5, 7));
    cr_expect_str_eq(first, render(&t, 5, 7));
    cr_expect_str_neq(first, render(&t, 5, 8));
    cr_expect_str_neq(first, render(&t, 6, 7));
    free(first);
    template_free(&t);
}

/* A fault that draws once for a whole command, or once for all arguments, would show here. */
Test(template, placeholders_of_one_request_are_independent)
{
    struct template t = compiled("{rand:1000000000} {rand:1000000000}");
    char first[64], second[64];
    cr_assert_eq(sscanf(render(&t, 0, 0), "%60s %60s", first, second), 2);
    cr_expect_str_neq(first, second);
    cr_assert_eq(sscanf(render_argument(&t, 0, 0, 2), "%60s", second), 1);
    cr_expect_str_neq(first, second);
    /* 65536 arguments further on, where 32 bits would begin again. */
    cr_assert_eq(sscanf(render_argument(&t, 0, 0, 65537), "%60s", second), 1);
    cr_expect_str_neq(first, second);
    template_free(&t);
}

/* 10 values, each as often as the others: chi-squared with 9 degrees of freedom is over 28 once in
 * a thousand; the draws are always the same ones. */
Test(template, rand_is_uniform_from_0_to_n_minus_1)
{
    struct template t = compiled("{rand:10}");
    int seen[10] = {0};
    double chi_squared = 0, expected = DRAWS / 10.0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        double value = draw(&t, i);
        cr_assert(value >= 0 && value < 10);
        seen[(int)value]++;
    }
    for (int i = 0; i < 10; i++)
        chi_squared += (seen[i] - expected) * (seen[i] - expected) / expected;
    cr_expect(chi_squared < 28, "chi-squared is %g", chi_squared);
    template_free(&t);
}

/* Mean and standard deviation of an exponential law are the same; 100000 draws find both within 1
 * %. A uniform law would have a deviation of 0.58 of its mean. */
Test(template, exp_is_exponential)
{
    struct template t = compiled("{exp:1000}");
    double sum = 0, squares = 0;
    int over_mean = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        double value = draw(&t, i);
        sum += value;
        squares += value * value;
        over_mean += value > 1000;
    }
    double mean = sum / DRAWS, deviation = sqrt(squares / DRAWS - mean * mean);
    cr_expect_float_eq(mean, 1000, 10);
    cr_expect_float_eq(deviation, 1000, 15);
    cr_expect_float_eq((double)over_mean / DRAWS, exp(-1), 0.005);
    template_free(&t);
}

/* Sequence numbers follow one another; what is drawn for them must not. */
Test(template, successive_draws_are_independent)
{
    struct template t = compiled("{rand:1000000}");
    double previous = draw(&t, 0), products = 0, squares = 0;
    for (uint64_t i = 1; i < DRAWS; i++) {
        double value = draw(&t, i);
        products += (value - 499999.5) * (previous - 499999.5);
        squares += (value - 499999.5) * (value - 499999.5);
        previous = value;
    }
    cr_expect_float_eq(products / squares, 0, 0.01);
    template_free(&t);
}

/* 0 has 0.345 of the law for 10 numbers; its shape is zipf_test's business. */
Test(template, zipf_prefers_small_numbers)
{
    struct template t = compiled("{zipf:10}");
    int zeros = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        double value = draw(&t, i);
        cr_assert(value >= 0 && value < 10);
        zeros += value == 0;
    }
    cr_expect_float_eq((double)zeros / DRAWS, 0.345, 0.008);
    template_free(&t);
}

Test(template, a_number_is_that_of_the_text)
{
    static const char *const numbers[] = {"{seq}", "{rand:1000}", "{zipf:1000}", "{exp:1000}"};
    static const char *const others[] = {"",          "7",  "{key:9}",   "{payload:3}",
                                         "1{rand:9}", "{{", "{seq}{seq}"};
    int64_t number = -1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct template t = compiled(numbers[i]);
        for (uint64_t sequence = 0; sequence < 100; sequence++) {
            char text[32];
            cr_assert(template_number(&t, (struct draw_point){1, 2, sequence}, 3, &number));
            snprintf(text, sizeof text, "%lld", (long long)number);
            cr_assert_str_eq(text, render_argument(&t, 2, sequence, 3), "%s", numbers[i]);
        }
        template_free(&t);
    }
    number = -1;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct template t = compiled(others[i]);
        cr_expect(!template_number(&t, (struct draw_point){1, 2, 3}, 3, &number), "%s", others[i]);
        template_free(&t);
    }
    cr_expect_eq(number, -1);
}

Test(template, times_is_a_word_of_its_own)
{
    static const char *const wrong[] = {"{times:0}",  "{times:1000001}", "{times:2}x", "x{times:2}",
                                        "{{times:2}", "{times}",         "{rand:2}",   "",
                                        "{times:2"};
    uint32_t times = 7;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(template_times(wrong[i], &times), "%s", wrong[i]);
    cr_expect_eq(times, 7);
    cr_expect(template_times("{times:1}", &times));
    cr_expect_eq(times, 1);
    cr_expect(template_times("{times:1m}", &times));
    cr_expect_eq(times, 1000000);
}

Test(template, keys_have_twelve_digits)
{
    struct template t = compiled("{key:1000}");
    for (uint64_t i = 0; i < 1000; i++) {
        const char *text = render(&t, 0, i);
        cr_assert(strlen(text) == 16 && strncmp(text, "key:000000000", 13) == 0, "%s", text);
    }
    template_free(&t);
}

Test(template, payload_has_its_length_and_is_printable)
{
    char text[32];
    for (int length = 0; length < 200; length++) {
        snprintf(text, sizeof text, "{payload:%d}", length);
        struct template t = compiled(text);
        const char *payload = render(&t, 1, 2);
        cr_assert_eq(strlen(payload), (size_t)length);
        for (int i = 0; i < length; i++)
            cr_assert(payload[i] >= ' ' && payload[i] <= '~');
        template_free(&t);
    }
}

Test(template, payload_tells_whose_it_is)
{
    struct template t = compiled("{payload:35}");
    const char *payload = render(&t, 0xabc, 0xdef);
    cr_assert(strncmp(payload, "00000abc-0000000000000def-", 26) == 0, "%s", payload);
    template_free(&t);
}

/* Longer than what it is copied from: all is printable, its pages differ, no part comes again for
 * long, and the part behind the tag is not the same for each request. */
Test(template, long_payloads_are_noise_throughout)
{
    enum { LENGTH = 200000, PART = 64 };
    static char first[LENGTH];
    struct template t = compiled("{payload:200000}");
    memcpy(first, render(&t, 1, 1), LENGTH);
    for (size_t i = 0; i < LENGTH; i++)
        cr_assert(first[i] >= ' ' && first[i] <= '~', "byte %zu is %d", i, first[i]);
    for (size_t i = 4096; i + PART <= LENGTH; i += 4096)
        for (size_t j = i + 4096; j + PART <= LENGTH; j += 4096)
            cr_assert(memcmp(first + i, first + j, PART) != 0, "%zu is as %zu", i, j);
    const char *part = first + LENGTH / 3, *again = memmem(part + 1, LENGTH / 2, part, PART);
    cr_expect(again == NULL || again - part > 65000, "%td", again - part);
    const char *second = render(&t, 1, 2);
    cr_expect_eq(strlen(second), (size_t)LENGTH);
    cr_expect(memcmp(first + TEMPLATE_TAG_BYTES, second + TEMPLATE_TAG_BYTES, PART) != 0);
    template_free(&t);
}

/* The eight digits behind connection and sequence number change with either, and with the length.
 */
Test(template, payload_checksum_covers_all_before_it)
{
    static const struct {
        const char *text;
        uint64_t connection, sequence;
    } cases[] = {{"{payload:64}", 2, 3},
                 {"{payload:64}", 2, 4},
                 {"{payload:64}", 3, 3},
                 {"{payload:65}", 2, 3}};
    char checks[4][9] = {""};
    for (int i = 0; i < 4; i++) {
        struct template t = compiled(cases[i].text);
        memcpy(checks[i], render(&t, cases[i].connection, cases[i].sequence) + 26, 8);
        cr_expect_eq(strspn(checks[i], "0123456789abcdef"), 8);
        for (int j = 0; j < i; j++)
            cr_expect_str_neq(checks[i], checks[j]);
        template_free(&t);
    }
}

Test(template, payload_lengths_fill_their_range)
{
    struct template t = compiled("{payload:3-5}");
    int seen[8] = {0};
    for (uint64_t i = 0; i < 3000; i++) {
        size_t length = strlen(render(&t, 0, i));
        cr_assert(length >= 3 && length <= 5);
        seen[length]++;
    }
    cr_expect(seen[3] > 800 && seen[4] > 800 && seen[5] > 800);
    template_free(&t);
}

static const char unknown[] =
    "must use only {payload:n}, {payload:min-max}, {seq}, {rand:n}, {zipf:n}, {exp:mean}, {key:n} "
    "and {times:n}; {{ stands for a brace";
static const char rand_form[] =
    "must be written {rand:n}, with whole numbers from 1 to 1000000000000";
static const char payload_form[] = "must be written {payload:n} or {payload:min-max}, with whole "
                                   "numbers from 0 to 67108864";

static const char times_form[] =
    "must be written {times:n}, a word of its own before another, with "
    "whole numbers from 1 to 1000000";

static const struct mistake {
    const char *text, *error;
} mistakes[] = {
    {"{", unknown},
    {"x{rand:1", unknown},
    {"{}", unknown},
    {"{pay:3}", unknown},
    {"{:3}", unknown},
    {"{randomly:3}", unknown},
    {"{rand}", rand_form},
    {"{rand:}", rand_form},
    {"{rand:0}", rand_form},
    {"{rand:-1}", rand_form},
    {"{rand:1-5}", rand_form},
    {"{rand:9999999999999}", rand_form},
    {"{seq:1}", "must be written {seq}"},
    {"{payload:5-3}", payload_form},
    {"{payload:67108865}", payload_form},
    {"{payload:1-}", payload_form},
    {"{payload:-1}", payload_form},
    {"{zipf:0}", "must be written {zipf:n}, with whole numbers from 1 to 1000000000000"},
    {"{times:0}", times_form},
    {"{times:5}", times_form},
    {"x{times:5}", times_form},
};

Test(template, mistakes_are_named)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct template t;
        char error[TEMPLATE_ERROR_BYTES] = "";
        cr_expect(!template_compile(&t, mistakes[i].text, error), "%s", mistakes[i].text);
        cr_expect_str_eq(error, mistakes[i].error, "%s: %s", mistakes[i].text, error);
    }
}
