/* What can only be seen, or made to happen, at the border to the kernel. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "tracer.h"

/* Strace can wait for ever for a process that ends while it is let go: first all clients' processes
 * and threads have ended. */
static char *detach_when_idle(struct tracer *tracer, const struct server *server,
                              struct census base)
{
    process_await_census(&server->process, base);
    return tracer_detach(tracer);
}

ParameterizedTestParameters(traced, batch)
{
    return server_model_parameters();
}

/* Requests that arrive together are answered together. */
ParameterizedTest(struct server_model *model, traced, batch, .timeout = 60)
{
    enum { REQUESTS = 100 };
    struct server server;
    struct tracer tracer;
    struct peer peer;
    char requests[REQUESTS * 6 + 1] = "";
    for (int i = 0; i < REQUESTS; i++)
        strcat(requests, "PING\r\n");
    server_start(&server, model, NULL);
    struct census base = process_census(&server.process);
    tracer_attach(&tracer, &server,
                  (const char *[]){"trace=write,writev,sendto,sendmsg,sendmmsg", NULL});
    cr_assert(peer_connect(&peer, &server));
    peer_send_text(&peer, requests);
    cr_expect(peer_await_length(&peer, REQUESTS * strlen("+PONG\r\n")));
    peer_close(&peer);
    char *calls = detach_when_idle(&tracer, &server, base);
    int sends = count_lines(calls, "TCP", "PONG") + count_lines(calls, "socket:", "PONG");
    cr_expect(sends == 1, "%s: %d sends for one batch:\n%s", model->name, sends, calls);
    free(calls);
    free(server_stop(&server, SIGTERM));
}

ParameterizedTestParameters(traced, spawn_failure)
{
    return server_model_parameters();
}

/* A client for whom no thread or process can be made hears of it; all others are served. A model
 * that makes none serves everyone, and then nothing was injected either. */
ParameterizedTest(struct server_model *model, traced, spawn_failure, .timeout = 60)
{
    enum { CLIENTS = 5 };
    struct server server;
    struct tracer tracer;
    struct peer peer;
    int refused = 0;
    server_start(&server, model, NULL);
    struct census base = process_census(&server.process);
    /* What is made once, with the first thread, exists before the trouble begins. */
    cr_assert(peer_connect(&peer, &server));
    cr_expect(peer_ask(&peer, "PING\r\n", "+PONG\r\n"));
    peer_close(&peer);
    process_await_census(&server.process, base); /* nothing ends while it is being attached to */
    tracer_attach(&tracer, &server,
                  (const char *[]){"trace=clone,clone3,fork,vfork",
                                   "inject=clone,clone3,fork,vfork:error=EAGAIN", NULL});
    for (int i = 0; i < CLIENTS; i++) {
        cr_assert(peer_connect(&peer, &server));
        peer_half_close(&peer);
        cr_expect(peer_await_end(&peer), "%s: a refused client's connection broke", model->name);
        if (peer.length > 0) {
            refused++;
            cr_expect(memcmp(peer.in, "-ERR no ", 8) == 0 &&
                          memchr(peer.in, '\n', peer.length) == peer.in + peer.length - 1,
                      "%s: refused with \"%.*s\"", model->name, (int)peer.length, peer.in);
        }
        peer_close(&peer);
    }
    char *calls = tracer_detach(&tracer);
    /* Spawns of the server, not of a sanitizer that makes a thread in each child it watches. */
    int injected = count_calls_of(calls, server.process.pid, "INJECTED");
    free(calls);
    cr_assert(peer_connect(&peer, &server));
    cr_expect(peer_ask(&peer, "PING\r\n", "+PONG\r\n"), "%s does not recover", model->name);
    peer_close(&peer);
    process_await_census(&server.process, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(refused == injected, "%s: %d spawns failed, %d clients were told", model->name,
              injected, refused);
    cr_expect(injected == 0 || injected == CLIENTS);
    cr_expect((int)field_number(served, "spawn_failures") == injected, "%s: %s", model->name,
              served);
    free(served);
}
