/* Clients that misbehave, one or thousands at a time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "actions.h"
#include "clock.h"
#include "report.h"

enum {
    STORM = SANITIZED ? 200 : 2000,
    CROWD = SOAK_MAX_CLIENTS + 60,
    HALVES = 200,
    GARBAGE = 60,
    TRICKLERS = 3,
    DEAF = 2,       /* peers that read nothing */
    LATE_MS = 1500, /* by how much a time-out may come late */
};

/* One with connections that this client keeps occupies, with the load and a new client, no more
 * workers than there are; one client at a time is more than enough for who serves no more. */
static int as_many_as_can_wait(const struct soak *s, int clients)
{
    return s->target.serves_many ? clients : 1;
}

static int nothing(struct soak *s)
{
    (void)s;
    return 0;
}

static int storm(struct soak *s, bool by_reset)
{
    for (int i = 0; i < STORM; i++) {
        struct peer p;
        if (!soak_connect(s, &p)) {
            soak_violation(s, "cannot connect: %m");
            return i;
        }
        if (by_reset)
            peer_break(&p);
        else
            peer_close(&p);
    }
    /* It is over when the server has seen all of them off: with a process for each, that takes as
     * long as it takes. */
    report_await(s, "total_connections_received", atomic_load(&s->connects));
    return STORM;
}

static int storm_of_ends(struct soak *s)
{
    return storm(s, false);
}

static int storm_of_resets(struct soak *s)
{
    return storm(s, true);
}

static int half_requests(struct soak *s)
{
    static const char request[] =
        "*3\r\n$3\r\nSET\r\n$9\r\nsoak:half\r\n$1000\r\nand never the rest";
    for (int i = 0; i < HALVES; i++) {
        struct peer p;
        if (!soak_connect(s, &p)) {
            soak_violation(s, "cannot connect: %m");
            return i;
        }
        peer_send(&p, request, 1 + (size_t)soak_draw(&s->random, sizeof request - 2));
        if (i % 2 == 0)
            peer_close(&p);
        else
            peer_break(&p);
    }
    return HALVES;
}

/* A request that never ends, a byte at a time: cut at its deadline, which counts from its first
 * byte, and no byte puts off. */
static int tricklers(struct soak *s)
{
    struct peer peers[TRICKLERS];
    int64_t end_ns[TRICKLERS] = {0}, start_ns = clock_now_ns();
    int count = as_many_as_can_wait(s, TRICKLERS), left = count;
    for (int i = 0; i < count; i++)
        if (!soak_connect(s, &peers[i])) {
            soak_violation(s, "cannot connect: %m");
            count = left = i;
        }
    if (s->target.serves_many)
        soak_expect_answer(s);
    while (left > 0 && clock_now_ns() - start_ns < PATIENCE_S * CLOCK_S) {
        for (int i = 0; i < count; i++) {
            if (end_ns[i] != 0)
                continue;
            peer_send_text(&peers[i], "x");
            if (peers[i].state == PEER_OPEN)
                continue;
            end_ns[i] = clock_now_ns();
            left--;
        }
        soak_pause_ms(10);
    }
    for (int i = 0; i < count; i++) {
        int64_t took_ms = (end_ns[i] - start_ns) / CLOCK_MS;
        /* Who waits for others before it is served is cut later. */
        if (end_ns[i] == 0 || took_ms < SOAK_TIMEOUT_MS ||
            (s->target.serves_many && took_ms > SOAK_TIMEOUT_MS + LATE_MS))
            soak_violation(s, "a request that never ends was cut after %" PRId64 " ms, not %d",
                           end_ns[i] != 0 ? took_ms : -1, SOAK_TIMEOUT_MS);
        peer_close(&peers[i]);
    }
    s->request_timeouts += count;
    return count;
}

/* Asks for much and reads nothing: given up at the write deadline. */
static int deaf_peers(struct soak *s)
{
    struct peer peers[DEAF];
    int count = as_many_as_can_wait(s, DEAF), small = 4096;
    for (int i = 0; i < count; i++) {
        if (!soak_connect(s, &peers[i])) {
            soak_violation(s, "cannot connect: %m");
            count = i;
            break;
        }
        setsockopt(peers[i].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        /* Not peer_send, which would read. */
        for (int k = 0; k < 16; k++)
            if (send(peers[i].fd, "BLOB 1000000\r\n", 14, MSG_NOSIGNAL) != 14)
                soak_violation(s, "cannot send: %m");
    }
    if (s->target.serves_many)
        soak_expect_answer(s);
    s->write_timeouts += count;
    report_await(s, "write_timeouts", s->write_timeouts);
    for (int i = 0; i < count; i++)
        peer_break(&peers[i]);
    return count;
}

/* What is no RESP, or ends before it makes sense: an error or an end, and never silence. */
static int garbage(struct soak *s)
{
    static const char *const known[] = {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                        "\x16\x03\x01\x02",
                                        "*1000000\r\n$4\r\n",
                                        "*1\r\n$99999999999\r\n",
                                        "*-5\r\n*0\r\n$-1\r\n",
                                        "\r\n\r\n\r\n"};
    enum { KNOWN = sizeof known / sizeof *known, BYTES = 300 };
    for (int i = 0; i < GARBAGE; i++) {
        struct peer p;
        char bytes[BYTES];
        size_t length = 1 + (size_t)soak_draw(&s->random, BYTES);
        for (size_t k = 0; k < length; k++)
            bytes[k] = (char)soak_draw(&s->random, 256);
        if (!soak_connect(s, &p)) {
            soak_violation(s, "cannot connect: %m");
            return i;
        }
        if (i % 2 == 0)
            peer_send_text(&p, known[i / 2 % KNOWN]);
        else
            peer_send(&p, bytes, length);
        peer_half_close(&p);
        peer_await_end(&p);
        if (p.state == PEER_SILENT)
            soak_violation(s, "a peer that sent garbage was kept");
        peer_close(&p);
    }
    return GARBAGE;
}

/* More clients than may be there at once: each is served or refused, and none half of it. */
static int crowd(struct soak *s)
{
    static const char pong[] = "+PONG\r\n", refusal[] = "-ERR max number of clients reached\r\n";
    struct peer *peers = calloc(CROWD, sizeof *peers);
    int count = 0, refused = 0;
    while (peers != NULL && count < CROWD && soak_connect(s, &peers[count]))
        peer_send_text(&peers[count++], "PING\r\n");
    if (count < CROWD)
        soak_violation(s, "cannot have %d connections: %m", CROWD);
    for (int i = 0; i < count; i++) {
        struct peer *p = &peers[i];
        bool answered = peer_await_ending(p, "\r\n", 2);
        bool served = answered && p->length == strlen(pong) && memcmp(p->in, pong, p->length) == 0;
        bool told =
            answered && p->length == strlen(refusal) && memcmp(p->in, refusal, p->length) == 0;
        /* A request that comes behind the refusal is answered by RST. */
        bool broken = p->length == 0 && p->state == PEER_RESET;
        if (!served && !told && !broken)
            soak_violation(s, "one of a crowd was neither served nor refused: \"%.*s\"",
                           (int)p->length, p->in);
        s->requests += served;
        refused += !served;
        peer_close(p);
    }
    free(peers);
    return refused;
}

const struct action storm_actions[] = {
    {.name = "load alone", .run = nothing},
    {.name = "storm of ends", .run = storm_of_ends, .fills = true},
    {.name = "storm of resets", .run = storm_of_resets, .fills = true},
    {.name = "half requests", .run = half_requests, .fills = true},
    {.name = "tricklers", .run = tricklers},
    {.name = "deaf peers", .run = deaf_peers},
    {.name = "garbage", .run = garbage},
    {.name = "crowd", .run = crowd, .alone = true},
    {.name = NULL},
};
