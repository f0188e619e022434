/* template: one word of a command, whose text may differ from request to request.
 *
 *     {payload:n}         n printable bytes; from TEMPLATE_TAG_BYTES on they begin with the
 *                         connection, the sequence number and a checksum, so that a swapped reply
 *                         is seen
 *     {payload:min-max}   the same, of a length drawn evenly from min to max
 *     {seq}               the number of the request on its connection, from 0
 *     {rand:n}            a whole number from 0 to n-1, all equally likely
 *     {zipf:n}            a whole number from 0 to n-1, 0 the likeliest (zipf.h)
 *     {exp:mean}          a whole number, exponentially distributed
 *     {key:n}             "key:" and a number from 0 to n-1 in 12 digits
 *     {{                  a brace
 *
 * Literal text may surround them. The text is a pure function of its `struct draw_point` and the
 * number of the argument, so what was asked is computed again when the reply comes, and nothing is
 * stored for a request.
 *
 * No template but a word of its own is {times:n}: the word behind it stands for n arguments, each
 * with draws of its own.
 *
 * A compiled template is never changed by its use: any number of threads may share it. */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "draw.h"

struct buf;

#define TEMPLATE_PAYLOAD_MAX (INT64_C(64) << 20)
#define TEMPLATE_NUMBER_MAX  INT64_C(1000000000000)
#define TEMPLATE_TIMES_MAX   INT64_C(1000000)

enum { TEMPLATE_ERROR_BYTES = 160, TEMPLATE_TAG_BYTES = 35 };

struct template_piece;

struct template
{
    struct template_piece *pieces;
    size_t count;
    char *literals; /* the text of all literal pieces, which point into it by offset */
    char *noise;    /* what payloads are copied from; NULL when there is none */
};

/* False: error holds a phrase that begins with "must be"; nothing to free. */
bool template_compile(struct template *t, const char *text, char error[TEMPLATE_ERROR_BYTES]);
void template_free(struct template *t);

/* True if the word is {times:n}, n from 1 to TEMPLATE_TIMES_MAX. Any other word is for
 * template_compile, which says what is wrong with {times:0}. */
bool template_times(const char *word, uint32_t *times);

/* True if the text is the same for every request. */
bool template_is_literal(const struct template *t);

/* No text of it is longer. */
size_t template_longest(const struct template *t);

/* Appends the text for argument number `argument` of one request; when memory runs out the buf says
 * so. */
void template_render(const struct template *t, struct draw_point at, uint32_t argument,
                     struct buf *out);

/* The same as a number, for templates that are {seq}, {rand:n}, {zipf:n} or {exp:mean} and nothing
 * else. False for all others, and *number is left alone. */
bool template_number(const struct template *t, struct draw_point at, uint32_t argument,
                     int64_t *number);

#endif
