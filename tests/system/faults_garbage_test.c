/* Fault 32: what is not RESP. Whatever a client sends, it gets an error or the end of its
 * connection, memory stays bounded, and the others are served.
 *
 * The parsers themselves are shown far more by the targets of tests/fuzz. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"

/* Whole lines of text, each an error: false for anything else, a part of a line too. */
static bool are_errors(const struct peer *p)
{
    for (size_t at = 0; at < p->length;) {
        const char *end = memchr(p->in + at, '\n', p->length - at);
        if (end == NULL || p->in[at] != '-' || end[-1] != '\r')
            return false;
        for (const char *c = p->in + at; c < end - 1; c++)
            if (*c < ' ' || *c > '~')
                return false;
        at = (size_t)(end - p->in) + 1;
    }
    return true;
}

/* Sends it, and nothing else ever: it must come to an end, after nothing but errors. */
static void send_garbage(const struct server *s, const char *name, const void *bytes, size_t length)
{
    struct peer p;
    fault_connect(&p, s);
    peer_send(&p, bytes, length);
    peer_half_close(&p);
    bool ended = peer_await_end(&p);
    /* It had not read all that was sent when it cut the connection. */
    ended |= p.state == PEER_RESET;
    cr_expect(ended, "%s: %s: no end", s->model->name, name);
    cr_expect(are_errors(&p), "%s: %s: \"%.*s\"", s->model->name, name, (int)p.length, p.in);
    peer_close(&p);
}

/* ---- other protocols ---- */

static const struct sample {
    const char *name;
    const char *bytes;
    size_t length;
    const char *reply; /* to exactly this; NULL: any errors */
} samples[] = {
#define SAMPLE(NAME, BYTES, REPLY)                                                                 \
    {                                                                                              \
        NAME, BYTES, sizeof BYTES - 1, REPLY                                                       \
    }
    SAMPLE("HTTP GET", "GET / HTTP/1.1\r\nHost: localhost\r\nX: y\r\n\r\n", NULL),
    SAMPLE("HTTP POST", "POST /x HTTP/1.1\r\nContent-Length: 12\r\n\r\nSET k v\r\n\r\n", NULL),
    SAMPLE("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NULL),
    /* The head of a record with a client hello of 512 bytes. */
    SAMPLE("TLS hello",
           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 0123456789abcdef\x00\x13\x01\r\n", NULL),
    SAMPLE("SSH", "SSH-2.0-OpenSSH_9.2\r\n", NULL),
    SAMPLE("memcached binary", "\x80\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x03key", NULL),
    SAMPLE("SOCKS 5", "\x05\x01\x00", NULL),
    SAMPLE("NULs", "\0\0\0\0\0\0\0\0\r\n", NULL),
    SAMPLE("all blanks", "    \t   \r\n", NULL),
    SAMPLE("a reply", ":1\r\n", NULL),
    SAMPLE("length of another sign", "*1\r\n$-5\r\n", NULL),
    SAMPLE("2^63 elements", "*9223372036854775808\r\n", NULL),
    SAMPLE("2^31 - 1 elements", "*2147483647\r\n$4\r\nPING\r\n", NULL),
    SAMPLE("an array in an array", "*1\r\n*1\r\n*1\r\n$4\r\nPING\r\n", NULL),
    SAMPLE("no line end", "*1\r\n$4\r\nPINGxx", NULL),
    SAMPLE("a lone CR", "*1\r$4\rPING\r", NULL),
};
enum { SAMPLES = sizeof samples / sizeof *samples };

FAULT_TEST(faults_garbage, fault_32_other_protocols, FAULT_ALL)
{
    struct server server;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < SAMPLES; i++)
        send_garbage(&server, samples[i].name, samples[i].bytes, samples[i].length);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* ---- floods ---- */

/* Bytes that are the beginning of something, and then letters, on and on: the server must not wait
 * for an end that never comes. It reads the start as an inline request, as a count of elements, as
 * the length of one, and as the rest of a line. After Redis' own tests of losing step. */
FAULT_TEST(faults_garbage, fault_32_floods_without_a_line_end, FAULT_ALL)
{
    static const struct sample starts[] = {
        SAMPLE("letters", "", "-ERR Protocol error: too big inline request\r\n"),
        SAMPLE("NUL", "\0", "-ERR Protocol error: NUL in inline request\r\n"),
        SAMPLE("count", "*", "-ERR Protocol error: too big mbulk count string\r\n"),
        SAMPLE("count and NUL", "*\0", "-ERR Protocol error: too big mbulk count string\r\n"),
        SAMPLE("length", "*1\r\n$", "-ERR Protocol error: too big bulk count string\r\n"),
        SAMPLE("length and NUL", "*1\r\n$\0", "-ERR Protocol error: too big bulk count string\r\n"),
    };
    enum { PIECE = 1000, MOST_BYTES = 16 << 20, MOST_KB = 2048 };
    char piece[PIECE];
    struct server server;
    memset(piece, 'A', sizeof piece);
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct peer p;
        fault_connect(&p, &server);
        peer_send(&p, starts[i].bytes, starts[i].length);
        while (p.state == PEER_OPEN && !fault_hears_within(&p, 0) && p.sent < MOST_BYTES)
            peer_send(&p, piece, sizeof piece);
        peer_half_close(&p);
        peer_await_end(&p);
        int64_t held_kb = process_memory_kb(&server.process) - base.memory_kb;
        bool is_told =
            p.length == strlen(starts[i].reply) && memcmp(p.in, starts[i].reply, p.length) == 0;
        cr_expect(p.sent < MOST_BYTES, "%s: %s: not stopped", model->name, starts[i].name);
        cr_expect(is_told, "%s: %s: \"%.*s\"", model->name, starts[i].name, (int)p.length, p.in);
        /* A process of its own for the client is a megabyte or two of what is shared. */
        cr_expect(SANITIZED || held_kb < 2 * MOST_KB, "%s: %s: holds %d KiB", model->name,
                  starts[i].name, (int)held_kb);
        peer_close(&p);
    }
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* ---- random bytes ---- */

/* xorshift64: the same in every run. */
static uint64_t random_state = UINT64_C(0x9E3779B97F4A7C15);

static unsigned draw(unsigned below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % below;
}

/* Any bytes at all, or, which gets further, those that RESP is made of. No name of a command
 * comes out of these. */
static size_t make_noise(char *to, size_t most)
{
    static const char made_of[] = "*$+-:_%=\r\n\r\n0123456789 \"'\\x\0";
    size_t length = 1 + draw((unsigned)most - 1);
    bool is_any = draw(2) == 0;
    for (size_t i = 0; i < length; i++)
        to[i] = is_any ? (char)draw(256) : made_of[draw(sizeof made_of - 1)];
    return length;
}

/* Which replies come depends on the bytes, but only errors can: and an end always. */
FAULT_TEST(faults_garbage, fault_32_random_bytes, FAULT_ALL)
{
    enum { TIMES = 300, MOST_BYTES = 3000 };
    char noise[MOST_BYTES];
    struct server server;
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < TIMES; i++) {
        char name[32];
        snprintf(name, sizeof name, "noise %d", i);
        send_garbage(&server, name, noise, make_noise(noise, sizeof noise));
    }
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}
