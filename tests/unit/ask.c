#include "ask.h"

#include <criterion/criterion.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "service.h"
#include "session.h"
#include "stats.h"

struct service ask_service(int workers)
{
    struct stats *stats = stats_create(workers);
    cr_assert_not_null(stats);
    return (struct service){
        .server = "server_test",
        .model = "none",
        .host = "127.0.0.1",
        .port = 31470,
        .pid = 42,
        .started_ns = clock_now_ns(),
        .max_clients = 7,
        .pending_bytes = SESSION_FULL_BYTES,
        .limits = resp_default_limits,
        .stats = stats,
    };
}

char *ask(const struct service *service, const char *request, enum session_state *state)
{
    struct session session;
    struct buf in = buf_over(NULL, 0), out = buf_over(NULL, 0);
    session_init(&session, service);
    cr_assert(buf_append(&in, request, strlen(request)));
    enum session_state now = session_run(&session, &in, &out);
    if (state != NULL)
        *state = now;
    cr_assert(buf_append(&out, "", 1));
    char *reply = strdup(buf_head(&out));
    session_free(&session);
    buf_free(&in);
    buf_free(&out);
    return reply;
}
