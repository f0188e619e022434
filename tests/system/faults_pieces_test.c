/* Fault 13: bytes come and go in pieces, and every one of them arrives, once and in its place.
 *
 * Reads and writes of any size, with little room in the kernel on the client's side; then with
 * buffers of 4 KiB on the server's as well, which every send fills; and a kernel that says that it
 * has taken one byte, however many it was given. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "fault.h"
#include "network.h"
#include "tracer.h"

enum { LONG_BYTES = 8 << 20, MOST_AT_ONCE = 40000, FRAME_BYTES = 64 };

/* An ECHO of random bytes, and its answer. */
static char question[LONG_BYTES + FRAME_BYTES], answer[LONG_BYTES + FRAME_BYTES];
static size_t question_bytes, answer_bytes;

static void make_echo(int bytes)
{
    unsigned seed = 2;
    int head = sprintf(question, "*2\r\n$4\r\nECHO\r\n$%d\r\n", bytes);
    int answer_head = sprintf(answer, "$%d\r\n", bytes);
    for (int i = 0; i < bytes; i++)
        question[head + i] = (char)rand_r(&seed);
    memcpy(question + head + bytes, "\r\n", 2);
    memcpy(answer + answer_head, question + head, (size_t)bytes + 2);
    question_bytes = (size_t)(head + bytes + 2);
    answer_bytes = (size_t)(answer_head + bytes + 2);
}

/* Any of the lengths from 1 on, the short ones as often as the long. */
static size_t draw_length(unsigned *seed)
{
    size_t length = (size_t)rand_r(seed) % MOST_AT_ONCE + 1;
    return length >> (rand_r(seed) % 12) | 1;
}

static void send_piece(const struct peer *p, size_t *sent, size_t length)
{
    size_t left = question_bytes - *sent;
    ssize_t n =
        send(p->fd, question + *sent, length < left ? length : left, MSG_NOSIGNAL | MSG_DONTWAIT);
    *sent += n > 0 ? (size_t)n : 0;
}

static void receive_piece(const struct server *s, const struct peer *p, size_t *received,
                          size_t length)
{
    static char piece[MOST_AT_ONCE + 1];
    ssize_t n = recv(p->fd, piece, length, MSG_DONTWAIT);
    cr_assert(n > 0 && (size_t)n <= answer_bytes - *received, "%s: %zd behind %zu bytes",
              s->model->name, n, *received);
    cr_assert(memcmp(piece, answer + *received, (size_t)n) == 0, "%s: other bytes at %zu",
              s->model->name, *received);
    *received += (size_t)n;
}

/* Sends the one and receives the other in pieces of any size, with so much room in the kernel. */
static void exchange(const struct server *s, int room_bytes)
{
    unsigned seed = 1;
    struct peer p;
    size_t sent = 0, received = 0;
    fault_connect(&p, s);
    cr_assert_eq(setsockopt(p.fd, SOL_SOCKET, SO_RCVBUF, &room_bytes, sizeof room_bytes), 0);
    cr_assert_eq(setsockopt(p.fd, SOL_SOCKET, SO_SNDBUF, &room_bytes, sizeof room_bytes), 0);
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (received < answer_bytes) {
        struct pollfd ready = {.fd = p.fd, .events = POLLIN};
        ready.events |= sent < question_bytes ? POLLOUT : 0;
        cr_assert(poll(&ready, 1, PATIENCE_S * 1000) > 0 && clock_now_ns() < deadline_ns,
                  "%s: %zu bytes sent, %zu received", s->model->name, sent, received);
        size_t length = draw_length(&seed);
        if ((ready.revents & POLLOUT) != 0)
            send_piece(&p, &sent, length);
        if ((ready.revents & ~POLLOUT) != 0)
            receive_piece(s, &p, &received, length);
    }
    cr_expect(peer_ask(&p, "PING\r\n", "+PONG\r\n"));
    peer_close(&p);
}

FAULT_TEST(faults_pieces, fault_13_partial_writes_and_short_reads, FAULT_ALL)
{
    struct server server;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    make_echo(LONG_BYTES);
    exchange(&server, 65536);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* The buffers of a server's sockets are set by the network that it is in. */
FAULT_TEST(faults_pieces, fault_13_small_buffers, FAULT_ALL)
{
    enum { BYTES = 256 << 10, ROOM_BYTES = 4096 };
    struct server server;
    if (!network_enter_own() || !network_set("ipv4/tcp_wmem", "4096 4096 4096") ||
        !network_set("ipv4/tcp_rmem", "4096 4096 4096"))
        cr_skip_test("may not have a network of its own");
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    make_echo(BYTES);
    exchange(&server, ROOM_BYTES);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* How many bytes of the reply to `BLOB` are not among what came, each where a send began that sent
 * nothing. All others must be there, in order. */
static int count_holes(const char *in, size_t length, const char *reply, size_t reply_bytes)
{
    int holes = 0;
    size_t at = 0;
    for (size_t i = 0; i < length; i++, at++) {
        if (at < reply_bytes && in[i] != reply[at]) {
            at++;
            holes++;
        }
        cr_assert(at < reply_bytes && in[i] == reply[at], "byte %zu is not byte %zu", i, at);
    }
    return holes + (int)(reply_bytes - at);
}

/* Every other send is not made, though it is said to have taken a byte. The server believes that,
 * and goes on behind that byte: nothing is left out but those, and nothing is sent twice. */
FAULT_TEST(faults_pieces, fault_13_one_byte_is_taken, FAULT_ALL)
{
    enum { BLOB_BYTES = 1000000 };
    struct server server;
    struct tracer tracer;
    struct peer p;
    int head = sprintf(answer, "$%d\r\n", BLOB_BYTES);
    for (int i = 0; i < BLOB_BYTES; i++)
        answer[head + i] = (char)('a' + i % 26);
    memcpy(answer + head + BLOB_BYTES, "\r\n", 2);
    answer_bytes = (size_t)head + BLOB_BYTES + 2;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    tracer_attach(&tracer, &server,
                  (const char *[]){"trace=sendto", "inject=sendto:retval=1:when=1+2", NULL});
    fault_connect(&p, &server);
    peer_send_text(&p, "BLOB 1000000\r\n");
    peer_half_close(&p);
    cr_expect(peer_await_end(&p), "%s: state %d", model->name, (int)p.state);
    int holes = count_holes(p.in, p.length, answer, answer_bytes);
    peer_close(&p);
    process_await_census(&server.process, base.census);
    char *calls = tracer_detach(&tracer);
    int injected = count_lines(calls, "sendto", "INJECTED");
    cr_expect(injected > 0 && holes == injected, "%s: %d sends were not made, %d bytes are missing",
              model->name, injected, holes);
    free(calls);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}
