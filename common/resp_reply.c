#include "resp_reply.h"

#include <stdio.h>

#include "resp_line.h"

void resp_reply_init(struct resp_reply *r, const struct resp_limits *limits)
{
    *r = (struct resp_reply){.limits = limits};
}

void resp_reply_next(struct resp_reply *r)
{
    r->integer = 0;
    r->text = (struct resp_slice){0};
    r->bytes = r->missing = 0;
    r->position = r->searched = 0;
    r->started = false;
}

static enum resp_status broken(struct resp_reply *r, const char *error)
{
    snprintf(r->error, sizeof r->error, "%s", error);
    r->broken = true;
    return RESP_BROKEN;
}

static enum resp_status incomplete(struct resp_reply *r, size_t missing)
{
    r->missing = missing;
    return RESP_INCOMPLETE;
}

static enum resp_status check_type(struct resp_reply *r, char type)
{
    if (type != '\0' && strchr("+-:$*_%=", type) != NULL)
        return RESP_COMPLETE;
    char text[sizeof "unknown type byte '?'"];
    snprintf(text, sizeof text, "unknown type byte '%c'", resp_shown(type));
    return broken(r, text);
}

/* Finds the LF of the line at r->position and leaves r->searched on it. Looking for the LF, not for
 * the CR, tells a peer that ends its lines by LF alone at once instead of waiting for ever. */
static enum resp_status find_line(struct resp_reply *r, const char *bytes, size_t length)
{
    if (r->position == length)
        return incomplete(r, 1);
    enum resp_status status = check_type(r, bytes[r->position]);
    if (status != RESP_COMPLETE)
        return status;
    size_t line_bytes = r->limits->line_bytes;
    if (line_bytes < SIZE_MAX)
        line_bytes++; /* the CR */
    size_t window = resp_line_window(r->limits, r->position, line_bytes);
    if (!resp_line_find(bytes, length, window, '\n', &r->searched)) {
        if (length < window)
            return incomplete(r, 1);
        return broken(r, window < r->limits->message_bytes ? "too long line" : "too big reply");
    }
    if (bytes[r->searched - 1] != '\r')
        return broken(r, "line end without CR");
    return RESP_COMPLETE;
}

/* The functions below take a line apart: type byte at bytes[r->position], text behind it. */

static enum resp_status take_text(struct resp_reply *r, const char *bytes, struct resp_slice text)
{
    if (memchr(bytes + text.offset, '\r', text.length) != NULL)
        return broken(r, "CR inside a line");
    if (!r->started)
        r->text = text;
    return RESP_COMPLETE;
}

static enum resp_status take_null(struct resp_reply *r)
{
    if (!r->started)
        r->type = RESP_NULL;
    return RESP_COMPLETE;
}

static enum resp_status take_integer(struct resp_reply *r, const char *bytes,
                                     struct resp_slice text)
{
    int64_t value;
    if (!resp_integer(bytes + text.offset, text.length, &value))
        return broken(r, "invalid integer");
    if (!r->started)
        r->integer = value;
    return RESP_COMPLETE;
}

/* The header of a bulk or verbatim string; its payload begins at `behind`. */
static enum resp_status take_length(struct resp_reply *r, const char *bytes, struct resp_slice text,
                                    size_t behind)
{
    enum { VERBATIM_PREFIX_BYTES = 4 }; /* "txt:" */
    char type = bytes[r->position];
    int64_t n;
    if (!resp_integer(bytes + text.offset, text.length, &n))
        return broken(r, "invalid bulk length");
    if (n == -1 && type == RESP_BULK)
        return take_null(r);
    if (n < (type == RESP_VERBATIM ? VERBATIM_PREFIX_BYTES : 0) || n > r->limits->bulk_bytes)
        return broken(r, "invalid bulk length");
    if (!resp_bulk_fits(r->limits, behind, n))
        return broken(r, "too big reply");
    if (!r->started)
        r->text = (struct resp_slice){.offset = behind, .length = (size_t)n};
    r->payload_type = type;
    r->payload_bytes = (size_t)n;
    return RESP_COMPLETE;
}

/* The header of an array or a map; its elements begin at `behind`. */
static enum resp_status take_count(struct resp_reply *r, const char *bytes, struct resp_slice text,
                                   size_t behind)
{
    int64_t for_each = bytes[r->position] == RESP_MAP ? 2 : 1;
    int64_t n;
    if (!resp_integer(bytes + text.offset, text.length, &n))
        return broken(r, "invalid array length");
    if (n == -1 && for_each == 1)
        return take_null(r);
    if (n < 0 || n > r->limits->elements / for_each)
        return broken(r, "invalid array length");
    if (r->depth == RESP_DEPTH)
        return broken(r, "arrays nested too deep");
    if (!r->started) {
        r->integer = n;
        r->text.offset = behind;
    }
    r->open[r->depth++] = n * for_each;
    return RESP_COMPLETE;
}

static enum resp_status take_line(struct resp_reply *r, const char *bytes, size_t behind)
{
    struct resp_slice text = {.offset = r->position + 1, .length = behind - 2 - r->position - 1};
    switch (bytes[r->position]) {
    case RESP_INTEGER:
        return take_integer(r, bytes, text);
    case RESP_BULK:
    case RESP_VERBATIM:
        return take_length(r, bytes, text, behind);
    case RESP_ARRAY:
    case RESP_MAP:
        return take_count(r, bytes, text, behind);
    case RESP_NULL:
        return text.length == 0 ? take_null(r) : broken(r, "invalid null");
    default:
        return take_text(r, bytes, text);
    }
}

static enum resp_status parse_line(struct resp_reply *r, const char *bytes, size_t length)
{
    enum resp_status status = find_line(r, bytes, length);
    if (status != RESP_COMPLETE)
        return status;
    if (!r->started)
        r->type = (enum resp_type)bytes[r->position];
    if (r->depth > 0)
        r->open[r->depth - 1]--;
    size_t behind = r->searched + 1;
    status = take_line(r, bytes, behind);
    r->started = true;
    r->position = r->searched = behind;
    return status;
}

static enum resp_status parse_payload(struct resp_reply *r, const char *bytes, size_t length)
{
    size_t there = length - r->position, needed = r->payload_bytes + 2;
    if (there < needed)
        return incomplete(r, needed - there);
    const char *text = bytes + r->position;
    if (text[needed - 2] != '\r' || text[needed - 1] != '\n')
        return broken(r, "expected CRLF after bulk string");
    if (r->payload_type == RESP_VERBATIM && text[3] != ':')
        return broken(r, "invalid verbatim string");
    r->payload_type = '\0';
    r->position = r->searched = r->position + needed;
    return RESP_COMPLETE;
}

enum resp_status resp_reply_parse(struct resp_reply *r, const char *bytes, size_t length)
{
    if (r->broken)
        return RESP_BROKEN;
    do {
        enum resp_status status = RESP_COMPLETE;
        if (r->payload_type == '\0')
            status = parse_line(r, bytes, length);
        if (status == RESP_COMPLETE && r->payload_type != '\0')
            status = parse_payload(r, bytes, length);
        if (status != RESP_COMPLETE)
            return status;
        while (r->depth > 0 && r->open[r->depth - 1] == 0)
            r->depth--;
    } while (r->depth > 0);
    if (r->type == RESP_ARRAY || r->type == RESP_MAP)
        r->text.length = r->position - r->text.offset;
    r->bytes = r->position;
    return RESP_COMPLETE;
}
