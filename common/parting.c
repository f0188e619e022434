#include "parting.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "diag.h"
#include "session.h"

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

void parting_note_session(const struct session *session, int connfd)
{
    if (session->request.broken)
        diag_verbose("client on descriptor %d: protocol error: %s", connfd, session->request.error);
}
