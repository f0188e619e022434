/* resp_reply: the parser of replies: all of RESP2, and of RESP3 what our servers send after
 * HELLO 3. See resp.h for how it is used. */
#ifndef RESP_REPLY_H
#define RESP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resp_common.h"

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

#endif
