#include "responder.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WARM = 100 };

void responder_send(int fd, const void *bytes, size_t length)
{
    const char *from = bytes;
    while (length > 0) {
        ssize_t n = send(fd, from, length, MSG_NOSIGNAL);
        if (n < 0)
            return; /* the client is gone, and the next recv tells */
        from += n;
        length -= (size_t)n;
    }
}

/* The first bytes of every request, as far as they are known, and the bytes of a whole one. */
static const char *known_bytes(const struct responder *r, size_t *known, size_t *whole)
{
    static const char echo[] = RESPONDER_HEAD "$64\r\n";
    const char *bytes = r->request != NULL ? r->request : echo;
    *known = strlen(bytes);
    *whole = r->request != NULL ? *known : RESPONDER_REQUEST_BYTES;
    return bytes;
}

static enum responder_next converse(struct responder *r, int fd)
{
    char request[RESPONDER_REQUEST_BYTES];
    size_t known, whole, head = sizeof RESPONDER_HEAD - 1;
    const char *bytes = known_bytes(r, &known, &whole);
    enum responder_next next = RESPONDER_GO_ON;
    while (next == RESPONDER_GO_ON && recv(fd, request, whole, MSG_WAITALL) == (ssize_t)whole) {
        if (memcmp(request, bytes, known) != 0)
            r->strange = true;
        next = r->answer(fd, request + head, r->requests);
        if (++r->requests == WARM)
            sem_post(&r->warm);
    }
    return next;
}

static void *serve(void *argument)
{
    struct responder *r = argument;
    enum responder_next next = RESPONDER_GO_ON;
    while (next != RESPONDER_DIE) {
        int fd = accept4(r->listenfd, NULL, NULL, SOCK_CLOEXEC), one = 1;
        if (fd < 0)
            break; /* shut down */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        next = r->answer != NULL ? converse(r, fd) : RESPONDER_CLOSE;
        if (next == RESPONDER_RESET)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
        if (next == RESPONDER_DIE)
            shutdown(r->listenfd, SHUT_RD); /* first: who sees the end does not get in again */
        close(fd);
    }
    return NULL;
}

void responder_start(struct responder *r, responder_answer *answer)
{
    responder_start_for(r, NULL, answer);
}

void responder_start_for(struct responder *r, const char *request, responder_answer *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    *r = (struct responder){.request = request,
                            .answer = answer,
                            .listenfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    cr_assert(bind(r->listenfd, (struct sockaddr *)&address, length) == 0 &&
                  listen(r->listenfd, SOMAXCONN) == 0 &&
                  getsockname(r->listenfd, (struct sockaddr *)&address, &length) == 0 &&
                  sem_init(&r->warm, 0, 0) == 0,
              "no listening socket: %s", strerror(errno));
    r->port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&r->thread, NULL, serve, r), 0);
}

void responder_stop(struct responder *r)
{
    shutdown(r->listenfd, SHUT_RD); /* wakes accept; without effect on one that has died */
    pthread_join(r->thread, NULL);
    close(r->listenfd);
    sem_destroy(&r->warm);
    cr_expect(!r->strange, "the client sent another request than it was told to");
}
