#include "parting.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "diag.h"
#include "session.h"
#include "stop.h"

/* The part of an equal share of the drain time. Of n in a row, who all take it, the last finds more
 * than half of n to the power -1/3 of that time left. */
enum { SHARE_PARTS = 3 };

static const char *text_of(enum stats_counter fault, int socket_errno)
{
    switch (fault) {
    case STATS_IDLE_TIMEOUTS:
        return "silent for too long";
    case STATS_REQUEST_TIMEOUTS:
        return "its request was not complete in time";
    case STATS_WRITE_TIMEOUTS:
        return "did not take its replies in time";
    case STATS_OUT_OF_MEMORY:
        return "no memory for its request or reply";
    default:
        return strerror(socket_errno);
    }
}

void parting_note(struct stats *stats, int connfd, enum stats_counter fault)
{
    stats_add(stats, fault, 1);
    diag_verbose("client on descriptor %d: %s", connfd, text_of(fault, errno));
    if (fault == STATS_OUT_OF_MEMORY)
        diag_limited(&stats->memory_told, "no memory for a client: it is cut off");
}

void parting_no_memory(struct stats *stats, int connfd)
{
    static const char line[] = "-ERR out of memory\r\n";
    parting_note(stats, connfd, STATS_OUT_OF_MEMORY);
    send(connfd, line, sizeof line - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* How many clients are to be served are counted at the first accept after the signal. Until then
 * each worker has the client that it was at, and the others are not known: that is once. */
int64_t parting_linger_ns(struct stats *stats)
{
    if (!stop_requested())
        return PARTING_LINGER_NS;
    int64_t clients = stats_clients(stats);
    int64_t queued = stats_get(stats, STATS_LEFT_TO_ACCEPT);
    int64_t all = (clients > 1 ? clients : 1) + (queued > 0 ? queued : 0);
    int64_t share_ns = (stop_deadline_ns() - clock_now_ns()) / (SHARE_PARTS * all);
    return share_ns < PARTING_LINGER_NS ? share_ns : PARTING_LINGER_NS;
}

void parting_note_session(const struct session *session, int connfd)
{
    if (session->request.broken)
        diag_verbose("client on descriptor %d: protocol error: %s", connfd, session->request.error);
}
