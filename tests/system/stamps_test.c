/* The client's own error, by the kernel's time stamps. The bounds are wide: the machine is shared,
 * and whoever loses the CPU between a stamp of the kernel and one of its own has that as its error.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "experiment.h"
#include "responder.h"

/* The result of a good run on a fresh server, to be released. */
static json_t *run(const char *line)
{
    json_t *result = experiment_on("thread-per-client", line, NULL);
    cr_expect_eq(client_count(result, "ok"), client_count(result, "planned"), "%s", line);
    cr_expect_str_neq(client_text(result, "verdict"), "FAILED");
    return result;
}

static const json_t *stamps_of(const json_t *result)
{
    const json_t *stamps = json_object_get(result, "kernel_stamps_us");
    cr_assert(json_is_object(stamps));
    return stamps;
}

/* A figure of "send" or "receive", which must be known. */
static double figure(const json_t *result, const char *side, const char *name)
{
    const json_t *value = json_object_get(json_object_get(stamps_of(result), side), name);
    cr_assert(json_is_number(value), "%s %s is not known", side, name);
    return json_number_value(value);
}

/* One in a hundred, give or take five standard deviations and a half. */
static void expect_sampled(const json_t *result, const char *line)
{
    double mean = 0.01 * (double)client_count(result, "ok");
    for (int i = 0; i < 2; i++) {
        double count = figure(result, i == 0 ? "send" : "receive", "count"), off = count - mean;
        cr_expect(off * off < 30 * mean, "%s: %.0f of about %.0f", line, count, mean);
    }
}

/* The kernel's stamps lie between ours, as far as the clocks can be compared. */
static void expect_possible(const json_t *result, const char *line)
{
    const json_t *stamps = stamps_of(result);
    const json_t *impossible = json_object_get(stamps, "impossible");
    cr_expect(json_is_integer(impossible) && json_integer_value(impossible) == 0, "%s: %lld", line,
              (long long)json_integer_value(impossible));
    double error_us = json_real_value(json_object_get(stamps, "clock_error"));
    cr_expect(error_us > 0 && error_us < 20, "%s: clocks known to %g us", line, error_us);
}

static void expect_stamps(const json_t *result, const char *line)
{
    expect_sampled(result, line);
    expect_possible(result, line);
}

/* Nobody waits for the client at this rate: its error is what the system calls take. */
Test(stamps, open_loop, .timeout = 60)
{
    static const char line[] = "--kernel-stamps -r 2000 -d 3 -W 0.2 ECHO {payload:64}";
    json_t *result = run(line);
    expect_stamps(result, line);
    double send_us = figure(result, "send", "p50"), receive_us = figure(result, "receive", "p50");
    cr_expect(send_us > 0 && send_us < 50, "send: %g us", send_us);
    cr_expect(receive_us > 0 && receive_us < 100, "receive: %g us", receive_us);
    cr_expect(figure(result, "send", "max") < 100e3 && figure(result, "receive", "max") < 100e3);
    json_decref(result);
}

/* Enough samples for a p99. Replies wait for each other here, and that is the client's error too.
 */
Test(stamps, closed_loop, .timeout = 100)
{
    static const char line[] = "--kernel-stamps -c 8 -t 2 -n 130k ECHO {payload:64}";
    json_t *result = run(line);
    expect_stamps(result, line);
    double send_us = figure(result, "send", "p99"), receive_us = figure(result, "receive", "p99");
    cr_expect(send_us < 10e3, "send: %g us", send_us);
    cr_expect(receive_us < 50e3, "receive: %g us", receive_us);
    json_decref(result);
}

Test(stamps, new_connections, .timeout = 100)
{
    static const char *const lines[] = {
        "--kernel-stamps -c 8 -k 1 -n 10k",
        "--kernel-stamps -r 2000 -k 1 -d 2 -W 0.2",
        "--kernel-stamps -r 2000 -k 5 -d 2 -W 0.2",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        json_t *result = run(lines[i]);
        expect_stamps(result, lines[i]);
        json_decref(result);
    }
}

/* Which request of a pipeline a stamp belongs to is not known. */
Test(stamps, pipelines_have_none, .timeout = 60)
{
    json_t *result = run("--kernel-stamps -c 2 -P 4 -n 20k");
    cr_expect_eq((int)figure(result, "send", "count"), 0);
    cr_expect_eq((int)figure(result, "receive", "count"), 0);
    json_decref(result);
}

Test(stamps, off_unless_wanted, .timeout = 60)
{
    json_t *result = run("-n 1000");
    cr_expect(json_is_null(json_object_get(result, "kernel_stamps_us")));
    json_decref(result);
}

Test(stamps, rows_for_people, .timeout = 60)
{
    static const char *const rows[] = {"\nsend error   ", "\nreceive error   "};
    struct server server;
    experiment_start(&server, "thread-per-client");
    struct outcome with = client_run(server.port, "--kernel-stamps -c 2 -n 10k");
    struct outcome without = client_run(server.port, "-c 2 -n 1000");
    for (int i = 0; i < 2; i++) {
        cr_expect(strstr(with.out, rows[i]) != NULL, "%s", with.out);
        cr_expect(strstr(without.out, rows[i]) == NULL, "%s", without.out);
    }
    outcome_free(&with);
    outcome_free(&without);
    free(server_stop(&server, SIGTERM));
}

/* ---- a stamp is not a failure, and a failure not a stamp ---- */

static enum responder_next breaks(int fd, char *reply, uint64_t number)
{
    (void)fd;
    (void)reply;
    (void)number;
    return RESPONDER_RESET;
}

Test(stamps, broken_connections_are_seen, .timeout = 60)
{
    struct responder r;
    responder_start(&r, breaks);
    struct outcome o = client_run(r.port, "--quiet --json=/dev/stdout --kernel-stamps -c 1 -n 2000 "
                                          "--timeout=5s ECHO {payload:64}");
    json_t *result = client_result(&o);
    client_expect_counts(result, "breaks", "reset=2000");
    json_decref(result);
    outcome_free(&o);
    responder_stop(&r);
}
