/* Conversations: the same replies however the requests come in and the replies are taken out, one
 * for each request, whole, and no raw byte of the peer's in an error. Options of the head: 0: small
 * limits; 1: in pieces, `out` is nearly full before each run, so that replies leave one by one.
 *
 * Each begins with an empty store. SLEEP and SPIN may ask for no time and BLOB for little. INFO
 * tells the time and what it cost, so of its replies only the beginning is compared. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "fuzz.h"
#include "service.h"
#include "session.h"
#include "stats.h"
#include "store.h"

enum {
    LONGEST_BLOB_BYTES = 8192,
    /* Besides what a peer has sent or asked for: COMMAND DOCS, CONFIG GET, HELP and INFO. */
    LONGEST_REPLY_BYTES = FUZZ_INPUT_BYTES + LONGEST_BLOB_BYTES + 8192,
    NEARLY_FULL_BYTES = SESSION_FULL_BYTES - 100,
};

static struct service service = {
    .server = "fuzz_session",
    .model = "none",
    .host = "127.0.0.1",
    .port = 31470,
    .pid = 42,
    .max_clients = 7,
    .idle_timeout_ns = 300 * CLOCK_S,
    .pending_bytes = SESSION_FULL_BYTES,
    .longest_handler_us = 0,
    .longest_blob_bytes = LONGEST_BLOB_BYTES,
};

struct talk {
    enum session_state state;
    size_t taken;       /* bytes of the wire */
    struct buf replies; /* all of them; the memory is kept for the next talk */
    int64_t commands, errors, protocol_errors;
};

static int64_t counted(enum stats_counter counter)
{
    return stats_get(service.stats, counter);
}

static void run_once(struct session *session, struct talk *talk, struct buf *in, size_t held)
{
    static char scratch[SESSION_FULL_BYTES + LONGEST_REPLY_BYTES];
    struct buf out = buf_over(scratch, sizeof scratch);
    buf_extend(&out, held);
    size_t unread = buf_length(in);
    talk->state = session_run(session, in, &out);
    fuzz_claim(buf_length(in) <= unread && !out.failed);
    fuzz_claim(buf_length(&out) >= held);
    /* Thousands of words may be asked about in one COMMAND INFO; all else is bounded. */
    fuzz_claim(buf_length(&out) < SESSION_FULL_BYTES + 64 * LONGEST_REPLY_BYTES);
    fuzz_claim((talk->state == SESSION_FULL) ==
               (buf_length(&out) >= SESSION_FULL_BYTES && session->state == SESSION_OPEN));
    fuzz_claim(buf_append(&talk->replies, buf_head(&out) + held, buf_length(&out) - held));
    buf_free(&out);
}

/* Runs what has come so far, the wire up to `shown`. */
static void show(struct session *session, struct talk *talk, const char *wire, size_t shown,
                 size_t held)
{
    size_t unread = shown - talk->taken;
    struct buf in = buf_over(fuzz_place(wire + talk->taken, unread), unread);
    buf_extend(&in, unread);
    do
        run_once(session, talk, &in, held);
    while (talk->state == SESSION_FULL);
    talk->taken = shown - buf_length(&in);
    size_t kept = buf_length(&in), wanted = session_read_bytes(session, &in);
    fuzz_claim(talk->state != SESSION_OPEN || kept <= service.limits.message_bytes);
    fuzz_claim(wanted > 0 && wanted <= 16384 + kept);
    if (talk->state == SESSION_OPEN)
        return;
    size_t replies_bytes = buf_length(&talk->replies);
    enum session_state end = talk->state;
    run_once(session, talk, &in, 0);
    fuzz_claim(talk->state == end && buf_length(&in) == kept);
    fuzz_claim(buf_length(&talk->replies) == replies_bytes);
}

static void empty_store(void)
{
    int64_t keys;
    fuzz_claim(store_size(service.store, &keys) == STORE_OK);
    fuzz_claim(keys == 0 || store_clear(service.store) == STORE_OK);
}

static void converse(struct talk *talk, const struct fuzz_input *input, bool in_pieces)
{
    struct session session;
    size_t shown = 0, held = in_pieces && input->option[1] ? NEARLY_FULL_BYTES : 0;
    empty_store();
    memset(service.stats->counter, 0, sizeof service.stats->counter);
    talk->state = SESSION_OPEN;
    talk->taken = talk->replies.start = talk->replies.end = 0;
    session_init(&session, &service);
    for (size_t i = 0; talk->state == SESSION_OPEN && shown < input->length; i++) {
        size_t rest = input->length - shown;
        size_t piece = in_pieces ? fuzz_piece(input, i) : rest;
        shown += piece < rest ? piece : rest;
        show(&session, talk, input->wire, shown, held);
    }
    session_free(&session);
    talk->commands = counted(STATS_COMMANDS);
    talk->errors = counted(STATS_ERROR_REPLIES);
    talk->protocol_errors = counted(STATS_PROTOCOL_ERRORS);
}

/* The reply that begins at *at, of which there must be a whole one; *at moves behind it. */
static struct resp_reply next_reply(const struct talk *talk, size_t *at)
{
    struct resp_reply reply;
    resp_reply_init(&reply, &resp_default_limits);
    fuzz_claim(resp_reply_parse(&reply, buf_head(&talk->replies) + *at,
                                buf_length(&talk->replies) - *at) == RESP_COMPLETE);
    *at += reply.bytes;
    return reply;
}

static bool begins(const char *text, size_t length, const char *begin)
{
    return length >= strlen(begin) && memcmp(text, begin, strlen(begin)) == 0;
}

static bool is_info(const struct resp_reply *reply, const char *bytes)
{
    const char *text = bytes + reply->text.offset;
    if (reply->type == RESP_VERBATIM)
        return true;
    return reply->type == RESP_BULK && (begins(text, reply->text.length, "# Server\r\n") ||
                                        begins(text, reply->text.length, "# Clients\r\n") ||
                                        begins(text, reply->text.length, "# Stats\r\n") ||
                                        begins(text, reply->text.length, "# CPU\r\n"));
}

static void compare_reply(const struct resp_reply *a, const char *a_bytes,
                          const struct resp_reply *b, const char *b_bytes)
{
    fuzz_claim(a->type == b->type);
    if (is_info(a, a_bytes)) {
        fuzz_claim(is_info(b, b_bytes));
        return;
    }
    fuzz_claim(a->bytes == b->bytes && memcmp(a_bytes, b_bytes, a->bytes) == 0);
    if (a->type == RESP_ERROR || a->type == RESP_SIMPLE)
        fuzz_claim(fuzz_is_plain(a_bytes + a->text.offset, a->text.length, false));
}

/* The replies are the same, and as many as requests were counted: an HTTP request gets none, a
 * broken one gets one and is no command. */
static void compare(const struct talk *a, const struct talk *b)
{
    int64_t replies = 0, errors = 0;
    size_t a_at = 0, b_at = 0;
    while (a_at < buf_length(&a->replies)) {
        const char *a_bytes = buf_head(&a->replies) + a_at;
        const char *b_bytes = buf_head(&b->replies) + b_at;
        struct resp_reply a_reply = next_reply(a, &a_at), b_reply = next_reply(b, &b_at);
        compare_reply(&a_reply, a_bytes, &b_reply, b_bytes);
        replies++;
        errors += a_reply.type == RESP_ERROR;
    }
    fuzz_claim(b_at == buf_length(&b->replies));
    fuzz_claim(a->state == b->state && a->taken == b->taken);
    fuzz_claim(a->commands == b->commands && a->errors == b->errors);
    fuzz_claim(a->protocol_errors == b->protocol_errors);
    bool aborted = a->state == SESSION_ABORTED;
    fuzz_claim(replies == a->commands + (aborted ? -1 : a->protocol_errors));
    fuzz_claim(errors == a->errors + (aborted ? 0 : a->protocol_errors));
}

static void destroy_store(void)
{
    store_destroy(service.store);
}

static void start_service(void)
{
    service.stats = stats_create(0);
    service.started_ns = clock_now_ns();
    service.store = store_create(&(struct store_options){.readers = service.max_clients});
    fuzz_claim(service.stats != NULL && service.store != NULL);
    fuzz_claim(atexit(destroy_store) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct talk whole, pieces;
    struct fuzz_input input;
    if (!fuzz_take_input(&input, data, size))
        return 0;
    if (service.stats == NULL)
        start_service();
    service.limits = input.option[0] ? fuzz_small_limits : resp_default_limits;
    converse(&whole, &input, false);
    converse(&pieces, &input, true);
    compare(&whole, &pieces);
    return 0;
}
