#include "request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

/* What is known of the reply. */
enum expect {
    EXPECT_NO_ERROR,
    EXPECT_INTEGER,
    EXPECT_OK,     /* +OK */
    EXPECT_PONG,   /* +PONG */
    EXPECT_FIRST,  /* the first argument, as a bulk string */
    EXPECT_SUM,    /* the sum of the arguments, or an error if it overflows */
    EXPECT_LETTERS /* the alphabet again and again, as many bytes as the argument says */
};

/* A part of the encoded command: a run of bytes, or one argument that differs each time. */
struct part {
    bool is_template;
    size_t offset, length; /* in request.fixed */
    struct template template;
};

struct request {
    enum expect expect;
    int argc;
    struct template *words;
    size_t parts_count;
    struct part *parts;
    struct buf fixed; /* everything that never differs, in order */
    bool is_literal;
    struct buf literal_reply; /* empty when unknown */
};

/* Enough for any sensible BLOB of one run; more is not verified byte for byte. */
enum { LETTERS_MAX = 1 << 28 };

static const struct {
    const char *name;
    int arguments; /* -1: one or more */
    enum expect expect;
} known_commands[] = {
    {"PING", 0, EXPECT_PONG},      {"PING", 1, EXPECT_FIRST},      {"ECHO", 1, EXPECT_FIRST},
    {"SUM", -1, EXPECT_SUM},       {"SLEEP", 1, EXPECT_OK},        {"SPIN", 1, EXPECT_OK},
    {"BLOB", 1, EXPECT_LETTERS},   {"SET", 2, EXPECT_OK},          {"INCR", 1, EXPECT_INTEGER},
    {"INCRBY", 2, EXPECT_INTEGER}, {"DECR", 1, EXPECT_INTEGER},    {"DECRBY", 2, EXPECT_INTEGER},
    {"DEL", -1, EXPECT_INTEGER},   {"EXISTS", -1, EXPECT_INTEGER}, {"DBSIZE", 0, EXPECT_INTEGER},
};

static enum expect expect_of(int argc, char **argv)
{
    int arguments = argc - 1;
    for (size_t i = 0; i < sizeof known_commands / sizeof known_commands[0]; i++) {
        int wanted = known_commands[i].arguments;
        if (strcasecmp(known_commands[i].name, argv[0]) == 0 &&
            (wanted == arguments || (wanted == -1 && arguments > 0)))
            return known_commands[i].expect;
    }
    return EXPECT_NO_ERROR;
}

/* ---- construction ---- */

static bool compile_words(struct request *r, int argc, char **argv, char error[REQUEST_ERROR_BYTES])
{
    for (; r->argc < argc; r->argc++) {
        char phrase[TEMPLATE_ERROR_BYTES];
        if (!template_compile(&r->words[r->argc], argv[r->argc], (uint32_t)r->argc, phrase)) {
            snprintf(error, REQUEST_ERROR_BYTES, "%.50s: %s", argv[r->argc], phrase);
            return false;
        }
    }
    return true;
}

/* Appends fixed bytes to the last part, or begins a new one behind a template. */
static void extend_fixed(struct request *r, size_t from)
{
    struct part *last = r->parts_count > 0 ? &r->parts[r->parts_count - 1] : NULL;
    if (last == NULL || last->is_template) {
        last = &r->parts[r->parts_count++];
        *last = (struct part){.offset = from};
    }
    last->length += buf_length(&r->fixed) - from;
}

static bool build_parts(struct request *r)
{
    struct buf word = {0};
    resp_put_array(&r->fixed, (size_t)r->argc);
    extend_fixed(r, 0);
    for (int i = 0; i < r->argc; i++) {
        if (!template_is_literal(&r->words[i])) {
            r->parts[r->parts_count++] = (struct part){true, .template = r->words[i]};
            continue;
        }
        size_t from = buf_length(&r->fixed);
        template_render(&r->words[i], (struct draw_point){0}, &word);
        resp_put_bulk(&r->fixed, buf_head(&word), buf_length(&word));
        buf_consume(&word, buf_length(&word));
        extend_fixed(r, from);
    }
    bool good = !word.failed && !r->fixed.failed;
    buf_free(&word);
    return good;
}

static void put_letters(struct buf *out, size_t length)
{
    resp_put_bulk_header(out, length);
    if (!buf_reserve(out, length + 2))
        return;
    char *to = buf_tail(out);
    for (size_t i = 0; i < length; i++)
        to[i] = (char)('a' + i % 26);
    buf_extend(out, length);
    buf_append(out, "\r\n", 2);
}

static void render(const struct request *r, int i, struct draw_point at, struct buf *word)
{
    buf_consume(word, buf_length(word));
    template_render(&r->words[i], at, word);
}

enum sum { SUM_KNOWN, SUM_OVERFLOWS, SUM_UNKNOWN };

static enum sum add_up(const struct request *r, struct draw_point at, struct buf *word,
                       int64_t *total)
{
    *total = 0;
    bool overflows = false;
    for (int i = 1; i < r->argc; i++) {
        int64_t number;
        render(r, i, at, word);
        if (!resp_integer(buf_head(word), buf_length(word), &number))
            return SUM_UNKNOWN;
        overflows = overflows || __builtin_add_overflow(*total, number, total);
    }
    return overflows ? SUM_OVERFLOWS : SUM_KNOWN;
}

/* Appends the whole reply. False: its bytes are not known, and *type says what is: RESP_ERROR that
 * it must be an error, RESP_INTEGER that it must be an integer, 0 nothing. */
static bool expected_reply(const struct request *r, struct draw_point at, struct buf *word,
                           struct buf *out, int *type)
{
    int64_t number;
    *type = 0;
    switch (r->expect) {
    case EXPECT_OK:
        resp_put_simple(out, "OK");
        return true;
    case EXPECT_PONG:
        resp_put_simple(out, "PONG");
        return true;
    case EXPECT_FIRST:
        render(r, 1, at, word);
        resp_put_bulk(out, buf_head(word), buf_length(word));
        return true;
    case EXPECT_SUM: {
        enum sum sum = add_up(r, at, word, &number);
        if (sum == SUM_KNOWN)
            resp_put_integer(out, number);
        *type = sum == SUM_OVERFLOWS ? RESP_ERROR : 0;
        return sum == SUM_KNOWN;
    }
    case EXPECT_LETTERS:
        render(r, 1, at, word);
        if (!resp_integer(buf_head(word), buf_length(word), &number) || number < 0 ||
            number > LETTERS_MAX)
            return false;
        put_letters(out, (size_t)number);
        return true;
    case EXPECT_INTEGER:
        *type = RESP_INTEGER;
        return false;
    case EXPECT_NO_ERROR:
        return false;
    }
    return false;
}

static bool build(struct request *r, int argc, char **argv, char error[REQUEST_ERROR_BYTES])
{
    if (!compile_words(r, argc, argv, error) || !build_parts(r))
        return false;
    r->expect = template_is_literal(&r->words[0]) ? expect_of(r->argc, argv) : EXPECT_NO_ERROR;
    r->is_literal = r->parts_count == 1;
    if (!r->is_literal)
        return true;
    struct buf word = {0};
    int type;
    if (!expected_reply(r, (struct draw_point){0}, &word, &r->literal_reply, &type))
        buf_consume(&r->literal_reply, buf_length(&r->literal_reply));
    bool good = !word.failed && !r->literal_reply.failed;
    buf_free(&word);
    return good;
}

struct request *request_new(int argc, char **argv, char error[REQUEST_ERROR_BYTES])
{
    snprintf(error, REQUEST_ERROR_BYTES, "out of memory");
    struct request *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->words = calloc((size_t)argc, sizeof *r->words);
    r->parts = calloc((size_t)argc * 2 + 1, sizeof *r->parts);
    if (r->words != NULL && r->parts != NULL && build(r, argc, argv, error))
        return r;
    request_free(r);
    return NULL;
}

void request_free(struct request *r)
{
    if (r == NULL)
        return;
    for (int i = 0; r->words != NULL && i < r->argc; i++)
        template_free(&r->words[i]);
    free(r->words);
    free(r->parts);
    buf_free(&r->fixed);
    buf_free(&r->literal_reply);
    free(r);
}

const struct buf *request_literal(const struct request *r)
{
    return r->is_literal ? &r->fixed : NULL;
}

const struct buf *request_literal_reply(const struct request *r)
{
    return buf_length(&r->literal_reply) > 0 ? &r->literal_reply : NULL;
}

/* ---- use ---- */

void request_encode(const struct request *r, struct draw_point at, struct buf *word,
                    struct buf *out)
{
    for (size_t i = 0; i < r->parts_count; i++) {
        const struct part *part = &r->parts[i];
        if (!part->is_template) {
            buf_append(out, buf_head(&r->fixed) + part->offset, part->length);
            continue;
        }
        template_render(&part->template, at, word);
        resp_put_bulk(out, buf_head(word), buf_length(word));
        buf_consume(word, buf_length(word));
    }
}

enum request_answer request_judge_type(const struct resp_reply *reply)
{
    return reply->type == RESP_ERROR ? REQUEST_ERROR_REPLY : REQUEST_RIGHT;
}

static enum request_answer compare(const struct buf *expected, const struct resp_reply *reply,
                                   const char *bytes)
{
    if (expected->failed)
        return REQUEST_NO_MEMORY;
    if (reply->bytes == buf_length(expected) &&
        memcmp(bytes, buf_head(expected), reply->bytes) == 0)
        return REQUEST_RIGHT;
    return reply->type == RESP_ERROR ? REQUEST_ERROR_REPLY : REQUEST_WRONG;
}

enum request_answer request_judge(const struct request *r, struct draw_point at,
                                  const struct resp_reply *reply, const char *bytes,
                                  struct buf *word, struct buf *expected)
{
    if (request_literal_reply(r) != NULL)
        return compare(&r->literal_reply, reply, bytes);
    int type;
    enum request_answer answer;
    if (expected_reply(r, at, word, expected, &type))
        answer = compare(expected, reply, bytes);
    else if (type == RESP_ERROR)
        answer = reply->type == RESP_ERROR ? REQUEST_RIGHT : REQUEST_WRONG;
    else if (type == RESP_INTEGER && reply->type != RESP_INTEGER)
        answer = reply->type == RESP_ERROR ? REQUEST_ERROR_REPLY : REQUEST_WRONG;
    else
        answer = request_judge_type(reply);
    if (word->failed)
        answer = REQUEST_NO_MEMORY;
    buf_consume(word, buf_length(word));
    buf_consume(expected, buf_length(expected));
    return answer;
}
