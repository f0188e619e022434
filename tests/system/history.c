#include "history.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { MOST_PAYLOAD = 300, REQUEST_BYTES = MOST_PAYLOAD + 64, DRAWN_BITS = 33 };

/* Looks random, and is the same in every run. */
static uint64_t draw(uint64_t client, uint64_t sequence)
{
    uint64_t x = (client << 32 | sequence) * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return x * UINT64_C(6364136223846793005) >> DRAWN_BITS;
}

/* Who sent it, as how many, as many letters as were drawn, and a sum over all of that. */
static int write_payload(char *to, int client, size_t sequence)
{
    int length = sprintf(to, "client-%d-step-%zu-", client, sequence);
    uint64_t drawn = draw((uint64_t)client, sequence), sum = 0;
    for (int letters = (int)(drawn % (MOST_PAYLOAD - 100)); letters > 0; letters--)
        to[length++] = (char)('a' + (drawn + (uint64_t)letters) % 26);
    for (int i = 0; i < length; i++)
        sum = sum * 31 + (unsigned char)to[i];
    return length + sprintf(to + length, "-%08" PRIx32, (uint32_t)sum);
}

/* The request of a step as a line. Returns its length. */
static int write_request(char *to, const struct history *h, size_t sequence)
{
    const struct history_step *step = &h->steps[sequence];
    char payload[MOST_PAYLOAD];
    switch (step->request) {
    case HISTORY_INCR:
        return sprintf(to, "INCR n\r\n");
    case HISTORY_GET:
        return sprintf(to, "GET n\r\n");
    case HISTORY_SET_OWN:
        return sprintf(to, "SET own-%d %" PRId64 "\r\n", h->client, step->argument);
    case HISTORY_GET_OWN:
        return sprintf(to, "GET own-%d\r\n", h->client);
    case HISTORY_ECHO:
        return sprintf(to, "ECHO %.*s\r\n", write_payload(payload, h->client, sequence), payload);
    default:
        return sprintf(to, "SUM %" PRId64 " %" PRId64 "\r\n", step->argument - h->client,
                       (int64_t)h->client);
    }
}

/* ---- replies ---- */

struct reply {
    char type;
    const char *text;
    size_t length; /* of the text; SIZE_MAX: null */
};

/* The bytes of the first reply; 0 if it is not whole yet. What is none is a line with a type of its
 * own. */
static size_t read_reply(const char *in, size_t length, struct reply *reply)
{
    const char *end = length > 0 ? memmem(in, length, "\r\n", 2) : NULL;
    if (end == NULL)
        return 0;
    *reply = (struct reply){*in, in + 1, (size_t)(end - in - 1)};
    size_t head = (size_t)(end - in) + 2;
    if (*in != '$')
        return head;
    long announced = strtol(in + 1, NULL, 10);
    *reply = (struct reply){'$', in + head, announced < 0 ? SIZE_MAX : (size_t)announced};
    if (announced < 0)
        return head;
    return length < head + reply->length + 2 ? 0 : head + reply->length + 2;
}

static bool is_text(const struct reply *reply, const char *text, size_t length)
{
    return reply->length == length && memcmp(reply->text, text, length) == 0;
}

/* The number that a reply of this type is; false if it is none. */
static bool is_number(const struct reply *reply, char type, int64_t *value)
{
    char digits[24];
    if (reply->type != type || reply->length == 0 || reply->length >= sizeof digits)
        return false;
    memcpy(digits, reply->text, reply->length);
    digits[reply->length] = '\0';
    char *end;
    *value = strtoll(digits, &end, 10);
    return *end == '\0';
}

/* True if it is a reply to the request of this step, whose value it notes. */
static bool fits(struct history *h, size_t sequence, const struct reply *reply)
{
    struct history_step *step = &h->steps[sequence];
    char payload[MOST_PAYLOAD];
    switch (step->request) {
    case HISTORY_INCR:
    case HISTORY_SUM:
        return is_number(reply, ':', &step->value);
    case HISTORY_GET:
    case HISTORY_GET_OWN:
        step->value = -1;
        return (reply->type == '$' && reply->length == SIZE_MAX) ||
               is_number(reply, '$', &step->value);
    case HISTORY_SET_OWN:
        return reply->type == '+' && is_text(reply, "OK", 2);
    default:
        return reply->type == '$' &&
               is_text(reply, payload, (size_t)write_payload(payload, h->client, sequence));
    }
}

static void note_reply(struct history *h, size_t sequence, const struct reply *reply)
{
    struct history_step *step = &h->steps[sequence];
    step->answered_ns = clock_now_ns();
    step->outcome = reply->type == '-' ? HISTORY_ERROR : HISTORY_OK;
    step->is_strange = step->outcome == HISTORY_OK && !fits(h, sequence, reply);
}

/* ---- a client ---- */

/* Plans the next requests and sends them all. */
static void ask(struct history_client *c)
{
    struct history *h = &c->history;
    char batch[HISTORY_REQUESTS * REQUEST_BYTES];
    size_t first = h->count, ends[HISTORY_REQUESTS], length = 0;
    if (h->capacity < h->count + HISTORY_REQUESTS) {
        h->capacity = 2 * h->capacity + 64 * HISTORY_REQUESTS;
        h->steps = reallocarray(h->steps, h->capacity, sizeof *h->steps);
    }
    int64_t now_ns = clock_now_ns();
    uint64_t sent_before = c->peer.sent;
    for (int r = 0; r < HISTORY_REQUESTS; r++) {
        h->steps[h->count] = (struct history_step){.request = (enum history_request)r,
                                                   .argument = (int64_t)first + h->client,
                                                   .asked_ns = now_ns};
        length += (size_t)write_request(batch + length, h, h->count++);
        ends[r] = length;
    }
    peer_send(&c->peer, batch, length);
    for (int r = 0; r < HISTORY_REQUESTS; r++)
        if (c->peer.sent - sent_before >= ends[r])
            h->steps[first + (size_t)r].outcome = HISTORY_INDETERMINATE;
}

/* Receives something, or the end. False when nothing comes. */
static bool receive(struct history_client *c)
{
    struct pollfd ready = {.fd = c->peer.fd, .events = POLLIN};
    if (poll(&ready, 1, c->plan->patience_ms) <= 0)
        return false;
    peer_await_length(&c->peer, c->peer.length + 1);
    return true;
}

/* Reads replies from `at` on, up to the last step's. Returns how many bytes those were. */
static size_t read_replies(struct history_client *c, size_t *next, size_t at)
{
    struct reply reply;
    size_t bytes;
    while (*next < c->history.count &&
           (bytes = read_reply(c->peer.in + at, c->peer.length - at, &reply)) > 0) {
        note_reply(&c->history, (*next)++, &reply);
        atomic_fetch_add(&c->plan->replies, 1);
        at += bytes;
    }
    return at;
}

/* True when all that was asked last is answered. */
static bool listen_for_replies(struct history_client *c)
{
    size_t next = c->history.count - HISTORY_REQUESTS, at = 0;
    bool comes = true;
    for (;;) {
        at = read_replies(c, &next, at);
        if (next == c->history.count || c->peer.state != PEER_OPEN || !comes)
            break;
        comes = receive(c);
    }
    c->history.surplus = c->peer.length - at;
    return next == c->history.count && c->history.surplus == 0;
}

/* What was sent without being asked for is seen now, by a client that leaves. */
static void leave(struct history_client *c)
{
    struct peer *p = &c->peer;
    bool left = false;
    if (p->state == PEER_OPEN) {
        peer_half_close(p);
        p->length = 0;
        while (p->state == PEER_OPEN && receive(c))
            ;
        c->history.surplus += p->length;
        left = p->state == PEER_ENDED;
    }
    if (p->state == PEER_OPEN)
        c->history.end = HISTORY_SILENT;
    else if (p->state == PEER_ENDED)
        c->history.end = left ? HISTORY_LEFT : HISTORY_ENDED;
    else
        c->history.end = HISTORY_BROKEN;
    peer_close(p);
}

static void *client_thread(void *argument)
{
    struct history_client *c = argument;
    const struct history_plan *plan = c->plan;
    bool goes_on = true;
    for (int batch = 0;
         goes_on && (plan->batches == 0 || batch < plan->batches) && !atomic_load(&plan->over);
         batch++) {
        peer_forget(&c->peer);
        ask(c);
        goes_on = listen_for_replies(c) && c->peer.state == PEER_OPEN;
    }
    bool is_silent = !goes_on && c->peer.state == PEER_OPEN && c->history.surplus == 0;
    leave(c);
    if (is_silent)
        c->history.end = HISTORY_SILENT;
    return NULL;
}

bool history_begin(struct history_client *c, int number, struct history_plan *plan)
{
    return peer_connect(&c->peer, plan->server) && history_go_on(c, number, plan);
}

bool history_go_on(struct history_client *c, int number, struct history_plan *plan)
{
    c->plan = plan;
    c->history = (struct history){.client = number};
    errno = pthread_create(&c->thread, NULL, client_thread, c);
    if (errno == 0)
        return true;
    peer_close(&c->peer);
    return false;
}

void history_await(struct history_client *c)
{
    pthread_join(c->thread, NULL);
}

void history_free(struct history *h)
{
    free(h->steps);
    *h = (struct history){0};
}

/* ---- counting ---- */

long history_count(const struct history *h, enum history_request request,
                   enum history_outcome outcome)
{
    long count = 0;
    for (size_t i = 0; i < h->count; i++)
        count += h->steps[i].request == request && h->steps[i].outcome == outcome;
    return count;
}

long history_count_all(const struct history *h, enum history_outcome outcome)
{
    long count = 0;
    for (int r = 0; r < HISTORY_REQUESTS; r++)
        count += history_count(h, (enum history_request)r, outcome);
    return count;
}
