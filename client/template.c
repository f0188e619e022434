#include "template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "option.h"

enum { KEY_DIGITS = 12 };

enum kind { LITERAL, PAYLOAD, SEQUENCE, RANDOM, EXPONENTIAL, KEY };

struct template_piece {
    enum kind kind;
    int64_t min, max;      /* PAYLOAD: of its length; others: max is the number in the braces */
    size_t offset, length; /* LITERAL: in template.literals */
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
    {"exp", EXPONENTIAL, true, false, 1, TEMPLATE_NUMBER_MAX, "{exp:mean}"},
    {"key", KEY, true, false, 1, TEMPLATE_NUMBER_MAX, "{key:n}"},
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
                 "must use only {payload:n}, {payload:min-max}, {seq}, {rand:n}, {exp:mean} and "
                 "{key:n}; {{ stands for a brace");
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
            t->count++;
        }
    }
    return true;
}

/* Each brace begins at most one piece and ends at most one literal before it. */
static size_t most_pieces(const char *text)
{
    size_t braces = 0;
    for (; *text != '\0'; text++)
        braces += *text == '{';
    return 2 * braces + 1;
}

bool template_compile(struct template *t, const char *text, uint32_t argument,
                      char error[TEMPLATE_ERROR_BYTES])
{
    *t = (struct template){.first_slot = argument << 16};
    t->pieces = calloc(most_pieces(text), sizeof *t->pieces);
    t->literals = malloc(strlen(text) + 1);
    if (t->pieces == NULL || t->literals == NULL) {
        snprintf(error, TEMPLATE_ERROR_BYTES, "must fit into memory");
        template_free(t);
        return false;
    }
    if (compile(t, text, error))
        return true;
    template_free(t);
    return false;
}

void template_free(struct template *t)
{
    free(t->pieces);
    free(t->literals);
    *t = (struct template){0};
}

bool template_is_literal(const struct template *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->pieces[i].kind != LITERAL)
            return false;
    return true;
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

/* Eight printable bytes, from blank to underscore, for each 64 bits drawn. */
static void put_noise(struct buf *out, uint64_t bits, size_t length)
{
    if (!buf_reserve(out, length))
        return;
    char *to = buf_tail(out);
    for (size_t done = 0; done < length; done += sizeof bits) {
        bits += DRAW_STEP;
        uint64_t eight =
            (draw_mix(bits) & UINT64_C(0x3f3f3f3f3f3f3f3f)) + UINT64_C(0x2020202020202020);
        size_t n = length - done < sizeof eight ? length - done : sizeof eight;
        memcpy(to + done, &eight, n);
    }
    buf_extend(out, length);
}

/* The checksum covers what stands before it and the length, so that a tag that was pieced together
 * from two payloads is seen by eye as well. */
static void put_payload(struct buf *out, struct draw_point at, uint64_t bits, size_t length)
{
    if (length >= TEMPLATE_TAG_BYTES) {
        char tag[TEMPLATE_TAG_BYTES + 1];
        uint64_t check = draw_bits((struct draw_point){length, at.connection, at.sequence}, 0);
        snprintf(tag, sizeof tag, "%08" PRIx32 "-%016" PRIx64 "-%08" PRIx32 "-",
                 (uint32_t)at.connection, at.sequence, (uint32_t)check);
        buf_append(out, tag, TEMPLATE_TAG_BYTES);
        length -= TEMPLATE_TAG_BYTES;
    }
    put_noise(out, bits, length);
}

static void put_piece(const struct template *t, const struct template_piece *piece,
                      struct draw_point at, uint64_t slot, struct buf *out)
{
    uint64_t span = (uint64_t)(piece->max - piece->min) + 1, max = (uint64_t)piece->max;
    switch (piece->kind) {
    case LITERAL:
        buf_append(out, t->literals + piece->offset, piece->length);
        break;
    case PAYLOAD: {
        uint64_t bits = draw_bits(at, slot);
        put_payload(out, at, bits, (size_t)(draw_below(bits, span) + (uint64_t)piece->min));
        break;
    }
    case SEQUENCE:
        put_number(out, at.sequence, 1);
        break;
    case RANDOM:
        put_number(out, draw_below(draw_bits(at, slot), max), 1);
        break;
    case EXPONENTIAL:
        put_number(out, (uint64_t)llround(draw_exponential(draw_bits(at, slot), (double)max)), 1);
        break;
    case KEY:
        buf_append(out, "key:", 4);
        put_number(out, draw_below(draw_bits(at, slot), max), KEY_DIGITS);
        break;
    }
}

void template_render(const struct template *t, struct draw_point at, struct buf *out)
{
    for (size_t i = 0; i < t->count; i++)
        put_piece(t, &t->pieces[i], at, t->first_slot + i, out);
}
