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

static void break_at_once(struct peer *p)
{
    peer_break(p);
}

static void break_within_request(struct peer *p)
{
    peer_send_text(p, "*2\r\n$4\r\nECHO\r\n$100\r\nabc");
    peer_await_taken(p);
    peer_break(p);
}

/* More replies than the sockets' buffers hold: the server is in the middle of a send. */
static void break_with_replies_pending(struct peer *p)
{
    for (int i = 0; i < 10; i++)
        peer_send_text(p, "BLOB 4000000\r\n");
    peer_await_length(p, 1000);
    peer_break(p);
}

static void leave_without_reading(struct peer *p)
{
    for (int i = 0; i < 100; i++)
        peer_send_text(p, "ECHO 0123456789\r\n");
    peer_close(p);
}

MODEL_TEST(broken_connections)
{
    static void (*const ways[])(struct peer *) = {
        break_at_once, break_within_request, break_with_replies_pending, leave_without_reading};
    enum { WAYS = sizeof ways / sizeof *ways, TIMES = 50 };
    struct server server;
    struct peer peer;
    server_start(&server, model, NULL);
    struct census base = process_census(&server.process);
    for (int i = 0; i < WAYS * TIMES; i++) {
        cr_assert(peer_connect(&peer, &server), "%s: %m", model->name);
        ways[i % WAYS](&peer);
    }
    int64_t start_ns = clock_now_ns();
    cr_assert(peer_connect(&peer, &server));
    cr_expect(peer_ask(&peer, "PING\r\n", "+PONG\r\n"), "%s is gone", model->name);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < 1000, "%s answered after %d ms", model->name, (int)took_ms);
    peer_close(&peer);
    process_await_census(&server.process, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "children_killed") == 0, "%s", served);
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

/* ---- clients that never read ---- */

/* The blob is more than the kernel holds for a client that does not read, and little enough for a
 * sanitized server to make it at once. */
enum { WRITE_TIMEOUT_MS = 1000, ECHO_BYTES = 50021, BLOB_BYTES = 24 << 20 };

static void start_impatient(struct server *server, const struct server_model *model,
                            struct peer *peer)
{
    server_start(server, model, (const char *[]){"--write-timeout=1", "--verbose", NULL});
    cr_assert(peer_connect(peer, server), "%m");
}

/* Awaits that the client is given up, as the server says, in good time from `start_ns` on; then
 * another one is served at once. */
static void expect_given_up(const struct server *server, int64_t start_ns, int most_ms)
{
    struct peer next;
    process_await_error(&server->process, "did not take its replies in time");
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms >= WRITE_TIMEOUT_MS && took_ms < most_ms, "%s: given up after %d ms",
              server->model->name, (int)took_ms);
    start_ns = clock_now_ns();
    cr_assert(peer_connect(&next, server), "%m");
    cr_expect(peer_ask(&next, "PING\r\n", "+PONG\r\n"));
    took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < 1000, "%s: the next client waited %d ms", server->model->name,
              (int)took_ms);
    peer_close(&next);
}

static void expect_one_write_timeout(struct server *server)
{
    char *served = server_stop(server, SIGTERM);
    cr_expect(field_number(served, "write_timeouts") == 1, "%s", served);
    cr_expect(field_number(served, "connections") == 2, "%s", served);
    cr_expect(field_number(served, "resets") == 0, "%s", served);
    free(served);
}

/* Sends a request again and again, reading nothing, until the connection breaks. */
static void flood_unread(struct peer *p, const char *request, size_t length)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (clock_now_ns() < deadline_ns) {
        size_t offset = (size_t)(p->sent % length);
        ssize_t n = send(p->fd, request + offset, length - offset, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            p->sent += (uint64_t)n;
        else if (errno == EAGAIN)
            poll(&(struct pollfd){.fd = p->fd, .events = POLLOUT}, 1, 1000);
        else
            return;
    }
    cr_assert_fail("the connection does not break");
}

/* One that has sent more than the server reads: its connection is reset, after whole replies and a
 * part of one. Whether the reset is still seen behind them is the kernel's choice. */
MODEL_TEST(flood_that_is_never_read)
{
    static char request[ECHO_BYTES + 8], reply[ECHO_BYTES + 16], message[ECHO_BYTES + 1];
    struct server server;
    struct peer peer;
    memset(message, 'e', ECHO_BYTES);
    snprintf(request, sizeof request, "ECHO %s\r\n", message);
    size_t length = (size_t)snprintf(reply, sizeof reply, "$%d\r\n%s\r\n", ECHO_BYTES, message);
    start_impatient(&server, model, &peer);
    int64_t start_ns = clock_now_ns();
    flood_unread(&peer, request, strlen(request));
    expect_given_up(&server, start_ns, WRITE_TIMEOUT_MS + DRAIN_MS); /* the flood takes its time */
    cr_expect(peer_await_end(&peer) || peer.state == PEER_RESET);
    cr_expect(peer.length / length < peer.sent / strlen(request), "%s: every reply came",
              model->name);
    cr_expect(peer.length % length != 0, "%s: the end is not inside a reply", model->name);
    for (size_t at = 0; at + length <= peer.length; at += length)
        cr_assert(memcmp(peer.in + at, reply, length) == 0, "%s: another reply", model->name);
    peer_close(&peer);
    expect_one_write_timeout(&server);
}

/* One that has asked once: what the kernel holds still comes, and then the end, in order. */
MODEL_TEST(reply_that_is_never_read)
{
    struct server server;
    struct peer peer;
    char request[32];
    start_impatient(&server, model, &peer);
    int64_t start_ns = clock_now_ns();
    snprintf(request, sizeof request, "BLOB %d\r\n", BLOB_BYTES);
    peer_send_text(&peer, request);
    expect_given_up(&server, start_ns, WRITE_TIMEOUT_MS + (SANITIZED ? SLACK_MS : 800));
    cr_expect(peer_await_end(&peer), "%s: state %d", model->name, (int)peer.state);
    cr_expect(peer.length > 0 && peer.length < BLOB_BYTES, "%s: %zu bytes came", model->name,
              peer.length);
    peer_close(&peer);
    expect_one_write_timeout(&server);
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
