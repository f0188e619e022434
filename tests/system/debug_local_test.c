/* Who may use DEBUG: with --enable-debug=local those who have a loopback address. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network.h"
#include "peer.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(debug_local, NAME)                                                 \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, debug_local, NAME, .timeout = 60)

/* Of what DEBUG does it is the only harmless thing. */
static const char request[] = "DEBUG LEAK 0\r\n", allowed[] = "+OK\r\n",
                  refused[] = "-ERR DEBUG command not allowed. ";

static void start(struct server *s, const struct server_model *model, const char *host,
                  const char *debug)
{
    /* So few that no model has to say that it can serve only fewer. A sanitizer needs system calls
     * that the sandbox does not allow. */
    server_start(
        s, model,
        (const char *[]){host, debug, "--max-clients=100", SANITIZED ? NULL : "--sandbox", NULL});
}

static void expect_answer(const struct server *s, const char *where, const char *answer)
{
    struct peer p;
    cr_assert(peer_connect(&p, s), "%s at %s: %m", s->model->name, where);
    peer_send_text(&p, request);
    cr_expect(peer_await_ending(&p, "\r\n", 2) && strncmp(p.in, answer, strlen(answer)) == 0,
              "%s at %s: \"%.*s\"", s->model->name, where, (int)p.length, p.in);
    peer_close(&p);
}

/* What a client hears that is at this address: who connects to one of this machine's has the same.
 */
static void expect_answer_at(const struct server *s, const char *address, const char *answer)
{
    struct server there = *s;
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(s->port)};
    cr_assert(inet_pton(AF_INET, address, &in4.sin_addr) == 1);
    memcpy(&there.address, &in4, sizeof in4);
    there.address_length = sizeof in4;
    expect_answer(&there, address, answer);
}

static void expect_setting(const struct server_model *model, const char *debug, const char *answer)
{
    struct server server;
    start(&server, model, "--host=127.0.0.1", debug);
    expect_answer(&server, "127.0.0.1", answer);
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(settings)
{
    expect_setting(model, "--enable-debug", allowed);
    expect_setting(model, "--enable-debug=yes", allowed);
    expect_setting(model, "--enable-debug=local", allowed);
    expect_setting(model, "--enable-debug=no", refused);
}

static void enter_network(void)
{
    /* One that is set aside for documentation. */
    if (!network_enter_own() || !network_add_address("192.0.2.1"))
        cr_skip_test("may not have a network of its own: %s", strerror(errno));
}

static void expect_local_only(const struct server_model *model, const char *host)
{
    struct server server;
    start(&server, model, host, "--enable-debug=local");
    expect_answer_at(&server, "192.0.2.1", refused);
    expect_answer_at(&server, "127.0.0.1", allowed);
    expect_answer_at(&server, "192.0.2.1", refused);
    expect_answer(&server, host, allowed); /* who asks for any has the loopback address */
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(others_are_refused)
{
    enter_network();
    expect_local_only(model, "--host=0.0.0.0");
}

/* To a socket of IPv6 they are ::ffff:192.0.2.1 and ::ffff:127.0.0.1. */
MODEL_TEST(others_are_refused_through_ipv6)
{
    enter_network();
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        cr_skip_test("the machine has no IPv6");
    close(fd);
    expect_local_only(model, "--host=::");
}
