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

#include "resp_common.h"
#include "resp_encode.h"
#include "resp_reply.h"
#include "resp_request.h"

#endif
