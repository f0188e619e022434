/* What is asked, and how its answer is judged. */
#include <criterion/criterion.h>
#include <stdio.h>
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
    cr_assert(template_compile(&t, text, error), "%s %s", text, error);
    struct buf out = buf_over(NULL, 0);
    template_render(&t, at, 1, &out);
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
        cr_assert_not(template_compile(&t, wrong[i], error), "%s was taken", wrong[i]);
        cr_assert(strncmp(error, "must be ", 8) == 0 || strncmp(error, "must use ", 9) == 0, "%s",
                  error);
    }
}

/* A command whose words are separated by blanks; NULL with the error if it is none. */
static struct request *parsed(const char *command, char error[REQUEST_ERROR_BYTES])
{
    char words[512], *argv[WORDS + 1] = {0};
    int argc = 0;
    cr_assert_lt(strlen(command), sizeof words);
    strcpy(words, command);
    for (char *w = strtok(words, " "); w != NULL && argc < WORDS; w = strtok(NULL, " "))
        argv[argc++] = w;
    return request_new(argc, argv, error);
}

static struct request *good(const char *command)
{
    char error[REQUEST_ERROR_BYTES];
    struct request *request = parsed(command, error);
    cr_assert_not_null(request, "%s", error);
    return request;
}

static enum request_answer judge(const struct request *request, struct draw_point at,
                                 const char *reply)
{
    struct resp_reply parser;
    struct buf word = buf_over(NULL, 0), expected = buf_over(NULL, 0);
    resp_reply_init(&parser, &resp_default_limits);
    cr_assert_eq(resp_reply_parse(&parser, reply, strlen(reply)), RESP_COMPLETE);
    enum request_answer answer = request_judge(request, at, &parser, reply, &word, &expected);
    cr_assert(buf_length(&word) == 0 && buf_length(&expected) == 0);
    buf_free(&word);
    buf_free(&expected);
    return answer;
}

static enum request_answer judged(const char *command, const char *reply)
{
    struct request *request = good(command);
    enum request_answer answer = judge(request, here, reply);
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

static void encode(const struct request *request, struct draw_point at, struct buf *out)
{
    struct buf word = buf_over(NULL, 0);
    request_encode(request, at, &word, out);
    cr_assert(!word.failed && !out->failed && buf_length(&word) == 0);
    buf_free(&word);
}

static void expect_encoded(const char *command, const char *expected, bool is_literal)
{
    struct request *request = good(command);
    struct buf out = {0};
    encode(request, here, &out);
    cr_expect_eq(buf_length(&out), strlen(expected), "%s", command);
    cr_expect(buf_length(&out) == strlen(expected) &&
                  memcmp(buf_head(&out), expected, strlen(expected)) == 0,
              "%s: %.*s", command, (int)buf_length(&out), buf_head(&out));
    cr_expect_eq(request_literal(request) != NULL, is_literal, "%s", command);
    buf_free(&out);
    request_free(request);
}

Test(request, is_encoded_as_an_array_of_bulk_strings)
{
    expect_encoded("ECHO {seq}", "*2\r\n$4\r\nECHO\r\n$2\r\n17\r\n", false);
    expect_encoded("ECHO a{seq}", "*2\r\n$4\r\nECHO\r\n$3\r\na17\r\n", false);
    expect_encoded("PING", "*1\r\n$4\r\nPING\r\n", true);
}

Test(request, times_repeats_the_next_word)
{
    expect_encoded("DEL {times:3} a b",
                   "*5\r\n$3\r\nDEL\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\nb\r\n", true);
    expect_encoded("DEL {times:2} {seq} {times:1} c",
                   "*4\r\n$3\r\nDEL\r\n$2\r\n17\r\n$2\r\n17\r\n$1\r\nc\r\n", false);
    expect_encoded("DEL {times:2} k{seq}", "*3\r\n$3\r\nDEL\r\n$3\r\nk17\r\n$3\r\nk17\r\n", false);
    cr_expect_eq(judged("SUM {times:500} 3 1", ":1501\r\n"), REQUEST_RIGHT);
    cr_expect_eq(judged("SUM {times:500} 3 {rand:1}", ":1500\r\n"), REQUEST_RIGHT);
    cr_expect_eq(judged("SUM {times:500} 3 {rand:1}", ":1503\r\n"), REQUEST_WRONG);
    cr_expect_eq(judged("ECHO {times:1} {seq}", "$2\r\n17\r\n"), REQUEST_RIGHT);
    cr_expect_eq(judged("ECHO {times:1} {seq}", "$2\r\n18\r\n"), REQUEST_WRONG);
}

/* The arguments are read back from the wire: 500 different ones, whose sum is the right reply. */
Test(request, times_draws_for_each_argument)
{
    enum { TIMES = 500 };
    struct request *request = good("SUM {times:500} {rand:1000000}");
    struct buf out = {0};
    struct resp_request parser;
    int64_t number, previous = -1, total = 0;
    int repeated = 0;
    char reply[64];
    encode(request, here, &out);
    resp_request_init(&parser, &resp_default_limits);
    cr_assert_eq(resp_request_parse(&parser, buf_head(&out), buf_length(&out)), RESP_COMPLETE);
    cr_assert_eq(parser.count, TIMES + 1);
    cr_assert_eq(parser.bytes, buf_length(&out));
    for (size_t i = 1; i <= TIMES; i++) {
        struct resp_slice argument = resp_argument(&parser, i);
        cr_assert(resp_integer(buf_head(&out) + argument.offset, argument.length, &number));
        repeated += number == previous;
        previous = number;
        total += number;
    }
    cr_expect_lt(repeated, 3);
    snprintf(reply, sizeof reply, ":%lld\r\n", (long long)total);
    cr_expect_eq(judge(request, here, reply), REQUEST_RIGHT);
    cr_expect_eq(judge(request, (struct draw_point){42, 3, 18}, reply), REQUEST_WRONG);
    snprintf(reply, sizeof reply, ":%lld\r\n", (long long)total + 1);
    cr_expect_eq(judge(request, here, reply), REQUEST_WRONG);
    resp_request_free(&parser);
    buf_free(&out);
    request_free(request);
}

Test(request, times_must_stand_between_name_and_word)
{
    static const char *const wrong[] = {"{times:2} PING",  "SUM {times:2}",
                                        "SUM 1 {times:2}", "SUM {times:2} {times:3} 1",
                                        "SUM {times:0} 1", "SUM a{times:2} 1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char error[REQUEST_ERROR_BYTES] = "";
        cr_expect_null(parsed(wrong[i], error), "%s was taken", wrong[i]);
        cr_expect_not_null(strstr(error, "must be written {times:n}, a word of its own"), "%s: %s",
                           wrong[i], error);
    }
}

Test(request, a_counter_is_incr_of_a_literal_key)
{
    static const struct {
        const char *command, *key;
    } cases[] = {{"INCR hits", "hits"},      {"incr {{x}", "{x}"},   {"INCR {times:1} k", "k"},
                 {"INCR k{seq}", NULL},      {"INCR {key:9}", NULL}, {"INCRBY k 1", NULL},
                 {"DECR k", NULL},           {"INCR", NULL},         {"INCR k k", NULL},
                 {"INCR {times:2} k", NULL}, {"ECHO k", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct request *request = good(cases[i].command);
        const char *key = request_counter(request);
        cr_expect_eq(key != NULL, cases[i].key != NULL, "%s", cases[i].command);
        if (key != NULL && cases[i].key != NULL)
            cr_expect_str_eq(key, cases[i].key);
        request_free(request);
    }
}

/* ---- lengths ---- */

Test(request, few_characters_must_not_stand_for_gigabytes)
{
    static char *const lines[][4] = {{"ECHO", "{payload:64m}", NULL},
                                     {"SUM", "{times:1000000}", "{rand:1000}", NULL},
                                     {"DEL", "{times:1000000}", "{payload:1000}", NULL},
                                     {"DEL", "{times:1000000}", NULL, NULL}};
    static char long_word[1001];
    memset(long_word, 'x', sizeof long_word - 1);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char error[REQUEST_ERROR_BYTES], *argv[4] = {0};
        int argc = 0;
        memcpy(argv, lines[i], sizeof argv);
        if (i == 3)
            argv[2] = long_word;
        while (argc < 4 && argv[argc] != NULL)
            argc++;
        struct request *r = request_new(argc, argv, error);
        cr_expect((r != NULL) == (i < 2), "%s %s", argv[0], argv[1]);
        cr_expect(r != NULL || strstr(error, "must not exceed 256 MiB") != NULL, "%s", error);
        request_free(r);
    }
}
