/* resp_line: what the request and the reply parser share about lines. Private to libresp.
 *
 * A line is searched for its end once: *searched remembers how far, over any number of calls. */
#ifndef RESP_LINE_H
#define RESP_LINE_H

#include <string.h>

#include "resp_common.h"

/* The offset before which the end of the line at `position` must stand, so that neither the line is
 * longer than line_bytes nor the message longer than its limit. */
static inline size_t resp_line_window(const struct resp_limits *limits, size_t position,
                                      size_t line_bytes)
{
    size_t message_bytes = limits->message_bytes;
    if (position >= message_bytes || line_bytes >= message_bytes - position)
        return message_bytes;
    return position + line_bytes + 1;
}

/* Looks for `wanted` from *searched to the window's end, as far as bytes are there.
 * True with *searched on it, or false with *searched behind all that was looked at. */
static inline bool resp_line_find(const char *bytes, size_t length, size_t window, char wanted,
                                  size_t *searched)
{
    size_t stop = length < window ? length : window;
    if (*searched >= stop)
        return false;
    const char *found = memchr(bytes + *searched, wanted, stop - *searched);
    *searched = found != NULL ? (size_t)(found - bytes) : stop;
    return found != NULL;
}

/* True when a bulk string of n >= 0 bytes and its CRLF, from position <= message_bytes on, fit into
 * the message. */
static inline bool resp_bulk_fits(const struct resp_limits *limits, size_t position, int64_t n)
{
    return (uint64_t)n + 2 <= limits->message_bytes - position;
}

/* A peer's byte as an error text may show it: CR and LF as a blank, the unprintable as '?'. */
static inline char resp_shown(char byte)
{
    if (byte == '\r' || byte == '\n')
        return ' ';
    return byte >= ' ' && byte <= '~' ? byte : '?';
}

#endif
