/* resp_request: the parser of requests: arrays of bulk strings, and inline commands. See resp.h for
 * how it is used. */
#ifndef RESP_REQUEST_H
#define RESP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resp_common.h"

struct resp_request {
    size_t count;   /* COMPLETE: arguments; 0 for an empty request, which gets no reply */
    size_t bytes;   /* COMPLETE: length of the request on the wire */
    size_t missing; /* INCOMPLETE: at least this many bytes are still to come, never 0 */
    char error[RESP_ERROR_BYTES]; /* BROKEN: the text behind "-ERR Protocol error: " */

    /* The rest is the parser's own. */
    const struct resp_limits *limits;
    enum { REQUEST_START, REQUEST_INLINE, REQUEST_COUNT, REQUEST_LENGTH, REQUEST_PAYLOAD } step;
    size_t position; /* understood up to here */
    size_t searched; /* no line end before here */
    int64_t remaining_elements;
    size_t payload_bytes;
    size_t capacity; /* of `many`, which takes over from `few` when the arguments outgrow it */
    struct resp_slice *many;
    struct resp_slice few[RESP_FEW_ARGUMENTS];
    bool broken;
};

/* A parser for the first request of a connection; *limits must outlive it. */
void resp_request_init(struct resp_request *r, const struct resp_limits *limits);

/* Parses the request that begins at bytes[0], of which `length` bytes are there; they may be NULL
 * when there are none. They are writable because the escapes of a quoted inline argument are
 * decoded where they stand. BROKEN is final; "out of memory" is one of its errors. */
enum resp_status resp_request_parse(struct resp_request *r, char *bytes, size_t length);

/* Argument i < count of a COMPLETE request. */
static inline struct resp_slice resp_argument(const struct resp_request *r, size_t i)
{
    return r->many != NULL ? r->many[i] : r->few[i];
}

/* Forgets a COMPLETE request and stands ready for the one behind it. Memory for long argument lists
 * is kept; resp_request_free gives it back and leaves the parser as after init. */
void resp_request_next(struct resp_request *r);
void resp_request_free(struct resp_request *r);

#endif
