#include "reply_text.h"

#include <ctype.h>
#include <inttypes.h>

static void put_byte(FILE *file, unsigned char byte, bool quoted)
{
    if (quoted && (byte == '"' || byte == '\\'))
        fprintf(file, "\\%c", byte);
    else if (isprint(byte) || (!quoted && (byte == '\n' || byte == '\t')))
        fputc(byte, file);
    else
        fprintf(file, "\\x%02x", byte);
}

static void put_string(FILE *file, const char *bytes, size_t length)
{
    fputc('"', file);
    for (size_t i = 0; i < length; i++)
        put_byte(file, (unsigned char)bytes[i], true);
    fputc('"', file);
}

/* Text of several lines has CRLF in it; a terminal needs only the LF. */
static void put_plain(FILE *file, const char *bytes, size_t length, bool escape)
{
    if (!escape) {
        fwrite(bytes, 1, length, file);
        return;
    }
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != '\r' || i + 1 == length || bytes[i + 1] != '\n')
            put_byte(file, (unsigned char)bytes[i], false);
}

static void put_value(FILE *file, const struct resp_reply *reply, const char *bytes, int indent);

/* The elements are replies one after another; the first stands on the line of its container. Depth
 * is bounded by RESP_DEPTH. */
static void put_elements(FILE *file, int64_t count, const char *bytes, size_t length, int indent)
{
    struct resp_reply element;
    if (count == 0)
        fputs("(empty)", file);
    for (int64_t i = 1; i <= count; i++) {
        resp_reply_init(&element, &resp_default_limits);
        if (resp_reply_parse(&element, bytes, length) != RESP_COMPLETE)
            return; /* cannot happen: it was parsed as a part of the whole */
        if (i > 1)
            fprintf(file, "\n%*s", indent, "");
        int width = fprintf(file, "%" PRId64 ") ", i);
        put_value(file, &element, bytes, indent + width);
        bytes += element.bytes;
        length -= element.bytes;
    }
}

static void put_value(FILE *file, const struct resp_reply *reply, const char *bytes, int indent)
{
    const char *text = bytes + reply->text.offset;
    size_t length = reply->text.length;
    switch (reply->type) {
    case RESP_ERROR:
        fputs("(error) ", file);
        put_plain(file, text, length, true);
        break;
    case RESP_INTEGER:
        fprintf(file, "(integer) %" PRId64, reply->integer);
        break;
    case RESP_NULL:
        fputs("(nil)", file);
        break;
    case RESP_ARRAY:
        put_elements(file, reply->integer, text, length, indent);
        break;
    case RESP_MAP:
        put_elements(file, reply->integer * 2, text, length, indent);
        break;
    case RESP_SIMPLE:
        put_plain(file, text, length, true);
        break;
    case RESP_BULK:
    case RESP_VERBATIM:
        put_string(file, text, length);
        break;
    }
}

void reply_text_put(FILE *file, const struct resp_reply *reply, const char *bytes, bool escape)
{
    bool is_string = reply->type == RESP_BULK || reply->type == RESP_VERBATIM;
    if (is_string)
        put_plain(file, bytes + reply->text.offset, reply->text.length, escape);
    else
        put_value(file, reply, bytes, 0);
    fputc('\n', file);
}
