/* request: a command as it goes over the wire, and whether a reply is the right one.
 *
 * A command is a list of templates; behind its name, {times:n} repeats the word that follows. Its
 * requests and the replies they must get are pure functions of a draw_point, so nothing is kept for
 * a request in flight: what it was is computed again when the reply has come. Known, byte for byte,
 * are the replies to PING, ECHO, SUM (or that it must overflow), SLEEP, SPIN, BLOB and a plain SET;
 * of INCR and its kind it is known that they are integers; any other reply is right unless it is an
 * error.
 *
 * A request never changes after request_new: any number of threads may share it, each with buffers
 * of its own. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "draw.h"
#include "resp.h"
#include "template.h"

struct buf;
struct request;

/* argc > 0. NULL: error holds one line that names the word which is no template, or says that the
 * request could exceed REQUEST_MOST_BYTES; or memory was short. */
enum { REQUEST_ERROR_BYTES = TEMPLATE_ERROR_BYTES + 64, REQUEST_MOST_BYTES = 256 << 20 };
struct request *request_new(int argc, char **argv, char error[REQUEST_ERROR_BYTES]);
void request_free(struct request *r);

/* The key when the command is INCR of a literal one: each right reply to it is a greater integer
 * than those that came before it was sent. Else NULL. It belongs to the request. */
const char *request_counter(const struct request *r);

/* True for a command that is known to change nothing that is stored. */
bool request_reads_only(const struct request *r);

/* The bytes that every request (or every right reply) consists of when the command has no
 * placeholder (and its reply is known), else NULL. They belong to the request. */
const struct buf *request_literal(const struct request *r);
const struct buf *request_literal_reply(const struct request *r);

/* Appends the request of that point; `word` is an empty buf for one argument, empty again after.
 * When memory runs out, one of the two bufs says so. */
void request_encode(const struct request *r, struct draw_point at, struct buf *word,
                    struct buf *out);

enum request_answer {
    REQUEST_RIGHT,
    REQUEST_ERROR_REPLY, /* an error where none was expected */
    REQUEST_WRONG,       /* any other reply than the expected one, or no RESP at all */
    REQUEST_NO_MEMORY,   /* the expected reply could not be computed */
};

/* Judges a complete reply that begins at `bytes`. `word` and `expected` are empty bufs, empty again
 * afterwards. */
enum request_answer request_judge(const struct request *r, struct draw_point at,
                                  const struct resp_reply *reply, const char *bytes,
                                  struct buf *word, struct buf *expected);

/* What is known of a reply without knowing what was asked. */
enum request_answer request_judge_type(const struct resp_reply *reply);

#endif
