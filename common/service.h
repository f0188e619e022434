/* service: what all clients of one server share: who it is, what it allows, what it has counted,
 * what they have stored.
 *
 * Made once at start-up and not changed afterwards, counters and store apart: threads read it
 * without a lock, forked children inherit it. */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resp.h"

struct stats;
struct store;

/* The Redis release whose protocol and texts are followed, for clients that ask. */
#define SERVICE_REDIS_VERSION "7.0.15"

/* Who may use DEBUG, and so crash the server. */
enum service_debug {
    SERVICE_DEBUG_NO,    /* nobody */
    SERVICE_DEBUG_LOCAL, /* clients that have a loopback address */
    SERVICE_DEBUG_YES,   /* every client */
};

struct service {
    const char *server;  /* "server_threads" */
    const char *model;   /* "thread-per-client" */
    const char *variant; /* of the model: the value of --accept or --poller; NULL: it has none */
    const char *host;    /* as bound, numeric */
    uint16_t port;
    int64_t pid; /* of the server, also in its children */
    int64_t started_ns;
    int64_t max_clients;
    int64_t idle_timeout_ns;    /* 0: for ever */
    int64_t longest_handler_us; /* what SLEEP and SPIN may ask for */
    int64_t longest_blob_bytes;
    size_t pending_bytes; /* of replies, beyond which no request is answered before they are sent */
    enum service_debug debug;
    struct resp_limits limits;
    struct stats *stats;
    struct store *store; /* NULL where no command on state will come */
};

#endif
