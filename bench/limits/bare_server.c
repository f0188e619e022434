/* bare_server: what is left of a server when everything is left out that can be.
 *
 *     bare_server epoll|threads|fork
 *
 * The mark by which bench/limits.sh tells how near the real servers come to what this machine
 * allows. Whatever they do on top of it (parsing, limits, timeouts, counting, errors, an orderly
 * stop) is in the distance to this program; nothing here is worth imitating in a server:
 *
 * - bytes that end in "PING\r\n" are one request; anything else is taken for the beginning of one,
 *   and stays unanswered. Two requests at once get one reply, a request in two pieces none;
 * - the first error that is not a client's ends the program with a message, and all clients with
 * it;
 * - nothing bounds the clients, their time or their number, and SIGTERM simply kills it.
 *
 * It listens on 127.0.0.1, on a port that the system chooses and the first line tells as the
 * servers do: "ready server=bare_server model=epoll address=127.0.0.1 port=N pid=N". */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, REQUEST_BYTES = 512, EVENTS = 256, STACK_BYTES = 64 << 10 };

static void give_up(const char *call)
{
    fprintf(stderr, "bare_server: %s: %s\n", call, strerror(errno));
    _exit(1);
}

/* ---- one request, one client ---- */

/* False when the client has gone. */
static bool answer_once(int connfd)
{
    static const char end[] = "PING\r\n", reply[] = "+PONG\r\n";
    enum { END_BYTES = sizeof end - 1, REPLY_BYTES = sizeof reply - 1 };
    char request[REQUEST_BYTES];
    ssize_t n = recv(connfd, request, sizeof request, 0);
    if (n <= 0)
        return false;
    if (n < END_BYTES || memcmp(request + n - END_BYTES, end, END_BYTES) != 0)
        return true;
    return send(connfd, reply, REPLY_BYTES, MSG_NOSIGNAL) == REPLY_BYTES;
}

static void serve(int connfd)
{
    while (answer_once(connfd))
        ;
    close(connfd);
}

/* The next client; -1 when none waits and the listener does not block. */
static int next_client(int listenfd)
{
    for (;;) {
        int connfd = accept(listenfd, NULL, NULL);
        if (connfd >= 0)
            return connfd;
        if (errno == EAGAIN)
            return -1;
        if (errno != ECONNABORTED && errno != EINTR)
            give_up("accept");
    }
}

/* ---- the three loops ---- */

static void watch(int epfd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event) != 0)
        give_up("epoll_ctl");
}

static void run_epoll(int listenfd)
{
    struct epoll_event events[EVENTS];
    int connfd, epfd = epoll_create1(EPOLL_CLOEXEC);
    if (epfd < 0)
        give_up("epoll_create1");
    watch(epfd, listenfd);
    for (;;) {
        int ready = epoll_wait(epfd, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listenfd)
                while ((connfd = next_client(listenfd)) >= 0)
                    watch(epfd, connfd);
            else if (!answer_once(fd))
                close(fd);
        }
    }
}

static void *client_thread(void *connfd)
{
    serve((int)(intptr_t)connfd);
    return NULL;
}

static void run_threads(int listenfd)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (;;) {
        pthread_t thread;
        void *connfd = (void *)(intptr_t)next_client(listenfd);
        errno = pthread_create(&thread, &attributes, client_thread, connfd);
        if (errno != 0)
            give_up("pthread_create");
    }
}

static void run_fork(int listenfd)
{
    signal(SIGCHLD, SIG_IGN); /* the kernel reaps */
    for (;;) {
        int connfd = next_client(listenfd);
        switch (fork()) {
        case -1:
            give_up("fork");
            break;
        case 0:
            close(listenfd);
            serve(connfd);
            _exit(0);
        default:
            close(connfd);
        }
    }
}

/* ---- start ---- */

/* A listener that blocks in accept unless flags say otherwise. */
static int listen_anywhere(int flags, struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int one = 1, listenfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* Accepted sockets inherit TCP_NODELAY. */
    if (listenfd < 0 || setsockopt(listenfd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
        bind(listenfd, (struct sockaddr *)address, length) != 0 || listen(listenfd, BACKLOG) != 0 ||
        getsockname(listenfd, (struct sockaddr *)address, &length) != 0)
        give_up("listen");
    return listenfd;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(int listenfd);
        int flags;
    } models[] = {
        {"epoll", run_epoll, SOCK_NONBLOCK}, {"threads", run_threads, 0}, {"fork", run_fork, 0}};
    for (size_t i = 0; argc == 2 && i < sizeof models / sizeof *models; i++) {
        if (strcmp(argv[1], models[i].name) != 0)
            continue;
        struct sockaddr_in address;
        int listenfd = listen_anywhere(models[i].flags, &address);
        printf("ready server=bare_server model=%s address=127.0.0.1 port=%u pid=%ld\n", argv[1],
               (unsigned)ntohs(address.sin_port), (long)getpid());
        fflush(stdout);
        models[i].run(listenfd);
    }
    fputs("bare_server: takes one argument: epoll, threads or fork\n", stderr);
    return 2;
}
