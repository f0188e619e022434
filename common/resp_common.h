/* resp_common: what requests and replies share: the types of values, the answers of a
 * parser, and what a peer may send. */
#ifndef RESP_COMMON_H
#define RESP_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum resp_status {
    RESP_COMPLETE,   /* a whole message is there */
    RESP_INCOMPLETE, /* good so far: show it again with more bytes behind */
    RESP_BROKEN, /* not RESP, or over a limit: `error` says what; nothing after it can be framed */
};

/* The first byte of a value says what it is. */
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

/* Bytes of a message, by offset from its first byte. */
struct resp_slice {
    size_t offset, length;
};

/* What a peer may send before it is called broken. Nothing is ever allocated because a header
 * claims it: a limit bounds what is accepted, memory grows with the bytes that came. */
struct resp_limits {
    size_t line_bytes;    /* an inline request, or a header or status line, without its line end
                             (an inline request: what stands before the LF, a CR included) */
    int64_t elements;     /* that an array may announce */
    int64_t arguments;    /* of a request that may come: each costs 16 bytes beside its own */
    int64_t bulk_bytes;   /* one bulk string */
    size_t message_bytes; /* a whole request or reply */
};

/* Those of Redis 7: lines of 64 KiB, 2^31-1 elements, 512 MiB a bulk, 1 GiB in all. (A server has
 * narrower ones of its own, see server_options.c.) */
extern const struct resp_limits resp_default_limits;

enum { RESP_FEW_ARGUMENTS = 8, RESP_ERROR_BYTES = 64, RESP_DEPTH = 16 };

/* Redis' strict integers: the whole int64 range, no blank, no '+', no leading zero, no "-0",
 * nothing behind. False leaves *value alone. */
bool resp_integer(const char *text, size_t length, int64_t *value);

#endif
