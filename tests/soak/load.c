#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { BLOB_MOST = 20000, ECHO_MOST = 2000, BATCHES_MOST = 50, KEYS = 50 };

/* Requests that go out in one send, and what must come back. */
struct batch {
    char *request, *reply; /* the latter without the answers to INCR */
    size_t request_length, reply_length;
    int count;
    struct answer {
        bool is_number; /* of INCR: any; else the reply from the last end to this one */
        size_t end;
    } answers[LOAD_PIPELINE];
};

static void add_ping(struct load *l, FILE *request, FILE *reply)
{
    fputs("PING\r\n", request);
    fputs(l->soak->expects_wrong ? "+PONK\r\n" : "+PONG\r\n", reply);
}

/* A text that nobody else sends. */
static void draw_text(struct load *l, char *text, size_t most)
{
    size_t length = 1 + (size_t)soak_draw(&l->random, most);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)('a' + soak_draw(&l->random, 26));
    text[length] = '\0';
}

static void add_echo(struct load *l, FILE *request, FILE *reply)
{
    char text[ECHO_MOST + 1];
    draw_text(l, text, ECHO_MOST);
    fprintf(request, "*2\r\n$4\r\nECHO\r\n$%zu\r\n%s\r\n", strlen(text), text);
    fprintf(reply, "$%zu\r\n%s\r\n", strlen(text), text);
}

static void add_sum(struct load *l, FILE *request, FILE *reply)
{
    int64_t a = (int64_t)soak_draw(&l->random, 2000000) - 1000000;
    int64_t b = (int64_t)soak_draw(&l->random, 2000000) - 1000000;
    fprintf(request, "SUM %" PRId64 " %" PRId64 "\r\n", a, b);
    fprintf(reply, ":%" PRId64 "\r\n", a + b);
}

static void add_blob(struct load *l, FILE *request, FILE *reply)
{
    int length = (int)soak_draw(&l->random, BLOB_MOST);
    fprintf(request, "BLOB %d\r\n", length);
    fprintf(reply, "$%d\r\n", length);
    for (int i = 0; i < length; i++)
        putc('a' + i % 26, reply);
    fputs("\r\n", reply);
}

static void add_set_and_get(struct load *l, FILE *request, FILE *reply)
{
    char text[101];
    int key = (int)soak_draw(&l->random, KEYS);
    draw_text(l, text, sizeof text - 1);
    fprintf(request, "SET soak:%d:%d %s\r\nGET soak:%d:%d\r\n", l->number, key, text, l->number,
            key);
    fprintf(reply, "+OK\r\n$%zu\r\n%s\r\n", strlen(text), text);
}

static void add_incr(struct load *l, FILE *request, FILE *reply)
{
    (void)l, (void)reply;
    fputs("INCR " SOAK_COUNTER "\r\n", request);
}

static void (*const kinds[])(struct load *l, FILE *request, FILE *reply) = {
    add_ping, add_echo, add_sum, add_blob, add_set_and_get, add_incr};

static bool batch_make(struct batch *b, struct load *l, int count)
{
    *b = (struct batch){.count = count};
    FILE *request = open_memstream(&b->request, &b->request_length);
    FILE *reply = open_memstream(&b->reply, &b->reply_length);
    for (int i = 0; request != NULL && reply != NULL && i < count; i++) {
        size_t kind = (size_t)soak_draw(&l->random, sizeof kinds / sizeof *kinds);
        kinds[kind](l, request, reply);
        b->answers[i] =
            (struct answer){.is_number = kinds[kind] == add_incr, .end = (size_t)ftell(reply)};
    }
    bool made = request != NULL && reply != NULL;
    made &= request != NULL && fclose(request) == 0;
    made &= reply != NULL && fclose(reply) == 0;
    return made;
}

static void batch_free(struct batch *b)
{
    free(b->request);
    free(b->reply);
}

int64_t load_await_number(struct peer *p, size_t at, size_t *end)
{
    const char *line_end = NULL;
    size_t seen = at;
    while (line_end == NULL && peer_await_length(p, seen + 1)) {
        line_end = memchr(p->in + seen, '\n', p->length - seen);
        seen = p->length;
    }
    if (line_end == NULL || p->in[at] != ':')
        return -1;
    *end = (size_t)(line_end - p->in) + 1;
    return strtoll(p->in + at + 1, NULL, 10);
}

/* Awaits one answer at *at and moves *at behind it. `last` is the value of this connection's last
 * INCR. False if it is not there, or wrong. */
static bool await_answer(struct load *l, struct peer *p, const struct batch *b, int i, size_t *at,
                         int64_t *last)
{
    if (b->answers[i].is_number) {
        int64_t number = load_await_number(p, *at, at);
        if (number < 0)
            return false;
        l->acknowledged++;
        if (number <= *last)
            snprintf(l->fault, sizeof l->fault, "INCR gave %" PRId64 " after %" PRId64, number,
                     *last);
        *last = number;
        return *l->fault == '\0';
    }
    size_t begin = i > 0 ? b->answers[i - 1].end : 0, length = b->answers[i].end - begin;
    if (!peer_await_length(p, *at + length))
        return false;
    bool right = memcmp(p->in + *at, b->reply + begin, length) == 0;
    *at += length;
    return right;
}

static const char *state_name(enum peer_state state)
{
    static const char *const names[] = {"a wrong reply", "an early end", "a reset", "silence"};
    return names[state];
}

/* Sends a batch and checks what comes. False when the session is over. */
static bool exchange(struct load *l, struct peer *p, const struct batch *b, int64_t *last,
                     bool *heard)
{
    size_t at = 0;
    int i = 0;
    peer_forget(p);
    peer_send(p, b->request, b->request_length);
    while (i < b->count && await_answer(l, p, b, i, &at, last))
        i++;
    l->requests += i;
    *heard |= i > 0;
    if (i == b->count && p->length == at)
        return true;
    for (; i < b->count; i++)
        l->indeterminate += b->answers[i].is_number;
    bool refused = p->length == 0 ? p->state == PEER_RESET || p->state == PEER_ENDED
                                  : strncmp(p->in, "-ERR max number", 15) == 0;
    if (*l->fault == '\0' && !(l->may_be_refused && !*heard && refused))
        snprintf(l->fault, sizeof l->fault, "client %d got %s where a reply was due: \"%.60s\"",
                 l->number, state_name(p->state), p->length > at ? p->in + at : "");
    return false;
}

/* Kept for many batches, or for one; it ends by FIN, or by RST, which leaves no TIME_WAIT. */
static void session(struct load *l)
{
    struct peer p;
    int64_t last = 0;
    bool heard = false, going_on = true;
    bool kept = soak_draw(&l->random, 2) == 0, pipelined = soak_draw(&l->random, 2) == 0;
    int batches = kept ? 1 + (int)soak_draw(&l->random, BATCHES_MOST) : 1;
    if (!soak_connect(l->soak, &p)) {
        snprintf(l->fault, sizeof l->fault, "client %d cannot connect: %s", l->number,
                 strerror(errno));
        return;
    }
    for (; batches > 0 && going_on; batches--) {
        struct batch b;
        int count = pipelined ? 1 + (int)soak_draw(&l->random, LOAD_PIPELINE) : 1;
        if (batch_make(&b, l, count))
            going_on = exchange(l, &p, &b, &last, &heard);
        else
            snprintf(l->fault, sizeof l->fault, "this program has no memory left");
        batch_free(&b);
        going_on &= *l->fault == '\0';
    }
    if (soak_draw(&l->random, 8) == 0)
        peer_close(&p);
    else
        peer_break(&p);
}

static void *load_run(void *argument)
{
    struct load *l = argument;
    while (*l->fault == '\0' && clock_now_ns() < l->end_ns)
        session(l);
    return NULL;
}

bool load_start(struct load *loads, struct soak *s, int64_t end_ns, bool may_be_refused)
{
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        loads[i] = (struct load){.soak = s,
                                 .number = i,
                                 .random = soak_draw(&s->random, UINT64_MAX),
                                 .end_ns = end_ns,
                                 .may_be_refused = may_be_refused};
        int failure = pthread_create(&loads[i].thread, NULL, load_run, &loads[i]);
        if (failure == 0)
            continue;
        soak_violation(s, "this program cannot have a thread: %s", strerror(failure));
        while (--i >= 0)
            pthread_join(loads[i].thread, NULL);
        return false;
    }
    return true;
}

void load_end(struct load *loads, struct soak *s)
{
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        pthread_join(loads[i].thread, NULL);
        s->requests += loads[i].requests;
        s->acknowledged += loads[i].acknowledged;
        s->indeterminate += loads[i].indeterminate;
        if (*loads[i].fault != '\0')
            soak_violation(s, "%s", loads[i].fault);
    }
}
