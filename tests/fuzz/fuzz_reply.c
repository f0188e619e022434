/* Replies: the same at any cut, within their limits, the same bytes when they are encoded again,
 * and shown to a person in printable ASCII. Options of the head: 0: small limits. */
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "fuzz.h"
#include "reply_text.h"
#include "resp.h"

static const struct resp_limits *limits;
static struct resp_reply reply;

static void start(void)
{
    resp_reply_init(&reply, limits);
}

/* A text that the encoder, which takes C strings, can express. */
static bool is_text(const char *bytes, size_t length)
{
    return memchr(bytes, '\0', length) == NULL && length <= 512;
}

static void encode_line(const struct resp_reply *r, const char *bytes, struct buf *out)
{
    char text[512 + 1];
    size_t length = r->text.length;
    if (!is_text(bytes + r->text.offset, length)) {
        buf_append(out, bytes, r->bytes);
        return;
    }
    memcpy(text, bytes + r->text.offset, length);
    text[length] = '\0';
    if (r->type == RESP_ERROR)
        resp_put_error(out, "%s", text);
    else
        resp_put_simple(out, text);
}

static void encode(const struct resp_reply *r, const char *bytes, int depth, struct buf *out);

/* An array's or a map's elements, walked as resp_reply.h says. */
static void encode_elements(const char *bytes, struct resp_slice elements, int64_t count, int depth,
                            struct buf *out)
{
    struct resp_reply element;
    fuzz_claim(depth < RESP_DEPTH);
    bytes += elements.offset;
    for (size_t length = elements.length; count > 0; count--) {
        resp_reply_init(&element, &resp_default_limits);
        fuzz_claim(resp_reply_parse(&element, bytes, length) == RESP_COMPLETE);
        fuzz_claim(element.bytes <= length);
        encode(&element, bytes, depth + 1, out);
        bytes += element.bytes;
        length -= element.bytes;
        fuzz_claim(count > 1 || length == 0);
    }
}

static void encode(const struct resp_reply *r, const char *bytes, int depth, struct buf *out)
{
    switch (r->type) {
    case RESP_SIMPLE:
    case RESP_ERROR:
        encode_line(r, bytes, out);
        break;
    case RESP_INTEGER:
        resp_put_integer(out, r->integer);
        break;
    case RESP_BULK:
        resp_put_bulk(out, bytes + r->text.offset, r->text.length);
        break;
    case RESP_VERBATIM:
        if (memcmp(bytes + r->text.offset, "txt:", 4) == 0)
            resp_put_verbatim(out, bytes + r->text.offset + 4, r->text.length - 4, 3);
        else
            buf_append(out, bytes, r->bytes);
        break;
    case RESP_NULL:
        if (bytes[0] == '*')
            buf_append(out, "*-1\r\n", 5);
        else
            resp_put_null(out, bytes[0] == '_' ? 3 : 2);
        break;
    case RESP_ARRAY:
        resp_put_array(out, (size_t)r->integer);
        encode_elements(bytes, r->text, r->integer, depth, out);
        break;
    case RESP_MAP:
        resp_put_map(out, (size_t)r->integer, 3);
        encode_elements(bytes, r->text, 2 * r->integer, depth, out);
        break;
    }
}

/* There is only one way to write a reply, but for nulls. */
static void check_encoded(const char *bytes)
{
    static struct buf out;
    out.start = out.end = 0;
    encode(&reply, bytes, 0, &out);
    fuzz_claim(!out.failed && buf_length(&out) == reply.bytes);
    fuzz_claim(memcmp(buf_head(&out), bytes, reply.bytes) == 0);
}

static ssize_t check_text(void *cookie, const char *text, size_t length)
{
    (void)cookie;
    fuzz_claim(fuzz_is_plain(text, length, true));
    return (ssize_t)length;
}

static void check_shown(const char *bytes)
{
    static FILE *file;
    if (file == NULL)
        file = fopencookie(NULL, "w", (cookie_io_functions_t){.write = check_text});
    fuzz_claim(file != NULL);
    reply_text_put(file, &reply, bytes, true);
    fuzz_claim(fflush(file) == 0);
}

static struct fuzz_step step(char *bytes, size_t length, struct fuzz_events *events)
{
    struct fuzz_step step = {.status = resp_reply_parse(&reply, bytes, length)};
    step.missing = reply.missing;
    step.error = reply.error;
    fuzz_claim(reply.depth >= 0 && reply.depth <= RESP_DEPTH);
    if (step.status == RESP_COMPLETE) {
        fuzz_claim(reply.text.offset <= reply.bytes);
        fuzz_claim(reply.text.length <= reply.bytes - reply.text.offset);
        fuzz_note_number(events, reply.type);
        fuzz_note_number(events, reply.integer);
        fuzz_note(events, bytes + reply.text.offset, reply.text.length);
        check_encoded(bytes);
        check_shown(bytes);
        step.taken = reply.bytes;
        resp_reply_next(&reply);
    }
    return step;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_events whole, pieces;
    struct fuzz_input input;
    if (!fuzz_take_input(&input, data, size))
        return 0;
    limits = input.option[0] ? &fuzz_small_limits : &resp_default_limits;
    const struct fuzz_parser parser = {limits, start, step};
    fuzz_parse(&parser, &input, false, &whole);
    fuzz_parse(&parser, &input, true, &pieces);
    fuzz_claim(fuzz_events_equal(&whole, &pieces));
    return 0;
}
