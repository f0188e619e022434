/* What is asked, and how its answer is judged. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "request.h"
#include "resp.h"
#include "template.h"

enum { WORDS = 8 };

static const struct draw_point here = {42, 3, 17};

/* The text of a template at a point, to be freed. */
static char *rendered(const char *text, struct draw_point at)
{
    struct template t;
    char error[TEMPLATE_ERROR_BYTES];
    cr_assert(template_compile(&t, text, 1, error), "%s %s", text, error);
    struct buf out = buf_over(NULL, 0);
    template_render(&t, at, &out);
    char *copy = strndup(buf_length(&out) > 0 ? buf_head(&out) : "", buf_length(&out));
    buf_free(&out);
    template_free(&t);
    return copy;
}

static void assert_rendered(const char *text, const char *expected)
{
    char *got = rendered(text, here);
    cr_assert_str_eq(got, expected);
    free(got);
}

Test(template, literals_and_simple_placeholders)
{
    assert_rendered("plain", "plain");
    assert_rendered("", "");
    assert_rendered("a{seq}b", "a17b");
    assert_rendered("{{seq}", "{seq}");
    assert_rendered("{key:1}", "key:000000000000");
    assert_rendered("{rand:1}{rand:1}", "00");
}

Test(template, a_payload_tells_whose_it_is)
{
    char *one = rendered("{payload:64}", here), *again = rendered("{payload:64}", here);
    char *other = rendered("{payload:64}", (struct draw_point){42, 3, 18});
    cr_assert_eq(strlen(one), 64);
    cr_assert_str_eq(one, again);
    cr_assert(strncmp(one, "00000003-0000000000000011-", 26) == 0, "%s", one);
    cr_assert(strncmp(other, "00000003-0000000000000012-", 26) == 0, "%s", other);
    cr_assert_str_neq(one + TEMPLATE_TAG_BYTES, other + TEMPLATE_TAG_BYTES);
    free(one);
    free(again);
    free(other);
}

Test(template, a_payload_has_the_length_asked_for)
{
    size_t shortest = SIZE_MAX, longest = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        char *text = rendered("{payload:10-50}", (struct draw_point){1, 0, i});
        size_t length = strlen(text);
        shortest = length < shortest ? length : shortest;
        longest = length > longest ? length : longest;
        free(text);
    }
    cr_assert_eq(shortest, 10);
    cr_assert_eq(longest, 50);
}

/* Mean and share below the mean of 20,000 numbers; a generator of the wrong law fails. */
static void sample(const char *text, double *mean, double *below, double limit)
{
    enum { DRAWS = 20000 };
    double sum = 0, small = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        char *number = rendered(text, (struct draw_point){5, i % 7, i});
        double value = strtod(number, NULL);
        sum += value;
        small += value < limit;
        free(number);
    }
    *mean = sum / DRAWS;
    *below = small / DRAWS;
}

Test(template, random_numbers_follow_their_law)
{
    double mean, below;
    sample("{rand:1000}", &mean, &below, 250);
    cr_assert_float_eq(mean, 499.5, 10); /* 5 standard errors */
    cr_assert_float_eq(below, 0.25, 0.016);
    sample("{exp:500}", &mean, &below, 500);
    cr_assert_float_eq(mean, 500, 18);
    cr_assert_float_eq(below, 0.632, 0.018); /* 1 - 1/e */
}

Test(template, mistakes_are_named)
{
    static const char *const wrong[] = {
        "{",       "{}",         "{payload}", "{payload:x}", "{rand:0}",       "{payload:9-3}",
        "{seq:1}", "{nosuch:1}", "a{exp:",    "{key:-1}",    "{payload:1-2-3}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct template t;
        char error[TEMPLATE_ERROR_BYTES];
        cr_assert_not(template_compile(&t, wrong[i], 0, error), "%s was taken", wrong[i]);
        cr_assert(strncmp(error, "must be ", 8) == 0 || strncmp(error, "must use ", 9) == 0, "%s",
                  error);
    }
}

/* Judges a reply to the command, whose words are separated by blanks. */
static enum request_answer judged(const char *command, const char *reply)
{
    char words[512], error[REQUEST_ERROR_BYTES], *argv[WORDS + 1] = {0};
    int argc = 0;
    cr_assert_lt(strlen(command), sizeof words);
    strcpy(words, command);
    for (char *w = strtok(words, " "); w != NULL && argc < WORDS; w = strtok(NULL, " "))
        argv[argc++] = w;
    struct request *request = request_new(argc, argv, error);
    cr_assert_not_null(request, "%s", error);
    struct resp_reply parser;
    struct buf word = buf_over(NULL, 0), expected = buf_over(NULL, 0);
    resp_reply_init(&parser, &resp_default_limits);
    cr_assert_eq(resp_reply_parse(&parser, reply, strlen(reply)), RESP_COMPLETE);
    enum request_answer answer = request_judge(request, here, &parser, reply, &word, &expected);
    buf_free(&word);
    buf_free(&expected);
    request_free(request);
    return answer;
}

Test(request, known_answers_are_compared_byte_for_byte)
{
    static const struct {
        const char *command, *right, *wrong;
    } cases[] = {
        {"PING", "+PONG\r\n", "+PINg\r\n"},
        {"ping hello", "$5\r\nhello\r\n", "$5\r\nhellO\r\n"},
        {"ECHO a{seq}", "$3\r\na17\r\n", "$3\r\na18\r\n"},
        {"ECHO hello", "$5\r\nhello\r\n", "+hello\r\n"},
        {"SUM 1 2 39", ":42\r\n", ":43\r\n"},
        {"SUM {seq} 1", ":18\r\n", ":17\r\n"},
        {"BLOB 28", "$28\r\nabcdefghijklmnopqrstuvwxyzab\r\n",
         "$28\r\nabcdefghijklmnopqrstuvwxyzaa\r\n"},
        {"SLEEP 10", "+OK\r\n", "+KO\r\n"},
        {"SPIN 10", "+OK\r\n", ":1\r\n"},
        {"SET k v", "+OK\r\n", "$2\r\nOK\r\n"},
        {"INCR k", ":7\r\n", "+7\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_assert_eq(judged(cases[i].command, cases[i].right), REQUEST_RIGHT, "%s",
                     cases[i].command);
        cr_assert_eq(judged(cases[i].command, cases[i].wrong), REQUEST_WRONG, "%s",
                     cases[i].command);
        cr_assert_eq(judged(cases[i].command, "-ERR no\r\n"), REQUEST_ERROR_REPLY, "%s",
                     cases[i].command);
    }
}

Test(request, a_sum_that_must_overflow_is_right_only_as_an_error)
{
    cr_assert_eq(judged("SUM 9223372036854775807 1", "-ERR sum would overflow\r\n"), REQUEST_RIGHT);
    cr_assert_eq(judged("SUM 9223372036854775807 1", ":-9223372036854775808\r\n"), REQUEST_WRONG);
}

Test(request, other_answers_are_right_unless_they_are_errors)
{
    cr_assert_eq(judged("COMMAND COUNT", ":13\r\n"), REQUEST_RIGHT);
    cr_assert_eq(judged("COMMAND LIST", "*1\r\n$4\r\nping\r\n"), REQUEST_RIGHT);
    cr_assert_eq(judged("NOSUCH", "-ERR unknown command\r\n"), REQUEST_ERROR_REPLY);
}

Test(request, is_encoded_as_an_array_of_bulk_strings)
{
    char error[REQUEST_ERROR_BYTES];
    struct request *request = request_new(2, (char *[]){"ECHO", "{seq}", NULL}, error);
    cr_assert_not_null(request, "%s", error);
    cr_assert_null(request_literal(request));
    struct buf word = buf_over(NULL, 0), out = buf_over(NULL, 0);
    request_encode(request, here, &word, &out);
    static const char expected[] = "*2\r\n$4\r\nECHO\r\n$2\r\n17\r\n";
    cr_assert_eq(buf_length(&out), sizeof expected - 1);
    cr_assert_arr_eq(buf_head(&out), expected, sizeof expected - 1);
    buf_free(&word);
    buf_free(&out);
    request_free(request);
}
