#include "template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "option.h"
#include "zipf.h"

/* The noise is as long as a prime, so that no payload repeats itself after a whole number of pages,
 * which is where a server would lose or swap a part of it. */
enum { KEY_DIGITS = 12, NOISE_BYTES = 65521 };

enum kind { LITERAL, PAYLOAD, SEQUENCE, RANDOM, ZIPF, EXPONENTIAL, KEY, TIMES };

struct template_piece {
    enum kind kind;
    int64_t min, max;      /* PAYLOAD: of its length; others: max is the number in the braces */
    size_t offset, length; /* LITERAL: in template.literals */
    struct zipf zipf;      /* ZIPF */
};

/* What may stand in braces. */
static const struct placeholder {
    const char *name;
    enum kind kind;
    bool takes_number, takes_range;
    int64_t min, max;
    const char *form;
} placeholders[] = {
    {"payload", PAYLOAD, true, true, 0, TEMPLATE_PAYLOAD_MAX, "{payload:n} or {payload:min-max}"},
    {"seq", SEQUENCE, false, false, 0, 0, "{seq}"},
    {"rand", RANDOM, true, false, 1, TEMPLATE_NUMBER_MAX, "{rand:n}"},
    {"zipf", ZIPF, true, false, 1, TEMPLATE_NUMBER_MAX, "{zipf:n}"},
    {"exp", EXPONENTIAL, true, false, 1, TEMPLATE_NUMBER_MAX, "{exp:mean}"},
    {"key", KEY, true, false, 1, TEMPLATE_NUMBER_MAX, "{key:n}"},
    {"times", TIMES, true, false, 1, TEMPLATE_TIMES_MAX,
     "{times:n}, a word of its own before another"},
};

static const struct placeholder *find_placeholder(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++)
        if (strlen(placeholders[i].name) == length &&
            memcmp(placeholders[i].name, name, length) == 0)
            return &placeholders[i];
    return NULL;
}

static bool refuse(const struct placeholder *p, char error[TEMPLATE_ERROR_BYTES])
{
    if (p == NULL)
        snprintf(error, TEMPLATE_ERROR_BYTES,
                 "must use only {payload:n}, {payload:min-max}, {seq}, {rand:n}, {zipf:n}, "
                 "{exp:mean}, {key:n} and {times:n}; {{ stands for a brace");
    else if (p->takes_number)
        snprintf(error, TEMPLATE_ERROR_BYTES,
                 "must be written %s, with whole numbers from %" PRId64 " to %" PRId64, p->form,
                 p->min, p->max);
    else
        snprintf(error, TEMPLATE_ERROR_BYTES, "must be written %s", p->form);
    return false;
}

/* The part behind the ':' of a placeholder, "64" or "16-64". */
static bool read_numbers(struct template_piece *piece, const struct placeholder *p,
                         const char *text)
{
    char first[32];
    size_t first_length = p->takes_range ? strcspn(text, "-") : strlen(text);
    if (first_length >= sizeof first)
        return false;
    memcpy(first, text, first_length);
    first[first_length] = '\0';
    const char *second = text[first_length] == '-' ? text + first_length + 1 : first;
    struct option_range range = {p->min, p->max};
    if (!option_count_text(first, range, &piece->min))
        return false;
    range.min = piece->min;
    return option_count_text(second, range, &piece->max);
}

/* Reads the placeholder that begins behind the brace at *text, and moves *text behind it. */
static bool read_placeholder(struct template_piece *piece, const char **text,
                             char error[TEMPLATE_ERROR_BYTES])
{
    char inside[64];
    size_t length = strcspn(*text, "}");
    if ((*text)[length] == '\0' || length >= sizeof inside)
        return refuse(NULL, error);
    memcpy(inside, *text, length);
    inside[length] = '\0';
    size_t name_length = strcspn(inside, ":");
    const struct placeholder *p = find_placeholder(inside, name_length);
    if (p == NULL)
        return refuse(NULL, error);
    bool has_number = inside[name_length] == ':';
    *piece = (struct template_piece){.kind = p->kind};
    if (has_number != p->takes_number ||
        (has_number && !read_numbers(piece, p, inside + name_length + 1)))
        return refuse(p, error);
    if (p->kind == ZIPF)
        piece->zipf = zipf_make((uint64_t)piece->max);
    *text += length + 1;
    return true;
}

static void add_literal(struct template *t, char byte, size_t *literals_bytes)
{
    if (t->count == 0 || t->pieces[t->count - 1].kind != LITERAL)
        t->pieces[t->count++] = (struct template_piece){.kind = LITERAL, .offset = *literals_bytes};
    t->literals[(*literals_bytes)++] = byte;
    t->pieces[t->count - 1].length++;
}

static bool compile(struct template *t, const char *text, char error[TEMPLATE_ERROR_BYTES])
{
    size_t literals_bytes = 0;
    while (*text != '\0') {
        if (*text != '{') {
            add_literal(t, *text++, &literals_bytes);
        } else if (text[1] == '{') {
            add_literal(t, '{', &literals_bytes);
            text += 2;
        } else {
            text++;
            if (!read_placeholder(&t->pieces[t->count], &text, error))
                return false;
            if (t->pieces[t->count++].kind == TIMES)
                return refuse(find_placeholder("times", strlen("times")), error);
        }
    }
    return true;
}

/* Printable bytes, from blank to underscore, eight for each 64 bits. */
static bool make_noise(struct template *t)
{
    t->noise = malloc(NOISE_BYTES);
    for (size_t done = 0; t->noise != NULL && done < NOISE_BYTES; done += sizeof(uint64_t)) {
        uint64_t eight =
            (draw_mix(done) & UINT64_C(0x3f3f3f3f3f3f3f3f)) + UINT64_C(0x2020202020202020);
        size_t rest = NOISE_BYTES - done;
        memcpy(t->noise + done, &eight, rest < sizeof eight ? rest : sizeof eight);
    }
    return t->noise != NULL;
}

static bool has_payload(const struct template *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->pieces[i].kind == PAYLOAD)
            return true;
    return false;
}

/* Each brace begins at most one piece and ends at most one literal before it. */
static size_t most_pieces(const char *text)
{
    size_t braces = 0;
    for (; *text != '\0'; text++)
        braces += *text == '{';
    return 2 * braces + 1;
}

bool template_compile(struct template *t, const char *text, char error[TEMPLATE_ERROR_BYTES])
{
    *t = (struct template){.pieces = calloc(most_pieces(text), sizeof *t->pieces),
                           .literals = malloc(strlen(text) + 1)};
    snprintf(error, TEMPLATE_ERROR_BYTES, "must fit into memory");
    if (t->pieces != NULL && t->literals != NULL && compile(t, text, error) &&
        (!has_payload(t) || make_noise(t)))
        return true;
    template_free(t);
    return false;
}

void template_free(struct template *t)
{
    free(t->pieces);
    free(t->literals);
    free(t->noise);
    *t = (struct template){0};
}

bool template_times(const char *word, uint32_t *times)
{
    struct template_piece piece;
    char error[TEMPLATE_ERROR_BYTES];
    if (*word++ != '{' || !read_placeholder(&piece, &word, error) || piece.kind != TIMES ||
        *word != '\0')
        return false;
    *times = (uint32_t)piece.max;
    return true;
}

bool template_is_literal(const struct template *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->pieces[i].kind != LITERAL)
            return false;
    return true;
}

size_t template_longest(const struct template *t)
{
    enum { LONGEST_NUMBER = sizeof "key:" + 20 };
    size_t longest = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct template_piece *piece = &t->pieces[i];
        longest += piece->kind == LITERAL   ? piece->length
                   : piece->kind == PAYLOAD ? (size_t)piece->max
                                            : LONGEST_NUMBER;
    }
    return longest;
}

/* At least `digits` digits. By hand, because a request may hold hundreds of numbers. */
static void put_number(struct buf *out, uint64_t number, size_t digits)
{
    char text[24];
    size_t begin = sizeof text;
    do {
        text[--begin] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || sizeof text - begin < digits);
    buf_append(out, text + begin, sizeof text - begin);
}

/* Begins anywhere in the noise, and goes round it as often as need be. */
static void put_noise(const struct template *t, struct buf *out, uint64_t bits, size_t length)
{
    if (!buf_reserve(out, length))
        return;
    char *to = buf_tail(out);
    size_t from = (size_t)draw_below(draw_mix(bits + DRAW_STEP), NOISE_BYTES);
    for (size_t done = 0, n; done < length; done += n, from = 0) {
        n = length - done < NOISE_BYTES - from ? length - done : NOISE_BYTES - from;
        memcpy(to + done, t->noise + from, n);
    }
    buf_extend(out, length);
}

static char *hex(char *to, uint64_t number, int digits)
{
    for (int i = digits; i-- > 0; number >>= 4)
        to[i] = "0123456789abcdef"[number & 15];
    to[digits] = '-';
    return to + digits + 1;
}

/* The checksum covers what stands before it and the length, so that a tag that was pieced together
 * from two payloads is seen by eye as well. */
static void put_payload(const struct template *t, struct draw_point at, uint64_t bits,
                        size_t length, struct buf *out)
{
    if (length >= TEMPLATE_TAG_BYTES) {
        char tag[TEMPLATE_TAG_BYTES];
        uint64_t check = draw_bits((struct draw_point){length, at.connection, at.sequence}, 0);
        hex(hex(hex(tag, at.connection, 8), at.sequence, 16), check, 8);
        buf_append(out, tag, sizeof tag);
        length -= sizeof tag;
    }
    put_noise(t, out, bits, length);
}

/* The number a piece stands for, from bits of its own. */
static uint64_t draw_number(const struct template_piece *piece, struct draw_point at, uint64_t bits)
{
    switch (piece->kind) {
    case RANDOM:
    case KEY:
        return draw_below(bits, (uint64_t)piece->max);
    case ZIPF:
        return zipf_draw(&piece->zipf, bits);
    case EXPONENTIAL:
        return (uint64_t)llround(draw_exponential(bits, (double)piece->max));
    case SEQUENCE:
    default:
        return at.sequence;
    }
}

/* Of the first piece of an argument; the others follow. No line of a command is so long that a word
 * in it had more pieces. */
static uint64_t first_slot(uint32_t argument)
{
    return (uint64_t)argument << 16;
}

void template_render(const struct template *t, struct draw_point at, uint32_t argument,
                     struct buf *out)
{
    uint64_t request = draw_request(at);
    for (size_t i = 0; i < t->count; i++) {
        const struct template_piece *piece = &t->pieces[i];
        uint64_t bits = draw_slot(request, first_slot(argument) + i);
        if (piece->kind == LITERAL) {
            buf_append(out, t->literals + piece->offset, piece->length);
        } else if (piece->kind == PAYLOAD) {
            uint64_t span = (uint64_t)(piece->max - piece->min) + 1;
            put_payload(t, at, bits, (size_t)piece->min + (size_t)draw_below(bits, span), out);
        } else {
            if (piece->kind == KEY)
                buf_append(out, "key:", 4);
            put_number(out, draw_number(piece, at, bits), piece->kind == KEY ? KEY_DIGITS : 1);
        }
    }
}

bool template_number(const struct template *t, struct draw_point at, uint32_t argument,
                     int64_t *number)
{
    const struct template_piece *piece = t->pieces;
    if (t->count != 1 || piece->kind == LITERAL || piece->kind == PAYLOAD || piece->kind == KEY)
        return false;
    *number = (int64_t)draw_number(piece, at, draw_bits(at, first_slot(argument)));
    return true;
}
