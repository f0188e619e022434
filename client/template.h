/* template: one argument of a command, whose text may differ from request to request.
 *
 *     {payload:n}         n bytes; from TEMPLATE_TAG_BYTES on they begin with the connection, the
 *                         sequence number and a checksum, so that a swapped reply is seen
 *     {payload:min-max}   the same, of a length drawn evenly from min to max
 *     {seq}               the number of the request on its connection, from 0
 *     {rand:n}            a whole number from 0 to n-1, all equally likely
 *     {exp:mean}          a whole number, exponentially distributed
 *     {key:n}             "key:" and a number from 0 to n-1 in 12 digits
 *     {{                  a brace
 *
 * Literal text may surround them. The text is a pure function of its `struct draw_point`, so what
 * was asked is computed again when the reply comes, and nothing is stored for a request.
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

enum { TEMPLATE_ERROR_BYTES = 160, TEMPLATE_TAG_BYTES = 35 };

struct template_piece;

struct template
{
    struct template_piece *pieces;
    size_t count;
    char *literals; /* the text of all literal pieces, which point into it by offset */
    uint32_t first_slot;
};

/* Compiles `text`. first_slot separates the random draws of the arguments of one command: give each
 * argument its own index. False: error holds a phrase that begins with "must be"; nothing to free.
 */
bool template_compile(struct template *t, const char *text, uint32_t argument,
                      char error[TEMPLATE_ERROR_BYTES]);
void template_free(struct template *t);

/* True if the text is the same for every request. */
bool template_is_literal(const struct template *t);

/* Appends the text for one request; when memory runs out the buf says so. */
void template_render(const struct template *t, struct draw_point at, struct buf *out);

#endif
