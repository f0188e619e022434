/* resp_encode: encoders of requests and replies.
 *
 * They append to a buf; when memory runs out the buf says so (buf.failed). `version` is the
 * protocol the client asked for, 2 or 3. */
#ifndef RESP_ENCODE_H
#define RESP_ENCODE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

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
