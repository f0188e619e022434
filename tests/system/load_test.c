/* Servers under load: ended in the middle of it, with clients that break off or never read. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "peer.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(load, NAME)                                                        \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, load, NAME, .timeout = 120)

enum { CLIENTS = 16, BATCH = 8, MESSAGE_BYTES = 1000, ENOUGH_REPLIES = 2000 };

/* The end must come within the drain time; a loaded machine and a sanitizer may add this. */
enum { DRAIN_MS = 5000, SLACK_MS = 2000 };

/* One client that asks as fast as it can until its connection ends. */
struct hammer {
    pthread_t thread;
    struct peer peer;
    atomic_int *replies; /* of all clients together */
    char request[MESSAGE_BYTES + 64], reply[MESSAGE_BYTES + 64];
    int answered;
    const char *fault; /* what was wrong, or NULL */
};

/* Whole replies to the last batch, whatever their number, and every one this client's own. */
static const char *check_replies(struct hammer *h, const struct peer *p)
{
    size_t length = strlen(h->reply);
    if (p->length % length != 0)
        return "part of a reply";
    for (size_t at = 0; at < p->length; at += length)
        if (memcmp(p->in + at, h->reply, length) != 0)
            return "another reply";
    h->answered += (int)(p->length / length);
    atomic_fetch_add(h->replies, (int)(p->length / length));
    return NULL;
}

static void *hammer(void *argument)
{
    struct hammer *h = argument;
    struct peer *p = &h->peer;
    while (p->state == PEER_OPEN && h->fault == NULL) {
        peer_forget(p);
        for (int i = 0; i < BATCH; i++)
            peer_send_text(p, h->request);
        peer_await_length(p, BATCH * strlen(h->reply));
        h->fault = check_replies(h, p);
    }
    if (h->fault == NULL && p->state == PEER_SILENT)
        h->fault = "silence";
    /* A connection that was never accepted may be reset when the listener closes. */
    if (h->fault == NULL && p->state == PEER_RESET && h->answered > 0)
        h->fault = "a reset";
    peer_close(p);
    return NULL;
}

static void start_hammer(struct hammer *h, int number, const struct server *server,
                         atomic_int *replies)
{
    *h = (struct hammer){.replies = replies};
    cr_assert(peer_connect(&h->peer, server), "%m");
    char message[MESSAGE_BYTES + 1];
    memset(message, 'a' + number, MESSAGE_BYTES);
    message[MESSAGE_BYTES] = '\0';
    snprintf(h->request, sizeof h->request, "ECHO %s\r\n", message);
    snprintf(h->reply, sizeof h->reply, "$%d\r\n%s\r\n", MESSAGE_BYTES, message);
    cr_assert(pthread_create(&h->thread, NULL, hammer, h) == 0);
}

/* Every connection ends behind a whole reply, and the server in good time, with all counted. */
static void end_under_load(const struct server_model *model, int signal_number)
{
    struct server server;
    struct hammer hammers[CLIENTS];
    atomic_int replies = 0;
    server_start(&server, model, (const char *[]){"--drain-timeout=5", NULL});
    for (int i = 0; i < CLIENTS; i++)
        start_hammer(&hammers[i], i, &server, &replies);
    while (atomic_load(&replies) < ENOUGH_REPLIES)
        pause_ms();
    int64_t start_ns = clock_now_ns();
    char *served = server_stop(&server, signal_number);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(hammers[i].thread, NULL);
        cr_expect(hammers[i].fault == NULL, "%s: client %d, after %d replies, got %s", model->name,
                  i, hammers[i].answered, hammers[i].fault);
    }
    cr_expect(took_ms < DRAIN_MS + SLACK_MS, "%s took %d ms to end", model->name, (int)took_ms);
    cr_expect(field_number(served, "commands") >= atomic_load(&replies), "%s: %d replies", served,
              atomic_load(&replies));
    free(served);
}

MODEL_TEST(sigterm)
{
    end_under_load(model, SIGTERM);
}

MODEL_TEST(sigint)
{
    end_under_load(model, SIGINT);
}

struct flooder {
    const struct server *server;
    atomic_bool is_served;
};

/* Asks without ever waiting for an answer, until the connection ends. */
static void *flood(void *argument)
{
    static const char requests[] =
        "PING\r\nPING\r\nPING\r\nPING\r\nPING\r\nPING\r\nPING\r\nPING\r\n";
    struct flooder *flooder = argument;
    struct peer p;
    if (!peer_connect(&p, flooder->server))
        return NULL;
    while (p.state == PEER_OPEN) {
        peer_send_text(&p, requests);
        if (p.length > 0)
            atomic_store(&flooder->is_served, true);
        if (p.length > 1 << 20)
            peer_forget(&p);
    }
    peer_close(&p);
    return NULL;
}

/* A client that never falls silent does not keep the server from ending. */
MODEL_TEST(flood)
{
    struct server server;
    pthread_t thread;
    server_start(&server, model, (const char *[]){"--drain-timeout=1", NULL});
    struct flooder flooder = {.server = &server};
    cr_assert(pthread_create(&thread, NULL, flood, &flooder) == 0);
    while (!atomic_load(&flooder.is_served))
        pause_ms();
    int64_t start_ns = clock_now_ns();
    char *served = server_stop(&server, SIGTERM);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < 1000 + SLACK_MS, "%s took %d ms to end", model->name, (int)took_ms);
    pthread_join(thread, NULL);
    free(served);
}

/* Many clients at once, then none: descriptors, threads and processes are given back. */
MODEL_TEST(crowd_leaves_nothing)
{
    enum { CROWD = 200 };
    struct server server;
    struct peer peers[CROWD];
    server_start_for(&server, model, CROWD, NULL);
    struct census base = process_census(&server.process);
    for (int i = 0; i < CROWD; i++) {
        cr_assert(peer_connect(&peers[i], &server), "%s: %m", model->name);
        peer_send_text(&peers[i], "PING\r\n");
    }
    for (int i = 0; i < CROWD; i++) {
        cr_expect(peer_await_length(&peers[i], strlen("+PONG\r\n")), "%s: client %d", model->name,
                  i);
        peer_close(&peers[i]);
    }
    process_await_census(&server.process, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "connections") == CROWD, "%s", served);
    cr_expect(field_number(served, "commands") == CROWD, "%s", served);
    free(served);
}

/* What a long request needed is given back when it is answered, though its client stays. */
MODEL_TEST(memory_of_a_long_request_is_given_back)
{
    enum { LONG_BYTES = 32 << 20 };
    static char request[LONG_BYTES + 64];
    struct server server;
    struct peer peer;
    if (SANITIZED)
        cr_skip("a sanitizer keeps memory that was freed");
    server_start(&server, model, NULL);
    cr_assert(peer_connect(&peer, &server), "%m");
    cr_expect(peer_ask(&peer, "PING\r\n", "+PONG\r\n"));
    int64_t base_kb = process_memory_kb(&server.process);
    int head = snprintf(request, sizeof request, "*2\r\n$4\r\nECHO\r\n$%d\r\n", LONG_BYTES);
    memset(request + head, 'm', LONG_BYTES);
    memcpy(request + head + LONG_BYTES, "\r\n", 2);
    peer_forget(&peer);
    peer_send(&peer, request, (size_t)head + LONG_BYTES + 2);
    cr_expect(peer_await_length(&peer, LONG_BYTES + 2));
    peer_await_ending(&peer, "m\r\n", 3);
    cr_expect(peer_ask(&peer, "PING\r\n", "+PONG\r\n"));
    int64_t kept_kb = process_memory_kb(&server.process) - base_kb;
    cr_expect(kept_kb < LONG_BYTES / 1024 / 4, "%s keeps %d KiB", model->name, (int)kept_kb);
    peer_close(&peer);
    free(server_stop(&server, SIGTERM));
}
