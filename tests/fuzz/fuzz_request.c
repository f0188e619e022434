/* Requests: the same at any cut, within their limits, and the same again when they are encoded.
 * Options of the head: 0: small limits. */
#include <string.h>

#include "buf.h"
#include "fuzz.h"
#include "resp.h"

static const struct resp_limits *limits;
static struct resp_request request;

static void start(void)
{
    resp_request_free(&request);
    resp_request_init(&request, limits);
}

/* Not by its first byte: quoted text is decoded where it stands. */
static bool is_array(void)
{
    return request.step != REQUEST_INLINE;
}

/* Encoded as an array of bulk strings, a request has the same arguments; and one that came as such
 * an array has the same bytes, as there is only one way to write it. */
static void check_encoded(const char *bytes)
{
    static struct buf out;
    static struct resp_request again;
    out.start = out.end = 0;
    resp_request_free(&again);
    resp_request_init(&again, &resp_default_limits);
    resp_put_array(&out, request.count);
    for (size_t i = 0; i < request.count; i++) {
        struct resp_slice argument = resp_argument(&request, i);
        resp_put_bulk(&out, bytes + argument.offset, argument.length);
    }
    fuzz_claim(!out.failed);
    if (is_array()) {
        fuzz_claim(buf_length(&out) == request.bytes);
        fuzz_claim(memcmp(buf_head(&out), bytes, request.bytes) == 0);
    }
    fuzz_claim(resp_request_parse(&again, buf_head(&out), buf_length(&out)) == RESP_COMPLETE);
    fuzz_claim(again.bytes == buf_length(&out) && again.count == request.count);
    for (size_t i = 0; i < request.count; i++) {
        struct resp_slice first = resp_argument(&request, i), second = resp_argument(&again, i);
        fuzz_claim(first.length == second.length);
        fuzz_claim(memcmp(bytes + first.offset, buf_head(&out) + second.offset, first.length) == 0);
    }
}

static void note_request(const char *bytes, struct fuzz_events *events)
{
    size_t behind = 0;
    fuzz_claim(request.count <= (uint64_t)limits->elements);
    fuzz_note_number(events, (int64_t)request.count);
    for (size_t i = 0; i < request.count; i++) {
        struct resp_slice argument = resp_argument(&request, i);
        fuzz_claim(argument.offset >= behind && argument.offset <= request.bytes);
        fuzz_claim(argument.length <= request.bytes - argument.offset);
        fuzz_claim(!is_array() || argument.length <= (uint64_t)limits->bulk_bytes);
        behind = argument.offset + argument.length;
        fuzz_note_number(events, (int64_t)argument.length);
        fuzz_note(events, bytes + argument.offset, argument.length);
    }
}

static struct fuzz_step step(char *bytes, size_t length, struct fuzz_events *events)
{
    struct fuzz_step step = {.status = resp_request_parse(&request, bytes, length)};
    step.missing = request.missing;
    step.error = request.error;
    /* Memory has grown with the bytes that came, not with what they announce. */
    fuzz_claim(request.many == NULL || request.capacity <= FUZZ_INPUT_BYTES);
    if (step.status == RESP_INCOMPLETE)
        fuzz_claim(is_array() || length <= limits->line_bytes);
    if (step.status == RESP_COMPLETE) {
        note_request(bytes, events);
        if (request.count > 0)
            check_encoded(bytes);
        step.taken = request.bytes;
        resp_request_next(&request);
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
