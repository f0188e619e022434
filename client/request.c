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

/* One argument, or several of one form. */
struct word {
    struct template template;
    uint32_t first, times; /* the number of its first argument, and how many there are */
};

/* A part of the encoded command: a run of bytes, or a word that differs each time. */
struct part {
    const struct word *word; /* NULL: the run of bytes below */
    size_t offset, length;   /* in request.fixed */
};

struct request {
    enum expect expect;
    uint32_t arguments; /* with the command's name */
    size_t words_count;
    struct word *words;
    size_t parts_count;
    struct part *parts;
    char *counter; /* request_counter */
    bool reads_only;
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

static enum expect expect_of(const char *name, int64_t arguments)
{
    for (size_t i = 0; i < sizeof known_commands / sizeof known_commands[0]; i++) {
        int wanted = known_commands[i].arguments;
        if (strcasecmp(known_commands[i].name, name) == 0 &&
            (wanted == arguments || (wanted == -1 && arguments > 0)))
            return known_commands[i].expect;
    }
    return EXPECT_NO_ERROR;
}

/* ---- construction ---- */

/* A few characters of a workload file must not stand for more memory than a machine has. */
static bool is_of_sane_length(const struct request *r, char error[REQUEST_ERROR_BYTES])
{
    enum { FRAME_BYTES = sizeof "$2147483648\r\n\r\n" };
    uint64_t bytes = FRAME_BYTES;
    for (size_t i = 0; i < r->words_count; i++)
        bytes +=
            r->words[i].times * (uint64_t)(template_longest(&r->words[i].template) + FRAME_BYTES);
    if (bytes <= REQUEST_MOST_BYTES)
        return true;
    snprintf(error, REQUEST_ERROR_BYTES,
             "the command may come to %" PRIu64 " MiB in one request; it must not exceed %d MiB",
             bytes >> 20, REQUEST_MOST_BYTES >> 20);
    return false;
}

static bool compile_words(struct request *r, int argc, char **argv, char error[REQUEST_ERROR_BYTES])
{
    for (int i = 0; i < argc; i++) {
        char phrase[TEMPLATE_ERROR_BYTES];
        uint32_t times = 1;
        if (i > 0 && i + 1 < argc && template_times(argv[i], &times))
            i++;
        struct word *word = &r->words[r->words_count];
        if (!template_compile(&word->template, argv[i], phrase)) {
            snprintf(error, REQUEST_ERROR_BYTES, "%.50s: %s", argv[i], phrase);
            return false;
        }
        r->words_count++;
        word->first = r->arguments;
        word->times = times;
        if (__builtin_add_overflow(r->arguments, times, &r->arguments))
            return false;
    }
    return true;
}

/* Appends fixed bytes to the last part, or begins a new one behind a template. */
static void extend_fixed(struct request *r, size_t from)
{
    struct part *last = r->parts_count > 0 ? &r->parts[r->parts_count - 1] : NULL;
    if (last == NULL || last->word != NULL) {
        last = &r->parts[r->parts_count++];
        *last = (struct part){.offset = from};
    }
    last->length += buf_length(&r->fixed) - from;
}

static bool build_parts(struct request *r)
{
    struct buf text = {0};
    resp_put_array(&r->fixed, r->arguments);
    extend_fixed(r, 0);
    for (size_t i = 0; i < r->words_count; i++) {
        const struct word *word = &r->words[i];
        if (!template_is_literal(&word->template)) {
            r->parts[r->parts_count++] = (struct part){.word = word};
            continue;
        }
        size_t from = buf_length(&r->fixed);
        template_render(&word->template, (struct draw_point){0}, 0, &text);
        for (uint32_t k = 0; k < word->times && !r->fixed.failed; k++)
            resp_put_bulk(&r->fixed, buf_head(&text), buf_length(&text));
        buf_consume(&text, buf_length(&text));
        extend_fixed(r, from);
    }
    bool good = !text.failed && !r->fixed.failed;
    buf_free(&text);
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

/* The argument behind the command's name. */
static void render_first(const struct request *r, struct draw_point at, struct buf *text)
{
    template_render(&r->words[1].template, at, 1, text);
}

static bool number_of(const struct word *word, struct draw_point at, uint32_t argument,
                      struct buf *text, int64_t *number)
{
    if (template_number(&word->template, at, argument, number))
        return true;
    buf_consume(text, buf_length(text));
    template_render(&word->template, at, argument, text);
    return resp_integer(buf_head(text), buf_length(text), number);
}

enum sum { SUM_KNOWN, SUM_OVERFLOWS, SUM_UNKNOWN };

static enum sum add_up(const struct request *r, struct draw_point at, struct buf *text,
                       int64_t *total)
{
    *total = 0;
    bool overflows = false;
    for (size_t i = 1; i < r->words_count; i++) {
        const struct word *word = &r->words[i];
        for (uint32_t k = 0; k < word->times; k++) {
            int64_t number;
            if (!number_of(word, at, word->first + k, text, &number))
                return SUM_UNKNOWN;
            overflows = overflows || __builtin_add_overflow(*total, number, total);
        }
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
        render_first(r, at, word);
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
        render_first(r, at, word);
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

/* Commands that leave every key as it is, and so the order of INCR's replies. */
static bool reads_only(const char *name)
{
    static const char *const names[] = {"PING", "ECHO", "GET",   "EXISTS", "DBSIZE",
                                        "SUM",  "SPIN", "SLEEP", "BLOB",   "INFO"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

/* Keeps the key of an INCR that is always the same. */
static bool find_counter(struct request *r, const char *name)
{
    if (strcasecmp(name, "INCR") != 0 || r->arguments != 2)
        return true;
    struct buf key = {0};
    render_first(r, (struct draw_point){0}, &key);
    buf_append(&key, "", 1);
    r->counter = key.failed ? NULL : strdup(buf_head(&key));
    buf_free(&key);
    return r->counter != NULL;
}

static bool build(struct request *r, int argc, char **argv, char error[REQUEST_ERROR_BYTES])
{
    r->reads_only = reads_only(argv[0]);
    if (!compile_words(r, argc, argv, error) || !is_of_sane_length(r, error) || !build_parts(r))
        return false;
    r->expect = EXPECT_NO_ERROR;
    if (template_is_literal(&r->words[0].template))
        r->expect = expect_of(argv[0], (int64_t)r->arguments - 1);
    r->is_literal = r->parts_count == 1;
    if (!r->is_literal)
        return true;
    struct buf word = {0};
    int type;
    if (!expected_reply(r, (struct draw_point){0}, &word, &r->literal_reply, &type))
        buf_consume(&r->literal_reply, buf_length(&r->literal_reply));
    bool good = !word.failed && !r->literal_reply.failed;
    buf_free(&word);
    return good && find_counter(r, argv[0]);
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
    for (size_t i = 0; i < r->words_count; i++)
        template_free(&r->words[i].template);
    free(r->words);
    free(r->parts);
    free(r->counter);
    buf_free(&r->fixed);
    buf_free(&r->literal_reply);
    free(r);
}

bool request_reads_only(const struct request *r)
{
    return r->reads_only;
}

const char *request_counter(const struct request *r)
{
    return r->counter;
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

static char *digits_before(char *at, uint64_t number)
{
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return at;
}

/* A bulk string in one append, written from its end, because a request may hold hundreds. */
static void put_number_bulk(struct buf *out, int64_t number)
{
    char bytes[32], *end = bytes + sizeof bytes - 2;
    memcpy(end, "\r\n", 2);
    char *at = digits_before(end, (uint64_t)number);
    uint64_t length = (uint64_t)(end - at);
    at -= 2;
    memcpy(at, "\r\n", 2);
    at = digits_before(at, length);
    *--at = RESP_BULK;
    buf_append(out, at, (size_t)(bytes + sizeof bytes - at));
}

static void encode_word(const struct word *word, struct draw_point at, struct buf *text,
                        struct buf *out)
{
    int64_t number;
    for (uint32_t k = 0; k < word->times; k++) {
        if (template_number(&word->template, at, word->first + k, &number)) {
            put_number_bulk(out, number);
            continue;
        }
        template_render(&word->template, at, word->first + k, text);
        resp_put_bulk(out, buf_head(text), buf_length(text));
        buf_consume(text, buf_length(text));
    }
}

void request_encode(const struct request *r, struct draw_point at, struct buf *word,
                    struct buf *out)
{
    for (size_t i = 0; i < r->parts_count; i++) {
        const struct part *part = &r->parts[i];
        if (part->word != NULL)
            encode_word(part->word, at, word, out);
        else
            buf_append(out, buf_head(&r->fixed) + part->offset, part->length);
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
