/* Which request is of which kind. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mix.h"

enum { DRAWS = 100000 };

static char *get[] = {"GET", "{key:1000}", NULL}, *set[] = {"SET", "k", "v", NULL},
            *ping[] = {"PING", NULL}, *flip[] = {"ECHO", "{rand:2}", NULL};

static struct mix *made(const struct mix_part *parts, size_t count)
{
    char error[REQUEST_ERROR_BYTES];
    struct mix *m = mix_new(parts, count, error);
    cr_assert_not_null(m, "%s", error);
    return m;
}

static struct draw_point point(uint64_t i)
{
    return (struct draw_point){7, i % 5, i};
}

Test(mix, kinds_come_by_their_weights)
{
    struct mix *m = made(
        (struct mix_part[]){{"read", 90, 2, get}, {"write", 9, 3, set}, {"ping", 1, 1, ping}}, 3);
    static const double shares[] = {0.9, 0.09, 0.01};
    double seen[3] = {0};
    for (uint64_t i = 0; i < DRAWS; i++) {
        uint32_t kind = mix_kind(m, point(i));
        cr_assert_lt(kind, 3);
        seen[kind]++;
    }
    cr_expect_eq(mix_count(m), 3);
    for (uint32_t k = 0; k < 3; k++) {
        double sigma = sqrt(shares[k] * (1 - shares[k]) / DRAWS);
        cr_expect_float_eq(seen[k] / DRAWS, shares[k], 4 * sigma, "kind %u: %g", k, seen[k]);
        cr_expect_float_eq(mix_weight_share(m, k), shares[k], 1e-12);
    }
    mix_free(m);
}

Test(mix, the_kind_is_a_pure_function_of_the_point)
{
    struct mix_part parts[] = {{"a", 1, 1, ping}, {"b", 1, 3, set}};
    struct mix *m = made(parts, 2), *same = made(parts, 2);
    int changes = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        uint32_t kind = mix_kind(m, point(i));
        cr_assert_eq(kind, mix_kind(same, point(i)));
        changes += kind != mix_kind(m, (struct draw_point){8, i % 5, i});
        changes += kind != mix_kind(m, (struct draw_point){7, i % 5 + 1, i});
        changes += kind != mix_kind(m, (struct draw_point){7, i % 5, i + 1});
    }
    cr_expect(changes > 1400 && changes < 1600, "%d of 3000", changes);
    mix_free(m);
    mix_free(same);
}

/* A kind that used the draw of an argument would always ask with the same one. */
Test(mix, kinds_and_arguments_are_independent)
{
    struct mix *m = made((struct mix_part[]){{"a", 1, 2, flip}, {"b", 1, 2, flip}}, 2);
    struct buf word = {0}, out = {0};
    int seen[2][2] = {{0}};
    for (uint64_t i = 0; i < 4000; i++) {
        uint32_t kind = mix_kind(m, point(i));
        request_encode(mix_request(m, kind), point(i), &word, &out);
        cr_assert(!out.failed && !word.failed);
        seen[kind][buf_head(&out)[buf_length(&out) - 3] - '0']++;
        buf_consume(&out, buf_length(&out));
    }
    for (int i = 0; i < 4; i++)
        cr_expect(seen[i / 2][i % 2] > 880 && seen[i / 2][i % 2] < 1120, "%d", seen[i / 2][i % 2]);
    buf_free(&word);
    buf_free(&out);
    mix_free(m);
}

Test(mix, one_kind_is_the_only_one)
{
    struct mix *m = made(&(struct mix_part){"PING", 1000000, 1, ping}, 1);
    for (uint64_t i = 0; i < 100; i++)
        cr_assert_eq(mix_kind(m, point(i)), 0);
    cr_expect_eq(mix_draw_kind(m, point(0)), 0);
    cr_expect_eq(mix_weight_share(m, 0), 1);
    mix_free(m);
}

Test(mix, keeps_names_and_requests_of_its_own)
{
    char name[] = "mine", word[] = "PING", *argv[] = {word, NULL};
    struct mix *m = made((struct mix_part[]){{"other", 2, 3, set}, {name, 1, 1, argv}}, 2);
    strcpy(name, "????");
    strcpy(word, "????");
    cr_expect_str_eq(mix_name(m, 0), "other");
    cr_expect_str_eq(mix_name(m, 1), "mine");
    static const char wire[] = "*1\r\n$4\r\nPING\r\n";
    const struct buf *literal = request_literal(mix_request(m, 1));
    cr_assert_not_null(literal);
    cr_assert_eq(buf_length(literal), strlen(wire));
    cr_expect_arr_eq(buf_head(literal), wire, strlen(wire));
    mix_free(m);
}

Test(mix, may_have_64_kinds)
{
    struct mix_part parts[MIX_MOST];
    bool seen[MIX_MOST] = {false};
    for (int i = 0; i < MIX_MOST; i++)
        parts[i] = (struct mix_part){"x", MIX_WEIGHT_MAX, 1, ping};
    struct mix *m = made(parts, MIX_MOST);
    for (uint64_t i = 0; i < DRAWS; i++)
        seen[mix_kind(m, point(i))] = true;
    for (int i = 0; i < MIX_MOST; i++)
        cr_expect(seen[i], "%d never came", i);
    mix_free(m);
}

Test(mix, a_wrong_word_is_named)
{
    char error[REQUEST_ERROR_BYTES] = "", *wrong[] = {"GET", "{k}", NULL};
    cr_expect_null(mix_new((struct mix_part[]){{"a", 1, 1, ping}, {"b", 1, 2, wrong}}, 2, error));
    cr_expect_eq(strncmp(error, "{k}: must use only ", strlen("{k}: must use only ")), 0, "%s",
                 error);
    mix_free(NULL);
}

static void expect_counter(const struct mix_part *parts, size_t count, const char *key)
{
    struct mix *m = made(parts, count);
    const char *counter = mix_counter(m);
    cr_expect(key == NULL ? counter == NULL : counter != NULL && strcmp(counter, key) == 0,
              "%s, not %s", counter != NULL ? counter : "none", key != NULL ? key : "none");
    mix_free(m);
}

/* Only then is it known that its replies are all different and rise. */
Test(mix, a_counter_is_one_that_nothing_else_changes)
{
    static char *hits[] = {"incr", "hits", NULL}, *others[] = {"INCR", "others", NULL},
                *drawn[] = {"INCR", "{key:9}", NULL}, *forget[] = {"DEL", "hits", NULL};
    expect_counter((struct mix_part[]){{"i", 1, 2, hits}}, 1, "hits");
    expect_counter((struct mix_part[]){{"i", 1, 2, hits}, {"p", 1, 1, ping}, {"g", 1, 2, get}}, 3,
                   "hits");
    expect_counter((struct mix_part[]){{"i", 1, 2, hits}, {"d", 1, 2, forget}}, 2, NULL);
    expect_counter((struct mix_part[]){{"i", 1, 2, hits}, {"s", 1, 3, set}}, 2, NULL);
    expect_counter((struct mix_part[]){{"i", 1, 2, hits}, {"o", 1, 2, others}}, 2, NULL);
    expect_counter((struct mix_part[]){{"i", 1, 2, drawn}}, 1, NULL);
    expect_counter((struct mix_part[]){{"p", 1, 1, ping}}, 1, NULL);
}
