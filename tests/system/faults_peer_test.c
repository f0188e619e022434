/* Faults 8 to 12: clients that break off, vanish, trickle, never read, or write before they read.
 * Afterwards, as always, the server is what it was.
 *
 *  8  RST: before accept, within a request, with replies pending.
 *  9  The client vanishes without FIN: a time-out frees what it held.
 * 10  More clients than can be served at once send a byte now and then: the deadline is for the
 *     whole request, and strikes. Others are served meanwhile, or at the latest when it does; where
 *     --max-clients is reached they are refused until then.
 * 11  A client never reads: little memory is held for it, and it is cut off at the write deadline.
 * 12  A client writes 20 MB before it reads: the same, so neither waits for the other for ever. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"

/* What a loaded machine and a sanitizer may add to a time that is awaited. */
enum { SLACK_MS = SANITIZED ? 4000 : 1000 };

static void expect_number(const char *line, const char *key, double value)
{
    cr_expect(field_number(line, key) == value, "%s is not %.0f in: %s", key, value, line);
}

static int64_t since_ms(int64_t start_ns)
{
    return (clock_now_ns() - start_ns) / CLOCK_MS;
}

/* ---- 8: resets ---- */

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

FAULT_TEST(faults_peer, fault_08_resets, FAULT_ALL)
{
    static void (*const ways[])(struct peer *) = {
        break_at_once, break_within_request, break_with_replies_pending, leave_without_reading};
    enum { WAYS = sizeof ways / sizeof *ways, TIMES = 50 };
    struct server server;
    struct peer peer;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < WAYS * TIMES; i++) {
        fault_connect(&peer, &server);
        ways[i % WAYS](&peer);
    }
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_killed", 0);
    expect_number(served, "children_failed", 0);
    free(served);
}

/* They have connected, sent and gone while nobody of the server could run. */
FAULT_TEST(faults_peer, fault_08_resets_before_accept, FAULT_ALL)
{
    enum { CLIENTS = 50 };
    struct server server;
    struct peer peer;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    kill(-server.process.pid, SIGSTOP);
    for (int i = 0; i < CLIENTS; i++) {
        fault_connect(&peer, &server);
        peer_send_text(&peer, i % 2 == 0 ? "PING\r\n" : "PI");
        peer_break(&peer);
    }
    server_go_on(&server);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "children_failed", 0);
    free(served);
}

/* ---- 9: gone without a word ---- */

/* The kernel forgets the connection and tells nobody, as if the machine had lost its power. (It
 * answers what the server sends later by RST, as after a restart.) */
static void vanish(struct peer *p)
{
    int on = 1;
    if (setsockopt(p->fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) != 0)
        cr_skip_test("a connection cannot vanish here: TCP_REPAIR: %s", strerror(errno));
    peer_close(p);
}

FAULT_TEST(faults_peer, fault_09_vanished_without_fin, FAULT_ALL)
{
    enum { TIMEOUT_MS = 500 };
    struct server server;
    struct peer idle, asking;
    server_start(&server, model,
                 (const char *[]){"--idle-timeout=500ms", "--request-timeout=500ms", NULL});
    struct fault_base base = fault_base(&server);
    fault_connect(&idle, &server);
    cr_expect(peer_ask(&idle, "PING\r\n", "+PONG\r\n"));
    fault_connect(&asking, &server);
    peer_send_text(&asking, "ECHO ab");
    if (server_serves_many(model))
        peer_await_taken(&asking);
    int64_t start_ns = clock_now_ns();
    vanish(&idle);
    vanish(&asking);
    process_await_census(&server.process, base.census);
    int64_t took_ms = since_ms(start_ns);
    cr_expect(took_ms < 2 * TIMEOUT_MS + SLACK_MS, "%s: their places were free after %d ms",
              model->name, (int)took_ms);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "idle_timeouts", 1);
    expect_number(served, "request_timeouts", 1);
    free(served);
}

/* ---- 10: trickling ---- */

enum { DEADLINE_MS = 1000, TRICKLERS = 300 };

/* Each sends a byte of its request. Returns how many connections are still open. */
static int trickle(struct peer *peers, int count)
{
    int open = 0;
    for (int i = 0; i < count; i++) {
        char byte;
        if (peers[i].state != PEER_OPEN)
            continue;
        ssize_t n = recv(peers[i].fd, &byte, 1, MSG_DONTWAIT);
        if (n >= 0 || errno != EAGAIN) /* nothing is ever answered */
            peers[i].state = n == 0 ? PEER_ENDED : PEER_RESET;
        else
            peer_send_text(&peers[i], "x");
        open += peers[i].state == PEER_OPEN;
    }
    return open;
}

/* So many that all are cut off within a few deadlines. */
static int count_tricklers(const struct server_model *model)
{
    if (!server_serves_many(model))
        return 2;
    return model->has_workers ? 2 * SERVER_WORKERS : TRICKLERS;
}

/* How long a new client waits at most: where somebody is free for it not at all, else until those
 * before it are cut off. */
static int64_t longest_wait_ms(const struct server_model *model)
{
    if (!server_serves_many(model) || model->has_workers)
        return 3 * DEADLINE_MS + SLACK_MS;
    return fault_prompt_ms();
}

FAULT_TEST(faults_peer, fault_10_trickling_clients, FAULT_ALL)
{
    static struct peer peers[TRICKLERS];
    int count = count_tricklers(model);
    struct server server;
    struct peer fresh;
    server_start(&server, model, (const char *[]){"--request-timeout=1", NULL});
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < count; i++) {
        fault_connect(&peers[i], &server);
        peer_send_text(&peers[i], "ECHO ");
    }
    int64_t start_ns = clock_now_ns();
    fault_connect(&fresh, &server);
    peer_send_text(&fresh, "PING\r\n");
    int64_t answered_ms = -1;
    while (trickle(peers, count) > 0 || answered_ms < 0) {
        if (answered_ms < 0 && fault_hears_within(&fresh, 0))
            answered_ms = since_ms(start_ns);
        cr_assert(since_ms(start_ns) < 3 * DEADLINE_MS + SLACK_MS, "%s: they stay", model->name);
        for (int i = 0; i < 10; i++)
            pause_ms();
    }
    cr_log_info("%s: PING waited %d ms, the last was cut off after %d ms", model->name,
                (int)answered_ms, (int)since_ms(start_ns));
    cr_expect(answered_ms <= longest_wait_ms(model), "%s: a new client waited %d ms", model->name,
              (int)answered_ms);
    peer_close(&fresh);
    for (int i = 0; i < count; i++)
        peer_close(&peers[i]);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "request_timeouts", count);
    free(served);
}

enum { ROOM = SERVER_WORKERS, TOO_MANY = 12 };

/* They trickle like the others, but are told at once that there is no room. */
static void expect_no_room(const struct server *s)
{
    static const char refusal[] = "-ERR max number of clients reached\r\n";
    for (int i = 0; i < TOO_MANY; i++) {
        struct peer p;
        fault_connect(&p, s);
        peer_send_text(&p, "ECHO ");
        cr_expect(peer_await_end(&p) && p.length == sizeof refusal - 1 &&
                      memcmp(p.in, refusal, p.length) == 0,
                  "%s: state %d, \"%.*s\"", s->model->name, (int)p.state, (int)p.length, p.in);
        peer_close(&p);
    }
}

/* Comes again and again, until it is let in and nobody else is there. */
static void await_room(const struct server *s)
{
    struct peer p;
    int64_t start_ns = clock_now_ns();
    fault_connect(&p, s);
    while (!peer_ask(&p, "PING\r\n", "+PONG\r\n")) {
        cr_assert(since_ms(start_ns) < SLACK_MS, "%s has no room", s->model->name);
        peer_close(&p);
        pause_ms();
        fault_connect(&p, s);
    }
    fault_await_alone(&p, s);
    peer_close(&p);
}

/* Every place that --max-clients leaves is taken by one of them, until the deadline. */
FAULT_TEST(faults_peer, fault_10_no_room_but_for_trickling_clients, FAULT_ALL)
{
    struct server server;
    struct peer peers[ROOM];
    char limit[32];
    if (!server_serves_many(model))
        cr_skip_test("%s has one client at a time; the others wait", model->name);
    snprintf(limit, sizeof limit, "--max-clients=%d", ROOM);
    server_start_for(&server, model, ROOM + TOO_MANY,
                     (const char *[]){limit, "--request-timeout=1", NULL});
    struct fault_base base = fault_base_for(&server, ROOM - 1);
    for (int i = 0; i < ROOM; i++) {
        fault_connect(&peers[i], &server);
        if (i == 0)
            fault_await_alone(&peers[i], &server);
        cr_assert(peer_ask(&peers[i], "PING\r\n", "+PONG\r\n"), "%s: client %d", model->name, i);
    }
    int64_t start_ns = clock_now_ns();
    cr_assert_eq(trickle(peers, ROOM), ROOM);
    expect_no_room(&server);
    while (trickle(peers, ROOM) > 0) {
        cr_assert(since_ms(start_ns) < DEADLINE_MS + SLACK_MS, "%s: they stay", model->name);
        for (int i = 0; i < 10; i++)
            pause_ms();
    }
    cr_expect(since_ms(start_ns) >= DEADLINE_MS, "%s: too early", model->name);
    for (int i = 0; i < ROOM; i++)
        peer_close(&peers[i]);
    await_room(&server);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    expect_number(served, "request_timeouts", ROOM);
    cr_expect(field_number(served, "rejected") >= TOO_MANY, "%s", served);
    free(served);
}

/* ---- 11: never reads ---- */

/* The blob is more than the kernel holds for a client that does not read, and little enough for a
 * sanitized server to make it at once. */
enum {
    WRITE_TIMEOUT_MS = 1000,
    ECHO_BYTES = 100000,
    BLOB_BYTES = 24 << 20,
    MOST_HELD_KB = 2048,
    MOST_TAKEN_BYTES = 256 << 20,
    FLOOD_BYTES = 20000000,
    FLOOD_MS = 5000 /* that sending so much may take on a loaded machine */
};

static void start_impatient(struct server *server, const struct server_model *model)
{
    server_start(server, model, (const char *[]){"--write-timeout=1", "--verbose", NULL});
}

/* Awaits that the client is given up, as the server says, in good time from `start_ns` on; then
 * another one is served at once. */
static void expect_given_up(const struct server *server, int64_t start_ns, int most_ms)
{
    process_await_error(&server->process, "did not take its replies in time");
    int64_t took_ms = since_ms(start_ns);
    cr_expect(took_ms >= WRITE_TIMEOUT_MS && took_ms < most_ms, "%s: given up after %d ms",
              server->model->name, (int)took_ms);
    fault_expect_prompt_answer(server);
}

static void expect_one_write_timeout(struct server *server, struct fault_base base)
{
    fault_expect_clean(server, base);
    char *served = server_stop(server, SIGTERM);
    expect_number(served, "write_timeouts", 1);
    expect_number(served, "resets", 0);
    free(served);
}

/* A peer with so much room for replies, or twice that. */
static void connect_narrow(struct peer *p, const struct server *s, int bytes)
{
    fault_connect(p, s);
    cr_assert_eq(setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
}

static char request[ECHO_BYTES + 64], reply[ECHO_BYTES + 16];

static size_t make_echo(void)
{
    static char message[ECHO_BYTES + 1];
    memset(message, 'e', ECHO_BYTES);
    snprintf(request, sizeof request, "*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", ECHO_BYTES, message);
    return (size_t)snprintf(reply, sizeof reply, "$%d\r\n%s\r\n", ECHO_BYTES, message);
}

/* Sends a request again and again, reading nothing: so many bytes, or until nothing more is taken
 * for a while, or the connection breaks. Returns how many were sent. */
static uint64_t flood_unread(struct peer *p, const char *question, uint64_t most, int patience_ms)
{
    const size_t length = strlen(question);
    while (p->sent < most) {
        size_t offset = (size_t)(p->sent % length);
        ssize_t n = send(p->fd, question + offset, length - offset, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            p->sent += (uint64_t)n;
        else if (errno != EAGAIN ||
                 poll(&(struct pollfd){.fd = p->fd, .events = POLLOUT}, 1, patience_ms) == 0)
            break;
    }
    return p->sent;
}

/* Once it takes nothing more, the server holds for it what one client may cost, and that is little.
 */
static void expect_little_held(const struct server *s, struct fault_base base, const char *question)
{
    enum { STUCK_MS = 200 };
    struct peer glutton;
    connect_narrow(&glutton, s, 4096);
    uint64_t sent = flood_unread(&glutton, question, MOST_TAKEN_BYTES, STUCK_MS);
    cr_expect(sent < MOST_TAKEN_BYTES, "%s takes everything", s->model->name);
    /* A process for this client alone counts with what any has: mostly pages that all share. */
    bool is_forked = process_census(&s->process).processes > base.census.processes;
    int64_t held_kb = process_memory_kb(&s->process) - base.memory_kb;
    int64_t most_kb = MOST_HELD_KB + (is_forked ? base.memory_kb : 0);
    cr_log_info("%s: %d KiB for a client that never reads", s->model->name, (int)held_kb);
    cr_expect(SANITIZED || held_kb < most_kb, "%s holds %d KiB", s->model->name, (int)held_kb);
    if (server_serves_many(s->model))
        fault_expect_prompt_answer(s);
    peer_break(&glutton);
    fault_expect_clean(s, base);
}

/* Long requests, and short ones of which a single read brings many, each with a long reply. */
FAULT_TEST(faults_peer, fault_11_never_reads_costs_little, FAULT_ALL)
{
    struct server server;
    make_echo();
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    expect_little_held(&server, base, request);
    expect_little_held(&server, base, "BLOB 100000\r\n");
    free(server_stop(&server, SIGTERM));
}

/* One that has asked once: what the kernel holds still comes, and then the end, in order. */
FAULT_TEST(faults_peer, fault_11_reply_that_is_never_read, FAULT_ALL)
{
    struct server server;
    struct peer peer;
    char blob[32];
    start_impatient(&server, model);
    struct fault_base base = fault_base(&server);
    fault_connect(&peer, &server);
    int64_t start_ns = clock_now_ns();
    snprintf(blob, sizeof blob, "BLOB %d\r\n", BLOB_BYTES);
    peer_send_text(&peer, blob);
    expect_given_up(&server, start_ns, WRITE_TIMEOUT_MS + SLACK_MS);
    cr_expect(peer_await_end(&peer), "%s: state %d", model->name, (int)peer.state);
    cr_expect(peer.length > 0 && peer.length < BLOB_BYTES, "%s: %zu bytes came", model->name,
              peer.length);
    peer_close(&peer);
    expect_one_write_timeout(&server, base);
}

/* ---- 12: both write first ---- */

/* It has sent more than the server reads, so its connection is reset, after whole replies and a
 * part of one. Whether the reset is still seen behind them is the kernel's choice. */
FAULT_TEST(faults_peer, fault_12_both_write_first, FAULT_ALL)
{
    struct server server;
    struct peer peer;
    size_t length = make_echo();
    start_impatient(&server, model);
    struct fault_base base = fault_base(&server);
    fault_connect(&peer, &server);
    int64_t start_ns = clock_now_ns();
    uint64_t sent = flood_unread(&peer, request, FLOOD_BYTES, PATIENCE_S * 1000);
    cr_expect(sent < FLOOD_BYTES, "%s takes all of it", model->name);
    expect_given_up(&server, start_ns, WRITE_TIMEOUT_MS + FLOOD_MS);
    cr_expect(peer_await_end(&peer) || peer.state == PEER_RESET);
    cr_expect(peer.length / length < peer.sent / strlen(request), "%s: every reply came",
              model->name);
    cr_expect(peer.length % length != 0, "%s: the end is not inside a reply", model->name);
    for (size_t at = 0; at + length <= peer.length; at += length)
        cr_assert(memcmp(peer.in + at, reply, length) == 0, "%s: another reply", model->name);
    peer_close(&peer);
    expect_one_write_timeout(&server, base);
}
