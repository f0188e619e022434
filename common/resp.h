/* resp: the framing of RESP, the Redis serialization protocol: requests, replies, encoders.
 *
 * Pure functions over bytes in memory: no system call, no descriptor, no clock. A blocking server,
 * an event-driven server and a client use them unchanged. The format is that of
 * https://redis.io/docs/latest/develop/reference/protocol-spec/ ; how tolerant a server is beyond
 * it follows redis-server 7.0.15, and PROTOCOL.md beside this file lists where we are stricter.
 *
 * Both parsers are incremental in the same way. They are shown the unread bytes again and again,
 * from the first byte of the message on, as more of them arrive, and never look twice at what they
 * have understood. Results are offsets from that first byte, so the bytes may be moved between two
 * calls.
 *
 *     status = resp_request_parse(&request, buf_head(in), buf_length(in));
 *     while (status == RESP_COMPLETE) {
 *         ... use resp_argument(&request, i) over buf_head(in) ...
 *         buf_consume(in, request.bytes);
 *         resp_request_next(&request);
 *         status = resp_request_parse(&request, buf_head(in), buf_length(in));
 *     }
 *
 * The result does not depend on how the bytes were split into calls. After COMPLETE comes `next`;
 * after BROKEN every further call is BROKEN.
 *
 * One parser belongs to one connection, and so to one thread at a time. */
#ifndef RESP_H
#define RESP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum resp_status {
    RESP_COMPLETE,   /* a whole message is there */
    RESP_INCOMPLETE, /* good so far: show it again with more bytes behind */
    RESP_BROKEN, /* not RESP, or over a limit: `error` says what; nothing after it can be framed */
};

/* Bytes of a message, by offset from its first byte. */
struct resp_slice {
    size_t offset, length;
};

/* What a peer may send before it is called broken. Nothing is ever allocated because a header
 * claims it: a limit bounds what is accepted, memory grows with the bytes that came. */
struct resp_limits {
    size_t line_bytes;    /* an inline request, or a header or status line, without its line end
                             (an inline request: what stands before the LF, a CR included) */
    int64_t elements;     /* arguments of a request, elements of one array of a reply */
    int64_t bulk_bytes;   /* one bulk string */
    size_t message_bytes; /* a whole request or reply */
};

/* Those of Redis 7: lines of 64 KiB, 2^31-1 elements, 512 MiB a bulk, 1 GiB in all. */
extern const struct resp_limits resp_default_limits;

enum { RESP_FEW_ARGUMENTS = 8, RESP_ERROR_BYTES = 64, RESP_DEPTH = 16 };

/* ---- requests: arrays of bulk strings, and inline commands ---- */

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

/* ---- replies: all of RESP2, and of RESP3 what our servers send after HELLO 3 ---- */

enum resp_type {
    RESP_SIMPLE = '+',
    RESP_ERROR = '-',
    RESP_INTEGER = ':',
    RESP_BULK = '$',
    RESP_ARRAY = '*',
    RESP_NULL = '_',     /* also "$-1" and "*-1" */
    RESP_MAP = '%',      /* RESP3 */
    RESP_VERBATIM = '=', /* RESP3; text includes the "txt:" in front */
};

struct resp_reply {
    enum resp_type type;    /* COMPLETE: of the outermost value */
    int64_t integer;        /* INTEGER: its value; ARRAY: its elements; MAP: its pairs */
    struct resp_slice text; /* SIMPLE, ERROR, BULK, VERBATIM: the text; ARRAY, MAP: the elements as
                               sent, to be walked by parsing one reply after another */
    size_t bytes;           /* COMPLETE: length of the reply on the wire */
    size_t missing;         /* INCOMPLETE: at least this many bytes are still to come, never 0 */
    char error[RESP_ERROR_BYTES]; /* BROKEN: what was wrong */

    /* The rest is the parser's own. */
    const struct resp_limits *limits;
    size_t position, searched;
    size_t payload_bytes;
    int64_t open[RESP_DEPTH]; /* elements still to come of each array that is open */
    int depth;                /* of those; deeper nesting than RESP_DEPTH is broken */
    char payload_type;        /* of the string whose payload comes next, or 0 */
    bool started, broken;
};

/* A parser for the first reply of a connection; *limits must outlive it. It owns no memory. */
void resp_reply_init(struct resp_reply *r, const struct resp_limits *limits);
enum resp_status resp_reply_parse(struct resp_reply *r, const char *bytes, size_t length);
void resp_reply_next(struct resp_reply *r);

/* ---- integers and quoting ---- */

/* Redis' strict integers: the whole int64 range, no blank, no '+', no leading zero, no "-0",
 * nothing behind. False leaves *value alone. */
bool resp_integer(const char *text, size_t length, int64_t *value);

/* ---- encoders ----
 * They append to a buf; when memory runs out the buf says so (buf.failed). `version` is the
 * protocol the client asked for, 2 or 3. */

void resp_put_simple(struct buf *out, const char *text); /* a text without CR or LF */
/* "-" and a formatted text such as "ERR syntax error"; CR and LF in it become blanks. A text over
 * 512 bytes is cut. */
void resp_put_error(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void resp_put_integer(struct buf *out, int64_t value);
void resp_put_bulk(struct buf *out, const void *bytes, size_t length);
void resp_put_bulk_text(struct buf *out, const char *text);
/* The header of a bulk string whose payload and final CRLF the caller appends. */
void resp_put_bulk_header(struct buf *out, size_t length);
void resp_put_array(struct buf *out, size_t elements); /* header; the elements follow */
void resp_put_null(struct buf *out, int version);
void resp_put_map(struct buf *out, size_t pairs, int version); /* flat array in version 2 */
void resp_put_verbatim(struct buf *out, const char *text, size_t length, int version);

#endif
