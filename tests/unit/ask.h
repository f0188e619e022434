/* ask: one request to the service, without a server around it. */
#ifndef ASK_H
#define ASK_H

#include "session.h"

struct service;

/* A service that stands on no socket: pid 42, port 31470, seven clients at most, DEBUG refused. Its
 * counters are the caller's to destroy. */
struct service ask_service(int workers);

/* What a new client is answered, to be freed; *state, if not NULL, tells how it goes on. */
char *ask(const struct service *service, const char *request, enum session_state *state);

#endif
