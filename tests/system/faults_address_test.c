/* Faults 20 to 22: ports and addresses.
 *
 * 20  Connections in TIME_WAIT, and some not even closed by their clients, do not keep a server
 * from its port; another server does, and is not disturbed. 21  A client without a port to connect
 * from knows whose fault that is, and with more addresses of its own has more ports. The server
 * sees nothing of it. 22  IPv6 alone, both at once, by "::" or by two addresses, of which the
 * second may be optional, and none. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "experiment.h"
#include "fault.h"
#include "network.h"

/* ---- 20: a port that is in use, or was ---- */

FAULT_TEST(faults_address, fault_20_port_is_free_at_once, FAULT_ALL)
{
    enum { QUITS = SANITIZED ? 100 : 400, OPEN = 3 };
    struct server server;
    struct peer quits, open[OPEN];
    char port[16];
    server_start(&server, model, NULL);
    for (int i = 0; i < QUITS; i++) { /* the server closes first: its end goes to TIME_WAIT */
        fault_connect(&quits, &server);
        cr_expect(peer_ask(&quits, "QUIT\r\n", "+OK\r\n"));
        peer_close(&quits);
    }
    for (int i = 0; i < OPEN; i++) {
        fault_connect(&open[i], &server);
        peer_send_text(&open[i], "PING\r\n");
    }
    snprintf(port, sizeof port, "--port=%u", (unsigned)server.port);
    free(server_stop(&server, SIGTERM));
    server_start(&server, model, (const char *[]){port, NULL});
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < OPEN; i++) {
        cr_expect(peer_await_end(&open[i]) && open[i].length == strlen("+PONG\r\n"));
        peer_close(&open[i]);
    }
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* Runs it to its end with a port, and with a host if that is not NULL. */
static struct outcome run_at(const struct server_model *model, const char *port, const char *host)
{
    const char *arguments[] = {model->binary, "--model", model->model, port, NULL, NULL, NULL};
    size_t count = 4;
    if (*model->variant != '\0')
        arguments[count++] = model->variant;
    if (host != NULL)
        arguments[count++] = host;
    return process_run(arguments);
}

FAULT_TEST(faults_address, fault_20_port_in_use, FAULT_ALL)
{
    struct server server;
    char port[16], where[64];
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    snprintf(port, sizeof port, "--port=%u", (unsigned)server.port);
    snprintf(where, sizeof where, "cannot listen on 127.0.0.1 port %u: Address already in use",
             (unsigned)server.port);
    struct outcome second = run_at(model, port, NULL);
    cr_expect(second.status == 1 && *second.out == '\0', "%s: exit status %d, printed \"%s\"",
              model->name, second.status, second.out);
    cr_expect(strstr(second.err, where) != NULL &&
                  strchr(second.err, '\n') == second.err + strlen(second.err) - 1,
              "%s complained \"%s\"", model->name, second.err);
    outcome_free(&second);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* ---- 21: no port left ---- */

enum { PORTS = 10 };

/* PORTS for each address, each of which rests for a minute after its use. */
static void enter_small_network(void)
{
    if (!network_enter_own() || !network_set("ipv4/ip_local_port_range", "40000 40009") ||
        !network_set("ipv4/tcp_tw_reuse", "0"))
        cr_skip_test("may not have a network of its own");
}

/* The server never saw the others, so they are no errors of it. */
static void expect_no_more(const struct server *s, const char *line, int ports)
{
    json_t *result = experiment_load(s->port, "%s", line);
    int64_t ok = client_count(result, "ok"), unsent = client_count(result, "unsent");
    cr_expect(ok > ports - PORTS && ok <= ports && unsent > 0 &&
                  ok + unsent == client_count(result, "planned"),
              "%s: %ld ok, %ld unsent", line, (long)ok, (long)unsent);
    cr_expect_eq(client_number(result, "client.sockets_missing"), (double)unsent);
    cr_expect_str_eq(client_text(result, "verdict"), "GENERATOR-LIMITED");
    json_decref(result);
}

Test(faults_address, fault_21_a_client_without_a_port_knows_whose_fault_it_is, .timeout = 60)
{
    enum { OF_PORTS = PORTS / 2 }; /* what comes afterwards needs some too */
    enter_small_network();
    struct server server;
    experiment_start(&server, "thread-per-client");
    struct fault_base base = fault_base_for(&server, OF_PORTS);
    expect_no_more(&server, "-c 5 -k 1 -r 100 -d 0.5 -W 0 --source=127.0.0.2", PORTS);
    expect_no_more(&server, "-c 5 -k 1 -d 0.5 -W 0 --source=127.0.0.3", PORTS);
    expect_no_more(&server, "-c 5 -k 1 -d 0.5 -W 0 --source=127.0.0.5-127.0.0.7", 3 * PORTS);
    json_t *result =
        experiment_load(server.port, "-c 5 -k 1 -r 100 -d 0.5 -W 0 --source=127.0.0.4 --close=rst");
    cr_expect_eq(client_count(result, "ok"), client_count(result, "planned"));
    json_decref(result);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* ---- 22: IPv6 ---- */

static void need_ipv6(void)
{
    if (access("/proc/net/if_inet6", R_OK) != 0)
        cr_skip_test("this machine has no IPv6");
}

/* The same server at another address of this machine's, on the same port. */
static struct server at(const struct server *s, const char *host)
{
    struct server there = *s;
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(s->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(s->port)};
    bool is_4 = inet_pton(AF_INET, host, &in4.sin_addr) == 1;
    cr_assert(is_4 || inet_pton(AF_INET6, host, &in6.sin6_addr) == 1);
    there.address_length = is_4 ? sizeof in4 : sizeof in6;
    memcpy(&there.address, is_4 ? (void *)&in4 : (void *)&in6, there.address_length);
    return there;
}

static void expect_answer_at(const struct server *s, const char *host)
{
    struct server there = at(s, host);
    fault_expect_prompt_answer(&there);
}

static void serve_at(const struct server_model *model, const char *host, const char *option)
{
    struct server server;
    server_start(&server, model, (const char *[]){option, NULL});
    struct fault_base base = fault_base(&server);
    char *address = field_text(server.ready, "address");
    cr_expect_str_eq(address, host);
    free(address);
    expect_answer_at(&server, "::1");
    if (strcmp(host, "::") == 0)
        expect_answer_at(&server, "127.0.0.1");
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

FAULT_TEST(faults_address, fault_22_ipv6_alone, FAULT_ALL)
{
    need_ipv6();
    serve_at(model, "::1", "--host=::1");
}

FAULT_TEST(faults_address, fault_22_both_at_once, FAULT_ALL)
{
    need_ipv6();
    serve_at(model, "::", "--host=::");
}

static void expect_whole_answer(struct peer *p, const struct server_model *model, const char *reply)
{
    cr_expect(peer_await_end(p) && p->length == strlen(reply) &&
                  memcmp(p->in, reply, p->length) == 0,
              "%s: state %d, \"%.*s\"", model->name, (int)p->state, (int)p->length, p->in);
    peer_close(p);
}

/* Clients of both have their turn, and those who wait at either when the server is told to end are
 * answered. The first of them lets it live for so long that nobody is still telling it to go on
 * when it ends, which a leak checker would not bear. */
FAULT_TEST(faults_address, fault_22_two_addresses, FAULT_ALL)
{
    enum { EACH = 4 };
    struct server server;
    struct peer peers[2 * EACH];
    need_ipv6();
    server_start(&server, model,
                 (const char *[]){"--host=127.0.0.1,-::1", "--max-clients=100", NULL});
    struct server there = at(&server, "::1");
    struct fault_base base = fault_base(&server);
    for (int time = 0; time < 2; time++) {
        expect_answer_at(&server, "::1");
        expect_answer_at(&server, "127.0.0.1");
    }
    fault_expect_clean(&server, base);
    kill(-server.process.pid, SIGSTOP);
    for (int i = 0; i < 2 * EACH; i++) {
        fault_connect(&peers[i], i % 2 == 0 ? &server : &there);
        peer_send_text(&peers[i], i == 0 ? "SLEEP 500000\r\n" : "PING\r\n");
        peer_half_close(&peers[i]);
    }
    kill(server.process.pid, SIGTERM);
    server_go_on(&server);
    for (int i = 0; i < 2 * EACH; i++)
        expect_whole_answer(&peers[i], model, i == 0 ? "+OK\r\n" : "+PONG\r\n");
    char *errors = process_errors(&server.process);
    cr_expect_str_empty(errors, "%s: %s", model->name, errors);
    free(errors);
    free(server_stop(&server, 0));
}

/* Nobody looks again and again for whom there is not. */
FAULT_TEST(faults_address, fault_22_two_addresses_cost_nothing_while_nobody_comes, FAULT_ALL)
{
    struct server server;
    need_ipv6();
    server_start(&server, model, (const char *[]){"--host=127.0.0.1,::1", NULL});
    struct fault_base base = fault_base(&server);
    fault_expect_quiet(&server);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* The second is in use: who must have it is told so, who need not goes on. */
FAULT_TEST(faults_address, fault_22_second_address_in_use, FAULT_ALL)
{
    struct server other, server;
    char port[16], said[128];
    need_ipv6();
    server_start(&other, model, (const char *[]){"--host=::1", NULL});
    struct fault_base others = fault_base(&other);
    snprintf(port, sizeof port, "--port=%u", (unsigned)other.port);
    snprintf(said, sizeof said, "cannot listen on ::1 port %u: Address already in use\n",
             (unsigned)other.port);
    struct outcome o = run_at(model, port, "--host=127.0.0.1,::1");
    cr_expect(o.status == 1 && *o.out == '\0' && strstr(o.err, said) != NULL,
              "%s: exit status %d, \"%s\", \"%s\"", model->name, o.status, o.out, o.err);
    outcome_free(&o);
    server_start(&server, model, (const char *[]){"--host=127.0.0.1,-::1", port, NULL});
    process_await_error(&server.process, said);
    struct fault_base base = fault_base(&server);
    expect_answer_at(&server, "127.0.0.1");
    fault_expect_clean(&server, base);
    fault_expect_clean(&other, others);
    free(server_stop(&server, SIGTERM));
    free(server_stop(&other, SIGTERM));
}

/* Where there is no IPv6, who asks for it is told so, and who does not is served. */
FAULT_TEST(faults_address, fault_22_no_ipv6, FAULT_ALL)
{
    need_ipv6();
    if (!network_enter_own() || !network_set("ipv6/conf/all/disable_ipv6", "1"))
        cr_skip_test("may not have a network of its own");
    struct outcome o = run_at(model, "--port=0", "--host=::1");
    cr_expect(o.status == 1 && *o.out == '\0' && strstr(o.err, "cannot listen on ::1 port 0: "),
              "%s: exit status %d, \"%s\", \"%s\"", model->name, o.status, o.out, o.err);
    outcome_free(&o);
    struct server server;
    server_start(&server, model, (const char *[]){"--host=127.0.0.1,-::1", NULL});
    process_await_error(&server.process, "cannot listen on ::1 port ");
    struct fault_base base = fault_base(&server);
    expect_answer_at(&server, "127.0.0.1");
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}
