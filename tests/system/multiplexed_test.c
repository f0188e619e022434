/* One process for many clients: nobody starves, nobody's memory grows, whatever the others do. Runs
 * over every variant of a model that has a --poller. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "peer.h"

#define POLLER_TEST(NAME)                                                                          \
    ParameterizedTestParameters(multiplexed, NAME)                                                 \
    {                                                                                              \
        return poller_parameters("--poller=");                                                     \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, multiplexed, NAME, .timeout = 120)

static void free_parameters(struct criterion_test_params *parameters)
{
    cr_free(parameters->params);
}

/* The models whose variant begins so. */
static struct criterion_test_params poller_parameters(const char *variant)
{
    size_t count, chosen = 0;
    struct server_model *list = server_models(&count);
    struct server_model *models = cr_malloc(count * sizeof *models);
    for (size_t i = 0; i < count; i++)
        if (strncmp(list[i].variant, variant, strlen(variant)) == 0)
            models[chosen++] = list[i];
    free(list);
    return cr_make_param_array(struct server_model, models, chosen, free_parameters);
}

static bool is_select(const struct server_model *model)
{
    return strcmp(model->variant, "--poller=select") == 0;
}

/* So many descriptors for this test, and for the server that it starts. */
static void raise_descriptors(rlim_t wanted)
{
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < wanted)
        cr_skip_test("descriptors end at %d", (int)limit.rlim_max);
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void expect_pong(const struct server *s, struct peer *p)
{
    peer_forget(p);
    cr_expect(peer_ask(p, "PING\r\n", "+PONG\r\n"), "%s: \"%.*s\"", s->model->name, (int)p->length,
              p->in);
}

/* ---- starving ---- */

#define ASK_COUNT "INFO\r\nECHO end\r\n"

/* How many commands the server had run when it ran this client's INFO. */
static long commands_counted(struct peer *p)
{
    cr_assert(peer_await_ending(p, "$3\r\nend\r\n", 9), "\"%.*s\"", (int)p->length, p->in);
    char *reply = strndup(p->in, p->length), *field = strstr(reply, "\ntotal_commands_processed:");
    cr_assert_not_null(field, "%s", reply);
    long commands = strtol(field + strlen("\ntotal_commands_processed:"), NULL, 10);
    free(reply);
    return commands;
}

/* Sends requests until nothing more fits into the sockets; returns how many whole ones. */
static long fill_with_pings(const struct peer *p)
{
    static char requests[60000];
    long bytes = 0;
    ssize_t n;
    for (size_t i = 0; i < sizeof requests; i++)
        requests[i] = "PING\r\n"[i % 6];
    while ((n = send(p->fd, requests + bytes % 6, sizeof requests - 6, MSG_DONTWAIT)) > 0)
        bytes += n;
    return bytes / 6;
}

/* While the loop sleeps for one client, others pile up requests and one more asks once. When it
 * wakes, that one is answered after a turn or two of each of the others, of 16 KiB each. */
POLLER_TEST(flood_starves_nobody)
{
    enum { FLOODERS = 3, TURN_REQUESTS = 16384 / 6 + 1 };
    struct server server;
    struct peer sleeper, flooders[FLOODERS], guest;
    char byte;
    server_start(&server, model, NULL);
    cr_assert(peer_connect(&sleeper, &server) && peer_connect(&guest, &server));
    for (int i = 0; i < FLOODERS; i++) {
        cr_assert(peer_connect(&flooders[i], &server));
        expect_pong(&server, &flooders[i]);
    }
    expect_pong(&server, &guest);
    peer_forget(&guest);
    peer_send_text(&sleeper, "SLEEP 2000000\r\n" ASK_COUNT);
    peer_await_taken(&sleeper);
    for (int i = 0; i < FLOODERS; i++)
        cr_assert(fill_with_pings(&flooders[i]) > 10 * TURN_REQUESTS);
    peer_send_text(&guest, ASK_COUNT);
    cr_assert(recv(sleeper.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0, "no time to prepare");
    long between = -commands_counted(&sleeper);
    between += commands_counted(&guest);
    cr_expect(between > 0 && between <= 2 * FLOODERS * TURN_REQUESTS,
              "%s: %ld requests of others came first", model->name, between);
    for (int i = 0; i < FLOODERS; i++)
        peer_break(&flooders[i]);
    peer_close(&sleeper);
    peer_close(&guest);
    free(server_stop(&server, SIGTERM));
}

/* ---- memory ---- */

/* A client that asks for much and does not read costs no more than its limit, and loses nothing. */
POLLER_TEST(replies_that_are_not_read_stay_few)
{
    enum { BLOBS = 300, BLOB_BYTES = 100000, MOST_KB = 2048 };
    const size_t reply_bytes = strlen("$100000\r\n") + BLOB_BYTES + 2;
    struct server server;
    struct peer glutton, guest;
    server_start(&server, model, NULL);
    cr_assert(peer_connect(&glutton, &server) && peer_connect(&guest, &server));
    expect_pong(&server, &guest);
    expect_pong(&server, &glutton);
    peer_forget(&glutton);
    int64_t base_kb = process_memory_kb(&server.process);
    char requests[BLOBS * 16] = "";
    for (int i = 0; i < BLOBS; i++)
        strcat(requests, "BLOB 100000\r\n");
    ssize_t length = (ssize_t)strlen(requests);
    cr_assert_eq(send(glutton.fd, requests, (size_t)length, MSG_NOSIGNAL), length);
    glutton.sent += (uint64_t)length;
    peer_await_taken(&glutton);
    /* Each answer means that the loop has been around. */
    for (int i = 0; i < 2 * BLOBS; i++)
        expect_pong(&server, &guest);
    int64_t held_kb = process_memory_kb(&server.process) - base_kb;
    cr_expect(SANITIZED || held_kb < MOST_KB, "%s holds %d KiB", model->name, (int)held_kb);
    cr_expect(peer_await_length(&glutton, BLOBS * reply_bytes));
    for (size_t at = 0; at + reply_bytes <= glutton.length; at += reply_bytes)
        cr_assert(memcmp(glutton.in + at, "$100000\r\nabcdefgh", 17) == 0);
    expect_pong(&server, &glutton);
    peer_close(&glutton);
    peer_close(&guest);
    free(server_stop(&server, SIGTERM));
}

/* A request that trickles in is kept in about its own size, though each read has room for more. */
POLLER_TEST(requests_that_begin_cost_little)
{
    enum { TRICKLERS = 500, PIECES = 8, MOST_KB = 1024 };
    static struct peer peers[TRICKLERS];
    struct server server;
    if (SANITIZED)
        cr_skip_test("a sanitizer keeps memory that was freed");
    raise_descriptors(TRICKLERS + 100);
    server_start(&server, model, NULL);
    for (int i = 0; i < TRICKLERS; i++) {
        cr_assert(peer_connect(&peers[i], &server), "%m");
        expect_pong(&server, &peers[i]);
        peer_forget(&peers[i]);
    }
    int64_t base_kb = process_memory_kb(&server.process);
    for (int piece = 0; piece < PIECES; piece++)
        for (int i = 0; i < TRICKLERS; i++) {
            peer_send_text(&peers[i], piece == 0 ? "ECHO " : "x");
            peer_await_taken(&peers[i]);
        }
    int64_t held_kb = process_memory_kb(&server.process) - base_kb;
    cr_expect(held_kb < MOST_KB, "%s holds %d KiB", model->name, (int)held_kb);
    for (int i = 0; i < TRICKLERS; i++) {
        cr_expect(peer_ask(&peers[i], "\r\n", "$7\r\nxxxxxxx\r\n"));
        peer_break(&peers[i]);
    }
    free(server_stop(&server, SIGTERM));
}

/* ---- how many ---- */

/* So many at a time, well below the length of the accept queue: with one after another, poll would
 * look at all of them for each. */
enum { TROOP = 500 };

static void connect_troop(const struct server *s, struct peer troop[TROOP])
{
    for (int i = 0; i < TROOP; i++) {
        cr_assert(peer_connect(&troop[i], s), "%s: %m", s->model->name);
        peer_send_text(&troop[i], "PING\r\n");
    }
    for (int i = 0; i < TROOP; i++) {
        cr_assert(peer_await_ending(&troop[i], "+PONG\r\n", 7), "%s", s->model->name);
        free(troop[i].in);
        troop[i].in = NULL;
        troop[i].length = troop[i].capacity = 0;
    }
}

static void connect_all(const struct server *s, struct peer *peers, int from, int to)
{
    for (int i = from; i < to; i += TROOP)
        connect_troop(s, &peers[i]);
}

/* Each has asked, is idle and stays: it costs a kilobyte at most. */
POLLER_TEST(ten_thousand_clients)
{
    enum { FIRST = 1000, SECOND = 5000, ALL = 10000, MOST_BYTES = 1024 };
    static struct peer peers[ALL];
    struct server server;
    if (is_select(model))
        cr_skip_test("select has fewer descriptors");
    raise_descriptors(ALL + 100);
    server_start(&server, model, NULL);
    connect_all(&server, peers, 0, FIRST);
    int64_t first_kb = process_memory_kb(&server.process);
    connect_all(&server, peers, FIRST, SECOND);
    int64_t each_bytes = (process_memory_kb(&server.process) - first_kb) * 1024 / (SECOND - FIRST);
    cr_expect(SANITIZED || each_bytes <= MOST_BYTES, "%s: %d bytes for each client", model->name,
              (int)each_bytes);
    connect_all(&server, peers, SECOND, ALL);
    expect_pong(&server, &peers[0]);
    for (int i = 0; i < ALL; i++)
        peer_break(&peers[i]);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "peak_clients") == ALL, "%s", served);
    free(served);
}

/* True if it is served, false if it is refused in the way it should be. */
static bool is_served(const struct server *s, struct peer *p)
{
    static const char refusal[] = "-ERR max number of clients reached\r\n";
    cr_assert(peer_connect(p, s), "%m");
    peer_await_taken(p);
    peer_send_text(p, "PING\r\n");
    peer_await_length(p, strlen("+PONG\r\n"));
    if (p->length == 7 && memcmp(p->in, "+PONG\r\n", 7) == 0)
        return true;
    peer_await_end(p);
    cr_expect(p->length == sizeof refusal - 1 && memcmp(p->in, refusal, p->length) == 0,
              "%s: \"%.*s\"", s->model->name, (int)p->length, p->in);
    return false;
}

/* More clients than select can watch: those that are too many are refused, and the server says
 * beforehand how many there can be. Some descriptors below its limit may be in use already. */
static void crowd_for_select(const struct server_model *model, int inherited)
{
    enum { CROWD = FD_SETSIZE + 10, SPARE = 32 };
    static struct peer peers[CROWD];
    struct server server;
    int last = -1, served = 0;
    raise_descriptors(2 * CROWD);
    for (int i = 0; i < inherited; i++)
        last = fcntl(STDERR_FILENO, F_DUPFD, 0);
    server_start(&server, model, NULL);
    process_await_error(&server.process, "only 992 clients at once: select watches only "
                                         "descriptors below 1024\n");
    for (int i = 0; i < CROWD; i++)
        served += is_served(&server, &peers[i]);
    int most = last < SPARE ? FD_SETSIZE - SPARE : FD_SETSIZE - inherited;
    cr_expect(served <= most && served > most - SPARE, "%d are served", served);
    expect_pong(&server, &peers[0]);
    for (int i = 0; i < CROWD; i++)
        peer_close(&peers[i]);
    char *line = server_stop(&server, SIGTERM);
    cr_expect(field_number(line, "connections") == served, "%s", line);
    cr_expect(field_number(line, "rejected") == CROWD - served, "%s", line);
    free(line);
}

ParameterizedTestParameters(multiplexed, more_than_select_can_watch)
{
    return poller_parameters("--poller=select");
}

ParameterizedTest(struct server_model *model, multiplexed, more_than_select_can_watch,
                  .timeout = 60)
{
    crowd_for_select(model, 0);
}

ParameterizedTestParameters(multiplexed, select_has_inherited_descriptors)
{
    return poller_parameters("--poller=select");
}

ParameterizedTest(struct server_model *model, multiplexed, select_has_inherited_descriptors,
                  .timeout = 60)
{
    crowd_for_select(model, 200);
}

/* ---- no descriptors ---- */

/* From now on; the server keeps those that it has. Returns what was allowed before. */
static rlim_t limit_descriptors(const struct server *s, rlim_t most)
{
    struct rlimit limit, before;
    cr_assert_eq(prlimit(s->process.pid, RLIMIT_NOFILE, NULL, &before), 0);
    limit = (struct rlimit){most, before.rlim_max};
    cr_assert_eq(prlimit(s->process.pid, RLIMIT_NOFILE, &limit, NULL), 0);
    return before.rlim_cur;
}

/* While nobody more can be accepted, the others are served at full speed, and the queue is looked
 * at now and then, not all the time. */
POLLER_TEST(shortage_holds_up_nobody)
{
    enum { ASKED = 500, LOOK_MS = 20 };
    struct server server;
    struct peer inside, outside;
    server_start(&server, model, (const char *[]){"--max-clients=100", NULL});
    cr_assert(peer_connect(&inside, &server));
    expect_pong(&server, &inside);
    rlim_t before = limit_descriptors(&server, STDERR_FILENO + 1);
    int64_t start_ns = clock_now_ns();
    cr_assert(peer_connect(&outside, &server));
    peer_send_text(&outside, "PING\r\n");
    process_await_error(&server.process, "cannot accept a client now: Too many open files");
    for (int i = 0; i < ASKED; i++)
        expect_pong(&server, &inside);
    cr_expect_eq(outside.length, 0);
    limit_descriptors(&server, before);
    cr_expect(peer_await_length(&outside, strlen("+PONG\r\n")));
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    peer_close(&inside);
    peer_close(&outside);
    char *served = server_stop(&server, SIGTERM);
    double looks = field_number(served, "accept_shortages");
    cr_expect(looks >= 1 && looks <= (double)took_ms / LOOK_MS + 1, "%s: in %d ms: %s", model->name,
              (int)took_ms, served);
    cr_expect(looks < ASKED / 4, "%s: every request waits: %s", model->name, served);
    free(served);
}
