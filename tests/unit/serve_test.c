/* The blocking driver, on one end of a socket pair: deadlines, batches, ends. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "serve.h"
#include "server.h"
#include "session.h"
#include "stats.h"
#include "stop.h"

static struct server server;
static int client, connfd;
static pthread_t server_thread;

static void *serve_and_close(void *unused)
{
    serve_client(&server, connfd);
    close(connfd);
    return unused;
}

static void set_up(void)
{
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    client = ends[0];
    connfd = ends[1];
    server = (struct server){
        .service = {.server = "server_test",
                    .model = "none",
                    .longest_handler_us = 1000000,
                    .longest_blob_bytes = 64 << 20,
                    .pending_bytes = SESSION_FULL_BYTES,
                    .limits = resp_default_limits,
                    .stats = stats_create(0)},
        .request_timeout_ns = 150 * CLOCK_MS,
        .write_timeout_ns = 150 * CLOCK_MS,
    };
    cr_assert_not_null(server.service.stats);
    cr_assert_eq(stop_install(5 * CLOCK_S), 0);
}

static void start(void)
{
    cr_assert_eq(pthread_create(&server_thread, NULL, serve_and_close, NULL), 0);
}

static void tear_down(void)
{
    close(client);
    stats_destroy(server.service.stats);
}

TestSuite(serve, .init = set_up, .fini = tear_down, .timeout = 20);

static void say(const char *text)
{
    cr_assert_eq(send(client, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Past the ticks of a stop, which interrupt this thread too. */
static ssize_t receive(char *into, size_t bytes)
{
    ssize_t n;
    do
        n = recv(client, into, bytes, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

static void expect(const char *text)
{
    char got[256];
    size_t length = 0;
    while (length < strlen(text)) {
        ssize_t n = receive(got + length, strlen(text) - length);
        cr_assert_gt(n, 0, "the connection ended before %s", text);
        length += (size_t)n;
    }
    cr_assert_arr_eq(got, text, length);
}

static void expect_end(void)
{
    char byte;
    cr_assert_eq(receive(&byte, 1), 0, "the connection goes on");
    pthread_join(server_thread, NULL);
}

static int64_t counted(enum stats_counter counter)
{
    return stats_get(server.service.stats, counter);
}

Test(serve, a_batch_that_came_together_is_one_message)
{
    int ends[2];
    close(client);
    close(connfd);
    /* Message boundaries are kept here, so that a second send would show. */
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    client = ends[0];
    connfd = ends[1];
    start();
    say("PING\r\nSUM 1 2\r\nPING x\r\n");
    char got[256];
    cr_assert_eq(recv(client, got, sizeof got, 0), 18);
    cr_assert_arr_eq(got, "+PONG\r\n:3\r\n$1\r\nx\r\n", 18);
    shutdown(client, SHUT_WR);
    expect_end();
}

Test(serve, a_half_closed_client_gets_its_answers)
{
    say("PING\r\nPING\r\n*1\r\n$4\r\nPI");
    shutdown(client, SHUT_WR);
    start();
    expect("+PONG\r\n+PONG\r\n");
    expect_end();
}

Test(serve, a_request_must_end_in_time_however_its_bytes_trickle)
{
    start();
    int64_t begin_ns = clock_now_ns();
    say("PING\r\n");
    expect("+PONG\r\n");
    say("*1\r\n$4\r\n");
    /* One byte whenever the other side has had time to read the last: none of them resets the
     * clock. */
    char byte;
    while (recv(client, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN) {
        struct timespec pause = clock_timespec(20 * CLOCK_MS);
        nanosleep(&pause, NULL);
        send(client, "P", 1, MSG_NOSIGNAL);
        cr_assert_lt(clock_now_ns() - begin_ns, 5 * CLOCK_S);
    }
    pthread_join(server_thread, NULL);
    cr_assert_geq(clock_now_ns() - begin_ns, 150 * CLOCK_MS);
}

Test(serve, an_unfinished_request_is_counted_as_that)
{
    start();
    say("*1\r\n$4\r\nPI");
    expect_end();
    cr_assert_eq(counted(STATS_REQUEST_TIMEOUTS), 1);
}

Test(serve, a_client_that_does_not_read_is_given_up)
{
    struct timeval send_timeout = {.tv_usec = 150000};
    cr_assert_eq(setsockopt(connfd, SOL_SOCKET, SO_SNDTIMEO, &send_timeout, sizeof send_timeout),
                 0);
    start();
    say("BLOB 10000000\r\nPING\r\n");
    pthread_join(server_thread, NULL);
    cr_assert_eq(counted(STATS_WRITE_TIMEOUTS), 1);
}

Test(serve, an_idle_client_is_closed)
{
    struct timeval idle = {.tv_usec = 100000};
    cr_assert_eq(setsockopt(connfd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle), 0);
    start();
    expect_end();
    cr_assert_eq(counted(STATS_IDLE_TIMEOUTS), 1);
}

Test(serve, a_stop_answers_what_has_come_and_no_more)
{
    start();
    say("PING\r\n");
    expect("+PONG\r\n");
    say("SLEEP 50000\r\nPING\r\n*1\r\n$4\r\nPI");
    while (counted(STATS_COMMANDS) < 2)
        ;
    raise(SIGTERM);
    expect("+OK\r\n+PONG\r\n");
    shutdown(client, SHUT_WR);
    expect_end();
    cr_assert_eq(counted(STATS_REQUEST_TIMEOUTS), 0);
}

Test(serve, a_stop_does_not_wait_for_the_rest_of_a_request)
{
    sigset_t for_the_server;
    sigemptyset(&for_the_server);
    sigaddset(&for_the_server, SIGTERM);
    sigaddset(&for_the_server, SIGALRM);
    server.request_timeout_ns = 60 * CLOCK_S;
    start();
    say("PING\r\n*1\r\n$4\r\nPI");
    expect("+PONG\r\n");
    pthread_sigmask(SIG_BLOCK, &for_the_server, NULL);
    int64_t begin_ns = clock_now_ns();
    kill(getpid(), SIGTERM);
    char byte;
    cr_assert_eq(receive(&byte, 1), 0);
    cr_assert_lt(clock_now_ns() - begin_ns, 2 * CLOCK_S, "it waited for the drain time");
    shutdown(client, SHUT_WR);
    pthread_join(server_thread, NULL);
    cr_assert_eq(counted(STATS_REQUEST_TIMEOUTS), 0);
}

Test(serve, after_an_error_it_lingers_for_the_client_to_end)
{
    start();
    say("*1\r\nfoo\r\n");
    expect("-ERR Protocol error: expected '$', got 'f'\r\n");
    char byte;
    cr_assert_eq(receive(&byte, 1), 0);
    say("more that nobody reads as a request\r\n");
    shutdown(client, SHUT_WR);
    pthread_join(server_thread, NULL);
    cr_assert_eq(counted(STATS_COMMANDS), 0);
}

Test(serve, who_asks_is_told_why_a_client_was_cut_off)
{
    int ends[2];
    char told[256] = "";
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    diag_init("server_test", true);
    start();
    say("*1\r\nf\x1boo\r\n");
    shutdown(client, SHUT_WR);
    pthread_join(server_thread, NULL);
    cr_assert_gt(read(ends[0], told, sizeof told - 1), 0);
    cr_assert_not_null(strstr(told, ": protocol error: expected '$', got 'f'\n"), "%s", told);
}
