#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "scenarios.h"

/* Longer rows are not cut at each place, or sent byte by byte. */
enum { LONGEST_CUT = 256, LONGEST_BYTES = 1024 };

/* Asked behind each request: its answer marks the end of the reply and shows that the connection is
 * still in step. */
static const char probe[] = "*2\r\n$4\r\nECHO\r\n$8\r\nstanding\r\n";
static const char probe_reply[] = "$8\r\nstanding\r\n";

const char *const delivery_names[DELIVERIES] = {"whole", "byte by byte", "cut", "twice"};

struct slice {
    const char *bytes;
    size_t length;
};

/* ---- messages ---- */

/* Bytes as a C string would show them, the middle left out if there are many. */
static void put_shown(FILE *to, struct slice s)
{
    enum { MOST = 160 };
    for (size_t i = 0; i < s.length; i++) {
        unsigned char c = (unsigned char)s.bytes[i];
        if (s.length > MOST && i == MOST / 2) {
            fprintf(to, "\" (%zu more) \"", s.length - MOST);
            i = s.length - MOST / 2;
        }
        if (c == '\r')
            fputs("\\r", to);
        else if (c == '\n')
            fputs("\\n", to);
        else if (c < ' ' || c > '~')
            fprintf(to, "\\x%02x", c);
        else
            putc(c, to);
    }
}

static char *complaint(struct slice expected, const struct peer *p, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static char *complaint(struct slice expected, const struct peer *p, const char *format, ...)
{
    static const char *const states[] = {"open", "closed by the server", "broken", "silent"};
    char *text;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    va_list args;
    va_start(args, format);
    vfprintf(to, format, args);
    va_end(args);
    fputs("\n    expected \"", to);
    put_shown(to, expected);
    fputs("\"\n    received \"", to);
    put_shown(to, (struct slice){p->in, p->length});
    fprintf(to, "\"\n    and the connection is %s", states[p->state]);
    fclose(to);
    return text;
}

/* ---- comparing ---- */

/* True if the text is the pattern, in which ANY stands for any bytes. */
static bool matches(struct slice pattern, struct slice text)
{
    size_t p = 0, t = 0, behind_any = 0, retry = 0;
    bool any = false;
    while (t < text.length) {
        if (p < pattern.length && pattern.bytes[p] == ANY[0]) {
            any = true;
            behind_any = ++p;
            retry = t;
        } else if (p < pattern.length && pattern.bytes[p] == text.bytes[t]) {
            p++;
            t++;
        } else if (any) {
            p = behind_any;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.bytes[p] == ANY[0])
        p++;
    return p == pattern.length;
}

/* Made text (large) holds all byte values and no pattern: compared as it is. */
static bool is_reply(const struct scenario *row, struct slice text)
{
    if (row->reply_length == text.length && memcmp(row->reply, text.bytes, text.length) == 0)
        return true;
    return row->reply_length < LONGEST_BYTES &&
           matches((struct slice){row->reply, row->reply_length}, text);
}

/* ---- one exchange ---- */

static char *check_kept(const struct scenario *row, struct peer *p, const char *how)
{
    struct slice expected = {row->reply, row->reply_length};
    bool answered = peer_await_ending(p, probe_reply, sizeof probe_reply - 1);
    size_t length = answered ? p->length - (sizeof probe_reply - 1) : 0;
    if (!answered || !is_reply(row, (struct slice){p->in, length}))
        return complaint(expected, p, "%s, %s, then ECHO standing", row->name, how);
    return NULL;
}

static char *check_ended(const struct scenario *row, struct peer *p, const char *how, bool lenient)
{
    struct slice expected = {row->reply, row->reply_length};
    bool ended = peer_await_end(p);
    if (ended && is_reply(row, (struct slice){p->in, p->length}))
        return NULL;
    /* Where nothing is to be read, a reset takes nothing away from anyone. */
    if (p->state == PEER_RESET && (lenient || row->reply_length == 0) &&
        p->length <= row->reply_length && memcmp(p->in, row->reply, p->length) == 0)
        return NULL;
    return complaint(expected, p, "%s, %s, then the end", row->name, how);
}

static char *check(const struct scenario *row, struct peer *p, const char *how, bool lenient)
{
    if (row->end == KEPT)
        return check_kept(row, p, how);
    return check_ended(row, p, how, lenient);
}

static char *cannot_connect(const struct scenario *row)
{
    char *text = NULL;
    cr_assert(asprintf(&text, "%s: no connection: %m", row->name) > 0);
    return text;
}

/* What goes behind the request, whose last piece is still to be sent: in the same send. */
static void send_last(const struct scenario *row, struct peer *p, struct slice last)
{
    size_t length = last.length + (row->end == KEPT ? sizeof probe - 1 : 0);
    char *bytes = malloc(length + 1);
    memcpy(bytes, last.bytes, last.length);
    if (row->end == KEPT)
        memcpy(bytes + last.length, probe, sizeof probe - 1);
    peer_send(p, bytes, length);
    free(bytes);
    if (row->end == HALF_CLOSED)
        peer_half_close(p);
}

static char *play_whole(const struct scenario *row, const struct server *server, bool lenient)
{
    struct peer p;
    if (!peer_connect(&p, server))
        return cannot_connect(row);
    send_last(row, &p, (struct slice){row->request, row->request_length});
    char *failure = check(row, &p, "in one send", lenient);
    peer_close(&p);
    return failure;
}

static char *play_bytes(const struct scenario *row, const struct server *server, bool lenient)
{
    struct peer p;
    if (!peer_connect(&p, server))
        return cannot_connect(row);
    for (size_t i = 0; i < row->request_length; i++) {
        peer_send(&p, row->request + i, 1);
        peer_await_taken(&p);
    }
    send_last(row, &p, (struct slice){row->request, 0});
    char *failure = check(row, &p, "byte by byte", lenient);
    peer_close(&p);
    return failure;
}

/* A connection that lives on serves for the next cut as well. */
static char *play_cut(const struct scenario *row, const struct server *server, bool lenient)
{
    char *failure = NULL;
    struct peer p;
    bool connected = false;
    for (size_t cut = 1; failure == NULL && cut < row->request_length; cut++) {
        if (!connected && !peer_connect(&p, server))
            return cannot_connect(row);
        char how[48];
        snprintf(how, sizeof how, "cut behind byte %zu", cut);
        peer_send(&p, row->request, cut);
        peer_await_taken(&p);
        send_last(row, &p, (struct slice){row->request + cut, row->request_length - cut});
        failure = check(row, &p, how, lenient);
        connected = row->end == KEPT;
        peer_forget(&p);
        if (!connected)
            peer_close(&p);
    }
    if (connected)
        peer_close(&p);
    return failure;
}

/* Behind a request that ends the connection the second is ignored. */
static char *play_twice(const struct scenario *row, const struct server *server, bool lenient)
{
    struct scenario twice = *row;
    size_t n = row->request_length, m = row->reply_length;
    char *request = malloc(2 * n + 1), *reply = malloc(2 * m + 1);
    memcpy(request, row->request, n);
    memcpy(request + n, row->request, n);
    memcpy(reply, row->reply, m);
    memcpy(reply + m, row->reply, m);
    twice.request = request;
    twice.request_length = 2 * n;
    twice.reply = reply;
    twice.reply_length = row->end == KEPT ? 2 * m : m;
    char *failure = play_whole(&twice, server, lenient);
    free(request);
    free(reply);
    return failure;
}

char *scenario_play(const struct scenario *row, enum delivery delivery, const struct server *server,
                    bool lenient)
{
    switch (delivery) {
    case WHOLE:
        return play_whole(row, server, lenient);
    case BYTES:
        if (row->together || row->request_length > LONGEST_BYTES)
            return NULL;
        return play_bytes(row, server, lenient);
    case CUT:
        if (row->together || row->request_length > LONGEST_CUT)
            return NULL;
        return play_cut(row, server, lenient);
    case TWICE:
        /* An incomplete request would be completed by its repetition. */
        if (row->end == HALF_CLOSED || row->request[row->request_length - 1] != '\n')
            return NULL;
        return play_twice(row, server, lenient);
    case DELIVERIES:
        break;
    }
    return NULL;
}

char *scenario_play_chain(const struct server *server)
{
    size_t count;
    const struct scenario *rows = scenarios(&count);
    struct scenario chain = {.name = "all rows in one stream", .end = KEPT};
    FILE *request = open_memstream((char **)&chain.request, &chain.request_length);
    FILE *reply = open_memstream((char **)&chain.reply, &chain.reply_length);
    for (size_t i = 0; i < count; i++) {
        /* Patterns are compared only in short replies. */
        if (rows[i].end != KEPT || memchr(rows[i].reply, ANY[0], rows[i].reply_length) != NULL)
            continue;
        fwrite(rows[i].request, 1, rows[i].request_length, request);
        fwrite(rows[i].reply, 1, rows[i].reply_length, reply);
    }
    fclose(request);
    fclose(reply);
    char *failure = play_whole(&chain, server, false);
    free((char *)chain.request);
    free((char *)chain.reply);
    return failure;
}
