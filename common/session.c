#include "session.h"

#include <stdlib.h>

#include "buf.h"
#include "command.h"
#include "service.h"
#include "stats.h"

enum { READ_BYTES = 4096 };

void session_init(struct session *session, const struct service *service)
{
    *session = (struct session){.service = service, .version = 2};
    resp_request_init(&session->request, &service->limits);
}

/* Most have nothing to free, and a forked child that does not call free has one page of the library
 * less to map. */
void session_free(struct session *session)
{
    if (session->request.many != NULL)
        resp_request_free(&session->request);
    if (session->name != NULL)
        free(session->name);
    session->name = NULL;
}

/* The reply for which there was no memory is taken back: those before it, whole, stay in `out`. */
static enum session_state starve(struct session *session, struct buf *out, size_t whole_bytes)
{
    out->end = out->start + whole_bytes;
    return session->state = SESSION_STARVED;
}

/* Runs the request that has just been parsed, and drops it from `in`. */
static enum session_state run_request(struct session *session, struct buf *in, struct buf *out)
{
    size_t whole_bytes = buf_length(out);
    if (session->request.count > 0)
        command_run(session, buf_head(in), out);
    buf_consume(in, session->request.bytes);
    resp_request_next(&session->request);
    if (out->failed)
        return starve(session, out, whole_bytes);
    if (session->state == SESSION_OPEN && buf_length(out) >= session->service->pending_bytes)
        return SESSION_FULL;
    return session->state;
}

enum session_state session_run(struct session *session, struct buf *in, struct buf *out)
{
    enum session_state state = session->state;
    while (state == SESSION_OPEN && buf_length(in) > 0) {
        switch (resp_request_parse(&session->request, buf_head(in), buf_length(in))) {
        case RESP_COMPLETE:
            state = run_request(session, in, out);
            break;
        case RESP_INCOMPLETE:
            return SESSION_OPEN;
        case RESP_BROKEN:
            resp_put_error(out, "ERR Protocol error: %s", session->request.error);
            stats_add(session->service->stats, STATS_PROTOCOL_ERRORS, 1);
            state = session->state = out->failed ? SESSION_STARVED : SESSION_CLOSING;
            break;
        }
    }
    /* A long argument list is rare; the memory it needed is not kept for the next. */
    if (buf_length(in) == 0 && session->request.many != NULL)
        resp_request_free(&session->request);
    return state;
}

size_t session_read_bytes(const struct session *session, const struct buf *in)
{
    size_t have = buf_length(in);
    size_t want = have > 0 ? session->request.missing : 0;
    if (want > have)
        want = have;
    return want > READ_BYTES ? want : READ_BYTES;
}

int64_t session_id(struct session *session)
{
    if (session->id == 0)
        session->id = stats_add(session->service->stats, STATS_LAST_CLIENT_ID, 1);
    return session->id;
}
