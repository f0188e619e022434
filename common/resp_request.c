#include "resp_request.h"

#include <stdio.h>
#include <stdlib.h>

#include "resp_line.h"

/* In the functions below RESP_COMPLETE means: this step is done, go on with the next. */

void resp_request_init(struct resp_request *r, const struct resp_limits *limits)
{
    *r = (struct resp_request){.limits = limits};
}

void resp_request_next(struct resp_request *r)
{
    r->step = REQUEST_START;
    r->count = r->bytes = r->missing = 0;
    r->position = r->searched = 0;
}

void resp_request_free(struct resp_request *r)
{
    free(r->many);
    resp_request_init(r, r->limits);
}

static enum resp_status broken(struct resp_request *r, const char *error)
{
    snprintf(r->error, sizeof r->error, "%s", error);
    r->broken = true;
    return RESP_BROKEN;
}

static enum resp_status incomplete(struct resp_request *r, size_t missing)
{
    r->missing = missing;
    return RESP_INCOMPLETE;
}

/* ---- arguments ---- */

static bool grow_arguments(struct resp_request *r, size_t capacity)
{
    if (capacity > SIZE_MAX / sizeof *r->many / 2)
        return false;
    struct resp_slice *many = realloc(r->many, 2 * capacity * sizeof *many);
    if (many == NULL)
        return false;
    if (r->many == NULL)
        memcpy(many, r->few, sizeof r->few);
    r->many = many;
    r->capacity = 2 * capacity;
    return true;
}

static bool is_full(const struct resp_request *r)
{
    return r->limits->arguments <= 0 || r->count >= (uint64_t)r->limits->arguments;
}

static bool add_argument(struct resp_request *r, size_t offset, size_t length)
{
    size_t capacity = r->many != NULL ? r->capacity : RESP_FEW_ARGUMENTS;
    if (r->count == capacity && !grow_arguments(r, capacity))
        return false;
    struct resp_slice *list = r->many != NULL ? r->many : r->few;
    list[r->count++] = (struct resp_slice){.offset = offset, .length = length};
    return true;
}

/* ---- lines ---- */

/* Leaves r->searched on the line end when it is there. */
static bool find_line_end(struct resp_request *r, const char *bytes, size_t length, char wanted)
{
    size_t window = resp_line_window(r->limits, r->position, r->limits->line_bytes);
    return resp_line_find(bytes, length, window, wanted, &r->searched);
}

/* No line end so far: waits for it, unless it would come too late. The limit that is hit first
 * speaks, so that the answer is the same however the input is split. */
static enum resp_status await_line_end(struct resp_request *r, size_t length, const char *too_big)
{
    size_t window = resp_line_window(r->limits, r->position, r->limits->line_bytes);
    if (length < window)
        return incomplete(r, 1);
    return broken(r, window < r->limits->message_bytes ? too_big : "too big request");
}

/* Takes the line whose CR is at r->searched for understood. The byte behind the CR is there. */
static enum resp_status pass_line(struct resp_request *r, const char *bytes)
{
    if (bytes[r->searched + 1] != '\n')
        return broken(r, "expected LF after CR");
    r->position = r->searched = r->searched + 2;
    if (r->position > r->limits->message_bytes)
        return broken(r, "too big request");
    return RESP_COMPLETE;
}

/* ---- inline requests ---- */

/* isspace() of the C locale, which is what redis-server skips between arguments. */
static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Inside an argument redis-server is narrower: a vertical tab or a form feed belongs to it. */
static bool ends_argument(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | ' ');
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char named_escape(char name)
{
    switch (name) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'a':
        return '\a';
    default:
        return name;
    }
}

/* Decodes what the backslash at *from begins. Returns how many bytes that took. */
static size_t decode_escape(const char *from, size_t there, char quote, char *decoded)
{
    *decoded = '\\';
    if (there < 2 || (quote == '\'' && from[1] != '\''))
        return 1;
    if (quote == '"' && from[1] == 'x' && there >= 4 && hex_value(from[2]) >= 0 &&
        hex_value(from[3]) >= 0) {
        *decoded = (char)(hex_value(from[2]) * 16 + hex_value(from[3]));
        return 4;
    }
    *decoded = named_escape(from[1]);
    return 2;
}

/* Decodes a quoted text, whose opening quote is at *from, to *to, which moves on.
 * Returns what is behind the closing quote, or NULL when there is none or no blank follows it. */
static const char *decode_quoted(const char *from, const char *end, char **to)
{
    char quote = *from++;
    while (from < end && *from != quote) {
        if (*from == '\\')
            from += decode_escape(from, (size_t)(end - from), quote, (*to)++);
        else
            *(*to)++ = *from++;
    }
    if (from == end || (from + 1 < end && !is_blank(from[1])))
        return NULL;
    return from + 1;
}

/* Decodes the argument that begins at *from, where it stands: it never gets longer. *to becomes its
 * end. Returns where to go on, or NULL for unbalanced quotes. */
static const char *decode_argument(char *from, const char *end, char **to)
{
    const char *at = from;
    *to = from;
    while (at < end && !ends_argument(*at)) {
        if (*at == '"' || *at == '\'')
            return decode_quoted(at, end, to); /* a closing quote ends the argument */
        *(*to)++ = *at++;
    }
    return at;
}

static enum resp_status split_inline(struct resp_request *r, char *bytes, size_t line_bytes)
{
    const char *end = bytes + line_bytes;
    char *at = bytes;
    for (;;) {
        while (at < end && is_blank(*at))
            at++;
        if (at == end)
            return RESP_COMPLETE;
        if (is_full(r))
            return broken(r, "too many arguments in inline request");
        char *argument_end;
        const char *next = decode_argument(at, end, &argument_end);
        if (next == NULL)
            return broken(r, "unbalanced quotes in request");
        if (!add_argument(r, (size_t)(at - bytes), (size_t)(argument_end - at)))
            return broken(r, "out of memory");
        at = bytes + (next - bytes);
    }
}

static enum resp_status parse_inline(struct resp_request *r, char *bytes, size_t length)
{
    size_t from = r->searched;
    bool found = find_line_end(r, bytes, length, '\n');
    /* redis-server's strchr would never see the line end behind a NUL: the client would hang. */
    if (memchr(bytes + from, '\0', r->searched - from) != NULL)
        return broken(r, "NUL in inline request");
    if (!found)
        return await_line_end(r, length, "too big inline request");
    r->bytes = r->searched + 1;
    return split_inline(r, bytes, r->searched);
}

/* ---- arrays of bulk strings ---- */

/* Finds the end of a header line: a CR with one more byte behind it. A bare LF ends nothing. */
static enum resp_status find_header(struct resp_request *r, const char *bytes, size_t length,
                                    const char *too_big)
{
    if (!find_line_end(r, bytes, length, '\r'))
        return await_line_end(r, length, too_big);
    return r->searched + 1 < length ? RESP_COMPLETE : incomplete(r, 1);
}

/* The number in a header line, behind its type byte. */
static bool header_number(const struct resp_request *r, const char *bytes, int64_t *number)
{
    size_t first = r->position + 1;
    return resp_integer(bytes + first, r->searched - first, number);
}

static enum resp_status parse_count(struct resp_request *r, const char *bytes, size_t length)
{
    enum resp_status status = find_header(r, bytes, length, "too big mbulk count string");
    if (status != RESP_COMPLETE)
        return status;
    int64_t count;
    if (!header_number(r, bytes, &count) || count > r->limits->elements)
        return broken(r, "invalid multibulk length");
    r->remaining_elements = count;
    r->step = REQUEST_LENGTH;
    return pass_line(r, bytes);
}

static enum resp_status parse_length(struct resp_request *r, const char *bytes, size_t length)
{
    enum resp_status status = find_header(r, bytes, length, "too big bulk count string");
    if (status != RESP_COMPLETE)
        return status;
    if (bytes[r->position] != '$') {
        char text[sizeof "expected '$', got '?'"];
        snprintf(text, sizeof text, "expected '$', got '%c'", resp_shown(bytes[r->position]));
        return broken(r, text);
    }
    int64_t bulk_bytes;
    if (!header_number(r, bytes, &bulk_bytes) || bulk_bytes < 0 ||
        bulk_bytes > r->limits->bulk_bytes)
        return broken(r, "invalid bulk length");
    status = pass_line(r, bytes);
    if (status != RESP_COMPLETE)
        return status;
    if (!resp_bulk_fits(r->limits, r->position, bulk_bytes))
        return broken(r, "too big request");
    r->payload_bytes = (size_t)bulk_bytes;
    r->step = REQUEST_PAYLOAD;
    return RESP_COMPLETE;
}

static enum resp_status parse_payload(struct resp_request *r, const char *bytes, size_t length)
{
    size_t there = length - r->position, needed = r->payload_bytes + 2;
    if (there < needed)
        return incomplete(r, needed - there);
    const char *end = bytes + r->position + r->payload_bytes;
    if (end[0] != '\r' || end[1] != '\n')
        return broken(r, "expected CRLF after bulk string");
    if (!add_argument(r, r->position, r->payload_bytes))
        return broken(r, "out of memory");
    r->position = r->searched = r->position + needed;
    r->remaining_elements--;
    r->step = REQUEST_LENGTH;
    return RESP_COMPLETE;
}

static enum resp_status parse_elements(struct resp_request *r, const char *bytes, size_t length)
{
    while (r->remaining_elements > 0) {
        enum resp_status status = RESP_COMPLETE;
        if (is_full(r))
            return broken(r, "too many arguments in request");
        if (r->step == REQUEST_LENGTH)
            status = parse_length(r, bytes, length);
        if (status == RESP_COMPLETE)
            status = parse_payload(r, bytes, length);
        if (status != RESP_COMPLETE)
            return status;
    }
    r->bytes = r->position;
    return RESP_COMPLETE;
}

enum resp_status resp_request_parse(struct resp_request *r, char *bytes, size_t length)
{
    if (r->broken)
        return RESP_BROKEN;
    if (r->step == REQUEST_START) {
        if (length == 0)
            return incomplete(r, 1);
        r->step = bytes[0] == '*' ? REQUEST_COUNT : REQUEST_INLINE;
    }
    if (r->step == REQUEST_INLINE)
        return parse_inline(r, bytes, length);
    enum resp_status status = RESP_COMPLETE;
    if (r->step == REQUEST_COUNT)
        status = parse_count(r, bytes, length);
    return status == RESP_COMPLETE ? parse_elements(r, bytes, length) : status;
}
