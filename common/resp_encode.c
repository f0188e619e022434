#include "resp_encode.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "resp_common.h"

enum { ERROR_TEXT_BYTES = 512 };

/* A type byte, a text and a line end. */
static void put_line(struct buf *out, char type, const char *text, size_t length)
{
    if (!buf_reserve(out, length + 3))
        return;
    char *at = buf_tail(out);
    *at++ = type;
    memcpy(at, text, length);
    memcpy(at + length, "\r\n", 2);
    buf_extend(out, length + 3);
}

/* Written by hand because snprintf would cost more than the rest of a small reply. */
static void put_number(struct buf *out, char type, int64_t value)
{
    char digits[sizeof "-9223372036854775808"];
    char *end = digits + sizeof digits, *at = end;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude != 0);
    if (value < 0)
        *--at = '-';
    put_line(out, type, at, (size_t)(end - at));
}

/* The payload of a bulk string, behind its header. */
static void put_payload(struct buf *out, const void *bytes, size_t length)
{
    buf_reserve(out, length + 2); /* at once, or the CRLF might move a large payload again */
    buf_append(out, bytes, length);
    buf_append(out, "\r\n", 2);
}

void resp_put_simple(struct buf *out, const char *text)
{
    put_line(out, RESP_SIMPLE, text, strlen(text));
}

void resp_put_error(struct buf *out, const char *format, ...)
{
    char text[ERROR_TEXT_BYTES + 1] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *at = text; (at = strpbrk(at, "\r\n")) != NULL;)
        *at++ = ' ';
    put_line(out, RESP_ERROR, text, strlen(text));
}

void resp_put_integer(struct buf *out, int64_t value)
{
    put_number(out, RESP_INTEGER, value);
}

void resp_put_bulk_header(struct buf *out, size_t length)
{
    put_number(out, RESP_BULK, (int64_t)length);
}

void resp_put_bulk(struct buf *out, const void *bytes, size_t length)
{
    resp_put_bulk_header(out, length);
    put_payload(out, bytes, length);
}

void resp_put_bulk_text(struct buf *out, const char *text)
{
    resp_put_bulk(out, text, strlen(text));
}

void resp_put_array(struct buf *out, size_t elements)
{
    put_number(out, RESP_ARRAY, (int64_t)elements);
}

void resp_put_null(struct buf *out, int version)
{
    if (version >= 3)
        put_line(out, RESP_NULL, "", 0);
    else
        put_number(out, RESP_BULK, -1);
}

void resp_put_map(struct buf *out, size_t pairs, int version)
{
    if (version >= 3)
        put_number(out, RESP_MAP, (int64_t)pairs);
    else
        resp_put_array(out, 2 * pairs);
}

void resp_put_verbatim(struct buf *out, const char *text, size_t length, int version)
{
    static const char kind[] = "txt:";
    if (version < 3) {
        resp_put_bulk(out, text, length);
        return;
    }
    put_number(out, RESP_VERBATIM, (int64_t)(sizeof kind - 1 + length));
    buf_append(out, kind, sizeof kind - 1);
    put_payload(out, text, length);
}
