#include "parting.h"

#include <errno.h>
#include <string.h>

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
        return "no memory for its request";
    default:
        return strerror(socket_errno);
    }
}

void parting_note(struct stats *stats, int connfd, enum stats_counter fault)
{
    stats_add(stats, fault, 1);
    diag_verbose("client on descriptor %d: %s", connfd, text_of(fault, errno));
}

void parting_note_session(const struct session *session, int connfd)
{
    if (session->request.broken)
        diag_verbose("client on descriptor %d: protocol error: %s", connfd, session->request.error);
}
