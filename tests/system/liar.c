#include "liar.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE_BYTES = 512, LIE_AFTER = 50 };

/* One connection: how the reply that is due goes out. */
struct talk {
    struct liar *liar;
    int fd;
    char kept[LINE_BYTES]; /* a reply that another goes before; "" if there is none */
    bool over;
};

static void send_text(const struct talk *t, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t n = send(t->fd, text, length, MSG_NOSIGNAL);
        if (n < 0)
            return; /* the client is gone, and the next recv tells */
        text += n;
        length -= (size_t)n;
    }
}

/* True once: when the liar has this fault and has been asked for such requests often enough. */
static bool lies(struct liar *l, enum liar_fault fault, char request)
{
    if (l->fault != fault || l->has_lied || l->asked[request - 'A'] < LIE_AFTER)
        return false;
    l->has_lied = true;
    return true;
}

/* ---- what is asked: each writes the right reply, or a wrong one ---- */

static void increment(struct liar *l, char *reply)
{
    int64_t value = ++l->counter;
    if (lies(l, LIAR_LOSES_UPDATE, 'I')) {
        value--;
        l->counter--;
    }
    if (lies(l, LIAR_UNDOES_UPDATE, 'I'))
        l->counter--;
    l->counter += lies(l, LIAR_ADDS_TWICE, 'I');
    sprintf(reply, ":%" PRId64 "\r\n", value);
    if (lies(l, LIAR_FAILS, 'I'))
        sprintf(reply, "-ERR not now\r\n");
}

static void put_number(char *reply, int64_t number)
{
    char digits[24];
    int length = sprintf(digits, "%" PRId64, number);
    sprintf(reply, "$%d\r\n%s\r\n", length, digits);
}

static void get(struct liar *l, const char *key, char *reply)
{
    int own = 0;
    if (sscanf(key, "own-%d", &own) == 1)
        put_number(reply, l->own[own % LIAR_OWN_KEYS]);
    else
        put_number(reply, lies(l, LIAR_READS_OLD, 'G') ? 1 : l->counter);
}

static void set(struct liar *l, const char *words, char *reply)
{
    int own = 0;
    int64_t value = 0;
    bool known = sscanf(words, "own-%d %" SCNd64, &own, &value) == 2;
    if (known && !lies(l, LIAR_FORGETS_OWN, 'S'))
        l->own[own % LIAR_OWN_KEYS] = value;
    sprintf(reply, known ? "+OK\r\n" : "-ERR what?\r\n");
}

static void echo(struct liar *l, char *words, char *reply)
{
    char *client = strstr(words, "client-");
    if (client != NULL && lies(l, LIAR_MIXES_CLIENTS, 'E'))
        client[strlen("client-")]++;
    reply += sprintf(reply, "$%zu\r\n", strlen(words));
    strcpy(stpcpy(reply, words), "\r\n");
}

static void sum(struct liar *l, const char *words, char *reply)
{
    int64_t a = 0, b = 0;
    sscanf(words, "%" SCNd64 " %" SCNd64, &a, &b);
    /* SUM shares its letter with SET. */
    sprintf(reply, ":%" PRId64 "\r\n", a + b + lies(l, LIAR_CANNOT_ADD, 'S'));
}

static void info(struct liar *l, char *reply)
{
    char text[256];
    int length =
        sprintf(text,
                "# Stats\r\ntotal_connections_received:%d\r\n"
                "total_commands_processed:%" PRId64 "\r\nconnected_clients:%" PRId64 "\r\n",
                l->connections - (l->fault == LIAR_MISCOUNTS && l->connections > 1), l->commands,
                l->connected);
    sprintf(reply, "$%d\r\n%s\r\n", length, text);
}

static void execute(struct liar *l, char *line, char *reply)
{
    char *words = line + strcspn(line, " ");
    words += *words == ' ';
    l->asked[(*line - 'A') & 63]++;
    l->commands++;
    if (strcmp(line, "INCR n") == 0)
        increment(l, reply);
    else if (strncmp(line, "GET ", 4) == 0)
        get(l, words, reply);
    else if (strncmp(line, "SET ", 4) == 0)
        set(l, words, reply);
    else if (strncmp(line, "ECHO ", 5) == 0)
        echo(l, words, reply);
    else if (strncmp(line, "SUM ", 4) == 0)
        sum(l, words, reply);
    else if (strcmp(line, "INFO") == 0)
        info(l, reply);
    else
        sprintf(reply, "-ERR what?\r\n");
}

/* ---- how it is answered ---- */

static void deliver(struct talk *t, char reply[2 * LINE_BYTES], char request)
{
    struct liar *l = t->liar;
    size_t length = strlen(reply);
    if (*t->kept == '\0' && lies(l, LIAR_SWAPS_REPLIES, 'E')) {
        strcpy(t->kept, reply);
        return;
    }
    t->over = lies(l, LIAR_ENDS_WITHIN_REPLY, 'E') || lies(l, LIAR_ENDS_UNANSWERED, 'I');
    if (t->over)
        length = l->fault == LIAR_ENDS_WITHIN_REPLY ? length - 3 : 0;
    if (lies(l, LIAR_DROPS_REPLY, 'G'))
        length = 0;
    if (request == 'S' && *reply == ':' && lies(l, LIAR_SPEAKS_UNASKED, 'S'))
        strcpy(reply + length++, "+");
    send_text(t, reply, length);
    if (lies(l, LIAR_REPEATS_REPLY, 'I'))
        send_text(t, reply, length);
    send_text(t, t->kept, strlen(t->kept));
    *t->kept = '\0';
    if (lies(l, LIAR_RESETS, 'I')) {
        setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
        t->over = true;
    }
}

static void answer_lines(struct talk *t, char *in, size_t *length)
{
    char *end, reply[2 * LINE_BYTES];
    while (!t->over && (end = memmem(in, *length, "\r\n", 2)) != NULL) {
        *end = '\0';
        pthread_mutex_lock(&t->liar->lock);
        execute(t->liar, in, reply);
        deliver(t, reply, *in);
        pthread_mutex_unlock(&t->liar->lock);
        *length -= (size_t)(end + 2 - in);
        memmove(in, end + 2, *length);
    }
}

struct start {
    struct liar *liar;
    int fd;
};

static void *converse(void *argument)
{
    struct start *start = argument;
    struct talk t = {.liar = start->liar, .fd = start->fd};
    char in[8 * LINE_BYTES];
    size_t length = 0;
    ssize_t n;
    free(start);
    while (!t.over && (n = recv(t.fd, in + length, sizeof in - length, 0)) > 0) {
        length += (size_t)n;
        answer_lines(&t, in, &length);
    }
    pthread_mutex_lock(&t.liar->lock);
    t.liar->connected--;
    pthread_mutex_unlock(&t.liar->lock);
    if (t.over && t.liar->fault != LIAR_RESETS) { /* so that no unread bytes make a reset of it */
        shutdown(t.fd, SHUT_WR);
        while (recv(t.fd, in, sizeof in, 0) > 0)
            ;
    }
    close(t.fd);
    return NULL;
}

static void *accept_all(void *argument)
{
    struct liar *l = argument;
    int fd;
    while (l->connections < LIAR_MOST_CONNECTIONS &&
           (fd = accept4(l->listenfd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct start *start = malloc(sizeof *start);
        *start = (struct start){l, fd};
        pthread_mutex_lock(&l->lock);
        l->connected++;
        pthread_create(&l->threads[l->connections++], NULL, converse, start);
        pthread_mutex_unlock(&l->lock);
    }
    return NULL;
}

void liar_start(struct liar *l, enum liar_fault fault)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    *l = (struct liar){.fault = fault, .lock = PTHREAD_MUTEX_INITIALIZER};
    l->listenfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(l->listenfd, (struct sockaddr *)&address, length) == 0 &&
                  listen(l->listenfd, SOMAXCONN) == 0 &&
                  getsockname(l->listenfd, (struct sockaddr *)&address, &length) == 0,
              "no listening socket: %s", strerror(errno));
    memcpy(&l->server.address, &address, sizeof address);
    l->server.address_length = length;
    l->server.port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&l->acceptor, NULL, accept_all, l), 0);
}

void liar_stop(struct liar *l)
{
    shutdown(l->listenfd, SHUT_RD); /* wakes accept */
    pthread_join(l->acceptor, NULL);
    for (int i = 0; i < l->connections; i++)
        pthread_join(l->threads[i], NULL);
    close(l->listenfd);
}
